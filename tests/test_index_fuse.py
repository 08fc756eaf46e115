"""Fusion and centring against cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.centring import CENTRING, PRIOR_WEIGHT, SAMPLES, above_average, centre_query, centres_of
from index.fuse import fuse

scores = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0.01, 30), max_size=8)


def test_fusion_by_hand() -> None:
    fused = fuse({"a": 0.9, "b": 0.8, "c": 0.7}, {"c": 10.0, "b": 5.0, "d": 2.5}, weight=0.2)
    assert fused == pytest.approx({"a": 1.0, "b": 0.6, "c": 0.2, "d": 0.05})
    assert list(fused) == ["a", "b", "c", "d"]


def test_one_side_alone_still_ranks() -> None:
    assert list(fuse({}, {"x": 1.0, "y": 3.0})) == ["y", "x"]
    assert fuse({"only": 0.4}, {}) == {"only": 1.0}
    assert fuse({}, {}) == {}


@given(scores, scores)
def test_fusion_keeps_every_id_once_and_in_order(dense: dict[str, float], keyword: dict[str, float]) -> None:
    fused = fuse(dense, keyword, weight=0.2)
    assert set(fused) == set(dense) | set(keyword)
    assert list(fused.values()) == sorted(fused.values(), reverse=True)
    assert all(0 <= score <= 1.2 + 1e-9 for score in fused.values())


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
    def embed(texts: list[str]) -> np.ndarray:
        return np.tile(np.array([1.0, 0.0], dtype=np.float32), (len(texts), 1))

    assert all(len(texts) == PRIOR_WEIGHT for texts in SAMPLES.values())
    sums = [("zh", 90, np.array([0.0, 90.0], dtype=np.float32))]
    centres = centres_of(sums, embed)  # type: ignore[arg-type]
    assert centres["zh"] == pytest.approx([0.1, 0.9])
    assert centres["en"] == pytest.approx([1.0, 0.0])
