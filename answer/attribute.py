"""Which span of a source is a sentence about? Any sentence, written by any model or person.

Per claim: cut the passages found for it into sentences, keep the likely ones, compare by meaning (centred cosine)
and by shared terms, and return the best as windows: the best sentence with its neighbours, as exact offsets.
Knows no verdicts, no library and no LLM; plain texts and a function that embeds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Literal

import numpy as np

from index.centring import centre_query
from index.keywords import query_terms, tokens
from ingest import language_of, split_sentences
from ingest.records import Language

Embed = Callable[[Sequence[str], Literal["query", "passage"]], np.ndarray]
Pair = tuple[Language, Language]  # language of the claim, language of the source

# Support by similarity, as a logistic score per language pair: bias, weight of the centred cosine, weight of shared
# terms. Set by hand between true claims and unrelated sentences of 53 claims over 14 papers (true: cosine .68-.92
# and .4-1 of the terms in one language, .70-.84 across; unrelated: up to .72 and .25, up to .70 across).
WEIGHTS: dict[Pair, tuple[float, float, float]] = {
    ("zh", "zh"): (-13.5, 14.0, 8.0),
    ("en", "en"): (-13.5, 14.0, 8.0),
    ("zh", "en"): (-13.7, 20.0, 3.0),
    ("en", "zh"): (-13.7, 20.0, 3.0),
}
CANDIDATES = 10  # sentences per claim that are embedded, in one language, after ranking by shared terms
CANDIDATES_ACROSS = 20  # across languages only names and numbers rank, then the order of the passages
WINDOWS = 3  # alternatives handed to the verdict
LONGEST = 600  # characters of a candidate that are compared; longer ones are tables and lists


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk of a document, with the whole text it is cut from: `text[start:end]`."""

    doc_id: str
    title: str
    heading: tuple[str, ...]
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """The best sentence `[start, end)` and the stretch around it `[wide_start, wide_end)`, for one claim."""

    passage: Passage
    start: int
    end: int
    wide_start: int
    wide_end: int
    cosine: float  # centred, claim and best sentence
    shared: float  # share of the claim's terms in the stretch, 0 to 1
    pair: Pair

    @property
    def core(self) -> str:
        """The best sentence."""
        return self.passage.text[self.start : self.end]

    @property
    def wide(self) -> str:
        """The best sentence with its neighbours."""
        return self.passage.text[self.wide_start : self.wide_end]

    @property
    def score(self) -> float:
        """Support by meaning and shared terms alone, in [0, 1], comparable between language pairs."""
        bias, by_cosine, by_terms = WEIGHTS[self.pair]
        return 1.0 / (1.0 + exp(-(bias + by_cosine * self.cosine + by_terms * self.shared)))


class Remembered:
    """An embedding function that remembers its last texts: an answer's sentences share their passages."""

    def __init__(self, embed: Embed, size: int = 4096) -> None:  # 4096 vectors of 384 floats: 6 MB
        self._embed = embed
        self._size = size
        self._known: dict[tuple[str, str], np.ndarray] = {}

    def __call__(self, texts: Sequence[str], side: Literal["query", "passage"]) -> np.ndarray:
        """Vectors `(len(texts), dim)`."""
        new = [text for text in dict.fromkeys(texts) if (side, text) not in self._known]
        if new:
            if len(self._known) + len(new) > self._size:
                self._known = {}
                new = list(dict.fromkeys(texts))
            self._known.update(((side, t), v) for t, v in zip(new, self._embed(new, side), strict=True))
        return np.stack([self._known[side, text] for text in texts])


def find_windows(
    claims: Sequence[str],
    passages: Sequence[Sequence[Passage]],
    embed: Embed,
    centres: Mapping[Language, np.ndarray],
) -> list[list[Window]]:
    """The best windows of each claim among its own passages, best first, at most WINDOWS each."""
    spans = [_candidates(claim, own) for claim, own in zip(claims, passages, strict=True)]
    texts = list(dict.fromkeys(text for own in spans for *_, text in own))
    if not texts:
        return [[] for _ in claims]
    vectors = embed(texts, "passage")
    rows = {
        text: _centred(vector, language_of(text), centres)
        for text, vector in zip(texts, vectors, strict=True)
    }
    asked = embed([claim[:LONGEST] for claim in claims], "query")
    return [
        _best(claim, _centred(vector, language_of(claim), centres), own, rows)
        for claim, vector, own in zip(claims, asked, spans, strict=True)
    ]


def shared_terms(claim: str, source: str) -> float:
    """Share of the claim's distinct terms (Han bigrams, Latin words) that `source` has."""
    wanted = query_terms(claim)
    have = set(tokens(source))
    return sum(term in have for term in wanted) / len(wanted) if wanted else 0.0


Candidate = tuple[Passage, list[tuple[int, int]], int, str]  # passage, its sentences, which one, its text


def _candidates(claim: str, passages: Sequence[Passage]) -> list[Candidate]:
    """The sentences worth comparing by meaning."""
    language = language_of(claim)
    near: list[tuple[float, Candidate]] = []
    across: list[tuple[float, Candidate]] = []
    for passage in passages:
        spans = split_sentences(passage.text, passage.start, passage.end)
        for index, (start, end) in enumerate(spans):
            text = passage.text[start:end]
            if sum(map(str.isalpha, text)) < 6 or text.lstrip().startswith("#"):
                continue
            candidate = (passage, spans, index, text[:LONGEST])
            if language_of(text) == language:
                near.append((shared_terms(claim, text), candidate))
            else:
                across.append((shared_terms(claim, text), candidate))
    near.sort(key=lambda pair: -pair[0])
    across.sort(key=lambda pair: -pair[0])
    return [c for _, c in near[:CANDIDATES] + across[:CANDIDATES_ACROSS]]


def _centred(vector: np.ndarray, language: Language, centres: Mapping[Language, np.ndarray]) -> np.ndarray:
    return centre_query(vector, centres.get(language))


def _best(
    claim: str, asked: np.ndarray, candidates: Sequence[Candidate], rows: Mapping[str, np.ndarray]
) -> list[Window]:
    windows = []
    for passage, spans, index, text in candidates:
        first, last = max(0, index - 1), min(len(spans) - 1, index + 1)
        wide = passage.text[spans[first][0] : spans[last][1]]
        pair: Pair = (language_of(claim), language_of(text))
        windows.append(
            Window(
                passage, *spans[index], spans[first][0], spans[last][1],
                cosine=float(asked @ rows[text]), shared=shared_terms(claim, wide), pair=pair,
            )
        )  # fmt: skip
    windows.sort(key=lambda w: (-w.score, w.passage.doc_id, w.start))
    kept: list[Window] = []
    for window in windows:
        if all(w.passage.doc_id != window.passage.doc_id or w.start != window.start for w in kept):
            kept.append(window)
        if len(kept) == WINDOWS:
            break
    return kept
