"""One pull at a time per folder: the second waits and says for whom. A dead holder's turn ends with it.

Knows file locks; not what is pulled.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

POLL = 0.5  # seconds between tries; arbitrary


@contextmanager
def take_turn(path: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file `path`. `waiting` hears at each try which process holds it."""
    with path.open("a+b") as file:
        while not _try_lock(file):
            file.seek(0)
            waiting(file.read(20).decode("ascii", "replace").strip() or "?")
            time.sleep(POLL)
        file.truncate(0)
        file.write(str(os.getpid()).encode("ascii"))
        file.flush()
        yield  # closing the file gives the turn to the next


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 20  # a byte nobody reads: Windows forbids reading locked ones

    def _try_lock(file: BinaryIO) -> bool:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
