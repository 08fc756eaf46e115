"""The nouns of searching."""

from dataclasses import dataclass, field
from typing import Literal

from ingest.records import Kind, Language

Standing = Literal["there", "changed"]
Status = Literal["added", "unchanged", "replaced", "failed"]


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the library. `doc_id` is the SHA-256 of its bytes, 64 hex digits."""

    doc_id: str
    title: str
    kind: Kind
    language: Language
    pages: int  # 0 for files without pages
    chunks: int
    added: str  # ISO 8601, UTC
    source: str  # the path or upload name it came from
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one file."""

    source: str
    status: Status
    doc_id: str = ""
    title: str = ""
    kind: Kind = "note"
    pages: int = 0
    chunks: int = 0
    warnings: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a query, with why. Ranks are 1-based, None where that side did not find it."""

    chunk_id: str
    doc_id: str
    title: str
    kind: Kind
    language: Language
    start: int  # character offsets into the document's text
    end: int
    text: str
    page_start: int | None
    page_end: int | None
    heading: tuple[str, ...]
    score: float  # fused, in [0, 2], or a cross-encoder's, in [2, 3]; comparable within one query only
    dense: float  # cosine with the centred query, less that language's average (index/centring.py)
    keyword: float  # BM25, 0 where no term matches
    dense_rank: int | None
    keyword_rank: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of one search."""

    query: str
    language: Language
    hits: tuple[Hit, ...]
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `prep doctor`."""

    name: str
    ok: bool
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of one file: `done` of `total` units of `stage` (pages are read, chunks are embedded)."""

    source: str
    stage: Literal["read", "embed", "store", "done"]
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ChatInfo:
    """One conversation in the list of past ones."""

    chat_id: str
    title: str
