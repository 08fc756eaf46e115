"""The child process that opens one PDF: `python -m ingest.pdf_child MEMORY_MB SECONDS`, bytes in, JSON out.

Owns pypdf and pypdfium2 together with ingest.pdf. Hostile and damaged files end here: the parent kills this
process when it takes too long, and the limit on memory holds for it alone. It knows nothing of paragraphs or
headings; ingest.pdf_layout makes text of its pages.

pypdf gives the text. On 16 papers its words differ from pypdfium2's in under 1 % of 114,000 (formulas, and a
figure whose font has no Unicode map), and its reading order not at all, once control characters are read as
the spaces they stand for. pypdfium2 only rescues files and pages on which pypdf fails.
"""

import json
import logging
import math
import os
import re
import sys
from io import BytesIO
from typing import Any

MAX_CHARACTERS = (
    30_000_000  # of one file, about 10,000 dense pages; arbitrary, it bounds what the parent holds
)
_HIDDEN_MODE = re.compile(rb"\b[37]\s+Tr\b")


def main() -> None:
    """Read the PDF on stdin and write {"error": ...} or {"pages": [...], ...} to stdout."""
    memory_mb, seconds = int(sys.argv[1]), int(sys.argv[2])
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever a library prints is not part of the answer
    _limit_resources(memory_mb, seconds)
    logging.disable(logging.CRITICAL)
    sys.setrecursionlimit(3000)
    try:
        found = _read(sys.stdin.buffer.read())
    except MemoryError:
        found = {"error": "memory"}
    json.dump(found, out)
    out.flush()
    os._exit(0)  # no tear-down of half-built objects


def _limit_resources(memory_mb: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's time limit is all there is
        return
    for what, limit in ((resource.RLIMIT_AS, memory_mb << 20), (resource.RLIMIT_CPU, seconds + 5)):
        try:
            resource.setrlimit(what, (limit, limit))
        except (ValueError, OSError):  # a stricter limit is in force, or macOS, which refuses RLIMIT_AS
            continue


def _read(data: bytes) -> dict[str, Any]:
    found = _read_with_pypdf(data)
    if "error" not in found or found["error"] == "password":
        if "pages" in found:
            _rescue_pages(data, found["pages"])
        return found
    if (rescued := _read_with_pdfium(data)) is not None:
        return rescued
    from ingest.pdf_repair import repair

    if (repaired := repair(data)) is not None:
        again = _read_with_pypdf(repaired)
        if "error" not in again and any(page["text"].strip() for page in again["pages"]):
            return again | {"damaged": True}
    return found


def _read_with_pypdf(data: bytes) -> dict[str, Any]:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"error": "password"}
        count = len(reader.pages)
    except MemoryError:
        raise
    except DependencyError as error:
        return {"error": "dependency", "detail": str(error)}
    except (
        Exception
    ) as error:  # pypdf raises anything on damaged files: TypeError, AssertionError, RecursionError
        return {"error": "damaged", "detail": f"{type(error).__name__}: {error}"}
    pages = []
    characters = 0
    for index in range(count):
        pages.append(_read_page(reader, index))
        characters += len(pages[-1]["text"])
        if characters > MAX_CHARACTERS:
            return {"error": "size"}
    return {"pages": pages, "title": _metadata_title(reader), "outline": _outline(reader)}


def _read_page(reader: Any, index: int) -> dict[str, Any]:
    chunks: list[tuple[str, float, float, float]] = []  # text, size (-1: turned), x, y

    def visit(text: str, cm: Any, tm: Any, _font: Any, size: float) -> None:
        if text.strip():
            scale = math.hypot(tm[2], tm[3]) * math.hypot(cm[2], cm[3])
            turned = abs(tm[1] * cm[0]) > 0.01 and abs(tm[0] * cm[0]) < 0.01
            chunks.append(
                (text, -1.0 if turned else size * scale, tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5])
            )

    page: dict[str, Any] = {
        "text": "",
        "lines": [],
        "images": False,
        "hidden": 0,
        "error": "",
        "width": 0.0,
        "height": 0.0,
    }
    try:
        source = reader.pages[index]
        page["width"], page["height"] = float(source.mediabox.width), float(source.mediabox.height)
        page["images"] = _has_image(source)
        text = source.extract_text(visitor_text=visit)
        page["text"] = text
        page["lines"] = _measure_lines(text, chunks)
        page["hidden"] = _hidden_characters(source)
    except MemoryError:
        raise
    except Exception as error:  # see _read_with_pypdf; one bad page does not cost the others
        page["error"] = f"{type(error).__name__}: {error}"
    return page


def _measure_lines(text: str, chunks: list[tuple[str, float, float, float]]) -> list[list[float]]:
    """[largest size, x, y] of each line of `text`; empty where the chunks do not add up to the text."""
    marks = [(size, x, y) for piece, size, x, y in chunks for c in piece if not c.isspace()]
    if len(marks) != sum(not c.isspace() for c in text):
        return []
    lines: list[list[float]] = []
    position = 0
    for line in text.split("\n"):
        count = sum(not c.isspace() for c in line)
        here = marks[position : position + count]
        lines.append(
            [round(max(m[0] for m in here), 1), round(here[0][1]), round(here[0][2])] if here else [0, 0, 0]
        )
        position += count
    return lines


def _has_image(page: Any) -> bool:
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None:
        return False
    return any(value.get_object().get("/Subtype") == "/Image" for value in objects.get_object().values())


def _hidden_characters(page: Any) -> int:
    """How many characters are shown in text rendering mode 3 or 7, which paints nothing."""
    contents = page.get_contents()
    if contents is None or not _HIDDEN_MODE.search(contents.get_data()):
        return 0
    mode, saved, hidden = 0, [], 0

    def visit(operator: bytes, operands: Any, _cm: Any, _tm: Any) -> None:
        nonlocal mode, hidden
        if operator == b"Tr" and operands:
            mode = int(operands[0])
        elif operator == b"q":
            saved.append(mode)
        elif operator == b"Q" and saved:
            mode = saved.pop()
        elif mode in (3, 7) and operator in (b"Tj", b"TJ", b"'", b'"') and operands:
            shown = operands[-1] if isinstance(operands[-1], list) else [operands[-1]]
            hidden += sum(len(piece) for piece in shown if isinstance(piece, str | bytes))

    page.extract_text(visitor_operand_before=visit)
    return hidden


def _metadata_title(reader: Any) -> str:
    try:
        return str((reader.metadata or {}).get("/Title") or "")
    except Exception:  # damaged metadata; the title has other sources
        return ""


def _outline(reader: Any) -> list[list[Any]]:
    """[level, title, 1-based page] of each bookmark."""
    found: list[list[Any]] = []

    def walk(items: Any, level: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item, level + 1)
            elif len(found) < 2000:  # arbitrary: no table of contents is longer
                number = reader.get_destination_page_number(item)
                found.append([level, str(item.title or ""), -1 if number is None else number + 1])

    try:
        walk(reader.outline, 1)
    except MemoryError:
        raise
    except Exception:  # see _read_with_pypdf; a damaged outline costs only itself
        return []
    return found


def _rescue_pages(data: bytes, pages: list[dict[str, Any]]) -> None:
    """Fill pages that pypdf could not read from pypdfium2, where it can."""
    failed = [i for i, page in enumerate(pages) if page["error"] and "Limit" not in page["error"]]
    if failed and (rescued := _read_with_pdfium(data)) is not None and len(rescued["pages"]) == len(pages):
        for i in failed:
            if rescued["pages"][i]["text"].strip():
                pages[i] = rescued["pages"][i]


def _read_with_pdfium(data: bytes) -> dict[str, Any] | None:
    """The whole file by pypdfium2; None where it holds no text for it either."""
    import pypdfium2

    pages = []
    try:
        with pypdfium2.PdfDocument(data) as document:
            for page in document:
                text = page.get_textpage().get_text_range().replace("\r\n", "\n").replace("\ufffe", "-\n")
                pages.append({"text": text, "lines": [], "images": False, "hidden": 0, "error": ""})
    except pypdfium2.PdfiumError:
        return None
    if not any(page["text"].strip() for page in pages):
        return None
    return {"pages": pages, "title": "", "outline": [], "damaged": True}


if __name__ == "__main__":
    main()
