"""The papers that the notes name, by arXiv number, and the titles their PDFs carry in the library.

Reads `corpus/papers.toml`, which the repository ships. Knows no network (index/fetch.py does) and no library.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

from core.errors import InputError

PAPERS = Path(__file__).resolve().parent.parent / "corpus" / "papers.toml"
_NUMBER = re.compile(
    r"(?:arxiv:\s*)?(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(v[1-9]\d?)?", re.IGNORECASE
)  # since April 2007


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper to download. `arxiv` ends in `v2` and the like where one version is meant, else it is the newest."""

    arxiv: str
    title: str  # "" for one that the list does not name
    year: int  # of the first version
    digest: str = ""  # file name in corpus/papers, "" where there is none


@lru_cache(maxsize=1)
def listed_papers() -> dict[str, Paper]:
    """The shipped list, by arXiv number, those with a digest first."""
    try:
        entries = tomllib.loads(PAPERS.read_text(encoding="utf-8"))["paper"]
    except FileNotFoundError:
        return {}
    return {entry["arxiv"]: Paper(**entry) for entry in entries}


def find_papers(ids: Sequence[str]) -> list[Paper]:
    """The papers of these arXiv ids, each once; all listed ones for none. Raises InputError naming a wrong id.

    >>> find_papers(["arXiv:2305.18290v2"])[0].arxiv
    '2305.18290v2'
    """
    if not ids:
        return list(listed_papers().values())
    return list({paper.arxiv: paper for paper in map(_paper_of, ids)}.values())


def listed_title(file_name: str) -> str:
    """The title of the paper that a file is called by (`2305.18290v2.pdf`); "" if the list does not have it."""
    path = PurePath(file_name)
    match = _NUMBER.fullmatch(path.stem) if path.suffix.lower() == ".pdf" else None
    paper = listed_papers().get(match[1]) if match else None
    return paper.title if paper else ""


def _paper_of(name: str) -> Paper:
    match = _NUMBER.fullmatch(name.strip())
    if match is None:
        raise InputError(
            f"{name!r} is not an arXiv id", "Give one such as 2305.18290; prep papers list shows some"
        )
    number, version = match[1], (match[2] or "").lower()
    listed = listed_papers().get(number) or Paper(number, "", 2000 + int(number[:2]))
    return Paper(number + version, listed.title, listed.year, listed.digest)
