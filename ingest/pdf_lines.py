"""The lines of PDF pages, cleaned, without page numbers and running heads. Knows pages, not paragraphs."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.cleaning import normalise


@dataclass(frozen=True, slots=True)
class RawPage:
    """One page as the child process gives it. `lines`: size, x, y of each line of text, or empty."""

    text: str
    lines: Sequence[Sequence[float]] = ()
    images: bool = False
    hidden: int = 0  # characters that are not painted
    error: str = ""
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A visible line: the index of its page, its largest type size in points (0: unknown), its place."""

    text: str
    page: int
    size: float = 0.0
    x: float = 0.0
    y: float = 0.0


_CONTROLS = re.compile("[\x01-\x08\x0e-\x1f]")  # some fonts put one where the space is
_SPACES = re.compile(r"[ \t]+")
_HAN_GAP = re.compile(
    r"(?<=[㐀-鿿”）])[ \t]+(?=[㐀-鿿，。、；：？！）」』】”])|(?<=[，。、；：？！（「『【“])[ \t]+(?=[㐀-鿿])"
)
_HAN = re.compile(r"[㐀-鿿]")
_HAN_LINE = 20  # Han characters from which a gap between two of them is a flaw, not a column. Arbitrary
_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?[-–—·]?\s*(\d{1,4})\s*[-–—·]?(?:\s*(?:/|of)\s*\d{1,4})?|第\s*(\d{1,4})\s*页.*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_EDGE = 3  # lines at the top and at the bottom in which heads, feet and page numbers stand. Arbitrary


def read_lines(pages: Sequence[RawPage]) -> list[Line]:
    """All lines of all pages in reading order, without what the layout repeats on every page.

    Turned text (a stamp along the margin) is dropped where it is a small part of its page.
    """
    per_page = [_clean_page(page, index) for index, page in enumerate(pages)]
    return [line for lines in _drop_running(per_page) for line in lines]


def _clean_page(page: RawPage, index: int) -> list[Line]:
    raw_lines = page.text.split("\n")
    places = page.lines if len(page.lines) == len(raw_lines) else [(0.0, 0.0, 0.0)] * len(raw_lines)
    turned = sum(len(text) for text, place in zip(raw_lines, places, strict=True) if place[0] < 0)
    keep_turned = turned > 0.2 * len(page.text)  # a page turned on purpose; arbitrary
    lines = []
    for text, (size, x, y) in zip(raw_lines, places, strict=True):
        if size < 0 and not keep_turned:
            continue
        text = _close_gaps(_SPACES.sub(" ", normalise(_CONTROLS.sub(" ", text)))).strip()
        lines += [Line(part, index, max(size, 0.0), x, y) for part in text.split("\n") if part.strip()]
    return lines


def _close_gaps(text: str) -> str:
    """Without spaces between Han characters, where they are many or the line is running text."""
    gaps = len(_HAN_GAP.findall(text))
    han = len(_HAN.findall(text)) if gaps else 0
    return _HAN_GAP.sub("", text) if gaps and (han >= _HAN_LINE or gaps >= 0.5 * han) else text


def _drop_running(pages: list[list[Line]]) -> list[list[Line]]:
    """Drop lines that stand, but for their digits, at the edge of many pages, and the page numbers."""
    counts: Counter[str] = Counter()
    for lines in pages:
        counts.update({_shape(lines[i].text) for i in _edges(lines)})
    # Left and right pages may differ, so a third of them is enough; three at least.
    often = max(3, len(pages) / 3)
    repeated = {shape for shape, count in counts.items() if count >= often}
    shift = _page_number_shift(pages)
    kept = []
    for index, lines in enumerate(pages):
        drop = {
            i
            for i in _edges(lines)
            if (_shape(lines[i].text) in repeated and _shape(lines[i].text) != "#")
            or (shift is not None and _page_number(lines[i].text) == index + shift)
        }
        if len(drop) == len(lines):  # the page has nothing else to say
            drop = set() if len(lines) == 1 and _page_number(lines[0].text) is None else drop
        kept.append([line for i, line in enumerate(lines) if i not in drop])
    return kept


def _edges(lines: list[Line]) -> set[int]:
    count = len(lines)
    return set(range(min(_EDGE, count))) | set(range(max(0, count - _EDGE), count))


def _shape(text: str) -> str:
    return _DIGITS.sub("#", text.casefold())


def _page_number(text: str) -> int | None:
    match = _PAGE_NUMBER.fullmatch(text)
    return int(match[1] or match[2]) if match else None


def _page_number_shift(pages: list[list[Line]]) -> int | None:
    """What to add to a page's index to get the number printed on it; None where no numbers are printed."""
    shifts: Counter[int] = Counter()
    for index, lines in enumerate(pages):
        numbers = {_page_number(lines[i].text) for i in _edges(lines)}
        shifts.update(number - index for number in numbers if number is not None)
    if not shifts:
        return None
    shift, count = shifts.most_common(1)[0]
    return shift if count >= max(2, len(pages) / 3) or (count == len(pages) and shift == 1) else None
