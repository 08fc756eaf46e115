"""The scores of all sides into one ranking. Plain arithmetic.

Meaning decides between languages, and keywords only inside one: the words of a Chinese question say nothing about
English passages, and a keyword weight that is right inside a language (0.5) ruins a library of both
(docs/decisions.md). So each language's passages are ordered by meaning plus keywords, and the places that this order
fills are those that meaning alone gives to the language.
"""

from collections.abc import Collection, Mapping

from ingest.records import Language

# Tuned together on XQuAD in four directions, mixed libraries and the development half of our own questions.
KEYWORDS = 0.5  # against a spread of meaning of 1, passages in the question's language
KEYWORDS_ACROSS = 0.2  # in the other language: names, and what the glossary translates
DENSE = 0.25  # of the pooled vectors' similarity beside late interaction
ACROSS = 0.1  # late interaction still ranks passages of the other language low by this much, measured
BOTH = 0.05  # what the second search counts for beside the first; .05 to .3 do the same across languages
SLOPE = 1.0  # late interaction gained per unit of dense similarity above the language's average


def fuse(
    dense: Mapping[Language, Mapping[str, float]],
    keyword: Mapping[str, float],
    late: Mapping[str, float],
    asked_in: Language,
) -> dict[str, float]:
    """Every id of `dense` and `keyword` with its score in [0, 1], best first.

    `dense`: similarity above the language's average (index/centring.py); `late`: late interaction, empty with a model
    that has none. An id without a vector counts as the worst of `asked_in`.

    >>> fuse({"zh": {"a": 0.3, "b": 0.1}}, {"b": 9.0}, {}, "zh"), fuse({"zh": {"a": 0.3}, "en": {"b": 0.1}}, {"b": 9.0}, {}, "en")
    ({'a': 1.0, 'b': 0.0}, {'a': 1.0, 'b': 0.0})
    """
    groups: dict[Language, list[str]] = {language: list(scores) for language, scores in dense.items()}
    placed = {i for ids in groups.values() for i in ids}
    groups[asked_in] = groups.get(asked_in, []) + [i for i in keyword if i not in placed]
    near = {i: score for scores in dense.values() for i, score in scores.items()}
    lowest = min(near.values(), default=0.0)
    near |= {i: lowest for i in keyword if i not in placed}
    meaning = _meaning(groups.values(), near, late) if late else _scaled(near)
    if late:
        meaning |= {i: meaning[i] + ACROSS for lang, ids in groups.items() if lang != asked_in for i in ids}
    top = max(keyword.values(), default=0.0)
    scores: dict[str, float] = {}
    for language, ids in groups.items():
        weight = (KEYWORDS if language == asked_in else KEYWORDS_ACROSS) / top if top > 0 else 0.0
        best_first = sorted(ids, key=lambda i: (-meaning[i] - weight * keyword.get(i, 0.0), i))
        scores |= zip(best_first, sorted((meaning[i] for i in ids), reverse=True), strict=True)
    return dict(sorted(_scaled(scores).items(), key=lambda pair: -pair[1]))


def blend(
    own: Mapping[str, float], translated: Mapping[str, float], foreign: Collection[str]
) -> dict[str, float]:
    """The scores of two searches for one question, in its own words and translated, as one; best first.

    A passage of the other language (`foreign`) counts as the better of the two says, one of the question's own language
    as its own search says; where that leaves them level, the one that both searches rank high comes first.

    >>> blend({"zh": 2.0, "en": 1.4}, {"zh": 1.1, "en": 2.0}, {"en"})
    {'en': 1.971429, 'zh': 1.957143}
    """
    scores = {}
    for i in own.keys() | translated.keys():
        here, there = own.get(i, 0.0), translated.get(i, 0.0)
        first, second = (max(here, there), min(here, there)) if i in foreign else (here, there)
        scores[i] = round((first + BOTH * second) / (1 + BOTH), 6)
    return dict(sorted(scores.items(), key=lambda pair: (-pair[1], pair[0])))


def _meaning(
    groups: Collection[list[str]], near: Mapping[str, float], late: Mapping[str, float]
) -> dict[str, float]:
    """Late interaction made comparable between languages, plus some of the dense similarity.

    What an average passage of a language scores is not known for late interaction; it is read off the dense side, which
    knows its average: the mean of the passages looked at, less what they are above average there.
    """
    aligned: dict[str, float] = {}
    for ids in groups:
        seen = [i for i in ids if i in late]
        if seen:
            average = sum(late[i] - SLOPE * near[i] for i in seen) / len(seen)
            aligned |= {i: late[i] - average for i in seen}
    worst = min(aligned.values())
    spread = max(aligned.values()) - worst or 1.0
    return {i: aligned.get(i, worst) / spread + DENSE * share for i, share in _scaled(near).items()}


def _scaled(scores: Mapping[str, float]) -> dict[str, float]:
    """To [0, 1]; all 1 where there is no spread."""
    low, high = (min(scores.values()), max(scores.values())) if scores else (0.0, 0.0)
    return {i: (score - low) / (high - low) if high > low else 1.0 for i, score in scores.items()}
