"""Text with light Markdown to blocks of runs, so that the browser can draw it without ever parsing HTML.

Knows headings, lists, quotations, fenced code, tables, bold, code and links (their text; nothing is loaded or
followed). Everything else, tags and formulas included, stays the characters it is.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

Span = tuple[int, int, int]  # start, end, label; where spans overlap the first one in the sequence wins

_HEADING = re.compile(r"(#{1,6})\s+")
_ITEM = re.compile(r"(\s*)([-*+•]|\d{1,3}[.)、])\s+")
_FENCE = re.compile(r"\s*(```|~~~)")
_RULE_ROW = re.compile(r"\s*\|?[\s:|-]+\|?\s*$")
_LINK = r"!?\[(?P<text>[^\[\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)"
_INLINE = re.compile(rf"(?P<strong>\*\*|__(?=\S)|(?<=\S)__)|(?P<code>`+)|{_LINK}")

_WRAPPED = re.compile(r"(?<=\S)\n(?=(?![-*+•|>#]|\d{1,3}[.)、])\S)")
_HAN = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


def unwrap(text: str) -> str:
    """`text` without the line ends that only the width of a page put there; paragraphs and lists stay.

    >>> unwrap("a line\\nand 换\\n行\\n\\nnext\\n- item")
    'a line and 换行\\n\\nnext\\n- item'
    """

    def joint(match: re.Match[str]) -> str:
        sides = text[match.start() - 1], text[match.end()]
        return "" if all(_HAN.match(side) for side in sides) else " "

    return _WRAPPED.sub(joint, text)


def blocks(
    text: str, spans: Sequence[Span] = (), start: int = 0, end: int | None = None
) -> list[dict[str, Any]]:
    """`text[start:end]` as blocks; `spans` are offsets into `text` and label the runs inside them.

    A block is {"kind": "p" | "h" | "li" | "code" | "quote" | "row", "level": int, "mark": str, "runs": []};
    a row has "cells", a list of runs each. A run is {"t": text, "style": "" | "strong" | "code",
    "span": label or -1}.
    """
    out: list[dict[str, Any]] = []
    fenced = False
    for at, line in _lines(text, start, len(text) if end is None else end):
        if _FENCE.match(line):
            fenced = not fenced
            out.append(_block("code", []))
            continue
        block = (
            _block("code", _cut(text, at, at + len(line), "", spans))
            if fenced
            else _read(text, at, line, spans)
        )
        if not fenced and not line.strip():
            out.append(_block("gap", []))
        elif block is None:
            continue
        elif out and out[-1]["kind"] == block["kind"] and block["kind"] in ("p", "code", "quote"):
            newline = [{"t": "\n", "style": "", "span": -1}] if out[-1]["runs"] else []
            out[-1]["runs"] += newline + block["runs"]
        else:
            out.append(block)
    return [block for block in out if block["runs"] or block.get("cells")]


def _read(text: str, at: int, line: str, spans: Sequence[Span]) -> dict[str, Any] | None:
    """One line outside fenced code; None for the rule below a table's head."""
    stop = at + len(line)
    if match := _HEADING.match(line):
        return _block("h", _runs(text, at + match.end(), stop, spans), level=len(match[1]))
    if match := _ITEM.match(line):
        marker = "•" if match[2] in "-*+•" else match[2]
        return _block("li", _runs(text, at + match.end(), stop, spans), len(match[1]) // 2, marker)
    if line.lstrip().startswith(">"):
        return _block("quote", _runs(text, at + line.index(">") + 1, stop, spans))
    if line.lstrip().startswith("|"):
        if _RULE_ROW.match(line):
            return None
        return _block("row", []) | {"cells": list(_cells(text, at, line, spans))}
    return _block("p", _runs(text, at, stop, spans))


def _cells(text: str, at: int, line: str, spans: Sequence[Span]) -> Iterator[list[dict[str, Any]]]:
    borders = [m.start() for m in re.finditer(r"(?<!\\)\|", line)]
    if len(borders) == 1 or line.rstrip()[-1:] != "|":
        borders.append(len(line))
    for left, right in pairwise(borders):
        yield _runs(text, at + left + 1, at + right, spans)


def _block(kind: str, runs: list[dict[str, Any]], level: int = 0, mark: str = "") -> dict[str, Any]:
    return {"kind": kind, "level": level, "mark": mark, "runs": runs}


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    at = start
    for line in text[start:end].split("\n"):
        yield at, line
        at += len(line) + 1


def _runs(text: str, start: int, end: int, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """The characters of [start, end) without their markup."""
    out: list[dict[str, Any]] = []
    at, style = start, ""
    for match in _INLINE.finditer(text, start, end):
        if style == "code" and not match["code"]:
            continue
        out += _cut(text, at, match.start(), style, spans)
        if match["strong"]:
            style = "" if style == "strong" else "strong"
        elif match["code"]:
            style = "" if style == "code" else "code"
        else:
            out += _cut(text, match.start("text"), match.end("text"), style, spans)
        at = match.end()
    return out + _cut(text, at, end, style, spans)


def _cut(text: str, start: int, end: int, style: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """[start, end) as runs, cut where a span begins or ends."""
    inside = {place for span in spans for place in span[:2] if start < place < end}
    edges = [start, *sorted(inside), end]
    return [
        {"t": text[a:b], "style": style, "span": next((s[2] for s in spans if s[0] <= a < s[1]), -1)}
        for a, b in pairwise(edges)
        if b > a
    ]
