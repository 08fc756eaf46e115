"""A second opinion on first verdicts: the language model reads claim and passage and says yes or no.

It is never required, weighed and not obeyed, and shown as such. The local model reads with an adapter trained for it
(models/adapter/README.md), any other as it is (docs/decisions.md).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from math import exp, inf, log

from answer.attribute import Pair, Window
from answer.llm import Endpoint, log_odds
from answer.prompt import build_check
from answer.verdict import SUPPORTED, VETOES, Judgement
from core.errors import LLMError, ModelError

# (claim, window, first verdict on it) to the verdict with the model's weighed in; None: it has no opinion.
Second = Callable[[str, Window, Judgement], Judgement | None]


@dataclass(frozen=True, slots=True)
class Weights:
    """How the log odds of the first verdict and of the model add up, and what it is asked about."""

    by_first: float
    by_model: float
    bias: Mapping[Pair, float]
    stops: tuple[str, ...]  # problems that no model talks away
    by_problem: Mapping[str, float] = field(default_factory=dict)  # others that the first odds leave out
    least: float = -inf  # log odds of a first verdict between which it is asked
    most: float = inf


PAIRS: tuple[Pair, ...] = (("zh", "zh"), ("en", "en"), ("zh", "en"), ("en", "zh"))
PLAIN = Weights(0.85, 0.9, dict.fromkeys(PAIRS, -0.2), VETOES, least=-1.0, most=3.0)
# Fitted as training.calibrate_second does, on the development claims: five of six true ones stay supported there. Rules
# that were made while reading those claims count for less where a trained reader has read both texts.
ADAPTED = Weights(
    0.33,
    0.6,
    {("zh", "zh"): 0.2, ("en", "en"): 0.55, ("zh", "en"): 1.33, ("en", "zh"): 1.33},
    ("number", "quote"),
    {"unit": -1.8, "roles": -1.14, "bound": -1.11, "not in the source": -0.89},
)
MOST = 5.0  # log odds of a model that count: large ones are always sure


class SecondOpinion:
    """Asks the endpoint that `find` gives, for `seconds` at most; `fault` says in one line why it stopped answering."""

    def __init__(self, find: Callable[[], Endpoint], seconds: float = inf) -> None:
        self._find = cache(find)  # a model is loaded when there is something to read, not before
        self._until = time.monotonic() + seconds
        self.fault = ""

    def __call__(self, claim: str, window: Window, first: Judgement) -> Judgement | None:
        """See Second."""
        left = self._until - time.monotonic()
        if self.fault or left <= 0:
            return None
        try:
            endpoint = self._find()
            weights = ADAPTED if endpoint.adapted else PLAIN
            if not is_open(first, weights):
                return None
            endpoint = replace(endpoint, timeout=min(endpoint.timeout, left))
            said = log_odds(endpoint, build_check(claim, window.surroundings))
        except (LLMError, ModelError) as error:
            self.fault = str(error)
            return None
        return None if said is None else reconsider(first, said, window.pair, weights)


def is_open(first: Judgement, weights: Weights) -> bool:
    """Whether a second opinion may change this verdict: nothing stops it, and it is close enough."""
    stopped = any(problem.startswith(weights.stops) for problem in first.problems)
    return weights.least < odds(first.score) < weights.most and not stopped


def reconsider(first: Judgement, said: float, pair: Pair, weights: Weights) -> Judgement:
    """The verdict with the model's log odds weighed in."""
    total = weights.by_first * odds(first.score) + weights.by_model * max(-MOST, min(MOST, said))
    total += weights.bias[pair]
    for kind, weight in weights.by_problem.items():
        total += weight * any(problem.startswith(kind) for problem in first.problems)
    score = 1.0 / (1.0 + exp(-total))
    if score >= SUPPORTED:
        return Judgement("supported", score, second=True)
    if first.verdict == "supported":
        return Judgement("partial", score, ("second opinion",), first.missing, second=True)
    return replace(first, score=score, second=True)


def odds(chance: float) -> float:
    """Log odds of a chance, within +-9.2."""
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return log(chance / (1 - chance))
