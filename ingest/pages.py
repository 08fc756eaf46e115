"""Pages of a PDF as pictures, and where on a page a quote stands. Knows one page at a time, no reading.

The text that quotes come from was taken out by another library and cleaned, so it differs from the page's
own characters in white space, hyphens, ligatures and order. Both sides are therefore reduced to letters and
digits, and the quote is covered by the longest pieces of it that stand on the page.
"""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ReadError
from ingest.cleaning import normalise

LONGEST_SIDE = 2400  # pixels of a rendered page, so that a poster-sized page stays small; arbitrary
PIECE = 8  # letters and digits that a piece needs to count away from its neighbours; arbitrary
NEAR = 120  # letters and digits between two pieces of one passage; arbitrary
COVERED = 0.5  # share of the quote that must be found, else nothing is marked; arbitrary
_pdfium = threading.Lock()  # the library must not be entered from two threads


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in shares of its width and height from the top left corner, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float


def render_page(path: Path, page: int, scale: float = 2.0) -> bytes:
    """Page `page` (1-based) as a PNG at `scale` times 72 dots per inch. Raises ReadError."""
    from pypdfium2 import PdfiumError

    with _pdfium, _page(path, page) as sheet:
        scale = min(scale, LONGEST_SIDE / max(*sheet.get_size(), 1.0))
        try:
            # without annotations: an earlier reader's yellow marks would pass for ours
            bitmap = sheet.render(scale=scale, draw_annots=False)
        except PdfiumError as error:
            raise ReadError(
                f"Page {page} of {path.name} cannot be drawn", "The quote is still shown"
            ) from error
        picture = io.BytesIO()
        bitmap.to_pil().save(picture, "PNG")
        bitmap.close()
    return picture.getvalue()


def locate(path: Path, page: int, quote: str, share: float = 0.0) -> list[Box]:
    """Where `quote` stands on page `page` (1-based): one box for each line of it, top left first.

    `share`: how far down the page's text it begins, 0 to 1; it matters where the quote stands there twice.

    Empty when less than half of the quote is on the page. Raises ReadError.
    """
    with _pdfium, _page(path, page) as sheet:
        text = sheet.get_textpage()
        try:
            raw = _characters(text)
            found = cover(quote, raw, share)
            lines = _merge([box for i in found if (box := _character_box(text, i)) is not None])
            return [box for line in lines if (box := _on_page(sheet, line)) is not None]
        finally:
            text.close()


def cover(quote: str, page: str, share: float = 0.0) -> list[int]:
    """Indices into `page` of the characters that the quote covers, ascending; empty when too few are there.

    Greedy from the left: the longest piece of the rest of the quote that occurs on the page, where possible
    right behind the piece before, the first one nearest to `share` of the page. A short piece counts only beside its
    neighbours.

    >>> cover("hyphen-\\nated", "so hyphen\\nated")
    [3, 4, 5, 6, 7, 8, 10, 11, 12, 13]
    """
    wanted, _ = _letters(quote)
    there, origin = _letters(page)
    if not wanted:
        return []
    found: set[int] = set()
    at, behind = 0, 0
    while at < len(wanted):
        start, length = _longest(wanted, at, there, behind)
        if length and not found:
            start = _nearest(wanted[at : at + length], there, round(share * len(there)))
        lonely = not 0 <= start - behind <= NEAR or not found
        if length == 0 or (length < min(PIECE, len(wanted)) and lonely):
            at += 1
            continue
        found.update(range(start, start + length))
        at, behind = at + length, start + length
    if len(found) < COVERED * len(wanted):
        return []
    return sorted({origin[i] for i in found})


def _longest(wanted: str, at: int, there: str, behind: int) -> tuple[int, int]:
    """Start in `there` and length of the longest prefix of `wanted[at:]` in it, first sought at `behind`."""
    low, high = 0, len(wanted) - at
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if wanted[at : at + middle] in there else (low, middle - 1)
    piece = wanted[at : at + low]
    start = there.find(piece, behind)
    return (start if start >= 0 else there.find(piece)), low


def _nearest(piece: str, there: str, to: int) -> int:
    """Start of the occurrence of `piece` in `there` that is nearest to `to`."""
    before, behind = there.rfind(piece, 0, to + len(piece)), there.find(piece, to)
    return min((start for start in (before, behind) if start >= 0), key=lambda start: abs(start - to))


def _letters(text: str) -> tuple[str, list[int]]:
    """The letters and digits of `text`, folded, with the index each came from."""
    kept: list[str] = []
    origin: list[int] = []
    for i, character in enumerate(text):
        folded = character if character.isascii() else normalise(character)
        for letter in folded.casefold():
            if letter.isalnum():
                kept.append(letter)
                origin.append(i)
    return "".join(kept), origin


def _characters(text: Any) -> str:
    """The page's characters, one for each character number of the library."""
    from pypdfium2 import raw as c

    return "".join(chr(c.FPDFText_GetUnicode(text, i)) for i in range(text.count_chars()))


def _character_box(text: Any, index: int) -> Box | None:
    """The box of a character in points, as written and with y downwards; None for one without extent."""
    from pypdfium2 import PdfiumError

    try:
        left, bottom, right, top = text.get_charbox(index, loose=True)
    except PdfiumError:
        return None
    return Box(left, -top, right, -bottom) if right > left and top > bottom else None


def _on_page(sheet: Any, box: Box) -> Box | None:
    """A box in points as a share of the page as it is drawn, turned and cropped; None outside of it."""
    from ctypes import byref, c_int

    from pypdfium2 import raw as c

    unit = 10_000  # device units across the page: integers come back
    corners = []
    for x, y in ((box.left, -box.top), (box.right, -box.bottom)):
        across, down = c_int(), c_int()
        c.FPDF_PageToDevice(sheet, 0, 0, unit, unit, 0, x, y, byref(across), byref(down))
        corners.append((across.value / unit, down.value / unit))
    (x0, y0), (x1, y1) = corners
    on = Box(max(min(x0, x1), 0.0), max(min(y0, y1), 0.0), min(max(x0, x1), 1.0), min(max(y0, y1), 1.0))
    return on if on.right > on.left and on.bottom > on.top else None


def _merge(boxes: list[Box]) -> list[Box]:
    """Neighbouring boxes on one line as one."""
    lines: list[Box] = []
    for box in boxes:
        last = lines[-1] if lines else None
        if last is not None and _beside(last, box):
            lines[-1] = Box(
                min(last.left, box.left), min(last.top, box.top),
                max(last.right, box.right), max(last.bottom, box.bottom),
            )  # fmt: skip
        else:
            lines.append(box)
    return lines


def _beside(last: Box, box: Box) -> bool:
    height = min(last.bottom - last.top, box.bottom - box.top)
    overlap = min(last.bottom, box.bottom) - max(last.top, box.top)
    return overlap > height / 2 and -height < box.left - last.right < 3 * height


@contextmanager
def _document(path: Path) -> Iterator[Any]:
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        pdf = PdfDocument(path)
    except (PdfiumError, OSError) as error:
        raise ReadError(f"{path.name} cannot be opened as a PDF", "The quote is still shown") from error
    try:
        yield pdf
    finally:
        pdf.close()


@contextmanager
def _page(path: Path, page: int) -> Iterator[Any]:
    from pypdfium2 import PdfiumError

    with _document(path) as pdf:
        if not 1 <= page <= len(pdf):
            raise ReadError(f"{path.name} has no page {page}", f"It has pages 1 to {len(pdf)}")
        try:
            sheet = pdf[page - 1]
        except PdfiumError as error:
            raise ReadError(
                f"Page {page} of {path.name} cannot be read", "The quote is still shown"
            ) from error
        try:
            yield sheet
        finally:
            sheet.close()
