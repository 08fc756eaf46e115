"""Latin names in a claim, and whether a source has them, in this form or another. Text in, names out."""

import re
import unicodedata
from collections.abc import Set
from dataclasses import dataclass

from answer.wording import plain

_COMMON = frozenset({"token", "tokens"})  # Latin words that Chinese sources also write in Chinese
_WORD = re.compile(r"[A-Za-z0-9À-ɏ]+(?:[-_.+/'’][A-Za-z0-9À-ɏ]+)*\+*")


@dataclass(frozen=True, slots=True)
class Names:
    """The Latin names and terms of a claim that a source has, and those it lacks."""

    found: tuple[str, ...]
    missing: tuple[str, ...]


def names_of(text: str, english: bool) -> list[str]:
    """Latin names in `text`, lower-cased. In an English sentence only what looks like a name:
    an inner capital, a digit, all capitals, or a capital that does not open the sentence."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[‐‑‒–—−]", "-", text)
    names = []
    for match in _WORD.finditer(text):
        word = match[0]
        if (
            len(word) < 2
            or word.lower() in _COMMON
            or not re.search(r"[A-Za-z]", word)
            or re.match(r"^\.?\d", word)
        ):
            continue
        if english:
            opens = not re.search(r"[^\s\"'“(*#>-]", re.split(r"[.!?:。]\s", text[: match.start()])[-1])
            named = re.search(r"[A-Z].*[A-Z]|\d", word) or (word[0].isupper() and not opens)
            if not named:
                continue
        names.append(word.lower())
    return list(dict.fromkeys(names))


def look_up_names(claim: str, source: str, english: bool) -> Names:
    """Which of the claim's Latin names occur in `source` (the window with its heading and title)."""
    words = {stem(word.lower()) for word in _WORD.findall(plain(source))}
    parts = {stem(part) for word in words for part in re.split(r"[-_./+]", word) if part}
    joined = re.sub(r"[^a-z0-9一-鿿]", "", plain(source))
    initials = _initials(plain(source))
    found: list[str] = []
    missing: list[str] = []
    for name in names_of(claim, english):
        squeezed = re.sub(r"[^a-z0-9]", "", name)
        known = (
            stem(name) in words
            or stem(name) in parts
            or (len(squeezed) > 3 and stem(squeezed) in joined)
            or (2 <= len(squeezed) <= 6 and stem(squeezed) in initials)
            or _is_variant(name, words)
            or (
                not re.search(r"\d", name)
                and all(stem(p) in words | parts for p in re.split(r"[-_./+]", name) if p)
            )
        )
        (found if known else missing).append(name)
    return Names(tuple(found), tuple(missing))


def _is_variant(name: str, words: Set[str]) -> bool:
    """Whether it is a known name with a suffix that names nothing, or with its year cut short.

    >>> _is_variant("deepnorm-style", {"deepnorm"}), _is_variant("wmt14", {"wmt", "2014"}), _is_variant("gpt4", {"gpt"})
    (True, True, False)
    """
    base = re.sub(r"-(?:style|like|based|type|only)$", "", name)
    year = re.fullmatch(r"([a-z]+)-?(\d\d)", name)
    return (base != name and stem(base) in words) or bool(year and {year[1], f"20{year[2]}"} <= words)


def stem(word: str) -> str:
    """A word without its ending: good enough to meet a plural, a gerund and a past tense half-way."""
    word = word.removesuffix("'s")
    for ending in ("ies", "ing", "ed", "es", "s"):
        if len(word) - len(ending) >= 3 and word.endswith(ending):
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 4 else word


def _initials(text: str) -> set[str]:
    """`grouped-query attention` holds the acronym GQA."""
    words = [w for w in re.split(r"[^a-z0-9]+", text) if w]
    small = {"of", "the", "and", "for", "with", "a", "to", "in", "on"}
    letters = "".join(w[0] for w in words)
    dense = "".join(w[0] for w in words if w not in small)
    return {s[i : i + n] for s in (letters, dense) for n in range(2, 7) for i in range(len(s) - n + 1)}
