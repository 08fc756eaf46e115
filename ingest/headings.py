"""Headings of texts that do not mark them up, and section paths. Knows numbering, no file format.

A numbered line is a heading when it is short and its number continues the numbering so far: that tells
"3.2 Multi-Head Attention" from a row of a table and from a sentence that happens to start with a number.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.records import Section


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its place (offset, or index of its line), its level (1 is outermost), and its words."""

    start: int
    level: int
    title: str


def build_sections(headings: Iterable[Heading], length: int) -> tuple[Section, ...]:
    """Sections from each heading (included) to the next; the path holds the headings above it.

    Text before the first heading belongs to no section. `length`: of the whole text, in characters.
    """
    path: list[Heading] = []
    sections: list[Section] = []
    for heading in sorted(headings, key=lambda h: h.start):
        if sections:
            last = sections[-1]
            sections[-1] = Section(last.heading, last.start, heading.start)
        path = [h for h in path if h.level < heading.level] + [heading]
        sections.append(Section(tuple(h.title for h in path), heading.start, length))
    return tuple(s for s in sections if s.end > s.start)


_HAN_DIGITS = "一二三四五六七八九"
_HAN_NUMBER = rf"[{_HAN_DIGITS}十]{{1,3}}"
_NUMBERINGS = (
    ("chapter", re.compile(rf"第\s?({_HAN_NUMBER}|\d{{1,2}})\s?[章讲部篇]\s*[：:]?\s*(?=\S)")),
    ("part", re.compile(rf"第\s?({_HAN_NUMBER}|\d{{1,2}})\s?节\s*[：:]?\s*(?=\S)")),
    ("han", re.compile(rf"({_HAN_NUMBER})\s?、\s*")),
    ("bracket", re.compile(rf"[（(]({_HAN_NUMBER}|\d{{1,2}})[)）]\s*")),
    ("decimal", re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})(?:[.．]\s*|\s+|(?=[㐀-鿿]))(?=[A-Z㐀-鿿“\"(])")),
    ("letter", re.compile(r"(?:Appendix\s+)?([A-Z](?:\.\d{1,2}){0,2})(?:[.:]?\s+|$)(?=[A-Z])")),
)
# Customary headings without a number; those of the second kind are also words of tables, so they count only
# in texts that number nothing.
_ALWAYS = re.compile(
    r"(?:abstract|references|bibliography|acknowledge?ments?|limitations|(?:ethics|broader impact) statement|"
    r"appendix|appendices|supplementary materials?|摘\s?要|参考文献|致\s?谢|附\s?录)[.:：]?",
    re.IGNORECASE,
)
_UNLESS_NUMBERED = re.compile(
    r"(?:introduction|background|related works?|methods?|experiments?|results|discussion|conclusions?|"
    r"引\s?言|前\s?言|结\s?论|总\s?结)[.:：]?",
    re.IGNORECASE,
)
_CONTENTS_LINE = re.compile(r"\D[\s.]+\d{1,3}$")
_LAST_SECTION = re.compile(r"references|bibliography|参考文献", re.IGNORECASE)
_Number = tuple[str, tuple[int, ...]]  # the kind of numbering, and the number's parts
_LONGEST = 100  # characters of a heading; arbitrary
_SENTENCE_END = tuple(".,;，。；、:：-!！…")


def find_numbered(lines: Sequence[str]) -> list[Heading]:
    """The numbered and the customary headings ("Abstract", "参考文献") of `lines`; start: the line's index.

    >>> [h.title for h in find_numbered(["1 Intro", "Text.", "1.1 Why", "Text.", "9 Up", "Text.", "2 End"])]
    ['1 Intro', '1.1 Why', '2 End']
    """
    found: list[Heading] = []
    open_numbers: list[_Number] = []  # (numbering, number) from the outermost heading down
    after_references = False
    candidates = _candidates(lines)
    plain = not any(kind == "decimal" for kind, _ in candidates.values())
    for index, line in enumerate(lines):
        if _ALWAYS.fullmatch(line) or (plain and _UNLESS_NUMBERED.fullmatch(line)):
            open_numbers = []
            after_references = after_references or bool(_LAST_SECTION.match(line))
            found.append(Heading(index, 1, line.rstrip(".:：")))
            continue
        if index not in candidates:
            continue
        kind, number = candidates[index]
        if kind == "letter" and not (
            after_references or line.startswith("Appendix") or _is_open(open_numbers, kind)
        ):
            continue
        if after_references and kind == "decimal":
            continue
        level = _place(open_numbers, kind, number)
        if level:
            found.append(Heading(index, level, line))
    return found


def _is_open(open_numbers: list[_Number], kind: str) -> bool:
    return any(k.startswith(kind) for k, _ in open_numbers)


def _candidates(lines: Sequence[str]) -> dict[int, _Number]:
    """Lines that look like numbered headings and do not stand next to their like, as items of a list do."""
    visible = [index for index, line in enumerate(lines) if line.strip()]
    found = {index: match for index in visible if (match := _match_number(lines[index])) is not None}
    listed: set[int] = set()
    for one, other in pairwise(visible):
        if one in found and other in found:
            same = found[one][0] == found[other][0] and len(found[one][1]) == len(found[other][1])
            if same or (_CONTENTS_LINE.search(lines[one]) and _CONTENTS_LINE.search(lines[other])):
                listed |= {one, other}
    return {index: match for index, match in found.items() if index not in listed}


def _match_number(line: str) -> _Number | None:
    if len(line) > _LONGEST:
        return None
    for kind, pattern in _NUMBERINGS:
        match = pattern.match(line)
        if match is None:
            continue
        title = line[match.end() :].strip()
        if kind == "bracket" and not re.search(
            "[㐀-鿿（]", line
        ):  # "(1) first, (2) second" of running English
            return None
        return (kind, _number(match[1])) if is_title_like(title) else None
    return None


def is_title_like(title: str) -> bool:
    """Whether the words could be a heading: letters mostly, no end of a sentence, no dozen of words."""
    letters = sum(c.isalpha() for c in title)
    visible = sum(not c.isspace() for c in title)
    return (
        letters >= 2
        and (title[0].isalnum() or title[0] in '“"(（《「')
        and letters >= 0.6 * visible
        and not title.endswith(_SENTENCE_END)
        and not re.search(r"[。；，]|[.!?]\s+[A-Z]|…|\.{3}", title)
        and len(title.split()) <= 14
    )


def _number(text: str) -> tuple[int, ...]:
    """ "3.2" -> (3, 2); "B.1" -> (2, 1); "十二" -> (12,)."""
    if text[0].isdigit() or text[0].isascii():
        return tuple(int(p) if p.isdigit() else ord(p) - ord("A") + 1 for p in text.split("."))
    tens, found, ones = text.rpartition("十")
    return ((_han(tens) or 1) * 10 + _han(ones) if found else _han(text),)


def _han(text: str) -> int:
    return _HAN_DIGITS.find(text[-1:]) + 1 if text else 0


def _place(open_numbers: list[_Number], kind: str, number: tuple[int, ...]) -> int:
    """The level of a heading with this number, and the numbering moved on; 0 when it does not fit in."""
    key = f"{kind}{len(number)}"
    for depth in range(len(open_numbers) - 1, -1, -1):
        other, last = open_numbers[depth]
        if other == key:
            fits = last[:-1] == number[:-1] and 0 < number[-1] - last[-1] <= 2  # 2: one heading may be missed
        elif other.startswith(kind) and len(last) < len(number):
            fits = number[: len(last)] == last and all(n == 1 for n in number[len(last) :])
            if fits:
                open_numbers[depth + 1 :] = [(key, number)]
                return depth + 2
        else:
            continue
        if fits:
            open_numbers[depth:] = [(key, number)]
            return depth + 1
    if number[-1] == 1 and not _is_open(open_numbers, kind) and len(number) <= 2:
        open_numbers.append((key, number))
        return len(open_numbers)
    return 0
