"""Is this running text? Number tables, reference lists and code dumps draw every query to them (METHODS 5)."""

import re

_VISIBLE = re.compile(r"\S")
_LETTER = re.compile(r"[A-Za-zÀ-ɏ㐀-鿿]")
_LETTERS = 0.6  # METHODS 5
_REFERENCE = re.compile(r"^\s*(?:\[\d+\]|\d+\.)\s.*(?:19|20)\d\d|(?:arXiv|preprint|Proceedings|In Proc|doi\.org)", re.M)
_LINK_LINE = re.compile(r"^\s*(?:[-*+]|\d+[.)])?\s*(?:!?\[[^\]]*\]\([^)]*\)|<?https?://\S+)\s*$", re.M)
_FENCED = re.compile(r"^\s*(`{3,}|~{3,}).*?(?:^\s*\1|\Z)", re.M | re.S)


def is_prose(text: str) -> bool:
    """Whether the chunk belongs in the dense index: at least 60 % letters and Han among the visible
    characters, and mostly neither references, bare links nor code.
    """
    visible = len(_VISIBLE.findall(text))
    if not visible or len(_LETTER.findall(text)) < _LETTERS * visible:
        return False
    lines = [line for line in text.split("\n") if line.strip()]
    links = len(_LINK_LINE.findall(text))
    references = len(_REFERENCE.findall(text))
    code = sum(len(m[0]) for m in _FENCED.finditer(text))
    return links <= 0.7 * len(lines) and references < 4 and code <= 0.7 * len(text)
