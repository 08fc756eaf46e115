"""Who may touch the home folder: one writer at a time, and one process inside Chroma at a time.

Two locks with two lives. The writer's is held for a whole ingest, removal or rebuild, and a second writer
is told at once who holds it. The store's is held for the milliseconds of one Chroma call, because two
processes inside one Chroma folder read each other's half-written files; callers wait for it.
Knows no database.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import BusyError, StoreError

STORE_WAIT = 60.0  # seconds; one batch of 500 vectors takes about 1 s, so a minute means something is stuck
STORE_POLL = 0.002  # seconds between two looks at the lock; a query holds it for about 3 ms


@contextmanager
def writing(home: Path, purpose: str) -> Iterator[None]:
    """Hold the home for writing. Raises BusyError naming the holder, StoreError if home cannot be written."""
    lock = _lock(home, "writer.lock")
    owner = home / "writer.json"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BusyError(
            f"{home} is being written by {_holder(owner)}", "Wait until it is done, or stop it"
        ) from None
    except OSError as error:
        raise unwritable(home, error) from error
    try:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        owner.write_text(json.dumps({"pid": os.getpid(), "purpose": purpose, "since": now}), encoding="utf-8")
        yield
    except OSError as error:
        raise unwritable(home, error) from error
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


@contextmanager
def using_store(home: Path) -> Iterator[None]:
    """Hold Chroma's folder for one call.

    Raises BusyError when another process keeps it for a minute, StoreError when the home cannot be written.
    """
    lock = _lock(home, "store.lock")
    try:
        lock.acquire(timeout=STORE_WAIT, poll_interval=STORE_POLL)
    except Timeout:
        raise BusyError(
            f"The vector store in {home} has been busy for {STORE_WAIT:.0f} s ({_holder(home / 'writer.json')})",
            "Stop the other process",
        ) from None
    except OSError as error:
        raise unwritable(home, error) from error
    try:
        yield
    finally:
        lock.release()


def unwritable(home: Path, error: OSError) -> StoreError:
    """The one line for a home that is read-only, full or gone."""
    return StoreError(
        f"Cannot write to {home}: {error.strerror or error}",
        "Free some space or make it writable, or set PREP_HOME to another folder",
    )


def make_home(home: Path) -> None:
    """Create the home folder. Raises StoreError if that cannot be done."""
    try:
        for part in ("files", "chroma", "keywords", "tokens"):
            (home / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(home, error) from error


def _lock(home: Path, name: str) -> FileLock:
    return FileLock(home / name)


def _holder(owner: Path) -> str:
    try:
        held = json.loads(owner.read_text(encoding="utf-8"))
        return f"process {held['pid']} ({held['purpose']}, since {held['since']})"
    except (OSError, ValueError, KeyError):
        return "another process"


def this_command() -> str:
    """What this process would call itself, for the holder's line."""
    return " ".join([Path(sys.argv[0]).name or "python", *sys.argv[1:3]])[:80]
