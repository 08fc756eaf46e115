"""The gate: what the shipped sets reach must not fall below recorded floors. `make floors` raises them.

Read by tests/test_gate.py. The floors are what a run reached; a figure may be lower by MARGIN before the gate closes,
because another processor rounds 8-bit arithmetic otherwise and one question of a slice of thirty is .03.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FLOORS = Path(__file__).parent / "floors.json"
MARGIN = 0.03
SETS = ("questions",)
GUARDED = ("ndcg@10", "recall@5")

Floors = dict[str, float]


def guarded_figures(report: dict[str, Any]) -> Floors:
    """Every figure that is guarded, by its path: "questions/zh on en/recall@5", "questions/refusal zh/recall"."""
    out: Floors = {}
    for name in SETS:
        found = report["sets"][name]
        for part, figures in {"all": found, **found["slices"]}.items():
            out |= {f"{name}/{part}/{measure}": figures[measure] for measure in GUARDED}
        for language in ("zh", "en"):
            figures = found["refusal"][language]
            out |= {f"{name}/refusal {language}/{m}": figures[m] for m in ("precision", "recall")}
    return out


def load_floors() -> Floors:
    """The recorded floors."""
    floors: Floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    return floors


def fallen(figures: Floors, floors: Floors) -> Iterator[str]:
    """One line per figure that is below its floor by more than MARGIN, or gone."""
    for path, floor in floors.items():
        now = figures.get(path)
        if now is None or now < floor - MARGIN:
            yield f"{path}: {'not measured' if now is None else f'{now:.4f}'}, floor {floor:.4f} - {MARGIN}"


def raise_floors(figures: Floors, floors: Floors) -> Floors:
    """Each floor at the better of its old and its new value; floors of figures that are gone are dropped."""
    return {path: max(value, floors.get(path, 0.0)) for path, value in sorted(figures.items())}


def main() -> None:
    """Measure and raise. `--anew` takes the new figures even where they are lower: say why in the commit."""
    from core.settings import load_settings
    from eval.report import measure_paths

    report = measure_paths([], load_settings(), print, lambda line: None)
    old = {} if "--anew" in sys.argv or not FLOORS.exists() else load_floors()
    floors = raise_floors(guarded_figures(report), old)
    FLOORS.write_text(json.dumps(floors, indent=1) + "\n", encoding="utf-8")
    print(f"{FLOORS.name}: {sum(floors[p] > old.get(p, 0.0) for p in floors)} of {len(floors)} floors raised")


if __name__ == "__main__":
    main()
