"""Does a source deny what a claim affirms, or affirm what it denies? Word by word, in Chinese and English.

A negation denies the words behind it in its clause; words in front of it, and words in a clause with a softer denial
("avoids", 缺少), may stand either way. A word that both texts have, denied in one and plainly said in the other, is
a conflict. Text in, words out.
"""

import re
from collections.abc import Iterator
from typing import Literal

from answer.names import stem
from answer.wording import NEGATION, SMALL, SOFT_NEGATION, plain

Polarity = Literal["denied", "said", "open"]

REACH = 4  # words or Han characters between a negation and what it denies; 6 and 10 raise more false alarms
_CLAUSE = re.compile(r"[,;:。；，：、!?！？\n()（）]|(?<=[a-z\d])\. ")
_QUOTED_MISTAKE = re.compile(
    r"[“「\"'][^”」\"']{4,120}[”」\"'](?=\s*(?:[:：]|是错的|不准确|is (?:wrong|false)))"
)
_ALIAS = re.compile(r"\([a-z0-9-]{1,12}\)")  # of what stands before it: no border of a clause
# A condition denies nothing, nor does what is not the only thing: if no such page exists, 而不是只写
_CONDITION = re.compile(
    r"\b(?:if|unless|whether|when|in case)\b|如果|若(?!干)|假如|除非|一旦|是否|[不没](?:是)?[只仅]"
)
_UNIT = re.compile(r"[一-鿿]|[a-z]+")
_WORD = re.compile(r"[a-z][a-z0-9.+-]*")
_SMALL = SMALL | frozenset("can also when so but 可以 需要 因为 所以 但是 一个 使用 就是 模型".split())


def polarity_conflicts(claim: str, source: str) -> list[str]:
    """The words that one of the two denies and the other says; empty where more words are denied in both.

    >>> polarity_conflicts("RMSNorm needs no bias.", "RMSNorm needs a bias."), polarity_conflicts("不需要偏置", "用不着偏置")
    (['bia'], [])
    """
    theirs: dict[str, set[Polarity]] = {}
    for word, polarity in _polarities(source):
        theirs.setdefault(word, set()).add(polarity)
    conflicts: list[str] = []
    agreed: set[str] = set()
    for word, polarity in _polarities(claim):
        known = theirs.get(word, set())
        if polarity == "open" or not known or "open" in known:
            continue
        if polarity not in known:
            conflicts.append(word)
        elif polarity == "denied":
            agreed.add(word)
    conflicts = list(dict.fromkeys(conflicts))
    return conflicts if len(conflicts) > len(agreed) else []


def _polarities(text: str) -> Iterator[tuple[str, Polarity]]:
    """Each word or pair of Han characters of a text."""
    text = _ALIAS.sub(" ", _QUOTED_MISTAKE.sub(" ", plain(text)))
    for clause in _CLAUSE.split(text):
        cues = [match.span() for match in NEGATION.finditer(clause)]
        soft = SOFT_NEGATION.search(clause) is not None
        conditional = _CONDITION.search(clause) is not None
        for start, end, word in _words(clause):
            if any(start < b and a < end for a, b in cues):
                continue
            if conditional:
                yield word, "open"
            elif any(b <= start and len(_UNIT.findall(clause, b, start)) <= REACH for _, b in cues):
                yield word, "denied"
            else:
                yield word, "open" if cues or soft else "said"


def _words(clause: str) -> Iterator[tuple[int, int, str]]:
    for match in _WORD.finditer(clause):
        if match[0] not in _SMALL:
            yield *match.span(), stem(match[0].rstrip(".-"))
    for start in range(len(clause) - 1):
        pair = clause[start : start + 2]
        if all("一" <= char <= "鿿" for char in pair) and pair not in _SMALL:
            yield start, start + 2, pair
