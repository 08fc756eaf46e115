"""The glossary: a term asked for in one form is also looked up in its others (键值缓存, KV cache).

Read from `corpus/glossary.toml`, which the repository ships; without it nothing is expanded. Knows no index.
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from ingest import normalise

GLOSSARY = Path(__file__).resolve().parent.parent / "corpus" / "glossary.toml"


class Glossary:
    """Terms with all their variants, Chinese, English and abbreviated."""

    def __init__(self, terms: list[tuple[str, ...]]) -> None:
        self._term_of = {normalise(v).lower(): term for term in terms for v in term}
        longest_first = sorted(self._term_of, key=lambda variant: (-len(variant), variant))
        self._pattern = re.compile("|".join(map(_bounded, longest_first)) or r"(?!)")

    def other_forms(self, query: str) -> list[str]:
        """The variants not in the query of every term that is, in the order they appear in.

        >>> Glossary([("键值缓存", "KV cache", "KV Cache")]).other_forms("什么是键值缓存?")
        ['kv cache']
        """
        asked = normalise(query).lower()
        return list(dict.fromkeys(v for _, forms in self.terms_in(query) for v in forms if v not in asked))

    def terms_in(self, query: str) -> list[tuple[str, list[str]]]:
        """Every term of the query as it is written there, with all its forms, lower case.

        >>> Glossary([("键值缓存", "KV cache")]).terms_in("什么是键值缓存?")
        [('键值缓存', ['键值缓存', 'kv cache'])]
        """
        found = dict.fromkeys(match.group() for match in self._pattern.finditer(normalise(query).lower()))
        return [(term, [normalise(form).lower() for form in self._term_of[term]]) for term in found]


@lru_cache(maxsize=1)
def shipped_glossary() -> Glossary:
    """The one in the repository."""
    try:
        entries = tomllib.loads(GLOSSARY.read_text(encoding="utf-8"))["term"]
    except FileNotFoundError:
        return Glossary([])
    return Glossary([(*e.get("zh", ()), *e.get("en", ()), *e.get("abbr", ())) for e in entries])


def _bounded(variant: str) -> str:
    """A pattern that finds a Latin variant as a whole word only; Chinese has no word borders."""
    before = r"(?<![a-z0-9])" if variant[0].isascii() else ""
    after = r"(?![a-z0-9])" if variant[-1].isascii() else ""
    return before + re.escape(variant) + after
