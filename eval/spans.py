"""Gold as stretches of long documents: which of them do the passages found cover?

A folder with `queries.jsonl` (`_id`, `text`, `corpus`, `spans`: [[start, end], ...], `answers`: their texts) and
`corpora/NAME.md`, also below `raw/`, as Chroma's chunking benchmark has it. Offsets are into the file; what was read may
be cleaned, so a stretch is looked up by its text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answer.passages import Readings
from core.errors import InputError
from index.records import Hit

ENOUGH = (
    0.5  # share of a stretch that a passage must cover to give it; arbitrary, as in "more there than not"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a document that a good search brings up; `key` stands for it in a ranking."""

    key: str
    document: str
    text: str


def corpora_of(folder: Path) -> Path | None:
    """Where the documents of such a folder are; None: it is of the other kind."""
    found = (folder / name for name in ("corpora", "raw/corpora"))
    return next((path for path in found if path.is_dir()), None)


def read_stretches(row: Mapping[str, Any], documents: Mapping[str, bytes], where: str) -> list[Stretch]:
    """The gold of one query. Raises InputError where it names no document or no text of it."""
    document, texts = row.get("corpus"), row.get("answers")
    if not isinstance(document, str) or document not in documents or not isinstance(texts, list) or not texts:
        raise InputError(f"{where}: {row['_id']} names no stretch of a document", "Correct the set")
    return [Stretch(f"{row['_id']}/{number}", document, str(text)) for number, text in enumerate(texts)]


def rank_stretches(
    readings: Readings, hits: Sequence[Hit], wanted: Sequence[Stretch], ids: Mapping[str, Sequence[str]]
) -> list[str]:
    """Keys of the stretches that each hit covers, best hit first; a hit that covers none keeps its place."""
    ranking: list[str] = []
    for number, hit in enumerate(hits):
        text = readings[hit.doc_id].text
        covered = [
            one.key
            for one in wanted
            if one.document in ids[hit.doc_id] and _share(text, hit, one.text) >= ENOUGH
        ]
        ranking += covered or [f"hit {number}"]
    return ranking


def _share(text: str, hit: Hit, stretch: str) -> float:
    """How much of `stretch` lies in the hit, at the place where the document has most of it."""
    place = find_loosely(text, stretch)
    if place is None:
        return 0.0
    start, end = place
    return max(0, min(end, hit.end) - max(start, hit.start)) / max(1, end - start)


def find_loosely(text: str, wanted: str) -> tuple[int, int] | None:
    """Where `wanted` stands in `text`, white space aside; None if it does not.

    >>> find_loosely("one  two\\nthree", "two three")
    (5, 14)
    """
    exact = text.find(wanted)
    if exact >= 0:
        return exact, exact + len(wanted)
    solid = [number for number, character in enumerate(text) if not character.isspace()]
    squeezed = "".join(wanted.split())
    at = "".join(text[number] for number in solid).find(squeezed) if squeezed else -1
    return None if at < 0 else (solid[at], solid[at + len(squeezed) - 1] + 1)
