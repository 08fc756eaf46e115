"""Fits how rules, similarity and the checker add up to a verdict: `python -m training.calibrate [CLAIMS DOCUMENTS]`.

Reads the development claims over a throw-away library of the corpus and, where given, further claims over a folder of
other documents; prints the constants of answer/verdict.py, what they reach in cross-validation by document, and the
calibration error.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from answer.asker import CHECK_HITS, Asker
from answer.attribute import Pair, Window
from answer.checker import load_checker
from answer.judging import worth_reading
from answer.passages import Readings
from answer.records import Opinion
from answer.verdict import BY_PROBLEM, OPPOSITE, VETOES, Judge, find_problems, is_denied
from core.errors import ModelError
from core.settings import Settings, load_settings
from eval.claims import SHIPPED, Claim, auroc, corpus_asker, load_claims
from eval.sets import CORPUS

FOLDS = 5
PAIRS: tuple[Pair, ...] = (("zh", "zh"), ("en", "en"), ("zh", "en"))
KEPT = 0.8  # share of true claims that stay supported; .85 catches .05 less, .75 .04 more
KINDS = tuple(BY_PROBLEM)


@dataclass(frozen=True, slots=True)
class Reading:
    """A claim, with what is known of each window that the checker read: (windows, features)."""

    claim: Claim
    pair: Pair
    signs: np.ndarray
    right: np.ndarray  # (windows,) whether the window is in the claim's document
    vetoed: np.ndarray  # (windows,)


def main() -> None:
    """Collect, fit, report."""
    settings = load_settings()
    checker = load_judge(settings)
    readings: list[Reading] = []
    for claims, documents in sources():
        with corpus_asker(settings, print, [documents]) as asker:
            readings += collect(asker, checker, claims)
    report(readings)


def sources() -> list[tuple[Path, Path]]:
    """Files of claims with the documents they are about: the shipped ones, and what the command line adds."""
    added = [(Path(sys.argv[1]), Path(sys.argv[2]))] if len(sys.argv) == 3 else []
    return [(SHIPPED["dev"], CORPUS), *added]


def load_judge(settings: Settings) -> Judge:
    """The shipped checker. Raises ModelError if there is none."""
    checker, fault = load_checker(settings)
    if checker is None:
        raise ModelError(f"There is no checker to calibrate: {fault}", "Run training.export first")
    return checker


def collect(asker: Asker, checker: Judge, path: Path) -> Iterator[Reading]:
    """Every claim of `path` with its windows; claims of several sentences as one."""
    library = asker.library
    places = {doc.doc_id: Path(doc.source).as_posix() for doc in library.documents()}
    for claim in load_claims(path):
        hits = library.search(claim.claim, CHECK_HITS).hits
        (windows,) = asker.judging.windows([claim.claim], [hits], Readings(library))
        windows = worth_reading(windows)
        if not windows:
            continue
        opinions = checker([(claim.claim, window.context) for window in windows])
        denied = is_denied(claim.claim, windows)
        problems = [find_problems(claim.claim, window) for window in windows]
        yield Reading(
            claim,
            windows[0].pair,
            np.array([signs(w, o, p) for w, o, p in zip(windows, opinions, problems, strict=True)]),
            np.array([places[w.passage.doc_id].endswith("/" + claim.doc) for w in windows]),
            np.array([denied or any(p.startswith((*VETOES, *OPPOSITE)) for p in own) for own in problems]),
        )


def signs(window: Window, opinion: Opinion, problems: Sequence[str]) -> list[float]:
    """Features of one window: similarity, the checker, problems by kind, the language pair."""
    likely = min(max(window.score, 1e-4), 1 - 1e-4)
    kinds = [float(any(problem.startswith(kind) for problem in problems)) for kind in KINDS]
    return [log(likely / (1 - likely)), opinion.support, *kinds, *(float(window.pair == p) for p in PAIRS)]


def fit(readings: Sequence[Reading]) -> np.ndarray:
    """Weights by maximum likelihood: a true claim by its best window in the right document, a false one by its best."""
    readings = [reading for reading in readings if len(reading.signs)]
    kinds = readings[0].signs.shape[1] - 2 - len(PAIRS)
    weights = np.array([0.5, 1.0, *[-1.0] * kinds, *[0.0] * len(PAIRS)])
    for _ in range(3):
        rows, labels = [], []
        for reading in readings:
            scores = reading.signs @ weights
            if reading.claim.true and reading.right.any():
                scores = np.where(reading.right, scores, -np.inf)
            rows.append(reading.signs[int(scores.argmax())])
            labels.append(reading.claim.true)
        model = LogisticRegression(C=1.0, fit_intercept=False, class_weight="balanced", max_iter=1000)
        weights = model.fit(np.array(rows), labels).coef_[0]
    return weights


def score(reading: Reading, weights: np.ndarray) -> float:
    """Log odds of the best window that nothing stops."""
    if not len(reading.signs):
        return -10.0
    values = np.where(reading.vetoed, -10.0, reading.signs @ weights)
    return float(values.max())


def cross_validate(readings: Sequence[Reading]) -> np.ndarray:
    """Score of each claim by weights fitted on other documents."""
    documents = sorted({r.claim.doc for r in readings})
    fold = {name: number % FOLDS for number, name in enumerate(documents)}
    scores = np.zeros(len(readings))
    for held in range(FOLDS):
        weights = fit([r for r in readings if fold[r.claim.doc] != held])
        for number, reading in enumerate(readings):
            if fold[reading.claim.doc] == held:
                scores[number] = score(reading, weights)
    return scores


def report(readings: Sequence[Reading]) -> None:
    """Cross-validated figures, then the constants fitted on all."""
    scores = cross_validate(readings)
    labels = np.array([r.claim.true for r in readings])
    print(f"AUROC {auroc(list(scores), list(labels)):.3f}, checker alone {_alone(readings):.3f}")
    shifts = {}
    for pair in PAIRS:
        own = np.array([r.pair == pair for r in readings])
        shifts[pair] = float(np.quantile(scores[own & labels], 1 - KEPT))
        caught = float((scores[own & ~labels] < shifts[pair]).mean())
        print(f"{'-'.join(pair)}: at {KEPT:.2f} kept {caught:.3f} caught, bias {-shifts[pair]:+.2f}")
    chance = 1 / (1 + np.exp(-scores))
    print(f"expected calibration error {_error(chance, labels):.3f}")
    weights = fit(readings)
    print("BY_SIMILARITY", round(weights[0], 3), "BY_CHECKER", round(weights[1], 3))
    print("BY_PROBLEM", dict(zip(KINDS, weights[2:].round(2).tolist(), strict=False)))
    print("BIAS", {p: round(w - shifts[p], 2) for p, w in zip(PAIRS, weights[-3:], strict=True)})


def _alone(readings: Sequence[Reading]) -> float:
    return auroc([float(r.signs[:, 1].max()) for r in readings], [r.claim.true for r in readings])


def _error(chance: np.ndarray, labels: np.ndarray) -> float:
    """Mean gap between what was said and what was so, over ten bins, weighted by their size."""
    bins = np.minimum((chance * 10).astype(int), 9)
    gaps = [(bins == b).mean() * abs(chance[bins == b].mean() - labels[bins == b].mean()) for b in set(bins)]
    return float(sum(gaps))


if __name__ == "__main__":
    main()
