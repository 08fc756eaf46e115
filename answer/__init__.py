"""Hits -> checked answers. In reading order:

asker (the facade: ask, check) -> finding (what does the library hold on a question?), translate (and on the same question in
the other language?) -> refuse (is it enough?) -> depth (how much does the question need?) -> passages, prompt ->
endpoints, llm (any OpenAI-compatible endpoint; local: the embedded one) -> judging (sentences to verdicts): attribute (which
span is a sentence about?), checker (the trained one), verdict (does the span say so? by quantities, names, wording,
similarity and the checker), missing (which words does it not say?), second (the language model reads them again), evidence
(exact quotes) -> render, export.
"""

from typing import Any

_HOMES = {
    "Answer": "answer.records",
    "Asker": "answer.asker",
    "Token": "answer.records",
    "Judged": "answer.records",
    "Retrieved": "answer.records",
    "Turn": "answer.records",
    "answer_json": "answer.render",
    "answer_from_json": "answer.render",
    "answer_markdown": "answer.export",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    """Import late: `import answer` costs nothing until something of it is used."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'answer' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
