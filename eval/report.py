"""A measurement as one JSON document: the figures, and what they were measured with."""

import json
import platform
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.settings import Settings
from eval.measure import rank_documents
from eval.metrics import MEASURES, average, score_rankings
from eval.sets import QuestionSet, load_sets
from index.library import fingerprint

PACKAGES = ("prepcite", "chromadb", "ir_measures", "numpy", "onnxruntime", "sentence-transformers")
Talk = Callable[[str], None]


def measure_paths(paths: Sequence[Path], settings: Settings, say: Talk, step: Talk) -> dict[str, Any]:
    """`eval run --json`: figures per set, with each question's own under `per_query` for `eval compare`."""
    sets = load_sets(paths)
    results = {}
    for questions in sets:
        say(f"{questions.name}: {len(questions.documents)} documents, {len(questions.gold)} questions")
        table = score_rankings(questions.gold, rank_documents(questions, settings, say, step))
        results[questions.name] = {"n": len(table), **average(table), "per_query": table}
    return {
        "sets": results,
        "fingerprint": fingerprint(settings),
        "corpus_hash": _hash_all(sets),
        "versions": _versions(),
    }


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
