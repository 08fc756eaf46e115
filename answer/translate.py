"""The question in the library's other language, so that passages in it are met in their own words.

The language model that answers translates it, once, within a deadline. Nothing needs it: without a translation a question
is searched as it stands. Measured in docs/decisions.md.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from answer import llm as llm_seam
from answer.llm import Endpoint, Message
from core.errors import LLMError, ModelError
from index.fuse import blend
from index.library import Library
from index.records import Found
from ingest import estimate_tokens, language_of
from ingest.records import Kind, Language

# A question to its translation; empty: there is none.
Translate = Callable[[str], str]

DEEP = 60  # passages of each search that are compared: what a search reads closely
SECONDS = 8.0  # for one translation: five times what the 1.5B model takes; arbitrary
TOKENS = 96  # likewise
KEPT = 500  # translations remembered; likewise
_INTO: dict[Language, str] = {"zh": "English", "en": "Chinese (中文)"}


class Translator:
    """Asks models, one question at a time under `turn`; remembers what they said. `endpoint`: a model's, by its name."""

    def __init__(self, endpoint: Callable[[str], Endpoint], turn: threading.Lock) -> None:
        self._endpoint = endpoint
        self._turn = turn
        self._known: dict[tuple[str, str], str] = {}

    def by(self, model: str) -> Translate:
        """Translation by that model; empty when it is slow, fails, or says something that cannot be one."""
        return lambda question: self._translate(model, question)

    def _translate(self, model: str, question: str) -> str:
        key = (model, question)
        if key not in self._known:
            try:
                endpoint = self._endpoint(model)
                with self._turn:
                    said = _ask(endpoint, question)
            except (LLMError, ModelError):  # the answer meets the same and says so
                return ""
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = said if _is_translation(said, question) else ""
        return self._known[key]


def search_both(
    library: Library,
    query: str,
    translate: Translate,
    k: int,
    kind: Kind | None = None,
    doc: str | None = None,
) -> Found:
    """The best `k` chunks for a query and its translation together (index/fuse.py); for the query alone where there is
    no translation or no document in the other language. Raises as `Library.search` does.
    """
    if not _is_foreign_to(library, query, kind, doc) or not (translation := translate(query)):
        return library.search(query, k, kind, doc)
    own = library.search(query, max(k, DEEP), kind, doc)
    other = library.search(translation, max(k, DEEP), kind, doc)
    hits = {hit.chunk_id: hit for hit in (*other.hits, *own.hits)}
    foreign = {i for i, hit in hits.items() if hit.language != own.language}
    told = [{hit.chunk_id: hit.score for hit in found.hits} for found in (own, other)]
    scores = blend(told[0], told[1], foreign)
    best = tuple(replace(hits[i], score=score) for i, score in list(scores.items())[:k])
    return replace(own, hits=best)


def _is_foreign_to(library: Library, query: str, kind: Kind | None, doc: str | None) -> bool:
    """Whether any document that is searched is in the other language than the query."""
    language = language_of(query)
    documents = [library.document(doc)] if doc else library.documents()
    return any(d.language != language for d in documents if kind in (None, d.kind))


def _ask(endpoint: Endpoint, question: str) -> str:
    """What the model says; raises LLMError when it takes too long."""
    until = time.monotonic() + SECONDS
    endpoint = replace(endpoint, timeout=min(endpoint.timeout, SECONDS))
    said = ""
    for piece in llm_seam.stream(endpoint, build_translation(question), TOKENS):
        said += piece
        if time.monotonic() > until:
            raise LLMError("The translation took too long", "Ask again")
    return said.strip()


def build_translation(question: str) -> list[Message]:
    """The chat that asks for the question in the other language."""
    asked = (
        f"Translate this question into {_INTO[language_of(question)]}. Keep names, abbreviations and numbers as they "
        f"are. Output only the translation.\n\n{question}"
    )
    return [("system", "You translate search questions."), ("user", asked)]


def _is_translation(said: str, question: str) -> bool:
    """Whether it can be one: in the other language, on one line, and not much longer."""
    long = estimate_tokens(said) > 3 * estimate_tokens(question) + 10
    return bool(said) and "\n" not in said and not long and language_of(said) != language_of(question)
