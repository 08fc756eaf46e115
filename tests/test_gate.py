"""The gate: retrieval and refusal on our own questions must not get worse than recorded."""

from core.settings import Settings
from eval.gate import MARGIN, fallen, guarded_figures, load_floors, raise_floors
from eval.report import measure_paths


def test_a_figure_below_its_floor_closes_the_gate() -> None:
    floors = {"a": 0.9, "b": 0.5, "gone": 0.1}
    said = list(fallen({"a": 0.9 - MARGIN - 0.001, "b": 0.5 - MARGIN + 0.001, "new": 0.0}, floors))
    assert [line.split(":")[0] for line in said] == ["a", "gone"]


def test_floors_only_rise() -> None:
    assert raise_floors({"a": 0.8, "b": 0.7}, {"a": 0.9, "b": 0.6, "gone": 1.0}) == {"a": 0.9, "b": 0.7}


def test_our_questions_stay_above_their_floors(settings: Settings) -> None:
    figures = guarded_figures(measure_paths([], settings, print, lambda line: None))
    assert figures.keys() >= load_floors().keys()
    assert list(fallen(figures, load_floors())) == []
