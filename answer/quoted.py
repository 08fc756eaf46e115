"""Are the words that a claim puts in quotation marks really in its source? Text in, text out."""

import re

WORDS, HAN = 4, 8  # what makes a quotation of words in marks; shorter ones are names and terms. Arbitrary
_QUOTED = re.compile(
    r"[“「『]([^“”「」『』\n]{4,600})[”」』]|\"([^\"\n]{4,600})\"|(?<![\w'])'((?:[^'\n]|'(?=\w)){4,600})'(?!\w)"
)


def misquoted(claim: str, source: str) -> list[str]:
    """The quotations in `claim` that `source` does not have word for word; case, white space and signs do not count.

    >>> misquoted('They write: "it is the best layer ever".', "It is a good layer."), misquoted("“长上下文”", "")
    (['it is the best layer ever'], [])
    """
    said = squeeze(source)
    quotes = ["".join(filter(None, found.groups())) for found in _QUOTED.finditer(claim)]
    return [quote for quote in quotes if _is_quotation(quote) and squeeze(quote) not in said]


def _is_quotation(text: str) -> bool:
    return len(re.findall(r"[A-Za-z0-9][\w'.-]*", text)) >= WORDS or len(re.findall(r"[一-鿿]", text)) >= HAN


def squeeze(text: str) -> str:
    """Letters and digits only."""
    return "".join(filter(str.isalnum, text.lower()))
