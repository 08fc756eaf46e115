"""Reads the hand-written passages with their claims and edits; see README.md for the format."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

KINDS = {
    "=": "kept",
    "N": "number",
    "U": "unit",
    "G": "negation",
    "C": "comparison",
    "E": "entity",
    "S": "scope",
    "I": "invented",
    "R": "roles",
}

_PASSAGE = re.compile(r"P (en|zh)")
_CLAIM = re.compile(r"T (en|zh) ((?:\d+)(?:\s*,\s*\d+)*) (.+)")
_QUESTION = re.compile(r"(?:Q (en|zh) ((?:\d+)(?:\s*,\s*\d+)*)|X (en|zh)) (.+)")
_EDIT = re.compile(r"([=NUGCESIR]) (.+?) => ?(.*)")
_SENTENCE = re.compile(r"(\d+) (.+)")


@dataclass(frozen=True, slots=True)
class Edit:
    """A fragment that occurs once in the claim, what replaces it, and what that does ("kept": the claim stays true)."""

    kind: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A true claim, the numbers (0-based) of the sentences it rests on, and the edits."""

    language: str
    rests_on: tuple[int, ...]
    text: str
    edits: list[Edit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the numbers (0-based) of the sentences that answer it; none: a near miss, nothing does."""

    rests_on: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage in sentences, its claims, and questions on it."""

    language: str
    topic: str
    sentences: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def read_pairs(path: Path) -> list[Passage]:
    """The passages of one file; lines that say nothing usable are left out."""
    return [p for p in _passages(path) if p.sentences and p.claims]


def _passages(path: Path) -> Iterator[Passage]:
    topic, passage = "", Passage("en", "")
    for raw in path.read_text(encoding="utf-8").splitlines():
        line = raw.strip()
        if line.startswith("#"):
            topic = line.lstrip("# ")
        elif found := _PASSAGE.fullmatch(line):
            yield passage
            passage = Passage(found[1], topic)
        elif found := _CLAIM.fullmatch(line):
            numbers = _numbers(found[2])
            if max(numbers) < len(passage.sentences):
                passage.claims.append(Claim(found[1], numbers, found[3].strip()))
        elif found := _QUESTION.fullmatch(line):
            passage.questions.append(Question(_numbers(found[2] or ""), found[4].strip()))
        elif found := _EDIT.fullmatch(line):
            claims = passage.claims
            if claims and claims[-1].text.count(found[2]) == 1 and found[2] != found[3]:
                claims[-1].edits.append(Edit(KINDS[found[1]], found[2], found[3]))
        elif (found := _SENTENCE.fullmatch(line)) and not passage.claims:
            passage.sentences.append(found[2])
    yield passage


def _numbers(listed: str) -> tuple[int, ...]:
    return tuple(int(n) - 1 for n in re.findall(r"\d+", listed))
