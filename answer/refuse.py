"""Is there enough evidence to answer at all? Decided before the language model is asked.

A logistic score over what the search found, one set of weights for both languages, since the features already
know the pair. Knows no library: question and hits in, yes or no out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from answer.wording import look_up_names
from index.keywords import query_terms, tokens
from index.records import Hit
from ingest import language_of
from ingest.records import Language

TOP = 5  # hits that are looked at
ENOUGH = 0.5

REFUSAL: dict[Language, str] = {
    "zh": "资料库里没有找到能回答这个问题的内容。",
    "en": "The library does not hold an answer to this question.",
}


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for an answer being there."""

    cosine: float  # of the window nearest in meaning, centred
    covered: float  # share of the question's terms in the top hits, of the hits' language; 1 where it differs
    named: float  # share of the question's Latin names in the top hits; 1 where it has none
    across: bool  # question and best hit differ in language


def read_signs(question: str, hits: Sequence[Hit], cosine: float) -> Signs:
    """The features of one question. `cosine` is the best window's (answer/attribute.py)."""
    top = hits[:TOP]
    text = " \n".join(" ".join([hit.title, *hit.heading, hit.text]) for hit in top)
    same = [hit for hit in top if hit.language == language_of(question)]
    names = look_up_names(question, text, english=language_of(question) == "en")
    wanted = query_terms(question)
    have = set(tokens(text))
    share = sum(term in have for term in wanted) / len(wanted) if wanted else 0.0
    total = len(names.found) + len(names.missing)
    return Signs(cosine, share if same else 1.0, len(names.found) / total if total else 1.0, not same)


def enough_evidence(signs: Signs) -> bool:
    """Whether to answer. A name the question turns on and nobody mentions is a no at once."""
    if signs.named < NAMED:
        return False
    bias, by_cosine, by_cover = ACROSS if signs.across else WITHIN
    return 1.0 / (1.0 + exp(-(bias + by_cosine * signs.cosine + by_cover * signs.covered))) >= ENOUGH


NAMED = 0.6  # of one or two Latin names all must occur, of three two: a name nobody mentions is a near miss
# Bias, weight of the cosine, weight of the covered terms, within one language and across. Set by hand between
# answerable (cosine .7-.9, covered .6-1) and foreign questions (below .68 and .3) on the shipped notes.
WITHIN = (-7.0, 8.0, 5.0)
ACROSS = (-6.0, 12.0, 0.0)
