"""The figures against cases computed by hand, and the comparison of two reports."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from eval.compare import compare_pairs, compare_reports, comparison_lines
from eval.metrics import MEASURES, average, intervals, score_rankings, score_refusals


def test_by_hand() -> None:
    gold = {"first": [{"a"}], "third": [{"c"}], "two": [{"a"}, {"d"}], "missing": [{"a"}], "late": [{"z"}]}
    rankings = {
        "first": ["a", "b"],
        "third": ["a", "b", "c"],
        "two": ["a", "b", "c", "d"],
        "late": [*"abcdefghij", "z"],
        "not asked": ["a"],
    }
    table = score_rankings(gold, rankings)
    ideal = 1 + 1 / math.log2(3)
    expected = {
        "first": (1, 1, 1, 1, 1),
        "third": (1 / math.log2(4), 0, 1, 1, 1 / 3),
        "two": ((1 + 1 / math.log2(5)) / ideal, 0.5, 1, 1, 1),
        "missing": (0, 0, 0, 0, 0),
        "late": (0, 0, 0, 0, 0),
    }
    assert table.keys() == expected.keys()
    for query, values in expected.items():
        assert tuple(table[query][m] for m in MEASURES) == pytest.approx(values), query
    assert average(table)["recall@5"] == round(3 / 5, 4)


def test_recall_counts_parts_not_documents() -> None:
    """Two parts, three documents: a gives the first, b and c the second."""
    gold = {"q": [{"a"}, {"b", "c"}]}
    assert score_rankings(gold, {"q": ["c", "x", "b"]})["q"]["recall@5"] == 0.5
    assert score_rankings(gold, {"q": ["c", "x", "a"]})["q"]["recall@5"] == 1.0
    assert score_rankings(gold, {"q": ["b", "a"]})["q"]["recall@1"] == 0.5


def test_intervals_hold_the_mean_and_narrow_with_more_questions() -> None:
    def table(n: int) -> dict[str, dict[str, float]]:
        return {str(i): dict.fromkeys(MEASURES, float(i % 2)) for i in range(n)}

    (low, high), (lower, higher) = (intervals(table(n))["recall@5"] for n in (400, 40))
    assert lower < low < 0.5 < high < higher
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 400**0.5, abs=0.01)


def test_refusals_by_hand() -> None:
    assert score_refusals({"a", "b", "c"}, {"b", "c", "d", "e"}) == {"precision": 0.6667, "recall": 0.5}
    assert score_refusals(set(), {"b"}) == {"precision": 1.0, "recall": 0.0}


def test_a_document_ranked_twice_counts_once_at_its_better_place() -> None:
    gold = {"q": [{"a"}, {"b"}]}
    assert score_rankings(gold, {"q": ["a", "a", "b"]}) == score_rankings(gold, {"q": ["a", "b"]})


@given(
    st.lists(st.sampled_from("abcdefghijklmnop"), max_size=30), st.sets(st.sampled_from("abcxyz"), min_size=1)
)
def test_figures_stay_in_their_range_and_order(ranking: list[str], wanted: set[str]) -> None:
    row = score_rankings({"q": [{key} for key in wanted]}, {"q": ranking})["q"]
    assert all(0 <= value <= 1 for value in row.values())
    assert row["recall@1"] <= row["recall@5"] <= row["recall@10"]


def test_the_same_figures_differ_by_nothing() -> None:
    same = compare_pairs([0.0, 1.0, 0.5], [0.0, 1.0, 0.5])
    assert (same["difference"], same["low"], same["high"], same["p"]) == (0, 0, 0, 1)


def test_a_clear_gain_is_seen_and_chance_is_not() -> None:
    gain = compare_pairs([0.0] * 12, [1.0] * 12)
    assert gain["difference"] == 1 and gain["p"] < 0.01  # by hand: 2 of 2 ** 12 sign patterns
    chance = compare_pairs([0.0, 1.0], [1.0, 0.0])
    assert chance["difference"] == 0 and chance["p"] == 1
    one = compare_pairs([0.0] * 4 + [0.5] * 8, [1.0] * 4 + [0.5] * 8)
    assert one["p"] == pytest.approx(2 / 2**4, abs=0.01)


def test_reports_are_compared_on_what_they_share() -> None:
    def report(sets: dict[str, dict[str, float]]) -> dict[str, object]:
        tables = {
            name: {"per_query": {q: dict.fromkeys(MEASURES, v) for q, v in rows.items()}}
            for name, rows in sets.items()
        }
        return {"sets": tables}

    before = report({"s": {"a": 0.0, "b": 1.0, "only here": 1.0}, "t": {"a": 1.0}})
    after = report({"s": {"a": 1.0, "b": 1.0}})
    found = compare_reports(before, after)
    assert found["sets"].keys() == {"s"} and found["sets"]["s"]["n"] == 2
    assert found["sets"]["s"]["mrr@10"]["difference"] == 0.5
    assert "s (2 questions)" in next(comparison_lines(found))
    with pytest.raises(InputError):
        compare_reports(report({"t": {"a": 1.0}}), after)
