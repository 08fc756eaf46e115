"""Does the source say so? One claim against one window, without an LLM.

By rules alone, `supported` needs everything at once: similarity enough for the language pair, every quantity with
its unit and bound, every Latin name, and no conflict of negation, direction, roles or scope. With the trained
checker they are weighed with what it says; quantities and names keep their veto. Similarity with something unconfirmed
is `partial`. It means the source says so, not that it is true. Knows no library and no answer.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import exp, log

from answer.agreement import disagree
from answer.attribute import Pair, Window
from answer.missing import missing_words
from answer.names import look_up_names
from answer.polarity import polarity_conflicts
from answer.quantities import read_quantities
from answer.quoted import misquoted, squeeze
from answer.records import Opinion, Verdict
from answer.roles import exchange_conflict, pairing_conflict, swap_conflict
from answer.wording import (
    direction_conflict,
    negation_conflict,
    repeats_myth,
    scope_conflict,
)
from ingest import language_of

# A trained checker: (claim, passage) pairs in, an opinion on each out.
Judge = Callable[[Sequence[tuple[str, str]]], Sequence[Opinion]]

# How rules, similarity and the checker add up to log odds: fitted by training.calibrate on the development claims and on
# 279 claims over papers, notes and a guide, eval/data/claims.papers.dev.jsonl (docs/decisions.md).
BIAS: dict[Pair, float] = {("zh", "zh"): 1.09, ("en", "en"): 0.66, ("zh", "en"): 1.26, ("en", "zh"): 1.26}
BY_SIMILARITY = 0.045
BY_CHECKER = 0.426
BY_PROBLEM = {"negation": -1.3, "direction": -1.18}
# Whatever the checker says: of changed numbers these miss next to none, names that are not there or have changed places
# cost none of the true development claims that would pass without, and meaning alone is no source.
VETOES = ("number", "unit", "bound", "roles", "quote", "not in the source", "no term in common")
# Of these, what a source does not have at all.
UNHEARD = ("number", "unit", "not in the source", "no term in common")
# A source that says the opposite is none either, but a language model that reads both may know better (second.py).
OPPOSITE = ("direction", "negation")

SUPPORTED = 0.5
DENIED = "negation: contradicted elsewhere"
CONTRADICTIONS = ("negation", "direction", "roles", "scope", "bound", "unit")
COMPARED = (
    1_000  # characters of a sentence whose words are compared one by one; longer ones are tables and lists
)
OPENING = 2_000  # characters of a document that tell what it is about, a tenth of it at most; arbitrary
ALIKE = 0.4  # shared terms from which two sentences are alike enough to compare their little words
RANK: dict[Verdict, int] = {"supported": 3, "partial": 2, "unsupported": 1, "no_claim": 0}
PARTIAL = 0.2
BARE = 3  # words or Han characters up to which a whole answer leans on its question; arbitrary

_IDLE = re.compile(
    r"^(?:综上(?:所述)?|总(?:之|的来说|结(?:一下|如下)?)|以上(?:就)?是.{0,12}|希望.{0,20}|(?:你好|您好|大家好)(?:[,，!！\s]*我(?:叫|是)[^A-Za-z\d]{1,6})?|(?:谢谢|感谢)(?:你|您|大家|提问|阅读).{0,6}|再见|如(?:果)?(?:有|需).{0,24}|好的|当然(?:可以)?|"
    r"(?:以下|下面)(?:是|为).{0,24}|具体(?:来说|如下|包括)|主要(?:包括|有|体现在).{0,12}|根据.{0,12}(?:资料|来源|文档|原文|内容)|"
    r"in (?:summary|conclusion|short)|overall|to sum(?: it)? up|i hope.*|(?:hello|hi|hey)(?: there| all| everyone)?|thank(?:s| you)(?: so much| a lot| for .{0,20})?|bye|let me know.*|sure|of course|certainly|"
    r"here (?:is|are).*|the following.*|based on .{0,40}|according to the (?:sources?|passages?|documents?)|great question)"
    r"[\s,，。.:：!！~]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, the support score in [0, 1] it rests on, what stood in the way, and which words are not said.

    `second`: a language model was asked too (answer/second.py).
    """

    verdict: Verdict
    score: float
    problems: tuple[str, ...] = ()
    missing: tuple[tuple[int, int], ...] = ()
    second: bool = False


def states_nothing(text: str) -> bool:
    """Whether `text` makes no claim: a heading, a question, a pleasantry, an announcement.

    >>> states_nothing("综上所述："), states_nothing("GQA 省显存。")
    (True, False)
    """
    line = text.strip()
    body = re.sub(r"^(?:[-*+>•]\s+|\d{1,2}[.)、](?!\d)\s*)+", "", line).strip("*_` \t")
    if line.startswith("#") or sum(map(str.isalnum, body)) < 3:
        return True
    if body.endswith(("?", "？")) or _IDLE.match(body):
        return True
    if body.endswith((":", "：")) and not read_quantities(body):
        return len(body) <= 40
    words = re.findall(r"[A-Za-z]+|[一-鿿]", body)
    return (
        not re.search(r"[。.!！;；,，]", body)
        and len(words) <= 5
        and not re.search(r"\d|[是有为用不可能]| is | are ", body)
    )


def complete(answer: str, question: str) -> str:
    """What an answer claims: a bare "28.4" says something only with the question it answers.

    >>> complete("28.4", "What BLEU does it reach?"), complete("综上所述：", "GQA 是什么?")
    ('What BLEU does it reach: 28.4', '综上所述：')
    """
    body = answer.strip("*_` \t\n。.")
    words = re.findall(r"[一-鿿]|[^\s一-鿿]+", body)
    if (
        not 1 <= len(words) <= BARE
        or body.startswith("#")
        or body.endswith((":", "：", "?", "？"))
        or _IDLE.match(body)
    ):
        return answer
    return f"{question.rstrip(' ?？。.')}: {body}"


def judge(claim: str, window: Window, opinion: Opinion | None = None) -> Judgement:
    """The verdict on `claim` given one window, and what the checker thinks of the two.

    What stands in the source word for word needs no opinion.
    """
    if is_verbatim(claim, window):
        opinion = None
    problems = tuple(find_problems(claim, window))
    score = weigh(window, problems, opinion)
    stopped = problems if opinion is None else [p for p in problems if p.startswith((*VETOES, *OPPOSITE))]
    missing = missing_words(claim, problems, opinion.tokens if opinion else ())
    if score >= SUPPORTED and not stopped:
        return Judgement("supported", score, problems, missing)
    verdict: Verdict = "partial" if max(score, window.score) >= PARTIAL else "unsupported"
    return Judgement(verdict, score, problems or ("similarity",), missing)


def weigh(window: Window, problems: Sequence[str], opinion: Opinion | None) -> float:
    """How likely the window supports the claim, in [0, 1]; without a checker by similarity alone."""
    if opinion is None:
        return window.score
    likely = min(max(window.score, 1e-4), 1 - 1e-4)
    odds = BIAS[window.pair] + BY_SIMILARITY * log(likely / (1 - likely)) + BY_CHECKER * opinion.support
    odds += sum(
        weight for kind, weight in BY_PROBLEM.items() if any(problem.startswith(kind) for problem in problems)
    )
    return 1.0 / (1.0 + exp(-odds))


def choose(
    claim: str, windows: Sequence[Window], opinions: Sequence[Opinion] = ()
) -> list[tuple[Judgement, Window]]:
    """A judgement of each window, best first. `opinions`: one a window, or none."""
    if opinions:
        judged = [(judge(claim, w, thought), w) for w, thought in zip(windows, opinions, strict=True)]
        if is_denied(claim, windows):
            judged = [(_denied(j), w) for j, w in judged]
    else:
        judged = _heed_denials([(judge(claim, window), window) for window in windows])
    return ranked(judged)


def ranked(judged: Sequence[tuple[Judgement, Window]]) -> list[tuple[Judgement, Window]]:
    """The same, best first: the verdict of the first one is the claim's."""
    return sorted(judged, key=lambda pair: (-RANK[pair[0].verdict], -pair[0].score))


def is_verbatim(claim: str, window: Window) -> bool:
    """Whether the claim stands in the source word for word."""
    return squeeze(claim) in squeeze(window.wide)


def is_denied(claim: str, windows: Sequence[Window]) -> bool:
    """Whether the most similar window says the opposite: then no other one is a source either."""
    nearest = max(windows, key=lambda window: window.score)
    return any(problem.startswith("negation") for problem in find_problems(claim, nearest))


def _denied(judgement: Judgement) -> Judgement:
    verdict: Verdict = "partial" if judgement.verdict == "supported" else judgement.verdict
    return replace(judgement, verdict=verdict, problems=(*judgement.problems, DENIED))


def _heed_denials(judged: Sequence[tuple[Judgement, Window]]) -> list[tuple[Judgement, Window]]:
    """A window that contradicts the claim rules out support by any window less similar than itself.

    Otherwise a passage that merely fails to mention the point would outvote the one that denies it. By rules alone.
    """
    denied = max(
        (j.score for j, _ in judged if any(p.startswith(CONTRADICTIONS) for p in j.problems)), default=-1.0
    )
    return [(_denied(j) if j.score < denied else j, w) for j, w in judged]


def _is_word(name: str, claim: str) -> bool:
    """Whether a name is a word like any other with a capital letter, which Chinese translates: French, Europe."""
    return name.isalpha() and f" {name.capitalize()}" in f" {claim}"


def find_problems(claim: str, window: Window) -> list[str]:
    """Everything in the claim that the window does not confirm, one phrase each; empty: nothing stands out."""
    headings = [re.sub(r"^[\d.、\s]+", "", heading) for heading in window.passage.heading]
    around = " \n".join([window.passage.title, *headings, window.lead, window.wide])
    problems = disagree(read_quantities(claim), window.core, around)
    passage = window.passage
    opening = passage.text[: min(OPENING, len(passage.text) // 10)]
    names = look_up_names(claim, f"{around}\n{opening}", english=language_of(claim) == "en").missing
    if names := tuple(n for n in names if not (window.pair == ("en", "zh") and _is_word(n, claim))):
        problems.append(f"not in the source: {', '.join(names)}")
    whole = f"{around}\n{passage.text[passage.start : passage.end]}"
    problems += [f"quote: {said}" for said in misquoted(claim, whole)]
    core = window.core
    conflicts = [direction_conflict(claim, core, window.wide), swap_conflict(claim, core)]
    conflicts += [pairing_conflict(claim, core), exchange_conflict(claim[:COMPARED], window.wide[:COMPARED])]
    if denied := polarity_conflicts(claim[:COMPARED], core[:COMPARED]):
        conflicts.append(f"negation: {', '.join(denied)}")
    elif window.shared >= ALIKE:
        conflicts.append(negation_conflict(claim, core, window.wide))
    if window.shared >= ALIKE:
        conflicts.append(scope_conflict(claim, core, window.wide))
    if not window.anchored:  # alike in meaning only: a recipe for pork is not found in one for zucchini
        conflicts.append("no term in common")
    if repeats_myth(claim, core):
        conflicts.append("negation: the source calls this a mistake")
    return problems + [conflict for conflict in conflicts if conflict]
