"""PDF to a Reading. Starts the child process that opens the file, and judges what came back.

Knows limits, warnings and titles. The file itself is never opened in this process.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path, PurePath
from typing import Any

from core.errors import ReadError
from ingest.headings import build_sections
from ingest.language import language_of
from ingest.limits import ReadLimits
from ingest.pdf_layout import body_size, lay_out
from ingest.pdf_lines import Line, RawPage, read_lines
from ingest.records import Reading

_ROOT = Path(__file__).resolve().parent.parent
_AGAIN = "Download or export the file again"
_AGAIN_OR_OCR = "Download or export the file again, or run OCR on it"
_SUMMARY = re.compile(r"abstract\b|摘\s?要", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"untitled|microsoft (?:word|powerpoint)|powerpoint presentation|slide \d|title$|imagemagick|arxiv:|"
    r"无标题|未命名|.*\.(?:docx?|pptx?|tex|dvi|indd|pdf|ps|md|html?)$|[\W\d_]*$",
    re.IGNORECASE,
)
_TITLE_LENGTH = 200  # characters; arbitrary
_GARBLED = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]|\\(cid:\\d+\\)|/g\\d{1,4}\\b")
_WORD = re.compile(r"[A-Za-z]{6,}")
_VOWEL = re.compile(r"[aeiouyAEIOUY]")


def read_pdf(data: bytes, name: str, limits: ReadLimits) -> Reading:
    """The text of a PDF with 1-based pages, sections from its headings, and a page report as warnings.

    Raises ReadError with one line for a file that needs a password, holds no text (a scan), is damaged
    beyond rescue, or needs more memory or time than `limits` allow.
    """
    found = _run_child(data, name, limits)
    if "error" in found:
        raise _explain(found["error"], name, limits)
    pages = [RawPage(**page) for page in found["pages"]]
    lines = read_lines(pages)
    if not lines:
        raise _explain_empty(pages, name)
    garbled = sum(_is_garbled(page.text) for page in pages)
    if garbled > sum(bool(page.text.strip()) for page in pages) / 2:
        raise ReadError(
            f"{name} gives garbled text: the fonts in it do not say which letters they draw", _AGAIN_OR_OCR
        )
    layout = lay_out(lines, len(pages), found["outline"])
    return Reading(
        text=layout.text,
        title=_find_title(found["title"], lines, pages[0].height) or PurePath(name).stem,
        language=language_of(layout.text),
        pages=layout.pages,
        sections=build_sections(layout.headings, len(layout.text)),
        warnings=tuple(_report(pages, found.get("damaged", False))),
    )


def _run_child(data: bytes, name: str, limits: ReadLimits) -> dict[str, Any]:
    """Run ingest.pdf_child on `data`. A program of its own, not a fork: it is safe to start from threads,
    and it imports nothing of the caller's main module.
    """
    environ = dict(os.environ)
    environ["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *(p for p in sys.path if p)])
    environ["PYTHONWARNINGS"] = "ignore"
    command = [sys.executable, "-m", "ingest.pdf_child", str(limits.memory_mb), str(limits.seconds)]
    try:
        done = subprocess.run(
            command,
            input=data,
            capture_output=True,
            timeout=limits.seconds,
            cwd=_ROOT,
            env=environ,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _explain("time", name, limits) from None
    except OSError as error:
        raise ReadError(
            f"Cannot start the process that reads PDFs: {error}", "Free memory and try again"
        ) from error
    try:
        return json.loads(done.stdout)
    except ValueError:  # it ended before it could say why
        raise _explain(_cause_of_death(done.returncode, done.stderr), name, limits) from None


def _cause_of_death(code: int, stderr: bytes) -> str:
    """Killed from outside is out of memory; a crash of a library is a damaged file."""
    if code == -getattr(signal, "SIGXCPU", 24):
        return "time"
    return "memory" if code == -9 or b"emory" in stderr else "damaged"


def _explain(error: str, name: str, limits: ReadLimits) -> ReadError:
    known = {
        "password": (
            f"{name} is encrypted and needs a password",
            "Open it with the password, save a copy without one, and add that",
        ),
        "dependency": (
            f"{name} is encrypted with AES and the package cryptography is missing",
            "Install cryptography",
        ),
        "memory": (
            f"{name} is too large: reading it takes more than {limits.memory_mb} MB of memory",
            "Split the file, or raise PREP_PDF_MEMORY_MB",
        ),
        "time": (
            f"{name} is too large: reading it takes more than {limits.seconds} s",
            "Split the file, or raise PREP_PDF_SECONDS",
        ),
        "size": (f"{name} is too large: it holds more text than a book shelf", "Split the file"),
        "damaged": (f"{name} is damaged: no page of it can be read", _AGAIN),
    }
    return ReadError(*known.get(error, known["damaged"]))


def _explain_empty(pages: Sequence[RawPage], name: str) -> ReadError:
    """Why a file that opened gave no text at all."""
    if not pages:
        return ReadError(f"{name} has no pages", _AGAIN)
    if any("Limit" in page.error for page in pages):
        return ReadError(
            f"{name} is too large: a page unpacks to far more data than a page holds", "Do not use this file"
        )
    if any(page.images for page in pages):
        return ReadError(f"{name} has no text, it is a scan", "Run OCR on it first (ocrmypdf, for example)")
    if any(page.error for page in pages):
        return ReadError(f"{name} is damaged: no page of it can be read", _AGAIN)
    return ReadError(f"{name} holds no text", "Its pages are empty or drawn; run OCR on it first")


def _report(pages: Sequence[RawPage], damaged: bool) -> list[str]:
    """The page report: what a reader of citations should know about this file, one line each."""
    total = len(pages)
    lines = []
    if damaged:
        lines.append("The file is damaged; the text that could be recovered from it was read")
    checks = (
        ("could not be read", [i for i, p in enumerate(pages) if p.error and not p.text.strip()]),
        (
            "are scanned images without text",
            [i for i, p in enumerate(pages) if p.images and not p.text.strip()],
        ),
        ("hold text that is not visible on the page", [i for i, p in enumerate(pages) if p.hidden]),
        ("hold garbled text", [i for i, p in enumerate(pages) if _is_garbled(p.text)]),
        ("have columns whose lines may be mixed up", [i for i, p in enumerate(pages) if _mixes_columns(p)]),
    )
    for what, indexes in checks:
        if indexes:
            lines.append(f"{len(indexes)} of {total} pages {what}: {_name_pages(indexes)}")
    return lines


def _name_pages(indexes: Sequence[int]) -> str:
    """ "3, 4, 9 ..." with 1-based numbers, the first eight."""
    return ", ".join(str(i + 1) for i in indexes[:8]) + (" ..." if len(indexes) > 8 else "")


def _is_garbled(text: str) -> bool:
    """Over 5 % of the characters mean nothing, or over a third of the long words lack a vowel (arbitrary)."""
    words = _WORD.findall(text)
    strange = sum(not _VOWEL.search(word) for word in words)
    odd = sum(len(match) for match in _GARBLED.findall(text))
    return odd > 0.05 * len(text) or (len(words) >= 10 and strange > len(words) / 3)


def _mixes_columns(page: RawPage) -> bool:
    """Two columns, and the lines jump between them more often than a page with them would need."""
    texts = page.text.split("\n")
    if not page.width or len(page.lines) != len(texts):
        return False
    middle = page.width / 2
    sides = [
        place[1] > middle - 10
        for text, place in zip(texts, page.lines, strict=True)
        if place[0] > 0 and 20 <= len(text) <= 80
    ]
    jumps = sum(a != b for a, b in pairwise(sides))
    return min(sides.count(True), sides.count(False)) >= 12 and jumps > len(sides) / 3


def _find_title(metadata: str, lines: Sequence[Line], height: float) -> str:
    """The largest lines at the top of page one, or the metadata where those are nothing special."""
    large = _large_title(lines, height)
    given = " ".join(metadata.replace("\x00", "").split())
    if not 4 <= len(given) <= _TITLE_LENGTH or _NO_TITLE.match(given):
        given = ""
    if large and (not given or given.casefold() in large.casefold()):
        return large
    if given:
        return given
    first = lines[0].text
    return (
        first
        if 4 <= len(first) <= 80 and not _NO_TITLE.match(first) and first[-1] not in ".。,，;；:"
        else ""
    )


def _large_title(lines: Sequence[Line], height: float) -> str:
    """Words of the largest type in the upper 30 % of the first page with text; "" without sizes."""
    first = [line for line in lines if line.page == lines[0].page]
    first = first[: next((i for i, line in enumerate(first) if _SUMMARY.match(line.text)), len(first))]
    top = [line for line in first if line.y >= 0.7 * height and any(c.isalpha() for c in line.text)]
    body = body_size(lines)
    largest = max((line.size for line in top), default=0.0)
    if not body or largest < 1.15 * body:
        return ""
    start = next(i for i, line in enumerate(first) if line in top and line.size == largest)
    title = first[start].text
    for line in first[start + 1 :]:
        if line.size < 0.95 * largest or len(title) + len(line.text) > _TITLE_LENGTH:
            break
        hyphenated = title.endswith("-") and line.text[0].islower() == title[-2:-1].islower()
        han = "㐀" <= title[-1] <= "鿿" and "㐀" <= line.text[0] <= "鿿"
        title = title[:-1] + line.text if hyphenated else f"{title}{'' if han else ' '}{line.text}"
    return title if len(title) >= 2 and not _NO_TITLE.match(title) else ""
