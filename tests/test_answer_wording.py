"""Wording: negation, direction, roles, scope and names that disagree, and those that do not."""

import pytest

from answer.names import look_up_names, names_of
from answer.roles import exchange_conflict, pairing_conflict, swap_conflict
from answer.wording import (
    direction_conflict,
    negation_conflict,
    repeats_myth,
    scope_conflict,
)


@pytest.mark.parametrize(
    ("claim", "source", "conflict"),
    [
        ("LoRA 不增加推理延迟。", "LoRA adds no inference latency.", False),
        ("LoRA 冻结权重。", "LoRA freezes the weights.", False),
        ("LoRA 不训练低秩矩阵。", "LoRA trains low-rank matrices.", True),
        ("DPO does not use preference data.", "DPO uses preference data.", True),
        ("参数会冻结，需要加入 MLP。", "参数会冻结，不需要加入 MLP。", True),
        ("不同任务用不同的前缀。", "Each task has its own prefix.", False),
    ],
)
def test_negation(claim: str, source: str, conflict: bool) -> None:
    assert bool(negation_conflict(claim, source, source)) is conflict


@pytest.mark.parametrize(
    ("claim", "source", "conflict"),
    [
        ("GQA 降低显存。", "GQA reduces memory.", False),
        ("GQA 增加显存。", "GQA reduces memory.", True),
        ("The model is slower.", "The model is faster.", True),
        ("优于基线", "outperforms the baseline", False),
        ("劣于基线", "outperforms the baseline", True),
        (
            "Scores are harder to read.",
            "Yes or no is clearer. Make it easy to join.",
            False,
        ),  # of other things
        ("Dropout hurts accuracy and helps recall.", "Dropout hurts accuracy. It improves recall.", False),
    ],
)
def test_direction(claim: str, source: str, conflict: bool) -> None:
    assert bool(direction_conflict(claim, source, source)) is conflict


def test_exchanged_roles() -> None:
    assert swap_conflict("PPO outperforms DPO on sentiment.", "DPO outperforms PPO on sentiment.")
    assert not swap_conflict("DPO outperforms PPO.", "DPO outperforms PPO on sentiment.")


def test_exchanged_numbers() -> None:
    source = "GSM8K 从 82.9% 提高到 88.2%，MATH 从 46.8% 提高到 51.7%。"
    assert pairing_conflict("MATH 由 82.9% 升到 88.2%，GSM8K 由 46.8% 升到 51.7%。", source)
    assert not pairing_conflict("MATH 由 46.8% 升到 51.7%，GSM8K 由 82.9% 升到 88.2%。", source)


def test_what_is_quoted_as_a_mistake() -> None:
    source = "- “LoRA 一定零延迟”：只有合并之后才零延迟；不合并的多适配器服务有额外开销。"
    assert repeats_myth("LoRA 一定是零延迟的。", source)
    assert not repeats_myth("LoRA 只有合并之后才零延迟，不合并有额外开销。", source)


def test_scope() -> None:
    assert scope_conflict("All models fail.", "Some models fail.", "Some models fail.")
    assert scope_conflict("只用于最后一层", "applied to each layer", "applied to each layer")
    assert not scope_conflict("只训练 A 和 B", "We only train A and B.", "We only train A and B.")


def test_names_cross_languages_and_acronyms_meet_their_words() -> None:
    names = look_up_names(
        "GQA 与 LLaMA-2 都用 RoPE", "Grouped-query attention in LLaMA 2 and rope", english=False
    )
    assert names.missing == ()
    assert look_up_names("vLLM 更快", "Orca is faster", english=False).missing == ("vllm",)


def test_english_names_only() -> None:
    assert names_of("The model GPT-4 uses RoPE in Paris.", english=True) == ["gpt-4", "rope", "paris"]


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        (
            "SimpleQA 上 o1-preview 只答对 38.2%，GPT-4o 42.7%",
            "发布时 GPT-4o 正确率 38.2%，o1-preview 为 42.7%",
        ),
        (
            "8.37 for plain rounding and 10.54 for GPTQ",
            "8.37 with 4-bit GPTQ; rounding gives 10.54 at 4 bits",
        ),
    ],
)
def test_numbers_that_changed_their_clauses(claim: str, source: str) -> None:
    assert exchange_conflict(claim, source) and not exchange_conflict(source, source)


def test_numbers_that_stay_where_they_are_may_change_their_order() -> None:
    assert not exchange_conflict("o1-preview 42.7%，GPT-4o 38.2%", "GPT-4o 正确率 38.2%，o1-preview 为 42.7%")
    assert not exchange_conflict("from 38.2% to 42.7%", "GPT-4o 38.2%, o1-preview 42.7%")
