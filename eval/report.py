"""A measurement as one JSON document: the figures, and what they were measured with."""

import json
import platform
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.settings import Settings
from eval.measure import Measured, measure_sets
from eval.metrics import MEASURES, average, intervals, score_rankings, score_refusals
from eval.sets import QuestionSet, load_sets
from index.library import fingerprint

PACKAGES = ("prepcite", "chromadb", "ir_measures", "numpy", "onnxruntime", "sentence-transformers")
Talk = Callable[[str], None]


def measure_paths(
    paths: Sequence[Path], settings: Settings, say: Talk, step: Talk, llm: str = "none"
) -> dict[str, Any]:
    """`eval run --json`: figures per set, with each question's own under `per_query` for `eval compare`."""
    sets = load_sets(paths)
    for questions in sets:
        say(f"{questions.name}: {len(questions.documents)} documents, {len(questions.queries)} questions")
    measured = measure_sets(sets, settings, say, step, llm)
    return {
        "sets": {q.name: _figures(q, m) for q, m in zip(sets, measured, strict=True)},
        "fingerprint": fingerprint(settings),
        "corpus_hash": _hash_all(sets),
        "versions": _versions(),
        "settings": {"embed_model": settings.embed_model, "chunk_tokens": settings.chunk_tokens, "llm": llm},
    }


def _figures(questions: QuestionSet, measured: Measured) -> dict[str, Any]:
    table = score_rankings(questions.gold, measured.rankings)
    slices = {}
    for name, members in sorted(questions.slices.items()):
        part = {query: row for query, row in table.items() if query in members}
        if part:
            slices[name] = {"n": len(part), **average(part), "intervals": intervals(part)}
    figures = {"n": len(table), **average(table), "intervals": intervals(table), "slices": slices}
    if questions.unanswerable:
        figures["refusal"] = _refusals(questions, measured)
    return figures | {"latency_ms": _latency(measured.milliseconds), "per_query": table}


def _refusals(questions: QuestionSet, measured: Measured) -> dict[str, Any]:
    """Per language, and per language and half."""
    out = {}
    for language in ("zh", "en"):
        for half in ("", " dev", " test"):
            members = questions.slices.get(language, frozenset())
            if half:
                members = members & questions.slices.get(half.strip(), frozenset())
            without = members & questions.unanswerable
            if without:
                figures = score_refusals(measured.refused & members, without)
                out[language + half] = {"n": len(members), "unanswerable": len(without), **figures}
    return out


def _latency(milliseconds: Sequence[float]) -> dict[str, float]:
    """Of a search for ten passages."""
    p50, p95 = np.percentile(milliseconds, (50, 95))
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def report_lines(report: dict[str, Any]) -> Iterator[str]:
    """For people: per set the figures with their intervals, its slices, refusals and times."""
    for name, found in report["sets"].items():
        yield _line(name, found)
        for part, figures in found["slices"].items():
            yield _line(f"  {part}", figures)
        for part, figures in found.get("refusal", {}).items():
            yield (
                f"  refusals {part:<8} precision {figures['precision']:.3f}  recall {figures['recall']:.3f}"
                f"  ({figures['unanswerable']} of {figures['n']} without an answer)"
            )
        yield f"  search p50 {found['latency_ms']['p50']:.0f} ms, p95 {found['latency_ms']['p95']:.0f} ms"


def _line(name: str, figures: dict[str, Any]) -> str:
    low, high = figures["intervals"]["recall@5"]
    shown = "  ".join(f"{m} {figures[m]:.3f}" for m in MEASURES)
    return f"{name:<18} n {figures['n']:<5} {shown}  (recall@5 {low:.3f} to {high:.3f})"


def load_report(path: Path) -> dict[str, Any]:
    """A saved report. Raises InputError if the file is not one."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        for figures in report["sets"].values():
            for row in figures["per_query"].values():
                if not all(isinstance(row[measure], int | float) for measure in MEASURES):
                    raise TypeError("a figure is not a number")
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}", "Name a saved report") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        remedy = "Make one with: prep eval run --json > FILE"
        raise InputError(f"{path} is not a report of prep eval run --json", remedy) from error
    return report


def _hash_all(sets: Sequence[QuestionSet]) -> str:
    return sha256("".join(sorted(q.corpus_hash for q in sets)).encode()).hexdigest()[:12]


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # run from a folder, not installed
            found[package] = "not installed"
    return found
