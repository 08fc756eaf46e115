"""Text made uniform, with a map back. Knows characters, not documents: no line is joined or dropped here.

Compatibility forms are folded (NFKC) where they carry no meaning: ligatures, radicals that stand for Han
characters, full-width Latin letters. Where they do, NFKC would destroy it and something else is done: 10⁶
becomes 10^6 and not 106, 2½ becomes 2 1/2, ① stays, and Chinese punctuation stays Chinese.
"""

import re
import unicodedata
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Clean text; `origin[i]` is the offset in the raw text that character i came from, never decreasing."""

    text: str
    origin: Sequence[int]


def raw(text: str) -> Cleaned:
    """`text` as it is, the start of a chain of `replace` steps."""
    return Cleaned(text, range(len(text)))


def replace(
    cleaned: Cleaned, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str | Cleaned | None]
) -> Cleaned:
    """Replace each match of `pattern`, keeping the map.

    `new` is the replacement, or a function that gives it from the match; None from it leaves the match
    alone. A new character comes from where its match starts; a Cleaned brings offsets within the match.
    """
    parts: list[str] = []
    origin = array("I")
    done = 0
    for match in pattern.finditer(cleaned.text):
        put = new(match) if callable(new) else new
        if put is None:
            continue
        start, end = match.span()
        parts.append(cleaned.text[done:start])
        origin.extend(cleaned.origin[done:start])
        if isinstance(put, Cleaned):
            parts.append(put.text)
            origin.extend(cleaned.origin[start + i] for i in put.origin)
        elif put:
            parts.append(put)
            origin.extend([cleaned.origin[start]] * len(put))
        done = end
    if not done:
        return cleaned
    parts.append(cleaned.text[done:])
    origin.extend(cleaned.origin[done:])
    return Cleaned("".join(parts), origin)


_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls, soft hyphens, zero-width and direction marks, variation selectors, tags (text nobody sees),
# lone surrogates and non-characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]+"
)
_SUPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", "0123456789+-=()ni", strict=True))
_SUB = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", "0123456789+-=()", strict=True))
_SCRIPTS = re.compile(f"([{''.join(_SUPER)}]+)|([{''.join(_SUB)}]+)")
_FRACTIONS = re.compile("(\\d?)([¼½¾⅐-⅞↉])")
_SIGNS = re.compile("[\u2010\u2011\u2212\uf0b7\uf06c\uf0a7\uf09f㎡㎥]")
_SIGN = {"㎡": "m^2", "㎥": "m^3"} | dict.fromkeys("\uf0b7\uf06c\uf0a7\uf09f", "•")  # the rest: "-"
# Radicals that PDFs give for whole characters and that NFKC does not know.
_PAIRS = (
    "⺒巳⺝月⺠民⺫目⺬示⺶羊⺹老⺻聿⺼肉⺽臼⻁虎⻄西⻅见⻆角⻇角⻉贝⻋车⻑长⻒长"
    "⻓长⻔门⻘青⻙韦⻚页⻛风⻜飞⻝食⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻬齐⻮齿⻰龙"
)
_RADICALS = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_RADICAL = re.compile(f"[{''.join(_RADICALS)}]")
# Runs that NFKC may change, with the ASCII character that a combining mark in front may belong to. Left out:
# common Han, Chinese punctuation, circled numbers, quotation marks, dashes, and spacing accents, whose NFKC
# is a space.
_KEPT = "一-鿿、-〟，！？：；（）①-⓿❶-➓“”‘’–—…™®©℠´¨¯¸˘-˝°·"
_FOLDABLE = re.compile(f"[!-~]?[^\x00-\x7f{_KEPT}]+")
_EMBEDDED = re.compile(r"data:[a-z]+/[\w.+-]+;base64,[A-Za-z0-9+/=]{100,}")


def clean_text(raw_text: str) -> Cleaned:
    """`raw_text` with uniform line ends and characters, without invisible characters and embedded images.

    Idempotent. Lines stay lines: only the PDF reader, which knows about pages, joins or drops any.
    """
    cleaned = replace(raw(raw_text), _LINE_ENDS, "\n")
    cleaned = replace(cleaned, _INVISIBLE, "")
    if not cleaned.text.isascii():
        cleaned = replace(cleaned, _SCRIPTS, _write_script)
        cleaned = replace(cleaned, _FRACTIONS, _write_fraction)
        cleaned = replace(cleaned, _SIGNS, lambda m: _SIGN.get(m[0], "-"))
        cleaned = replace(cleaned, _RADICAL, lambda m: _RADICALS[m[0]])
        cleaned = replace(cleaned, _FOLDABLE, lambda m: _fold(m[0]))
    return replace(cleaned, _EMBEDDED, "data:")


def normalise(text: str) -> str:
    """`text` as `clean_text` writes it: for comparing a query or a claim with document text."""
    return clean_text(text).text


def _write_script(match: re.Match[str]) -> str:
    """² -> ^2, ₁ -> _1; braces where a digit follows, so that log₂8 does not read as log_28."""
    mark, table = ("^", _SUPER) if match[1] else ("_", _SUB)
    body = "".join(table[c] for c in match[0])
    follower = match.string[match.end() : match.end() + 1]
    return f"{mark}{{{body}}}" if follower.isdigit() else mark + body


def _write_fraction(match: re.Match[str]) -> str:
    value = unicodedata.normalize("NFKC", match[2]).replace("\u2044", "/")
    return f"{match[1]} {value}" if match[1] else value


@lru_cache(maxsize=10_000)
def _fold(run: str) -> Cleaned | None:
    """NFKC of a run of characters, with offsets into it; None when nothing changes."""
    folded = unicodedata.normalize("NFKC", run)
    if folded == run:
        return None
    if len(folded) == len(run):
        return Cleaned(folded, range(len(run)))
    each = [unicodedata.normalize("NFKC", c) for c in run]
    if "".join(each) != folded:  # marks were composed across characters: only the start is sure
        return Cleaned(folded, [0] * len(folded))
    return Cleaned(folded, [i for i, piece in enumerate(each) for _ in piece])
