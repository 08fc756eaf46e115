"""Text with light Markdown to blocks of runs, so that the browser can draw it without ever parsing HTML.

Knows headings, lists, quotations, fenced code, tables, rules, bold, italics, code, formulas and links (their text;
nothing is loaded or followed). Tags that only format are left out; everything else stays the characters it is.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from ui.formulas import formula

Span = tuple[int, int, int]  # start, end, label; where spans overlap the first one in the sequence wins

_HEADING = re.compile(r"\s{0,4}(#{1,6})\s+")
_ITEM = re.compile(r"(\s*)([-*+•]|\d{1,3}[.)、])\s+")
_FENCE = re.compile(r"\s*(```|~~~)")
_RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*$")
_RULE_ROW = re.compile(r"\s*\|?[\s:|-]+\|?\s*$")
_FRONT = re.compile(r"---\n(?:[\w-]+:.*\n)+---(?=\n|\Z)")
_BREAK = re.compile(r"<(?:br|hr)\s*/?>", re.I)

_DISPLAY = (
    r"\$\$(?P<block>(?:(?!\n[ \t]*\n|```)[^$])+?)\$\$|\\\[(?P<square>(?:(?!\n[ \t]*\n|```|\\\]).)+)\\\]"
)
_DISPLAY_LINE = re.compile(rf"[ \t]*(?:{_DISPLAY})[ \t]*[.,;。，；]?[ \t]*(?=\n|\Z)", re.S)
# A dollar opens before and closes behind something solid and not before a digit, as in Pandoc: "$5 and $10" is money.
_MATH = rf"{_DISPLAY}|\$(?=[^\s$])(?P<dollar>[^$\n。，；：]+)(?<![\s\\])\$(?!\d)|\\\((?P<round>[^\n]+?)\\\)"
_NAME = r"(?:[^\[\]\n]|!?\[[^\[\]\n]*\]\([^()\n]*\))*"
_LINK = rf"!?\[(?P<link>{_NAME})\]\((?:[^()\n]|\([^()\n]*\))*\)"
_TAG = r"</?(?:details|summary|b|strong|i|em|u|p|div|span|center|sub|sup|kbd|a|t(?:able|r|d|h|head|body))(?:\s[^<>]*)?>"
_INLINE = re.compile(
    rf"(?P<ticks>`+)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)|{_MATH}|{_LINK}"
    r"|(?P<bold>\*\*|__)(?=\S)(?P<strong>.+?)(?<=\S)(?P=bold)(?!\*)"
    r"|(?<![A-Za-z0-9*\\])\*(?=[^\s*])(?P<em>[^*\n]+)(?<=\S)\*(?![A-Za-z0-9*])"
    r"|(?<![A-Za-z0-9_\\])_(?=[^\s_])(?P<italic>[^_\n]+)(?<=\S)_(?![A-Za-z0-9_])"
    rf"|\\(?P<escaped>[\\`*_{{}}\[\]()#+.!|>~$%&-])|(?P<tag>{_TAG}|<!--.*?-->)",
    re.S | re.I,
)
_STYLES = {"code": "code", "strong": "strong", "em": "em", "italic": "em", "link": "", "escaped": ""}
_FORMULAS = ("block", "square", "dollar", "round")

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

    A block is {"kind": "p" | "h" | "li" | "code" | "quote" | "math" | "rule" | "row", "level": int, "mark": str,
    "runs": []}; a row has "cells", a list of runs each. A run is {"t": text, "style": "" | "strong" | "em" | "code",
    "span": label or -1}. A formula is one run, with its tree as "math" and all labels that touch it as "labels".
    """
    out: list[dict[str, Any]] = []
    fenced = False
    stop = len(text) if end is None else end
    if front := _FRONT.match(text) if start == 0 else None:
        start = min(front.end(), stop)
    for at, line in _lines(text, start, stop):
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
    return [block for block in out if block["runs"] or block.get("cells") or block["kind"] == "rule"]


def flatten(found: Sequence[dict[str, Any]], longest: int = 0) -> list[dict[str, Any]]:
    """The runs of all blocks in one line, a space between blocks and cells; cut at `longest` characters."""
    out: list[dict[str, Any]] = []
    room = longest or sum(len(run["t"]) for block in found for run in block["runs"]) + 1_000_000
    for runs in (cell for block in found for cell in [block["runs"], *block.get("cells", ())] if cell):
        if out:
            out.append({"t": " ", "style": "", "span": -1})
        for run in runs:
            if len(run["t"]) > room:
                short = "" if "math" in run else run["t"][:room].rstrip()
                return [*out, {"t": f"{short}…", "style": run["style"], "span": run["span"]}]
            room -= len(run["t"])
            out.append(run if "math" in run else run | {"t": re.sub(r"\s+", " ", run["t"])})
    return out


def _read(text: str, at: int, line: str, spans: Sequence[Span]) -> dict[str, Any] | None:
    """One line outside fenced code; None for the rule below a table's head."""
    stop = at + len(line)
    if _DISPLAY_LINE.fullmatch(line):
        return _block("math", _runs(text, at, stop, spans))
    if _RULE.match(line):
        return _block("rule", [])
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
    solid = _INLINE.sub(
        lambda found: "·" * len(found[0]), line
    )  # a bar inside a formula or code is no border
    borders = [i for i, character in enumerate(solid) if character == "|"] or [0]
    if len(borders) == 1 or line.rstrip()[-1:] != "|":
        borders.append(len(line))
    for left, right in pairwise(borders):
        yield _runs(text, at + left + 1, at + right, spans)


def _block(kind: str, runs: list[dict[str, Any]], level: int = 0, mark: str = "") -> dict[str, Any]:
    return {"kind": kind, "level": level, "mark": mark, "runs": runs}


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """The lines of [start, end) with their offsets; a displayed formula is one line."""
    at = start
    while at <= end:
        shown = _DISPLAY_LINE.match(text, at, end)
        stop = shown.end() if shown else text.find("\n", at, end)
        stop = end if stop < 0 else stop
        yield at, text[at:stop]
        at = stop + 1


def _runs(text: str, start: int, end: int, spans: Sequence[Span], style: str = "") -> list[dict[str, Any]]:
    """The characters of [start, end) without their markup."""
    out: list[dict[str, Any]] = []
    at = start
    for match in _INLINE.finditer(text, start, end):
        out += _cut(text, at, match.start(), style, spans)
        at = match.end()
        group = next(name for name in (*_STYLES, *_FORMULAS, "tag") if match[name] is not None)
        if group in _FORMULAS:
            out += _formula(text, match, group, style, spans)
        elif group in ("code", "escaped"):
            out += _cut(text, *match.span(group), _STYLES[group] or style, spans)
        elif group != "tag":
            out += _runs(text, *match.span(group), spans, _STYLES[group] or style)
        elif _BREAK.match(match[0]):
            out += [{"t": "\n", "style": "", "span": -1}]
    return out + _cut(text, at, end, style, spans)


def _formula(
    text: str, match: re.Match[str], group: str, style: str, spans: Sequence[Span]
) -> list[dict[str, Any]]:
    """A formula as one run, or as the characters it is made of where it cannot be translated."""
    tree = formula(match[group], group in ("block", "square"))
    if tree is None:
        return _cut(text, *match.span(), style, spans)
    labels = [label for start, end, label in spans if start < match.end() and end > match.start()]
    return [
        {"t": match[0], "style": style, "span": labels[0] if labels else -1, "math": tree, "labels": labels}
    ]


def _cut(text: str, start: int, end: int, style: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """[start, end) as runs, cut where a span begins or ends."""
    inside = {place for span in spans for place in span[:2] if start < place < end}
    edges = [start, *sorted(inside), end]
    return [
        {"t": text[a:b], "style": style, "span": next((s[2] for s in spans if s[0] <= a < s[1]), -1)}
        for a, b in pairwise(edges)
        if b > a
    ]
