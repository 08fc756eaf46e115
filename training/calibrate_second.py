"""Fits how the local model's second opinion is weighed: `python -m training.calibrate_second [CLAIMS DOCUMENTS]`.

Reads what `training.calibrate` reads, asks the local model with its adapter about every window, and prints ADAPTED of
answer/second.py with what it reaches in cross-validation by document. About 25 minutes on two cores.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from answer.asker import CHECK_HITS, Asker
from answer.attribute import Window
from answer.endpoints import Endpoints
from answer.judging import worth_reading
from answer.llm import Endpoint, log_odds
from answer.passages import Readings
from answer.prompt import build_check
from answer.second import ADAPTED, MOST, odds
from answer.verdict import Judge, Judgement, judge
from core.errors import ModelError
from core.settings import load_settings
from eval.claims import Claim, auroc, corpus_asker, load_claims
from training.calibrate import PAIRS, Reading, cross_validate, fit, load_judge, score, sources

KEPT = 0.84  # share of true claims that stay supported: there kept and caught together are most
KINDS = tuple(ADAPTED.by_problem)


def main() -> None:
    """Collect, fit, report."""
    settings = load_settings()
    checker, endpoints = load_judge(settings), Endpoints(settings)
    endpoint = endpoints.find_judge("local")
    if not endpoint.adapted:
        raise ModelError("The local model has no adapter to weigh", "Run prep doctor")
    readings: list[Reading] = []
    for claims, documents in sources():
        with corpus_asker(settings, print, [documents]) as asker:
            readings += collect(asker, checker, endpoint, load_claims(claims))
    endpoints.close()
    report(readings)


def collect(asker: Asker, checker: Judge, endpoint: Endpoint, claims: Sequence[Claim]) -> list[Reading]:
    """Every claim with its windows, read by the checker and the local model; claims of several sentences as one."""
    library = asker.library
    places = {doc.doc_id: Path(doc.source).as_posix() for doc in library.documents()}
    readings = []
    for number, claim in enumerate(claims, 1):
        hits = library.search(claim.claim, CHECK_HITS).hits
        (windows,) = asker.judging.windows([claim.claim], [hits], Readings(library))
        windows = worth_reading(windows)
        opinions = checker([(claim.claim, window.context) for window in windows])
        firsts = [judge(claim.claim, w, o) for w, o in zip(windows, opinions, strict=True)]
        left = [(w, j) for w, j in zip(windows, firsts, strict=True) if not _is_stopped(j)]
        signs = [
            _signs(j, w, log_odds(endpoint, build_check(claim.claim, w.surroundings)) or 0.0) for w, j in left
        ]
        right = [places[w.passage.doc_id].endswith("/" + claim.doc) for w, _ in left]
        pair = windows[0].pair if windows else PAIRS[0]
        readings.append(
            Reading(claim, pair, np.array(signs), np.array(right, bool), np.zeros(len(left), bool))
        )
        if number % 50 == 0:
            print(f"read {number} of {len(claims)}", flush=True)
    return readings


def _is_stopped(first: Judgement) -> bool:
    return any(problem.startswith(ADAPTED.stops) for problem in first.problems)


def _signs(first: Judgement, window: Window, said: float) -> list[float]:
    kinds = [float(any(problem.startswith(kind) for problem in first.problems)) for kind in KINDS]
    return [odds(first.score), max(-MOST, min(MOST, said)), *kinds, *(float(window.pair == p) for p in PAIRS)]


def report(readings: Sequence[Reading]) -> None:
    """Cross-validated figures, then the constants fitted on all."""
    true = np.array([r.claim.true for r in readings])
    scores = cross_validate(readings)
    print(f"AUROC {auroc(list(scores), list(true)):.3f}")
    weights = fit(readings)
    fitted = np.array([score(reading, weights) for reading in readings])
    bias = {}
    for pair, own_bias in zip(PAIRS, weights[-len(PAIRS) :], strict=True):
        own = np.array([r.pair == pair for r in readings])
        caught = float((scores[own & ~true] < np.quantile(scores[own & true], 1 - KEPT)).mean())
        print(f"{'-'.join(pair)}: at {KEPT:.2f} kept {caught:.3f} caught")
        bias[pair] = round(float(own_bias - np.quantile(fitted[own & true], 1 - KEPT)), 2)
    print("by_first", round(weights[0], 3), "by_model", round(weights[1], 3), "bias", bias)
    print("by_problem", dict(zip(KINDS, weights[2 : -len(PAIRS)].round(2).tolist(), strict=True)))


if __name__ == "__main__":
    main()
