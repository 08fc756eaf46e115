"""Which words of a sentence does its source not say? Pure; knows spans, problems and token scores, no library."""

import re
from collections.abc import Iterable, Sequence

Span = tuple[int, int]

# Log odds from which a token counts as not said: of the development claims' tokens 2 % of those that are said
# pass it and 15 % of those that are not; at 0 it is 5 and 29 %.
NOT_SAID = 1.0
WHOLE = 0.8  # share of a sentence from which marking its words says no more than the verdict does; arbitrary

_FRAGMENTS = re.compile(
    r"(?:number|unit of|bound of) (?P<quantity>[^:]+)|not in the source: (?P<names>.+)|quote: (?P<quote>.+)"
)
_LATIN = re.compile(r"[A-Za-z0-9]+(?:[.'-][A-Za-z0-9]+)*")


def missing_words(
    claim: str, problems: Iterable[str], tokens: Iterable[tuple[int, int, float]] = ()
) -> tuple[Span, ...]:
    """Stretches of `claim`: the quantities and names that `problems` name, and the `tokens` (start, end, log odds).

    >>> missing_words("It needs 15 MB of LPDDR", ["number 15 mb: not in the source", "not in the source: lpddr"])
    ((9, 14), (18, 23))
    """
    spans = [span for problem in problems for span in _named(claim, problem)]
    doubted = (_whole_word(claim, start, end) for start, end, odds in tokens if odds > NOT_SAID)
    # what holds a digit is left to the rules, which read numbers better than the checker
    spans += [(a, b) for a, b in doubted if not any(map(str.isdigit, claim[a:b]))]
    merged = _merge(claim, spans)
    covered = sum(end - start for start, end in merged)
    return () if covered > WHOLE * len(claim.strip()) else tuple(merged)


def _named(claim: str, problem: str) -> list[Span]:
    """Where the fragments that a problem names stand in the claim, in whatever case."""
    match = _FRAGMENTS.match(problem)
    if match is None:
        return []
    if match["quantity"]:
        patterns = [_quantity(match["quantity"].strip())]
    else:
        fragments = [match["quote"]] if match["quote"] else match["names"].split(", ")
        patterns = [re.escape(part.strip()) for part in fragments]
    found = (re.search(pattern, claim, re.IGNORECASE) for pattern in patterns)
    return [place.span() for place in found if place]


def _quantity(text: str) -> str:
    """A pattern for a quantity, no part of a longer number, with or without commas between its digits."""
    digits = re.sub(r"(?<=\d)(?=\d)", ",?", re.escape(text))
    return rf"(?<![\d.,]){digits}(?!\d|[.,]\d)"


def _whole_word(claim: str, start: int, end: int) -> Span:
    """A piece of a Latin word stands for the word."""
    touched = [m.span() for m in _LATIN.finditer(claim) if m.start() < end and start < m.end()]
    return (min([start, *(a for a, _ in touched)]), max([end, *(b for _, b in touched)]))


def _merge(claim: str, spans: Sequence[Span]) -> list[Span]:
    """In order, without white space at their ends, overlapping or neighbouring ones joined."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        text = claim[start:end]
        start, end = start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip())
        if not any(map(str.isalnum, claim[start:end])):
            continue
        if merged and not claim[merged[-1][1] : start].strip():
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
