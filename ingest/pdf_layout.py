"""Lines of PDF pages to running text with pages and headings. Knows lines and their sizes, no PDF.

Wrapped lines are joined, hyphenated words closed, paragraphs and headings set apart by blank lines, so that
sentences can be found; the place where each page starts is kept.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.headings import Heading, find_numbered, is_title_like
from ingest.pdf_lines import Line
from ingest.records import Page

_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_BROKEN = re.compile(r"([A-Za-z]+)-$")
_HAN_EDGE = re.compile(r"[㐀-鿿，。、；：？！（）“”「」《》【】]")
_STARTS_BLOCK = re.compile(
    r"(?:figure|fig\.|table|algorithm|listing|theorem|lemma|图|表|算法)\s?\d+|[•·●○▪■◆➢✓]|\[\d{1,3}\]\s|[（(]\d{1,2}[)）]|"
    r"\d{1,2}[.)、](?!\d)|[-–—]\s",
    re.IGNORECASE,
)
_CLOSED = tuple('.!?。！？；：:…”」"')
_SIZE_STEP = 1.12  # a line this much larger than the body is a heading; arbitrary, papers use 1.2


@dataclass(frozen=True, slots=True)
class Layout:
    """Running text, its pages (tiling it), and its headings with offsets into it."""

    text: str
    pages: tuple[Page, ...]
    headings: tuple[Heading, ...]


def lay_out(lines: Sequence[Line], page_count: int, outline: Sequence[Sequence[object]] = ()) -> Layout:
    """Join `lines` (of all pages, in reading order) to text. `outline`: [level, title, 1-based page] each."""
    headings = _find_headings(lines, outline)
    words = Counter(word.lower() for line in lines for word in _WORD.findall(line.text))
    parts: list[str] = []
    length = 0
    line_starts: list[int] = []
    page_starts: dict[int, int] = {}
    for index, line in enumerate(lines):
        text = line.text
        line_starts.append(length)
        page_starts.setdefault(line.page, length)
        if index + 1 < len(lines):
            apart = index in headings or index + 1 in headings
            text = "\n\n".join((text, "")) if apart else _with_break(lines, index, words)
        parts.append(text)
        length += len(text)
    starts = [*_fill(page_starts, page_count, length), length]
    pages = tuple(Page(n + 1, a, b) for n, (a, b) in enumerate(pairwise(starts)))
    found = tuple(replace(h, start=line_starts[i]) for i, h in sorted(headings.items()))
    return Layout("".join(parts), pages, found)


def _fill(starts: dict[int, int], count: int, length: int) -> list[int]:
    """The start of every page; a page without text starts (and ends) where the next one does."""
    filled = [length] * count
    following = length
    for page in range(count - 1, -1, -1):
        following = filled[page] = starts.get(page, following)
    return filled


def _with_break(lines: Sequence[Line], index: int, words: Counter[str]) -> str:
    """The line's text with what stands between it and the next: nothing, a space, a line or a blank line."""
    line, following = lines[index], lines[index + 1]
    text, ahead = line.text, following.text
    if (broken := _BROKEN.search(text)) and ahead[0].isalpha() and ahead[0].isascii():
        return text[:-1] if _is_hyphenation(broken[1], ahead, words) else text
    window = lines[max(0, index - 4) : index + 5]
    full = max(_width(near.text) for near in window if near.page == line.page)
    short = _width(text) < 0.7 * full
    closed = text.endswith(_CLOSED)
    if (
        _changes_size(line, following)
        or _STARTS_BLOCK.match(ahead)
        or (closed and (short or _is_indented(line, following)))
    ):
        return text + "\n\n"
    if ahead[0].islower() or text.endswith((",", "，", "、", "(", "（")):
        pass  # the sentence goes on, however short the line
    elif _is_numbers(text) or _is_numbers(ahead):
        return text + "\n"
    elif short:
        return text + ("\n" if line.page == following.page else "\n\n")
    return text if _HAN_EDGE.match(text[-1]) and _HAN_EDGE.match(ahead[0]) else text + " "


def _is_hyphenation(start: str, ahead: str, words: Counter[str]) -> bool:
    """Whether the hyphen at the line's end only breaks the word: "hal-" "lucination", not "English-" "to".

    The document is asked which spelling it uses elsewhere; failing that, whether both halves are words.
    """
    rest = _WORD.match(ahead)
    if rest is None:
        return False
    end = rest[0].lower()
    whole, compound = start.lower() + end.split("-")[0], f"{start}-{end}".lower()
    if words[whole] or words[compound]:
        return words[whole] >= words[compound]
    if start[-1].islower() and ahead[0].isupper():
        return False
    return not (words[start.lower()] > 1 and words[end.split("-")[0]] > 1)


def _changes_size(line: Line, following: Line) -> bool:
    """A footnote or caption in smaller type begins or ends here."""
    if not line.size or not following.size or min(len(line.text), len(following.text)) < 15:
        return False
    return not 0.93 < line.size / following.size < 1.075  # papers set notes at 0.8-0.9 of the body


def _is_indented(line: Line, following: Line) -> bool:
    return bool(line.size) and line.page == following.page and 6 < following.x - line.x < 40


def _is_numbers(text: str) -> bool:
    """A row of a table: most of its words are numbers."""
    tokens = text.split()
    return len(tokens) >= 3 and sum(any(c.isdigit() for c in t) for t in tokens) > 0.5 * len(tokens)


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(2 if c > "\u2e7f" else 1 for c in text)


def _find_headings(lines: Sequence[Line], outline: Sequence[Sequence[object]]) -> dict[int, Heading]:
    """Headings by index of their line: from the numbering and the outline, else by their size."""
    body = body_size(lines)
    small = {i for i, line in enumerate(lines) if body and line.size < 0.95 * body}
    numbered = find_numbered(["" if i in small else line.text for i, line in enumerate(lines)])
    found = {heading.start: heading for heading in numbered}
    marked = _match_outline(lines, outline)
    if len(marked) > len(found):
        for heading in numbered:  # what comes after the last mark, or before the first, was not marked
            if heading.level == 1 and heading.start not in marked:
                marked[heading.start] = heading
        return marked
    return found if len(found) >= 3 or not body else _large_lines(lines, body) | found


def body_size(lines: Sequence[Line]) -> float:
    """The type size of most characters; 0 where sizes are unknown."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _large_lines(lines: Sequence[Line], body: float) -> dict[int, Heading]:
    large = {
        i: round(line.size)
        for i, line in enumerate(lines)
        if line.size >= _SIZE_STEP * body and is_title_like(line.text) and len(line.text) <= 80
    }
    if len(large) > 0.2 * len(lines):  # slides: large type is their body
        return {}
    levels = {size: level for level, size in enumerate(sorted(set(large.values()), reverse=True), 1)}
    return {i: Heading(i, levels[size], lines[i].text) for i, size in large.items()}


def _match_outline(lines: Sequence[Line], outline: Sequence[Sequence[object]]) -> dict[int, Heading]:
    """Lines that the outline names, each entry on its page; a heading of two lines by its first."""
    by_page: dict[int, list[int]] = {}
    for index, line in enumerate(lines):
        by_page.setdefault(line.page, []).append(index)
    found: dict[int, Heading] = {}
    for level, title, page in outline:
        wanted = _letters(str(title))
        for index in by_page.get(int(str(page)) - 1, []) if len(wanted) >= 3 else []:
            here = _letters(lines[index].text).lstrip("0123456789")
            if (
                here
                and index not in found
                and (here == wanted or (len(here) >= 8 and wanted.startswith(here)))
            ):
                found[index] = Heading(index, int(str(level)), lines[index].text)
                break
    return found


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
