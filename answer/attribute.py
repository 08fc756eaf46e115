"""Which span of a source is a sentence about? Any sentence, written by any model or person.

Per claim: cut the passages found for it into sentences, keep the likely ones, compare by meaning (centred cosine)
and by shared terms, and return the best as windows: the best sentence, with those of its neighbours that say more
of the claim, as exact offsets. Headings, formulas and lists of links are no sentences to quote.
Knows no verdicts, no library and no LLM; plain texts and a function that compares.
"""

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from math import exp, isnan

import numpy as np

from answer.agreement import same_value
from answer.quantities import Quantity, read_quantities
from answer.wording import shared_terms
from index.glossary import shipped_glossary
from index.keywords import query_terms, tokens
from ingest import language_of, split_sentences
from ingest.records import Language

Span = tuple[int, int]
Pair = tuple[Language, Language]  # language of the claim, language of the source

# Support by similarity, as a logistic score per language pair: bias, weight of the centred cosine, weight of shared
# terms. Fitted on the true claims of eval/data/claims.dev.jsonl, the sentence they rest on against all others found
# (AUROC .96 zh-zh, .98 en-en, .97 across); the bias then set so that about 95 % of the right sentences pass .5.
WEIGHTS: dict[Pair, tuple[float, float, float]] = {
    ("zh", "zh"): (-8.1, 12.0, 8.7),
    ("en", "en"): (-8.5, 14.8, 5.3),
    ("zh", "en"): (-8.3, 17.7, 7.8),
    ("en", "zh"): (-8.3, 17.7, 7.8),
}
WINDOWS = 4  # alternatives handed to the verdict
SENTENCES = 3  # of a window, at most
WIDEN = 0.12  # share of the claim's terms that a neighbour must add; arbitrary: about one term in eight
MARGIN = 600  # characters around a passage whose sentences may join a window: what a chunk's edge cuts off; arbitrary
NAMED = 2.0  # what a Latin word or number counts more than a Han bigram in choosing sentences; arbitrary
READ = 4096  # sentences whose terms and quantities are remembered: a few MB
LONGEST = 600  # characters of a sentence that are compared; longer ones are tables and lists


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk of a document, with the whole text it is cut from: `text[start:end]`."""

    doc_id: str
    title: str
    heading: tuple[str, ...]
    text: str
    start: int
    end: int
    chunk_id: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage that may carry a claim."""

    passage: Passage
    span: Span  # where it stands in the document
    language: Language
    told: float  # how much of the claim's terms and quantities it has, 0 to 2

    @property
    def text(self) -> str:
        """What it says."""
        return self.passage.text[slice(*self.span)]


# Centred cosines of claims and the candidates of each (answer/similarity.py); NaN: not worth comparing.
Compare = Callable[[Sequence[str], Sequence[Sequence[Candidate]]], Sequence[np.ndarray]]


@dataclass(frozen=True, slots=True)
class Window:
    """The best sentence `[start, end)` and the stretch to quote `[wide_start, wide_end)`, for one claim."""

    passage: Passage
    start: int
    end: int
    wide_start: int
    wide_end: int
    cosine: float  # centred, claim and best sentence
    shared: float  # share of the claim's terms in the stretch, 0 to 1
    pair: Pair
    lead: str = ""  # the line that announces the list which the sentence is an item of
    anchored: bool = True  # whether it has any term of the claim, in the form of either language

    @property
    def core(self) -> str:
        """The best sentence."""
        return self.passage.text[self.start : self.end]

    @property
    def wide(self) -> str:
        """The best sentence with the neighbours that belong to it: one to three sentences."""
        return self.passage.text[self.wide_start : self.wide_end]

    @property
    def context(self) -> str:
        """What a checker reads: the stretch to quote, below its title and headings."""
        return "\n".join([self.path, self.lead, self.wide])

    @property
    def surroundings(self) -> str:
        """What a language model reads: the whole passage with the stretch to quote, below its title and headings."""
        start, end = min(self.passage.start, self.wide_start), max(self.passage.end, self.wide_end)
        text = self.passage.text[start:end]
        return "\n".join([self.path, *([] if self.lead in text else [self.lead]), text])

    @property
    def path(self) -> str:
        """The title and headings it stands under."""
        return path_of(self.passage.title, self.passage.heading)

    @property
    def score(self) -> float:
        """Support by meaning and shared terms alone, in [0, 1], comparable between language pairs."""
        bias, by_cosine, by_terms = WEIGHTS[self.pair]
        return 1.0 / (1.0 + exp(-(bias + by_cosine * self.cosine + by_terms * self.shared)))


def path_of(title: str, heading: Sequence[str]) -> str:
    """Where a passage stands, as a model reads it: "LoRA › Training"."""
    return " › ".join([title, *heading])


def find_windows(
    claims: Sequence[str], passages: Sequence[Sequence[Passage]], compare: Compare
) -> list[list[Window]]:
    """The best windows of each claim among its own passages, best first, at most WINDOWS each."""
    candidates = [_candidates(claim, own) for claim, own in zip(claims, passages, strict=True)]
    compared = compare(claims, candidates)
    return [_best(*one) for one in zip(claims, candidates, compared, strict=True)]


def _best(claim: str, candidates: Sequence[Candidate], cosines: np.ndarray) -> list[Window]:
    compared = zip(candidates, cosines.tolist(), strict=True)
    forms = set(query_terms(claim)).union(*map(query_terms, shipped_glossary().other_forms(claim)))
    windows = [_widen(claim, forms, own, cosine) for own, cosine in compared if not isnan(cosine)]
    windows.sort(key=lambda w: (-w.score, w.passage.doc_id, w.start))
    kept: list[Window] = []
    for window in windows:
        if all(w.passage.doc_id != window.passage.doc_id or _apart(w, window) for w in kept):
            kept.append(window)
    return kept[:WINDOWS]


def _candidates(claim: str, passages: Sequence[Passage]) -> list[Candidate]:
    """Every sentence of the passages that says something."""
    language = language_of(claim)
    wanted = set(query_terms(claim))
    forms = set(query_terms(" ".join([claim, *shipped_glossary().other_forms(claim)])))
    quantities = read_quantities(claim)
    found = []
    for passage in passages:
        for start, end in split_sentences(passage.text, passage.start, passage.end):
            text = passage.text[start : min(end, start + LONGEST)]
            if not quotable(passage.text[start:end]):
                continue
            written = language_of(text)
            told = _told(wanted if written == language else forms, text) + _counted(quantities, text)
            found.append(Candidate(passage, (start, end), written, told))
    return found


def _sentences(passage: Passage) -> list[Span]:
    """The sentences of a passage and those around it."""
    text, start, end = passage.text, passage.start, passage.end
    first, last = max(0, start - MARGIN), min(len(text), end + MARGIN)
    before = split_sentences(text, first, start)[first > 0 :]  # what is cut is no sentence
    after = split_sentences(text, end, last)
    return [*before, *split_sentences(text, start, end), *after[: len(after) - (last < len(text))]]


def _told(wanted: set[str], source: str) -> float:
    """Like `shared_terms`, but what is a name or number counts more: in a few of them the right sentence shows."""
    return _weight(wanted & _terms(source)) / max(1, len(wanted))


def _counted(quantities: Sequence[Quantity], source: str) -> float:
    """Share of the claim's quantities that a sentence has, however written: 3.75 亿 and 375M."""
    there = _quantities(source) if quantities else ()
    return sum(any(same_value(q, other) for other in there) for q in quantities) / max(1, len(quantities))


# The same passages are found for one sentence of an answer after the other: a tenth of the time of ten.
@lru_cache(maxsize=READ)
def _terms(source: str) -> frozenset[str]:
    return frozenset(tokens(source))


@lru_cache(maxsize=READ)
def _quantities(source: str) -> tuple[Quantity, ...]:
    return tuple(read_quantities(source))


def _weight(terms: Set[str]) -> float:
    return len(terms) + NAMED * sum(term.isascii() for term in terms)


def quotable(text: str) -> bool:
    """Whether a sentence of a source says something: no heading, formula, link list, nor a stray scrap.

    >>> quotable("GQA 让多个查询头共用一组键和值。"), quotable("- [GQA](gqa.md)"), quotable("## GQA 的好处")
    (True, False, False)
    """
    line = text.strip()
    if line.startswith(("#", "$$", "\\[", "```")):
        return False
    return sum(map(str.isalpha, _LINK.sub("", line))) >= 6


_LINK = re.compile(r"!?\[[^\[\]]*\]\([^()]*\)|https?://\S+")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)、])\s")


def _widen(claim: str, forms: set[str], candidate: Candidate, cosine: float) -> Window:
    """A sentence with those of its neighbours that say more of the claim."""
    passage = candidate.passage
    spans = _sentences(passage)
    first, last = _grow(claim, passage.text, spans, spans.index(candidate.span))
    wide = passage.text[spans[first][0] : spans[last][1]]
    return Window(
        passage, *candidate.span, spans[first][0], spans[last][1],
        cosine=cosine, shared=shared_terms(claim, wide),
        pair=(language_of(claim), candidate.language), lead=_lead(passage.text, spans, first),
        anchored=not forms.isdisjoint(tokens(wide)),
    )  # fmt: skip


def _apart(one: Window, other: Window) -> bool:
    return one.wide_end <= other.start or other.end <= one.wide_start


def _grow(claim: str, text: str, spans: Sequence[Span], index: int) -> tuple[int, int]:
    """First and last sentence of the window around `index`: a neighbour joins if it says more of the claim."""
    first = last = index
    wanted = query_terms(claim)
    have = set(_terms(text[slice(*spans[index])]))
    counted = read_quantities(claim)
    lacking = _lacking(counted, text[slice(*spans[index])])
    while last - first < SENTENCES - 1:
        best: tuple[float, int] = (0.0, -1)
        for other in (first - 1, last + 1):
            if 0 <= other < len(spans) and quotable(said := text[slice(*spans[other])]):
                adds = _terms(said).intersection(wanted) - have
                found = [quantity for quantity in lacking if _counted([quantity], said)]
                gain = _weight(adds) / len(wanted) + len(found) / max(1, len(counted))
                best = max(best, (gain, other))
        if best[0] < WIDEN:
            break
        first, last = min(first, best[1]), max(last, best[1])
        have |= _terms(text[slice(*spans[best[1]])])
    return first, last


def _lacking(quantities: Sequence[Quantity], source: str) -> list[Quantity]:
    """The quantities that a sentence does not have and has no other of the same unit for: its neighbours may."""
    units = {quantity.unit for quantity in _quantities(source)} - {""}
    return [q for q in quantities if q.unit not in units and not _counted([q], source)]


def _lead(text: str, spans: Sequence[Span], first: int) -> str:
    """The line ending in a colon above a list that sentence `first` stands in, else ""."""
    index = first
    while index >= 0 and _ITEM.match(text[slice(*spans[index])]) is None and first - index < 2:
        index -= 1
    while index >= 0 and _ITEM.match(text[slice(*spans[index])]):
        index -= 1
    if index < 0 or index == first:
        return ""
    line = text[slice(*spans[index])]
    return line if line.endswith((":", "：")) else ""
