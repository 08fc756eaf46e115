"""A Reading to Chunks, along sections, paragraphs and sentences. Knows offsets, no formats and no models.

Each section is cut into as few chunks as fit, of about equal size, preferably between paragraphs; sections
that are small beside their neighbour are then merged with it. No overlap: offsets stay exact and each
character is found once.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.language import language_of
from ingest.prose import code_spans, is_prose, is_references
from ingest.records import Chunk, Page, Reading
from ingest.sentences import Span, split_sentences
from ingest.tokens import estimate_tokens

CHUNKER_VERSION = "3"  # goes into the index fingerprint: raise it whenever chunks of the same text change

_SMALL = 0.4  # a chunk below this share of the limit looks for a neighbour to join; arbitrary
_CLAUSE = re.compile(r"[，、：；,;:]|\s[-–—]\s|\n")
_LETTERS_PER_TOKEN = 16  # no text has longer tokens on average; bounds the search for a cut. Arbitrary
_BODY = re.compile(r"\n\s*[^\s=-]")
CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class _Tile:
    """A section from its heading on, with bare headings of its parents in front; `lead`: its own heading."""

    heading: tuple[str, ...]
    start: int
    lead: int
    end: int


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is not split further: a sentence, or a piece of one that alone exceeds the limit."""

    start: int
    end: int
    tokens: int
    opens: bool  # a paragraph starts here
    heading: bool  # the section's heading line, to be kept with what follows


@dataclass(slots=True)
class _Piece:
    """A chunk in the making."""

    start: int
    end: int
    heading: tuple[str, ...]
    whole: bool  # all of its section, or of several


def chunk_reading(
    reading: Reading, max_tokens: int = 256, count_tokens: CountTokens = estimate_tokens
) -> list[Chunk]:
    """Chunks of at most `max_tokens` tokens, in text order, disjoint, covering every visible character.

    256 of Settings.chunk_tokens (200-300 along headings, no overlap, did best). Sentences, formulas and
    table rows stay whole unless one alone is too long: then it is cut between clauses, or anywhere.
    """
    pieces: list[_Piece] = []
    for tile in _tile(reading):
        units = _units(reading.text, tile, max_tokens, count_tokens)
        pieces += _pack(reading.text, units, tile.heading, max_tokens, count_tokens)
    merged = _merge_small(reading.text, pieces, max_tokens, count_tokens)
    fences = code_spans(reading.text)
    return [_chunk(reading.text, piece, reading.pages, fences) for piece in merged]


def _tile(reading: Reading) -> list[_Tile]:
    """The sections with the gaps between them filled, so that no text is lost."""
    tiles: list[_Tile] = []
    position = 0
    for section in reading.sections:
        if section.start > position:
            tiles.append(_Tile((), position, position, section.start))
        start = section.start
        last = tiles[-1] if tiles else None
        if last and _is_bare(reading.text, last) and _common(last.heading, section.heading) == last.heading:
            start = tiles.pop().start
        tiles.append(_Tile(section.heading, start, section.start, section.end))
        position = section.end
    if position < len(reading.text):
        tiles.append(_Tile((), position, position, len(reading.text)))
    return tiles


def _is_bare(text: str, tile: _Tile) -> bool:
    """Nothing but a heading, underlined perhaps."""
    return bool(tile.heading) and _BODY.search(text[tile.lead : tile.end].lstrip()) is None


def _units(text: str, tile: _Tile, limit: int, count: CountTokens) -> list[_Unit]:
    units: list[_Unit] = []
    before = tile.start
    for start, end in split_sentences(text, tile.start, tile.end):
        opens = text.count("\n", before, start) > 1
        heading = bool(tile.heading) and start <= tile.lead
        for a, b in _cut_long(text, start, end, limit, count):
            units.append(_Unit(a, b, count(text[a:b]), opens and a == start, heading))
        before = end
    return units


def _cut_long(text: str, start: int, end: int, limit: int, count: CountTokens) -> list[Span]:
    """The span, or pieces of it that fit: cut after clause signs, else between words, else anywhere."""
    spans: list[Span] = []
    longest = _LETTERS_PER_TOKEN * limit
    while end - start > longest or count(text[start:end]) > limit:
        cut = _longest_fit(text, start, min(end, start + longest), limit, count)
        floor = start + (cut - start) // 2
        clauses = [m.end() for m in _CLAUSE.finditer(text, floor, cut)]
        space = max(text.rfind(c, floor, cut) for c in " \t\n")
        stop = cut = clauses[-1] if clauses else space + 1 if space > start else cut
        while stop > start + 1 and text[stop - 1].isspace():
            stop -= 1
        spans.append((start, stop))
        start = cut
        while start < end and text[start].isspace():
            start += 1
    return [*spans, (start, end)] if start < end else spans


def _longest_fit(text: str, start: int, end: int, limit: int, count: CountTokens) -> int:
    """The largest offset for which text[start:offset] fits, found by bisection; at least one character."""
    low, high = start + 1, end
    while low < high:
        middle = (low + high + 1) // 2
        if count(text[start:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _pack(
    text: str, units: Sequence[_Unit], heading: tuple[str, ...], limit: int, count: CountTokens
) -> list[_Piece]:
    """Gather units into chunks of about equal size, breaking between paragraphs where one is near."""
    left = sum(u.tokens for u in units)
    pieces: list[_Piece] = []
    first = 0
    while first < len(units):
        target = left / max(1, -(-left // limit))
        last = _break_after(units, first, limit, target)
        while last > first and count(text[units[first].start : units[last].end]) > limit:
            last -= 1
        whole = first == 0 and last + 1 == len(units)
        pieces.append(_Piece(units[first].start, units[last].end, heading, whole))
        left -= sum(u.tokens for u in units[first : last + 1])
        first = last + 1
    return pieces


def _break_after(units: Sequence[_Unit], first: int, limit: int, target: float) -> int:
    """Index of the last unit of the chunk that starts at `first`."""
    size = 0
    best, best_cost = first, float("inf")
    for index in range(first, len(units)):
        size += units[index].tokens
        if size > limit and index > first:
            break
        if index + 1 == len(units):
            return index if size <= max(target * 1.25, limit * 0.8) else best
        gap = abs(size - target) / target
        cost = gap + (0 if units[index + 1].opens else 0.25) + (1 if units[index].heading else 0)
        if cost <= best_cost:
            best, best_cost = index, cost
    return best


def _merge_small(text: str, pieces: list[_Piece], limit: int, count: CountTokens) -> list[_Piece]:
    """Join small chunks of neighbouring sections with the same parent; the path becomes what they share."""
    merged: list[_Piece] = []
    for piece in pieces:
        if merged and _belong_together(text, merged[-1], piece, limit, count):
            last = merged.pop()
            shared = _common(last.heading, piece.heading)
            piece = _Piece(last.start, piece.end, shared, last.whole and piece.whole)
        merged.append(piece)
    return merged


def _belong_together(text: str, last: _Piece, piece: _Piece, limit: int, count: CountTokens) -> bool:
    """Same section, parent and child, or siblings, and one of the two small enough to need the other.

    Sections that share no heading are joined only where both are small and complete: it costs their path. What
    only points elsewhere (references) stays apart from what says something.
    """
    if is_references(last.heading) != is_references(piece.heading):
        return False
    shared = len(_common(last.heading, piece.heading))
    if shared < max(len(last.heading), len(piece.heading)) - 1:
        return False
    sizes = count(text[last.start : last.end]), count(text[piece.start : piece.end])
    if shared or last.heading == piece.heading:
        small = min(sizes) < _SMALL * limit
    else:
        small = last.whole and piece.whole and max(sizes) < _SMALL * limit
    return small and count(text[last.start : piece.end]) <= limit


def _common(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    length = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return a[:length]


def _chunk(text: str, piece: _Piece, pages: Sequence[Page], fences: Sequence[Span]) -> Chunk:
    body = text[piece.start : piece.end]
    near = fences[max(0, bisect_right(fences, (piece.start, 0)) - 1) : bisect_right(fences, (piece.end, 0))]
    code = sum(max(0, min(end, piece.end) - max(start, piece.start)) for start, end in near)
    return Chunk(
        start=piece.start,
        end=piece.end,
        text=body,
        page_start=page_at(pages, piece.start),
        page_end=page_at(pages, piece.end - 1),
        heading=piece.heading,
        language=language_of(body),
        prose=is_prose(body, piece.heading, code),
    )


def page_at(pages: Sequence[Page], offset: int) -> int | None:
    """The 1-based number of the page that holds the character at `offset`; None without pages."""
    if not pages:
        return None
    index = bisect_right(pages, offset, key=lambda page: page.start) - 1
    return pages[max(0, index)].number
