"""Is this running text? Number tables, reference lists and code dumps attract every query (METHODS 5)."""

import re
from collections.abc import Sequence

_VISIBLE = re.compile(r"\S")
_LETTER = re.compile(r"[A-Za-zÀ-ɏ㐀-鿿]")
_LETTERS = 0.6  # METHODS 5
_MOSTLY = 0.7  # share of lines or characters from which a chunk counts as links or code; arbitrary
_REFERENCES = re.compile(r"[\dIVX.\s]*(?:references|bibliography|参考文献|参考资料)\W*", re.IGNORECASE)
_REFERENCE = re.compile(
    r"^\s*\[\d+\]\s.*(?:19|20)\d\d|arXiv preprint|arXiv:\d|Proceedings of|In Proc\.|doi\.org", re.MULTILINE
)
_MANY_REFERENCES = 4  # in one chunk; running text about papers has one or two. Arbitrary
_LINK_LINE = re.compile(
    r"^\s*(?:[-*+]|\d+[.)])?\s*(?:!?\[[^\]\n]*\]\([^)\n]*\)|<?https?://\S+)\s*$", re.MULTILINE
)
_FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)


def code_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the fenced code blocks of a text, in order."""
    return [match.span() for match in _FENCED.finditer(text)] if "```" in text or "~~~" in text else []


def is_prose(text: str, heading: Sequence[str] = (), code: int = 0) -> bool:
    """Whether the chunk belongs in the dense index: at least 60 % letters and Han among the visible
    characters, and mostly neither references, bare links nor code. `code`: its characters in code fences.
    """
    visible = len(_VISIBLE.findall(text))
    if not visible or len(_LETTER.findall(text)) < _LETTERS * visible:
        return False
    if (
        any(_REFERENCES.fullmatch(title) for title in heading)
        or len(_REFERENCE.findall(text)) >= _MANY_REFERENCES
    ):
        return False
    lines = sum(bool(line.strip()) for line in text.split("\n"))
    return len(_LINK_LINE.findall(text)) <= _MOSTLY * lines and code <= _MOSTLY * len(text)
