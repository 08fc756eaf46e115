"""The nouns of answering. An answer is never a bare string."""

from dataclasses import dataclass, field
from typing import Literal

from index.records import Found, Hit
from ingest.records import Language

Verdict = Literal["supported", "partial", "unsupported", "no_claim"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """An exact quote: `quote` is the document's text at [start, end), verbatim."""

    doc_id: str
    title: str
    page: int | None  # 1-based page of `start`; None where the file has no pages
    start: int
    end: int
    quote: str
    score: float  # how well it supports the sentence, 0 to 1


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the trained checker thinks of one claim and one passage, in log odds.

    `support`: the passage says it. `tokens`: each stretch [start, end) of the claim with "this is not said".
    """

    support: float
    tokens: tuple[tuple[int, int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer with the evidence for it, best first, and the verdict on it.

    `missing`: the stretches [start, end) of `text` that its evidence does not say, as far as they are known. `second`:
    a language model was asked too. `lead`: the white space in front of it, which keeps
    paragraphs and lists apart. `against`: by the rules the nearest source says the opposite. `unheard`: by the rules its
    source lacks a number or name of it, or has nothing in common with it; not stored.
    """

    text: str
    verdict: Verdict
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[tuple[int, int], ...] = ()
    second: bool = False
    lead: str = ""
    against: bool = False
    unheard: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answered (or refused) question, complete with what it rests on."""

    question: str
    language: Language
    refused: bool
    sentences: tuple[Sentence, ...]
    hits: tuple[Hit, ...]
    nearest: tuple[Hit, ...]  # the closest passages, only when refused: "not an answer"
    model: str  # "none", "local:<file name>" or the endpoint's model name
    fingerprint: str  # of the index it was answered from
    timings_ms: dict[str, float] = field(default_factory=dict)
    notice: str = ""  # one line for the reader, such as "the model stopped early"; empty: nothing to say


@dataclass(frozen=True, slots=True)
class Retrieved:
    """First event of an answer: what was found, before the model starts."""

    found: Found


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the model's text as it streams; a preview only, the Answer at the end is what counts."""

    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer with its first verdicts, before a second opinion; the Answer that follows is what counts."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of a conversation with its answer."""

    question: str
    answer: str
