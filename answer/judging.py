"""Sentences, with the hits found for each, to verdicts with quotes. Reads the library; knows no question, no LLM."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from answer.attribute import Window, find_windows
from answer.checker import load_checker
from answer.passages import Readings, passage_of, quote_of
from answer.records import Sentence
from answer.second import Second
from answer.similarity import NEAR, Similarity
from answer.verdict import (
    OPPOSITE,
    UNHEARD,
    Judge,
    Judgement,
    choose,
    is_verbatim,
    ranked,
    states_nothing,
)
from core.errors import ModelError
from core.settings import Settings
from index.library import Library
from index.records import Hit

CHECKED = 2  # windows of a sentence that the checker reads
WORTH = 0.7  # of the best one's similarity that the second must have: without it, a fifth more to read for .0006 of AUROC


class Judging:
    """Judges against one library. Thread-safe. `fault`: why rules alone judge, in one line; empty: they do not."""

    def __init__(self, library: Library, settings: Settings, checker: Judge | None = None) -> None:
        self._library = library
        self._compare = Similarity(library)
        self._checker: Judge | None
        self._checker, self.fault = (checker, "") if checker else load_checker(settings)

    def judge(
        self, pieces: Sequence[str], hits: Mapping[str, Sequence[Hit]], second: Second | None = None
    ) -> list[Sentence]:
        """Each piece as a Sentence, judged against the hits found for it; `second` reads it again."""
        claims = [piece for piece in dict.fromkeys(pieces) if not states_nothing(piece)]
        readings = Readings(self._library)
        found = self.windows(claims, [hits[claim] for claim in claims], readings)
        judged = dict(zip(claims, self._choose(claims, found), strict=True))
        if second:  # in the order of their passages: the model reads a passage once for the claims on it
            for claim in sorted(claims, key=lambda c: judged[c][0][1].surroundings if judged[c] else ""):
                judged[claim] = _look_again(claim, judged[claim], second)
        return [
            _sentence(piece, judged[piece], readings) if piece in judged else Sentence(piece, "no_claim")
            for piece in pieces
        ]

    def windows(
        self,
        claims: Sequence[str],
        hits: Sequence[Sequence[Hit]],
        readings: Readings,
        near: int = NEAR,
    ) -> list[list[Window]]:
        """The best windows of each claim among its own hits."""
        passages = [[passage_of(readings, hit) for hit in own] for own in hits]
        return find_windows(claims, passages, partial(self._compare, near=near))

    def _choose(
        self, claims: Sequence[str], found: Sequence[Sequence[Window]]
    ) -> list[list[tuple[Judgement, Window]]]:
        """A judgement of each window, best first; all that the checker is to read, it reads at once."""
        if self._checker is not None:
            read = [worth_reading(windows) for windows in found]
            pairs = [(claim, w.context) for claim, own in zip(claims, read, strict=True) for w in own]
            try:
                opinions = iter(self._checker(pairs))
                return [
                    choose(claim, own, [next(opinions) for _ in own])
                    for claim, own in zip(claims, read, strict=True)
                ]
            except ModelError as error:  # no longer what was measured: the rules can do without
                self._checker, self.fault = None, str(error)
        return [choose(claim, windows) for claim, windows in zip(claims, found, strict=True)]


def with_leads(text: str, sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences that `text` was split into, each with the white space in front of it."""
    end = 0
    for sentence in sentences:
        start = text.index(sentence.text, end)
        yield replace(sentence, lead=text[end:start] if end else "")
        end = start + len(sentence.text)


def worth_reading(windows: Sequence[Window]) -> list[Window]:
    """The windows, of all best first, that the checker reads."""
    return [w for w in windows[:CHECKED] if w.score >= WORTH * windows[0].score]


def _look_again(
    claim: str, first: list[tuple[Judgement, Window]], second: Second
) -> list[tuple[Judgement, Window]]:
    """The judgements with a second opinion on each window, best first, until one is found to say so."""
    again = list(first)
    for place, (judgement, window) in enumerate(first[:CHECKED]):
        if is_verbatim(claim, window):
            break
        if said := second(claim, window, judgement):
            again[place] = (said, window)
            if said.verdict == "supported":
                break
    return ranked(again)


def _sentence(claim: str, judged: Sequence[tuple[Judgement, Window]], readings: Readings) -> Sentence:
    """The best verdict, with the quotes of the windows that carry it."""
    if not judged:
        return Sentence(claim, "unsupported", unheard=True)
    best = judged[0][0]
    carry = [(judgement, window) for judgement, window in judged if judgement.verdict == best.verdict]
    quotes = tuple(quote_of(readings, window, judgement.score) for judgement, window in carry)
    asked = any(judgement.second for judgement, _ in judged)
    if best.verdict == "supported":
        return Sentence(claim, best.verdict, quotes, second=asked)
    against = any(problem.startswith(OPPOSITE) for problem in best.problems)
    unheard = any(problem.startswith(UNHEARD) for problem in best.problems)
    return Sentence(claim, best.verdict, quotes[:1], best.missing, asked, against=against, unheard=unheard)
