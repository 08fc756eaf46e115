"""Fusion and centring against cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.centring import CENTRING, PRIOR_WEIGHT, SAMPLES, Sample, above_average, centre_query, centres_of
from index.fuse import fuse

scores = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0.01, 30), max_size=8)


def test_fusion_inside_one_language_by_hand() -> None:
    """Dense alone gives a 1, b .5, c 0, d 0 (no vector); half of the keyword score makes the order a, b, c, d."""
    fused = fuse({"zh": {"a": 0.9, "b": 0.8, "c": 0.7}}, {"c": 10.0, "b": 5.0, "d": 2.5}, {}, "zh")
    assert fused == pytest.approx({"a": 1.0, "b": 0.5, "c": 0.0, "d": 0.0})
    assert list(fused) == ["a", "b", "c", "d"]
    told = fuse({"zh": {"a": 0.9, "b": 0.85, "c": 0.7}}, {"b": 10.0, "c": 5.0}, {}, "zh")
    assert list(told) == ["b", "a", "c"]  # .75 + .5 passes 1; 0 + .25 passes nothing


def test_keywords_do_not_decide_between_languages() -> None:
    """However well the words of a Chinese passage match, the English one that means the same keeps its place."""
    dense = {"zh": {"z1": 0.2, "z2": 0.18}, "en": {"e": 0.3}}
    assert list(fuse(dense, {"z2": 50.0}, {}, "zh")) == ["e", "z2", "z1"]


def test_late_interaction_is_compared_above_each_language_s_average() -> None:
    """English passages score .2 lower throughout; the one that stands out there comes first all the same."""
    dense = {"zh": {"z1": 0.0, "z2": 0.0, "z3": 0.0}, "en": {"e1": 0.0, "e2": 0.0, "e3": 0.0}}
    late = {"z1": 0.61, "z2": 0.60, "z3": 0.59, "e1": 0.5, "e2": 0.35, "e3": 0.35}
    assert list(fuse(dense, {}, late, "zh"))[:2] == ["e1", "z1"]


def test_a_level_passage_of_the_other_language_comes_first() -> None:
    """Late interaction ranks it low by ACROSS of its spread, in either direction; more than that is real."""
    dense = {"zh": {"z1": 0.0, "z2": 0.0}, "en": {"e1": 0.0, "e2": 0.0}}
    level = {"z1": 0.6, "z2": 0.5, "e1": 0.599, "e2": 0.501}
    assert (
        next(iter(fuse(dense, {}, level, "zh"))) == "e1" and next(iter(fuse(dense, {}, level, "en"))) == "z1"
    )
    assert next(iter(fuse(dense, {}, level | {"e1": 0.58, "e2": 0.52}, "zh"))) == "z1"


def test_one_side_alone_still_ranks() -> None:
    assert list(fuse({}, {"x": 1.0, "y": 3.0}, {}, "zh")) == ["y", "x"]
    assert fuse({"en": {"only": 0.4}}, {}, {}, "zh") == {"only": 1.0}
    assert fuse({}, {}, {}, "en") == {}


@given(scores, scores, scores, scores)
def test_fusion_keeps_every_id_once_and_in_order(
    dense: dict[str, float], across: dict[str, float], keyword: dict[str, float], late: dict[str, float]
) -> None:
    other = {f"x{i}": score for i, score in across.items()}
    known = set(dense) | set(other) | set(keyword)
    late = {i: score for i, score in late.items() if i in dense}
    fused = fuse({"zh": dense, "en": other}, keyword, late, "zh")
    assert set(fused) == known
    assert list(fused.values()) == sorted(fused.values(), reverse=True)
    assert all(0 <= score <= 1 for score in fused.values())


def test_centring_takes_the_language_out() -> None:
    """Two topics and a language direction: uncentred, the same language wins; centred, the topic does."""
    zh, topic, other = np.eye(3, dtype=np.float32)
    query = (2 * zh + topic) / np.sqrt(5)
    wrong = (2 * zh + other) / np.sqrt(5)
    assert query @ wrong > query @ topic
    moved = centre_query(query, 2 * zh)
    assert np.linalg.norm(moved) == pytest.approx(1.0)
    same = above_average({"wrong": float(moved @ wrong)}, moved, 2 * zh / np.sqrt(5))
    across = above_average({"right": float(moved @ topic)}, moved, np.zeros(3, dtype=np.float32))
    assert across["right"] > same["wrong"]
    assert CENTRING == 0.5


def test_centres_lean_on_samples_until_the_library_outweighs_them() -> None:
    samples = {language: Sample(np.array([10.0, 0.0]), np.zeros(2)) for language in SAMPLES}
    assert all(len(texts) == PRIOR_WEIGHT for texts in SAMPLES.values())
    centres = centres_of([("zh", 90, np.array([0.0, 90.0], dtype=np.float32))], samples)
    assert centres["zh"] == pytest.approx([0.1, 0.9])
    assert centres["en"] == pytest.approx([1.0, 0.0])
