"""Markdown to a Reading. Knows headings, fences and front matter; leaves the text as its author wrote it."""

import html
import re

from ingest.cleaning import clean_text
from ingest.headings import Heading, build_sections
from ingest.language import language_of
from ingest.records import Reading

_FRONT_MATTER = re.compile(r"\s*(---|\+\+\+)[ \t]*\n(.*?\n)?(?:\1|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title\s*[:=]\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE)
_LINE = re.compile(r"[^\n]*\n?")
_FENCE = re.compile(r" {0,3}(?:>\s?)*(`{3,}|~{3,})(.*)")
# "##标题" without the space is common in Chinese notes; "#tag" is not a heading.
_ATX = re.compile(r" {0,3}(?:(#{1,6})[ \t]+(.*?)|(#{2,6})([^#\s].*?))(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_NOT_A_TITLE = re.compile(r"\s*(?:[-*+>|#<]|\d+[.)]\s|`{3}|~{3})|.*[.。,，;；:：!?！？|]\s*$|\s{4}")
_HTML = re.compile(r"<h([1-6])\b[^<>]{0,300}>(.{0,500}?)</h\1\s*>", re.DOTALL | re.IGNORECASE)
_LONGEST = 300  # characters of a heading that are read; arbitrary
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])|<img\b[^>]*>", re.IGNORECASE)
_LINK = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\[[^\]]*\])")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_EMPHASIS = re.compile(r"(\*{1,3}|_{2,3}|~~|`+)(?=\S)(.+?)(?<=\S)\1")
_ANCHOR = re.compile(r"\s*\{[#.][^}]*\}\s*$")


def read_markdown(raw_text: str, name: str) -> Reading:
    """A Reading with one section per heading (`#`, underlined, `<h1>`), none inside code fences.

    The title is that of the front matter, else the first level-1 heading, else the file name. Front matter
    is not part of the text.
    """
    text = clean_text(raw_text).text
    text, title = _cut_front_matter(text)
    headings = _find_headings(text)
    if not title:
        title = next((h.title for h in headings if h.level == 1), "") or name
    return Reading(text, title, language_of(text), sections=build_sections(headings, len(text)))


def _cut_front_matter(text: str) -> tuple[str, str]:
    """The text without front matter, and the title that stood in it."""
    match = _FRONT_MATTER.match(text)
    if match is None or not re.search(r"^\s*[\w-]+\s*[:=]", match[2] or "", re.MULTILINE):
        return text, ""
    title = _FRONT_TITLE.search(match[2])
    return text[match.end() :], title[1].strip("\"'").strip() if title else ""


def _find_headings(text: str) -> list[Heading]:
    headings: list[Heading] = []
    fence = ""
    before = ""  # the line above, when a heading may be underlined: it follows a blank line
    before_start = 0
    blank = True
    skip_to = 0
    for match in _LINE.finditer(text):
        start, line = match.start(), match[0].rstrip("\n")
        if start < skip_to or not match[0]:
            continue
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
            before, blank = "", False
            continue
        if mark:
            fence, before = mark[1], ""
            continue
        heading, skip_to = _heading_at(text, start, line, before, before_start)
        if heading is not None and heading.title:
            headings.append(heading)
        before = line if heading is None and blank and line.strip() and not _NOT_A_TITLE.match(line) else ""
        before_start, blank = start, not line.strip() or heading is not None
    return headings


def _heading_at(
    text: str, start: int, line: str, before: str, before_start: int
) -> tuple[Heading | None, int]:
    """The heading the line at `start` makes, and the offset up to which the text is then used up."""
    if atx := _ATX.match(line):
        level = len(atx[1] or atx[3])
        return Heading(start, level, clean_heading(atx[2] or atx[4] or "")), 0
    if before and len(before) <= 120 and (under := _UNDERLINE.match(line)):
        return Heading(before_start, 1 if under[1][0] == "=" else 2, clean_heading(before)), 0
    tag = _HTML.search(text, start, start + len(line) + 600) if "<h" in line.lower() else None
    if tag is not None and tag.start() < start + len(line):
        return Heading(tag.start(), int(tag[1]), clean_heading(tag[2])), tag.end()
    return None, 0


def clean_heading(text: str) -> str:
    """The words of a heading, without markup."""
    text = _IMAGE.sub(" ", text[:_LONGEST])
    text = _LINK.sub(r"\1", _ANCHOR.sub("", text))
    text = html.unescape(_TAG.sub(" ", text))
    for _ in range(3):  # bold inside italics inside strike-through
        text = _EMPHASIS.sub(r"\2", text)
    return " ".join(text.split())
