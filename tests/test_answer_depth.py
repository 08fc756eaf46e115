"""Shapes of questions and the order of passages."""

import pytest

from answer.depth import DEPTHS, both_sides, read_depth


@pytest.mark.parametrize(
    ("question", "shape"),
    [
        ("RoPE 是啥", "definition"),
        ("什么是键值缓存?", "definition"),
        ("What is GQA?", "definition"),
        ("DPO 和 PPO 有什么区别?", "comparison"),
        ("How does GPTQ differ from AWQ?", "comparison"),
        ("LoRA 还是 QLoRA？", "comparison"),
        ("列出所有的位置编码", "list"),
        ("常见的量化方法有哪些?", "list"),
        ("What are the stages of RLHF?", "list"),
        ("为什么要除以根号 d?", "plain"),
        ("What is the learning rate used for InstructGPT's reward model?", "plain"),
    ],
)
def test_the_shape_of_a_question(question: str, shape: str) -> None:
    assert read_depth(question).shape == shape


def test_deeper_shapes_get_more() -> None:
    order = [DEPTHS[shape] for shape in ("definition", "plain", "comparison", "list")]
    assert [depth.tokens for depth in order] == sorted(depth.tokens for depth in order)
    assert [depth.quotes for depth in order] == sorted(depth.quotes for depth in order)


def test_both_sides_of_a_comparison_come_first_in_either_language() -> None:
    texts = ["DPO needs no reward model.", "DPO saves memory.", "PPO samples online."]
    assert both_sides("直接偏好优化和 PPO 比呢", texts) == [texts[0], texts[2], texts[1]]
    assert both_sides("nothing named here", texts) == texts
    assert both_sides("DPO vs PPO", []) == []
