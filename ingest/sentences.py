"""Sentences of Chinese, English and mixed text, as spans. Knows layout signs of Markdown, no document.

Text is cut into blocks at blank lines, headings, list items, table rows and lines of code, and each
paragraph into sentences at 。！？；… and . ! ?, where they end one: not in abbreviations, numbers, URLs, file
names, formulas, code or brackets.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

Span = tuple[int, int]
_LONG_LINE = 300  # characters; a table row longer than this holds running text and is split too. Arbitrary

_LINE = re.compile(r"[^\n]*\n?")
_FENCE = re.compile(r"\s{0,12}(?:>\s?)*(`{3,}|~{3,})")
# Lines that are a sentence each: table rows, headings, lines of tags, rules and heading underlines.
_ROW = re.compile(r"\s*(?:\|.*|[^|\n]*(?: \| |\t\|\t)[^|\n]*(?: \| |\t\|\t).*)$")
_WHOLE = re.compile(
    r"\s*(?:#{1,6}(?:\s.*|[^#\s].*)|<[^\n]*>|[-=*_~]{3,}|(?:[-*_] ){2,}[-*_]|"
    r"\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+[A-Z㐀-鿿][^.。,，;；:：!！?？\n]{1,60})\s*$"
)
_HAN_NUMBER = "一二三四五六七八九十"
# What opens a list item. It belongs to the item's first sentence, full stop and all.
_ITEM = re.compile(
    rf"\s*(?:>\s*)*(?:[-*+•·●○▪■◆◦‣–—➢✓]\s+|\d{{1,3}}(?:[.．](?![\d\w])\s*|[.．](?=[㐀-鿿A-Z])|[)）、]\s*)|"
    rf"[(（](?:\d{{1,2}}|[a-zA-Z{_HAN_NUMBER}])[)）]\s*|[a-zA-Z][.)]\s+|[{_HAN_NUMBER}]{{1,3}}、|"
    rf"第[{_HAN_NUMBER}\d]{{1,3}}[章节讲部]|[①-⑳❶-❿]\s*|\[\^?\d{{1,3}}\]:?\s+)"
)
_MATH_DISPLAY = re.compile(
    r"\$\$.{1,3000}?\$\$|\\\[.{1,3000}?\\\]|\\begin\{(\w+\*?)\}.{1,3000}?\\end\{\1\}", re.DOTALL
)
# Where nothing ends a sentence: formulas (a closing dollar follows no space and precedes no digit, as in
# pandoc, or "$5 and $6" would be one), code, link targets, URLs and mail addresses.
_CLOSED = re.compile(
    r"\$(?![\s$])(?:[^$\n]|\n(?!\s*\n)){0,300}?[^\s$\\]\$(?!\d)|\\\(.{1,300}?\\\)|``[^\n]+?``|`[^`\n]+`|"
    r"\[[^\[\]\n]{0,300}\]\([^()\n]{0,500}\)|https?://[^\s<>()\[\]，。；：！？）】》」』”]*[^\s<>()\[\]，。；：！？）】》」』”.,;:!?'\"]"
)
_BRACKET = re.compile(r"[(（][^()（）]{0,200}[)）]")
_CLOSERS = r"[\"'”’」』）)\]】》〉*_`~]*"
_NOTE = r"(?:\[\d{1,3}(?:[-,–]\s?\d{1,3})*\]|\^\{?\d{1,3}\}?|(?<=[a-z)”\"]\.)\d{1,2}(?=\s+[A-Z㐀-鿿]|\s*$))?"
_STOP = re.compile(
    rf"(?P<zh>[。！？；｡]+|…+|(?<=[㐀-鿿）)]);(?=[㐀-鿿]))[.!?…]*{_CLOSERS}|(?P<en>[.!?]+){_CLOSERS}{_NOTE}{_CLOSERS}"
)
_NEXT_WORD = re.compile(r"\s*[\"'“‘(\[*_]*(\d+|[A-Za-z]*)")
_LAST_WORD = re.compile(r"[A-Za-zÀ-ɏ](?:[A-Za-zÀ-ɏ]|\.(?=[A-Za-z]))*$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Never the end of a sentence.
_ABBREVIATIONS = _words(
    "e.g i.e eg ie cf vs viz dr mr mrs ms prof st fig figs eq eqs eqn eqns ref refs tab thm lem approx resp "
    "w.r.t wrt incl est dept univ assoc gen sen rep gov capt al"
)
# Only before a number or a single letter.
_BEFORE_NUMBERS = _words(
    "no nos p pp ch chap sec sect app appx art vol ver v def prop ex alg algo cor col ln para pt section"
)
# The end only where a usual opener follows.
_MAYBE_LAST = _words(
    "al etc inc ltd co corp jr sr ph.d m.sc b.sc a.m p.m u.s u.k e.u u.n d.c i.i.d s.t ca a.k.a "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
# Words that open sentences.
_OPENERS = _words(
    "the a an this that these those it its he she they we you i in on at for from with by to as if when "
    "while however moreover furthermore therefore thus hence here there our their his her then also but "
    "and so such some most many all each both one another although since because after before during "
    "once finally first second third next instead unlike like given let note see using what why how "
    "where which who is are do does can not no"
)


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences in `text[start:end]`, as offsets into `text`.

    In order and disjoint, starting and ending with a visible character, together covering every one.
    Lines of code, table rows and headings are one each, unless they are very long. A line break inside a
    paragraph ends a sentence only where the lines are visibly not wrapped ones (a heading above its text).

    >>> text = "GQA 省显存。See Fig. 2. It is 3.14 times smaller."
    >>> [text[a:b] for a, b in split_sentences(text)]
    ['GQA 省显存。', 'See Fig. 2.', 'It is 3.14 times smaller.']
    """
    spans: list[Span] = []
    for first, last, whole in _blocks(text, start, len(text) if end is None else end):
        keep = whole and last - first <= _LONG_LINE
        pieces = [(first, last)] if keep else _split_paragraph(text, first, last)
        for a, b in pieces:
            if (span := _strip(text, a, b)) is not None:
                spans.append(span)
    return spans


def _strip(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """(start, end, whole) of blocks that tile the visible text; whole: one sentence as it stands."""
    formulas = [m.span() for m in _MATH_DISPLAY.finditer(text, start, end) if "\n" in m[0]]
    starts = [a for a, _ in formulas]
    fence = ""
    lines: list[Span] = []  # of the paragraph being gathered
    position = start
    while position < end:
        match = _LINE.match(text, position, end)
        first, position = position, match.end() if match else end
        line = text[first:position]
        index = bisect_right(starts, first) - 1
        if lines and not fence and index >= 0 and formulas[index][0] < first < formulas[index][1]:
            lines[-1] = (lines[-1][0], position)
            continue
        mark = _FENCE.match(line)
        code = bool(fence or mark)
        if mark and not fence:
            fence = mark[1]
        elif mark and fence and mark[1].startswith(fence):
            fence = ""
        whole = code or bool(_WHOLE.match(line) or _ROW.match(line))
        if lines and (whole or not line.strip() or _ITEM.match(line)):
            yield from _paragraphs(text, lines)
            lines = []
        if whole:
            yield first, position, True
        elif line.strip():
            lines.append((first, position))
    if lines:
        yield from _paragraphs(text, lines)


def _paragraphs(text: str, lines: list[Span]) -> Iterator[tuple[int, int, bool]]:
    """One block of wrapped lines, or several where a line is too short to have been wrapped."""
    first = lines[0][0]
    if len(lines) > 1:
        widths = [_width(text, *line) for line in lines]
        full = max(widths)
        for (a, b), (c, _), width in zip(lines, lines[1:], widths, strict=False):
            if width < 0.6 * full and not _goes_on(text, a, b, c):  # 0.6: ragged lines reach it; arbitrary
                yield first, b, False
                first = c
    yield first, lines[-1][1], False


def _width(text: str, start: int, end: int) -> int:
    """Columns a line takes, a Han character two of them; of a formula of several lines, its widest."""
    return max(len(line) + sum(c > "\u2e7f" for c in line) for line in text[start:end].strip().split("\n"))


def _goes_on(text: str, start: int, end: int, following: int) -> bool:
    """Whether the line [start, end) breaks off inside a sentence that the line at `following` continues."""
    last = text[start:end].rstrip()[-1:]
    ahead = text[following : following + 40].lstrip()
    if ahead.startswith(
        ("$$", "\\[", "\\begin", "其中")
    ):  # a formula belongs to the sentence that announces it
        return True
    return last in ",，、-–—(（[:：&/+=" or ahead[:1].islower() or ahead[:1] in ")）]】,，。、；：;:.?!？！"


def _split_paragraph(text: str, start: int, end: int) -> list[Span]:
    """Cut one block at every sign that ends a sentence. The spans tile [start, end)."""
    item = _ITEM.match(text, start, end)
    position = begin = start
    if item:
        position = item.end()
    closed: list[Span] | None = None
    spans: list[Span] = []
    while (stop := _STOP.search(text, position, end)) is not None:
        position = stop.end()
        if closed is None:
            closed = _closed_spans(text, start, end)
        if (inside := _containing(closed, stop.start())) is not None:
            at_its_end = position >= inside[1] and text[inside[1] - 1] in ")）"
            if not (at_its_end and not text[begin : inside[0]].strip()):
                position = max(inside[1], stop.end()) if not at_its_end else position
                continue
        if _ends_sentence(text, stop, end):
            spans.append((begin, position))
            begin = position
    if text[begin:end].strip():
        spans.append((begin, end))
    return _join_wordless(text, spans)


def _closed_spans(text: str, start: int, end: int) -> list[Span]:
    """Disjoint spans, in order, within which no sentence ends."""
    spans = [m.span() for p in (_MATH_DISPLAY, _CLOSED, _BRACKET) for m in p.finditer(text, start, end)]
    merged: list[Span] = []
    for a, b in sorted(spans):
        if merged and a < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    return merged


def _containing(spans: list[Span], offset: int) -> Span | None:
    index = bisect_right(spans, (offset, float("inf"))) - 1
    return spans[index] if index >= 0 and spans[index][0] <= offset < spans[index][1] else None


def _ends_sentence(text: str, stop: re.Match[str], end: int) -> bool:
    """Whether the sign at `stop` (with its closing quotes and brackets) ends a sentence."""
    after = stop.end()
    ahead = text[after : min(after + 60, end)]
    following = ahead.lstrip()[:1]
    if not following:
        return True
    if stop["zh"]:
        closers = stop[0].lstrip("。！？；｡….!?")
        if "》" in closers or "〉" in closers:  # the title of a work
            return False
        if closers or "…" in stop["zh"]:
            return following not in "的地得等和与或及、，,：:;；。"
        return following not in "，、,；。"
    if not ahead[0].isspace():
        return "㐀" <= following <= "鿿" and not text[stop.start() - 1 : stop.start()].isdigit()
    if following.islower() or following in ",;:，；：、)）]":
        return False
    return set(stop["en"]) != {"."} or len(stop["en"]) > 1 or not _is_abbreviation(text, stop.start(), ahead)


def _is_abbreviation(text: str, dot: int, ahead: str) -> bool:
    """Whether the full stop at `dot` belongs to the word before it."""
    match = _LAST_WORD.search(text, max(0, dot - 20), dot)
    if match is None:
        return False
    word = match[0].lower()
    following = _NEXT_WORD.match(ahead)
    after = following[1] if following else ""
    if word in _ABBREVIATIONS and word not in _MAYBE_LAST:
        return True
    if word in _BEFORE_NUMBERS:
        return after.isdigit() or (len(after) == 1 and after not in "AI")
    initial = len(match[0]) == 1 and match[0].isupper()
    if word in _MAYBE_LAST or initial:
        return after.lower() not in _OPENERS and not "㐀" <= ahead.lstrip()[:1] <= "鿿"
    return False


def _join_wordless(text: str, spans: list[Span]) -> list[Span]:
    """Let pieces without a letter or digit (a stray bracket, an ellipsis) join the sentence before them."""
    joined: list[Span] = []
    for a, b in spans:
        if joined and not any(c.isalnum() for c in text[a:b]):
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return joined
