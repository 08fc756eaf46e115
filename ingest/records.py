"""The nouns of reading: what a file becomes before any database or model sees it.

All offsets are character offsets into `Reading.text`, half-open `[start, end)`. Pages are 1-based.
Invariant, tested: `reading.text[chunk.start:chunk.end] == chunk.text`, and a chunk's page span equals
the pages its offsets fall on.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["guide", "paper", "note"]
Language = Literal["zh", "en"]
KINDS: tuple[Kind, ...] = ("guide", "paper", "note")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a paged document: `number` is 1-based."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """The text under one heading; `heading` is the path from the outermost heading down."""

    heading: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as text: cleaned, with the places its text came from."""

    text: str
    title: str
    language: Language
    pages: tuple[Page, ...] = ()  # empty for files without pages
    sections: tuple[Section, ...] = ()  # in text order, not overlapping; may be empty
    warnings: tuple[str, ...] = ()  # one line each, for the user ("3 of 12 pages are scanned images")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a document's text, the unit of search."""

    start: int
    end: int
    text: str
    page_start: int | None  # 1-based; None where the file has no pages
    page_end: int | None
    heading: tuple[str, ...]
    language: Language
    prose: bool  # False for number tables, reference lists, code dumps: keyword search only
