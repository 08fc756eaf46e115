"""Which files are documents, and of which kind. Looks at names only, never inside a file."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from ingest.records import Kind

SUFFIXES = (".md", ".markdown", ".txt", ".pdf")
_FOLDER_KINDS: dict[str, Kind] = {"guide": "guide", "papers": "paper", "notes": "note"}
_NOT_DOCUMENTS = frozenset({"license", "licence", "copying", "notice"})  # by stem, in lower case
_REMEDY = f"Give a file or folder of {', '.join(SUFFIXES)}"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A document on disk."""

    path: Path
    kind: Kind


def find_files(paths: Sequence[Path], kind: Kind | None = None) -> list[FoundFile]:
    """The documents named by `paths` or lying in the folders among them, each once, sorted per folder.

    Folders are walked without hidden names, licence texts and files of other types; a folder that was
    already visited (a link back up) is not entered again. `kind` None: the nearest folder named guide,
    papers or notes decides, else a PDF is a paper and the rest are notes.
    Raises InputError for a path that is missing, a folder without documents, a named file of another type.
    """
    found: dict[Path, FoundFile] = {}
    for path in paths:
        for file in _documents(Path(path)):
            found.setdefault(file.resolve(), FoundFile(file, kind or _kind(file)))
    return list(found.values())


def _documents(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            files = list(_walk(path, set()))
            if not files:
                raise InputError(f"{path} holds no documents", _REMEDY)
            return files
        exists = path.exists()
    except OSError as error:  # a name too long, a folder that may not be listed, a loop of links
        raise InputError(f"Cannot look at {path}: {error.strerror or error}", _REMEDY) from error
    if not exists:
        raise InputError(f"{path} does not exist", "Check the spelling of the path")
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path} is not of a supported type", _REMEDY)
    return [path]


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """Documents under `folder`, sorted by name. `seen`: (device, inode) of folders already entered."""
    state = folder.stat()
    if (state.st_dev, state.st_ino) in seen:
        return
    seen.add((state.st_dev, state.st_ino))
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        if entry.name.startswith("."):
            continue
        path = Path(entry.path)
        if entry.is_dir():
            yield from _walk(path, seen)
        elif entry.is_file() and path.suffix.lower() in SUFFIXES and path.stem.lower() not in _NOT_DOCUMENTS:
            yield path


def _kind(path: Path) -> Kind:
    for parent in path.absolute().parents:
        if (kind := _FOLDER_KINDS.get(parent.name.lower())) is not None:
            return kind
    return "paper" if path.suffix.lower() == ".pdf" else "note"
