"""LaTeX formulas to trees of MathML that the browser builds node by node. Knows no widget and no Markdown.

A tree is [tag, {attribute: value}, text or list of trees]. Tags, attributes and values outside the lists below make
the whole formula untranslatable: it then stays as it was typed, so nothing is dropped and nothing can run.
"""

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Tree = list[Any]

LONGEST = 2_000  # characters; one of this length takes 0.1 s, a displayed one of the papers has 300
_TAGS = frozenset(
    "math mi mo mn mrow msub msup msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd mspace mtext"
    " mstyle mpadded mphantom".split()
)
_ATTRIBUTES = frozenset(
    "display stretchy fence separator form accent accentunder largeop movablelimits minsize maxsize width height"
    " depth lspace rspace voffset linethickness displaystyle scriptlevel columnalign columnspacing rowspacing".split()
)
_IGNORED = frozenset(("xmlns", "linebreak"))
_VALUE = re.compile(r"[\w.+% -]{1,40}")
_SPACES = {"negativethinmathspace": "-0.167em"}
_ENTITY = re.compile(r"&#x([0-9A-Fa-f]{1,6});")
_COMMENT = re.compile(r"(?<!\\)%")
_FUNCTION = {"form": "prefix", "lspace": "0.1em", "rspace": "0.1em"}  # space around "log" as in print
_OPERATORS = {"\\arg": "arg", "\\|": "‖"}  # that the translator leaves as they are
_NUMBERED = re.compile(r"\{(align|gather)(?:ed)?\}")  # the star leaves the numbers out


@lru_cache(maxsize=2_000)  # formulas of a long document and its redraws; arbitrary
def formula(latex: str, display: bool = False) -> Tree | None:
    """The tree of `latex` (without its dollars); None when it cannot be translated in full.

    >>> formula("x_i")
    ['math', {'display': 'inline'}, [['mrow', {}, [['msub', {}, [['mi', {}, 'x'], ['mi', {}, 'i']]]]]]]
    """
    from latex2mathml.converter import convert_to_element

    if len(latex) > LONGEST or _COMMENT.search(latex):
        return None
    try:
        root = convert_to_element(
            _NUMBERED.sub(r"{\1*}", latex.strip()), display="block" if display else "inline"
        )
        return _tree(root)
    except Exception:  # the translator raises errors of any class on LaTeX it does not know
        return None


def _tree(element: "Element") -> Tree:
    """The element as a tree. Raises ValueError for what is not on the lists."""
    if element.tag not in _TAGS:
        raise ValueError(element.tag)
    attributes: dict[str, str] = {}
    variant = ""
    for name, given in element.attrib.items():
        value = _SPACES.get(given, given)
        if name == "mathvariant":
            variant = value
        elif name not in _ATTRIBUTES or not _VALUE.fullmatch(value):
            if name not in _IGNORED:
                raise ValueError(name)
        else:
            attributes[name] = value
    if variant == "normal":
        attributes["mathvariant"] = variant
    if len(element):
        return [element.tag, attributes, [_tree(child) for child in element]]
    text = _text(element, variant)
    if element.tag == "mi" and len(text) > 1 and text.isascii():
        return ["mo", attributes | _FUNCTION, text]
    return [element.tag, attributes, text]


def _text(element: "Element", variant: str) -> str:
    text = _ENTITY.sub(lambda code: chr(int(code[1], 16)), element.text or "")
    text = _OPERATORS.get(text, text)
    if text.startswith("\\") or (text == "&" and element.tag != "mtext"):
        raise ValueError(text)  # a command or a column that the translator did not understand
    return text if element.tag == "mtext" else "".join(_letter(character, variant) for character in text)


def _letter(character: str, variant: str) -> str:
    """The letter in a style, as Unicode has it: browsers know `mathvariant` only as "normal".

    >>> _letter("L", "script"), _letter("θ", "bold-italic"), _letter("+", "bold")
    ('ℒ', '𝜽', '+')
    """
    style = variant.upper().replace("BOLD-ITALIC", "BOLD ITALIC")
    name = re.sub(r"LATIN |GREEK |LETTER ", "", unicodedata.name(character, ""))
    for full in (f"MATHEMATICAL {style} {name}", f"{style} {name}"):
        try:
            return unicodedata.lookup(full)
        except KeyError:
            continue
    return character
