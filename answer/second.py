"""A second opinion for sentences that the first verdict leaves open: the language model says yes or no.

It is never required, weighed and not obeyed, and shown as such. Fitted with the 1.5B model (docs/decisions.md).
"""

import time
from collections.abc import Callable
from dataclasses import replace
from math import exp, log

from answer.llm import Endpoint, log_odds
from answer.prompt import build_check
from answer.verdict import DENIED, SUPPORTED, VETOES, Judgement
from core.errors import LLMError

# (claim, passage) to the log odds that the passage supports the claim; None: no opinion.
Second = Callable[[str, str], float | None]

OPEN = (-1.0, 3.0)  # log odds of a first verdict between which a second opinion improves on it
BY_FIRST, BY_MODEL, BIAS = 0.85, 0.9, -0.2
MOST = 4.0  # log odds of a model that count: large ones are always sure


class SecondOpinion:
    """Asks one endpoint, for `seconds` at most; `fault` says in one line why it stopped answering."""

    def __init__(self, endpoint: Endpoint, seconds: float = float("inf")) -> None:
        self._endpoint = endpoint
        self._until = time.monotonic() + seconds
        self.fault = ""

    def __call__(self, claim: str, passage: str) -> float | None:
        """See Second."""
        left = self._until - time.monotonic()
        if self.fault or left <= 0:
            return None
        endpoint = replace(self._endpoint, timeout=min(self._endpoint.timeout, left))
        try:
            return log_odds(endpoint, build_check(claim, passage))
        except LLMError as error:
            self.fault = str(error)
            return None


def is_open(first: Judgement) -> bool:
    """Whether a second opinion may change this verdict: it is close, no quantity or name is wrong, and no source denies it."""
    stopped = any(problem.startswith((*VETOES, DENIED)) for problem in first.problems)
    return OPEN[0] < _odds(first.score) < OPEN[1] and not stopped


def reconsider(first: Judgement, said: float) -> Judgement:
    """The verdict with the model's log odds weighed in."""
    odds = BY_FIRST * _odds(first.score) + BY_MODEL * max(-MOST, min(MOST, said)) + BIAS
    score = 1.0 / (1.0 + exp(-odds))
    if score >= SUPPORTED:
        return Judgement("supported", score, second=True)
    if first.verdict == "supported":
        return Judgement("partial", score, ("second opinion",), second=True)
    return replace(first, score=score, second=True)


def _odds(chance: float) -> float:
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return log(chance / (1 - chance))
