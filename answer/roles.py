"""Who did what: names and numbers that a claim and a source tie together the other way round.

Looks only at the order and the distance of what both texts have in common. Knows no documents; text in, phrases
naming a disagreement out.
"""

import re
from itertools import combinations, pairwise

from answer.names import names_of, stem
from answer.numerals import normalise
from answer.wording import PARTS, SMALL, plain
from index.keywords import tokens

_CONTRAST = re.compile(
    r"\b(?:than|over|prefer\w*|outperform\w*|exceed\w*|beats?|surpass\w*|underperform\w*|while|whereas|but)\b|"
    r"优于|高于|低于|劣于|超过|不如|胜过|好于|多于|少于|快于|慢于|比|相对于|而|更"
)
_FRONTED = re.compile(
    r"^\W*(?:compared|relative to|unlike|than|相比|相对于|与.{1,24}相比|和.{1,24}相比|despite|although)"
)
_NUMBER = re.compile(r"(?<![a-z\d.,-])\d[\d,]*(?:\.\d+)?(?:e-?\d+)?(?![a-z\d])")
_CLAUSE = re.compile(r"[,;:、](?!\d)|。|\band\b|而|但")  # of text as `plain` gives it
_ANY_NUMBER = re.compile(r"(?<![a-z0-9_.-])\d+(?:\.\d+)?(?:e-?\d+)?")
PAIRED = 40  # numbers that both texts have; a table has hundreds
CLAUSE = 30  # characters that a border between clauses counts for; arbitrary, longer than most clauses
MARGIN = 3  # characters by which a name must be closer to a number than the next one; arbitrary


def swap_conflict(claim: str, core: str) -> str:
    """A phrase if the first and the last name both texts share stand the other way round, in a comparison.

    A comparison that opens with its reference ("compared with X", 与 X 相比) on one side only is let pass.
    """
    mine, theirs = plain(claim), plain(core)
    if not (_CONTRAST.search(mine) and _CONTRAST.search(theirs)):
        return ""
    if bool(_FRONTED.search(mine)) != bool(_FRONTED.search(theirs)):
        return ""
    ours, found = _ordered_names(claim), _ordered_names(core)
    shared = [name for name in ours if name in found]
    if len(shared) < 2 or found.index(shared[0]) < found.index(shared[-1]):
        return ""
    if not all(_contrasted(text, shared[0], shared[-1]) for text in (mine, theirs)):
        return ""
    return f"roles: {shared[0]} and {shared[-1]} are exchanged"


def pairing_conflict(claim: str, core: str) -> str:
    """A phrase if two numbers stand by two names the other way round: X 82 %, Y 46 % told as X 46 %, Y 82 %.

    >>> pairing_conflict("MATH 得 82 分，GSM8K 得 51 分", "51 on MATH, then 82 on GSM8K")
    'roles: 82 goes with gsm8k, not math'
    """
    mine, theirs = plain(claim), plain(core)
    both = [name for name in _ordered_names(claim) if _places(name, mine) and _places(name, theirs)]
    numbers = [n for n in dict.fromkeys(_NUMBER.findall(mine)) if not any(n in name for name in both)]
    numbers = [n for n in numbers if len(_places(n, mine)) == len(_places(n, theirs)) == 1]
    if len(both) < 2:
        return ""
    ours = {number: _nearest(number, both, mine) for number in numbers}
    found = {number: _nearest(number, both, theirs) for number in numbers}
    for one in numbers:
        for other in numbers:
            if (
                ours[one]
                and ours[one] != ours[other]
                and found[one] == ours[other]
                and found[other] == ours[one]
            ):
                return f"roles: {one} goes with {found[one]}, not {ours[one]}"
    return ""


def exchange_conflict(claim: str, source: str) -> str:
    """A phrase if two numbers have changed their clauses: what the source tells beside one stands beside the other.

    >>> exchange_conflict("全参微调用 2e-4，LoRA 用 5e-6", "全参微调用 5e-6，LoRA 用 2e-4")
    'roles: 2e-4 and 5e-6 are exchanged'
    """
    mine, theirs = _clauses_of_numbers(claim), _clauses_of_numbers(source)
    for one, other in combinations([number for number in mine if number in theirs][:PAIRED], 2):
        ours = mine[one] - mine[other], mine[other] - mine[one]
        there = theirs[one] - theirs[other], theirs[other] - theirs[one]
        straight = len(ours[0] & there[0]) + len(ours[1] & there[1])
        crossed = len(ours[0] & there[1]), len(ours[1] & there[0])
        if sum(crossed) > straight and (all(crossed) or not straight):
            return f"roles: {one} and {other} are exchanged"
    return ""


def _clauses_of_numbers(text: str) -> dict[str, set[str]]:
    """The terms of the clause that each number stands in, of the numbers that occur once."""
    text = normalise(text)
    cuts = [0, *(match.end() for match in PARTS.finditer(text)), len(text)]
    found: dict[str, list[set[str]]] = {}
    for start, end in pairwise(cuts):
        clause = text[start:end]
        terms = {stem(term) for term in tokens(clause) if term not in SMALL and not term[0].isdigit()}
        for match in _ANY_NUMBER.finditer(clause):
            found.setdefault(match[0], []).append(terms)
    return {number: own[0] for number, own in found.items() if len(own) == 1}


def _nearest(number: str, names: list[str], text: str) -> str:
    """The name that stands clearly closest to `number`, or ""; in another clause is far away."""
    at = _places(number, text)[0]
    gaps = sorted((min(_gap(text, at, place) for place in _places(name, text)), name) for name in names)
    return gaps[0][1] if gaps[1][0] - gaps[0][0] >= MARGIN else ""


def _gap(text: str, one: int, other: int) -> int:
    between = text[min(one, other) : max(one, other)]
    return len(between) + CLAUSE * len(_CLAUSE.findall(between))


def _contrasted(text: str, one: str, other: str) -> bool:
    """Whether a word of comparison stands between two names."""
    places = sorted([*_places(one, text)[:1], *_places(other, text)[:1]])
    return len(places) == 2 and bool(_CONTRAST.search(text[places[0] : places[1]]))


def _places(item: str, text: str) -> list[int]:
    """Where a name or number stands as a whole."""
    return [m.start() for m in re.finditer(rf"(?<![a-z\d.]){re.escape(item)}(?!\d)(?!\.\d)", text)]


def _ordered_names(text: str) -> list[str]:
    """Names by first occurrence, stemmed: in English what looks like a name, in Chinese every Latin word."""
    english = not re.search(r"[一-鿿]", text)
    parts = (part for name in names_of(text, english) for part in re.split(r"/|-.*", name) if part)
    return list(dict.fromkeys(stem(part) for part in parts))
