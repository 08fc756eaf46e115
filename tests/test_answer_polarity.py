"""Words that one text denies and the other says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.polarity import polarity_conflicts


@pytest.mark.parametrize(
    ("claim", "source", "words"),
    [
        ("单头也不会让质量下滑", "头数过多时质量会下滑", {"让质", "质量", "下滑"}),
        ("还上了张量并行", "没有用张量并行", {"张量", "量并", "并行"}),
        ("It does not diverge.", "The training diverges.", {"diverg"}),
        ("The model reads the letters.", "The model never reads the letters.", {"read", "letter"}),
    ],
)
def test_a_denial_and_what_it_denies(claim: str, source: str, words: set[str]) -> None:
    found = set(polarity_conflicts(claim, source))
    assert found and found <= words
    assert set(polarity_conflicts(source, claim)) <= words


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("用不着偏置", "不需要偏置"),  # denied in both
        ("外部知识库也用不到", "不需要外部知识库"),  # in front of its negation: open
        ("PTQ needs no retraining", "PTQ skips retraining"),  # softly denied
        ("β 调大并不会学得更快", "「β 越大学得越快」是错的:它是惩罚的强度"),  # a mistake that is only quoted
        ("不足 30 秒", "30 秒"),  # a bound, no denial
        ("Nothing of the kind.", "A different matter."),
        (
            "If no such page exists, it suggests similar ones.",
            "It returns the page if it exists, or similar ones.",
        ),
        ("可与 PyTorch 结合", "可以无痛与 PyTorch 结合"),
        ("没有用 NSP 任务", "没有使用 Next Sentence Prediction (NSP) 任务"),
    ],
)
def test_no_conflict(claim: str, source: str) -> None:
    assert polarity_conflicts(claim, source) == []


@given(st.text(max_size=120))
def test_a_text_does_not_contradict_itself(text: str) -> None:
    assert polarity_conflicts(text, text) == []
