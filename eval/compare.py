"""Two reports, question by question: is the difference more than chance? Knows figures only.

For each measure the mean paired difference, its 95 % bootstrap interval (Efron 1979), and the two-sided
p value of a randomisation test that swaps before and after at random (Fisher 1935; for retrieval: Smucker,
Allan, Carterette 2007).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.errors import InputError
from eval.metrics import MEASURES

ROUNDS = 10_000  # a p value of .05 is then known to .004; arbitrary but usual
SEED = 0  # the same two reports always give the same figures
BATCH = 1_000  # rounds drawn at once, so that memory stays small for thousands of questions


def compare_reports(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """`eval compare --json`: each set and question that both have. Raises InputError if there is none."""
    sets: dict[str, Any] = {}
    for name in before["sets"].keys() & after["sets"].keys():
        old, new = before["sets"][name]["per_query"], after["sets"][name]["per_query"]
        shared = sorted(old.keys() & new.keys())
        if shared:
            sets[name] = {"n": len(shared)} | {
                m: compare_pairs([old[q][m] for q in shared], [new[q][m] for q in shared]) for m in MEASURES
            }
    if not sets:
        raise InputError("The two reports share no question", "Measure the same sets twice")
    return {"sets": dict(sorted(sets.items()))}


def compare_pairs(before: list[float], after: list[float]) -> dict[str, float]:
    """Means, difference, interval and p of paired figures."""
    differences = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    n, mean = len(differences), differences.mean()
    random = np.random.default_rng(SEED)
    swapped, drawn = [], []
    for _ in range(ROUNDS // BATCH):
        signs = random.choice((-1.0, 1.0), size=(BATCH, n))
        swapped.append((signs * differences).mean(axis=1))
        drawn.append(differences[random.integers(0, n, size=(BATCH, n))].mean(axis=1))
    extreme = int((np.abs(np.concatenate(swapped)) >= abs(mean) - 1e-12).sum())
    low, high = np.percentile(np.concatenate(drawn), (2.5, 97.5))
    figures = {
        "before": np.mean(before),
        "after": np.mean(after),
        "difference": mean,
        "low": low,
        "high": high,
        "p": (extreme + 1) / (ROUNDS + 1),  # +1: the observed order is one of the possible ones
    }
    return {key: round(float(value), 4) for key, value in figures.items()}


def comparison_lines(result: dict[str, Any]) -> Iterator[str]:
    """For people: one line per set and measure."""
    for name, figures in result["sets"].items():
        yield f"{name} ({figures['n']} questions)"
        for measure in MEASURES:
            f = figures[measure]
            yield (
                f"  {measure:<9}  {f['before']:.4f} -> {f['after']:.4f}  {f['difference']:+.4f}"
                f"  [{f['low']:+.4f}, {f['high']:+.4f}]  p = {f['p']:.4f}"
            )
