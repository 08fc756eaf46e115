"""Is this running text? Number tables, reference lists and code dumps attract every query."""

import re
from collections.abc import Sequence

_VISIBLE = re.compile(r"\S")
_LETTER = re.compile(r"[A-Za-zÀ-ɏ㐀-鿿]")
_LETTERS = 0.6  # share of a text; running text has more
_MOSTLY = 0.7  # share of characters from which a chunk counts as code; arbitrary
_POINTING = 0.5  # share of lines that only point elsewhere, from which a chunk does; arbitrary
_REFERENCES = re.compile(
    r"[\dIVX.\s]*(?:references|bibliography|further reading|related (?:papers|notes|links)|notes on this topic|see also"
    r"|参考(?:文献|资料)|相关(?:论文|笔记|阅读|链接)|延伸阅读)\W*",
    re.IGNORECASE,
)
_MATH = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
_MARKUP = re.compile(r"[|*#`>]|:?-{2,}:?")
_FORMULA_LETTERS = 40  # letters that make a text around formulas readable on its own; arbitrary
_REFERENCE = re.compile(
    r"^\s*\[\d+\]\s.*(?:19|20)\d\d|arXiv preprint|arXiv:\d|Proceedings of|In Proc\.|doi\.org", re.MULTILINE
)
_MANY_REFERENCES = 4  # in one chunk; running text about papers has one or two. Arbitrary
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)|<?https?://\S+")
_PAPER_LINE = re.compile(r"\s*(?:[-*+]|\d+[.)]).*arXiv:\s?\d{4}\.\d", re.IGNORECASE)
_FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)


def code_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the fenced code blocks of a text, in order."""
    return [match.span() for match in _FENCED.finditer(text)] if "```" in text or "~~~" in text else []


def is_references(heading: Sequence[str]) -> bool:
    """Whether a heading announces what only points elsewhere: references, related notes."""
    return any(_REFERENCES.fullmatch(title) for title in heading)


def is_prose(text: str, heading: Sequence[str] = (), code: int = 0) -> bool:
    """Whether the chunk belongs in the dense index: at least 60 % letters and Han among the visible
    characters, and mostly neither references, bare links nor code. `code`: its characters in code fences.
    """
    if is_references(heading) or not _mostly_letters(text):
        return False
    if len(_REFERENCE.findall(text)) >= _MANY_REFERENCES:
        return False
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    pointing = sum(_points(line) or bool(_PAPER_LINE.match(line)) for line in lines)
    return pointing <= _POINTING * len(lines) and code <= _MOSTLY * len(text)


def _points(line: str) -> bool:
    """Whether a line is links and little else: "- **[A course](https://...)** by a university".

    >>> _points("- [An open course](https://a.org) by Google"), _points("See [the paper](a.md) for how the cache is split.")
    (True, False)
    """
    linked = sum(len(_LETTER.findall(match[1] or "")) for match in _LINK.finditer(line))
    bare, links = _LINK.subn("", line)
    return links > 0 and len(_LETTER.findall(bare)) <= linked


def _mostly_letters(text: str) -> bool:
    """Letters and Han make up 60 % of what can be seen. Markup does not count, nor do formulas among words."""
    text = _MARKUP.sub(" ", text)
    words = _MATH.sub(" ", text)
    if len(_LETTER.findall(words)) < _FORMULA_LETTERS:
        words = text
    visible = len(_VISIBLE.findall(words))
    return visible > 0 and len(_LETTER.findall(words)) >= _LETTERS * visible
