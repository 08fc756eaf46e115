"""Is there enough evidence to answer at all? Decided before the language model is asked.

A logistic score over what the search found, per language of the question. Knows no library: question and hits in,
yes or no out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from answer.wording import look_up_names
from index.keywords import query_terms, tokens
from index.records import Hit
from ingest import language_of
from ingest.records import Language

TOP = 5  # hits that are looked at
ENOUGH = 0.3

REFUSAL: dict[Language, str] = {
    "zh": "资料库里没有找到能回答这个问题的内容。",
    "en": "The library does not hold an answer to this question.",
}


_ASKING = re.compile(
    r"请问|是?(?:什么|啥)(?:意思|用|格式)?|为(?:什么|啥|何)|怎么(?:样|做|办|写|存|算)?|咋(?:办|样)?|如何|"
    r"相比|对比|比较|区别|差别|优缺点|优点|缺点|利弊|好处|坏处|介绍|解释|说说|讲讲|谈谈|简述|详细|有何|"
    r"哪(?:些|几|个|一|里|家)?|多少|多大|几个?|干(?:什么|嘛)(?:的|用的)?|有没有|能不能|会不会|是不是|吗|呢|"
    r"\b(?:many|much|long|often|really|tell|explain|mean|vs|bother|help|"
    r"compared?|comparison|differences?|differ|between|versus|pros|cons|advantages?|disadvantages?|drawbacks?|describe)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for an answer being there."""

    language: Language  # of the question
    cosine: float  # of the window nearest in meaning, centred
    covered: float  # share of the question's terms in the top hits, its asking words left out
    named: float  # share of the question's Latin names in the top hits; 1 where it has none
    across: bool  # no top hit is in the question's language
    few: bool  # the library holds less than an answer may rest on: all of it was found


def read_signs(question: str, hits: Sequence[Hit], cosine: float, few: bool = False) -> Signs:
    """The features of one question. `cosine` is the best window's (answer/attribute.py)."""
    top = hits[:TOP]
    language = language_of(question)
    text = " \n".join(" ".join([hit.title, *hit.heading, hit.text]) for hit in top)
    names = look_up_names(question, text, english=language == "en")
    wanted = set(query_terms(_ASKING.sub(" ", question))) & set(query_terms(question))
    have = set(tokens(text))
    share = sum(term in have for term in wanted) / len(wanted) if wanted else 1.0
    total = len(names.found) + len(names.missing)
    named = len(names.found) / total if total else 1.0
    return Signs(language, cosine, share, named, all(hit.language != language for hit in top), few)


def enough_evidence(signs: Signs) -> bool:
    """Whether to answer. A name the question turns on and nobody mentions is a no at once."""
    if signs.named < NAMED:
        return False
    if signs.across or signs.few:  # the terms tell nothing: another language, or next to no vocabulary
        return signs.cosine >= (FEW if signs.few else ACROSS)
    bias, by_cosine, by_cover = WITHIN[signs.language]
    return 1.0 / (1.0 + exp(-(bias + by_cosine * signs.cosine + by_cover * signs.covered))) >= ENOUGH


NAMED = 0.6  # of one or two Latin names all must occur, of three two: a name nobody mentions is a near miss
# Bias, weight of the cosine, weight of the covered terms: a logistic fit (C = 3, balanced) on the 162 questions of
# eval/data/refusal.*.jsonl and eval/sets/corpus.jsonl over the shipped corpus. Cross-validated in 8 folds, refusals
# at ENOUGH have precision / recall .88 / .92 in Chinese, .73 / .67 in English; at 0.5 .78 / 1.0 and .74 / .83. The
# lower one is taken, for the model itself is a second gate: it may still say that the passages hold no answer.
WITHIN: dict[Language, tuple[float, float, float]] = {"zh": (-4.3, 2.4, 6.0), "en": (-3.6, 2.1, 4.3)}
ACROSS = 0.42  # answerable .45-.54 there; three questions only
FEW = 0.33  # foreign questions stay below .21 in a library of one or two notes
