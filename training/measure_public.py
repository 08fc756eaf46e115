"""Who tells true from false on public pairs that nothing here learnt from: `python -m training.measure_public FOLDER [ROWS]`.

Reads wice.jsonl (test claims over long passages) and ocnli.jsonl (Chinese sentence pairs) in FOLDER, and lets the claim
checker, the bare local model and the local model with its adapter read the same ROWS of each. AUROC of supported
against the rest, and balanced accuracy at even odds, the figure of LLM-AggreFact.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sklearn.metrics import balanced_accuracy_score

from answer.endpoints import Endpoints
from answer.llm import log_odds
from answer.prompt import build_check
from answer.verdict import Judge
from core.settings import load_settings
from eval.claims import auroc
from ingest import split_sentences
from training.calibrate import load_judge

SETS = {"wice": "/test/", "ocnli": "/dev"}  # and what the source of a row must say
ROWS = 120
SENTENCES = 3  # of a window, as in the product
Reader = Callable[[str, str], float]  # (claim, passage) to log odds


def main() -> None:
    """Read, report."""
    folder, rows = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else ROWS
    settings = load_settings()
    endpoints = Endpoints(settings)
    adapted = endpoints.find_judge("local")
    bare = replace(adapted, adapter=None)
    readers: Mapping[str, Reader] = {
        "claim checker": _by_windows(load_judge(settings)),
        "local model, bare": lambda claim, passage: log_odds(bare, build_check(claim, passage)) or 0.0,
        "local model, adapter": lambda claim, passage: log_odds(adapted, build_check(claim, passage)) or 0.0,
    }
    for name, split in SETS.items():
        measure(name, _draw(folder / f"{name}.jsonl", split, rows), readers)
    endpoints.close()


def _draw(path: Path, split: str, count: int) -> list[dict[str, str]]:
    """Some rows, in the order of their passages: a model reads a passage once."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if split in row["src"]]
    return sorted(random.Random(0).sample(rows, min(count, len(rows))), key=lambda row: str(row["premise"]))


def _by_windows(checker: Judge) -> Reader:
    """The checker reads short passages: the best of all windows of a long one."""

    def read(claim: str, passage: str) -> float:
        spans = split_sentences(passage)
        ends = spans[SENTENCES - 1 :] or spans[-1:]
        windows = [passage[spans[i][0] : end] for i, (_, end) in enumerate(ends)]
        return max(opinion.support for opinion in checker([(claim, window) for window in windows]))

    return read


def measure(name: str, rows: Sequence[Mapping[str, str]], readers: Mapping[str, Reader]) -> None:
    """One line a reader."""
    true = [row["label"] == "supported" for row in rows]
    print(f"{name}: {len(rows)} pairs, {sum(true)} supported", flush=True)
    for reader, read in readers.items():
        started = time.monotonic()
        scores = [read(row["claim"], row["premise"]) for row in rows]
        seconds = (time.monotonic() - started) / len(rows)
        right = balanced_accuracy_score(true, [score > 0 for score in scores])
        print(
            f"  {reader}: AUROC {auroc(scores, true):.3f}, balanced accuracy {right:.3f}, {seconds:.2f} s a pair"
        )


if __name__ == "__main__":
    main()
