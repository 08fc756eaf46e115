"""Quantities: one normal form for Chinese and English, and what counts as a disagreement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.agreement import disagree
from answer.numerals import normalise
from answer.quantities import read_quantities


def problems(claim: str, source: str) -> list[str]:
    return disagree(read_quantities(claim), source, source)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1750 亿参数", 1.75e11, "parameters"),
        ("175B parameters", 1.75e11, "parameters"),
        ("１７．５％", 17.5, "percent"),
        ("百分之三十", 30, "percent"),
        ("up to 7x faster", 7, "times"),
        ("8 张 A100 显卡", 8, "gpus"),
        ("10,000 times", 10_000, "times"),
        ("2^16 tokens", 65_536, "tokens"),
        ("1e-4", 1e-4, ""),
        ("三十二层", 32, "layers"),
        ("一半", 50, "percent"),
        ("三成", 30, "percent"),
        ("四千万参数", 4e7, "parameters"),
        ("$2^{16}$", 65_536, ""),
        ("16 字节", 16, "bytes"),
        ("三分之一", 33.33, "percent"),
        ("256 个字节起步", 256, "bytes"),
        ("一小时训完", 1, "hours"),
        ("within an hour", 1, "hours"),
        ("二十一分钟", 21, "minutes"),
        ("前两周", 2, "weeks"),
        ("two thirds of the data", 66.67, "percent"),
        ("an eighth of it", 12.5, "percent"),
        ("a million examples", 1e6, "examples"),
        ("four GPU days", 4, "days"),
        ("600 TPUv3 chip-days", 600, "days"),
        ("15.1 PFLOP/s", 15.1, "pflops"),
        ("约34GB来自中文维基", 34, "gb"),
    ],
)
def test_normal_form(text: str, value: float, unit: str) -> None:
    first = read_quantities(text)[0]
    assert first.value == pytest.approx(value)
    assert first.unit == unit


def test_names_are_not_quantities() -> None:
    assert read_quantities("GPT-4 和 LLaMA-2-70B 用 Q4_K_M 与 BM25") == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("GPT-3 有 1750 亿参数", "GPT-3 has 175 billion parameters"),
        ("减少 1 万倍", "reduced by 10,000 times"),
        ("只需 5%", "using 5 % of the compute"),
        ("约 3 倍", "3 times"),
        ("6 层", "a stack of N = 6 identical layers"),
        ("4-bit weights", "INT4 weights"),
        ("最多比基线快 3 倍", "up to 3 times faster than the baseline"),
        ("76.04% is above 75.92%", "75.92% for the baseline and 76.04% with it"),
        (
            "over 400 models, up to more than 16 billion",
            "More than 400 models from 70 million to over 16 billion",
        ),
        ("130 亿参数以内", "models up to 13B parameters"),
        ("峰值的五成到七成出头", "50% 至 73%"),
        ("只占两成到不足四成", "只有 20.4% 到 38.2%"),
        ("每秒 18 个 token", "约 18 tokens/s"),
        ("an eighth of the cache", "one eighth of what it would need"),
        ("four all-reduces", "two all-reduces forward, four all-reduces in all"),
        ("超过 12 分", "掉了 12.1 分"),
        ("more than half", "58 %"),
        ("将近一半", "46%"),
        ("不到 1 分", "只掉 0.8 分"),
        ("低 11 个点", "7B 的 MFU 为 52%, 70B 掉到 41%"),
        ("rises by 5.3 points", "from 68.1 to 73.4"),
        ("提高 13 个百分点", "Recall@10 从 0.71 升到 0.84"),
        ("只剩原来的九分之一", "leaves 12M of 108M parameters"),
        ("降到六分之一", "by a factor of 6"),
        ("shrinks to a tenth", "shrinks tenfold"),
        ("不能超过 512 个 token", "maximum input 512 tokens"),
        ("not by more than 0.2 points", "at most 0.2 points"),
        ("at least four times", "4 到 20 倍"),
        ("no more than 2B tokens", "only 2B tokens"),
        ("五步以上", "five or more steps"),
        ("到 6 月 30 日", "until 30 June"),
        ("three months", "Over three months"),
        ("五个点", "4 到 5 个点"),
        ("38% 采纳, 49% 忽略", "38 percent were adopted, 49 ignored"),
        ("d_model 为 512 时内部维度是 2048", "d_model=512, 则层内的变换维度 d_ff=2048"),
    ],
)
def test_same_quantity_across_languages(claim: str, source: str) -> None:
    assert problems(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("reduces waste by 4 %", "reduces waste to under 4 %"),
        ("4 %", "under 4 %"),
        ("at least 7x", "up to 7x"),
        ("15 %", "5 %"),
        ("5 倍", "5% of the compute"),
        ("1.3M parameters", "1.3B parameters"),
        ("三个阶段", "分为四个阶段"),
        ("一分钟训完", "一小时训完"),
        ("前两周", "第 1 到 4 周"),
        ("8 heads", "8 layers"),
        ("16 bits", "16 bytes"),
        ("约四亿参数", "约 4,000 万参数"),
        ("比了四千万个提示", "about 4,000 prompts"),
        ("每分钟 18 个 token", "约 18 tokens/s"),
        ("a quarter of the cache", "one eighth of what it would need"),
        ("roughly four GPU days", "about 4 GPU hours"),
        ("15.1 TFLOP/s", "15.1 PFLOP/s"),
        ("a million examples", "about 1,000 examples"),
        ("分三步", "分 6 个阶段"),
        ("four all-reduces forward", "two all-reduces in the forward pass"),
        ("峰值的六成", "50% 至 73%"),
        ("超过 15 分", "掉了 12.1 分"),
        ("more than half", "41 %"),
        ("低 12 个点", "7B 的 MFU 为 52%, 70B 掉到 41%"),
        ("只剩原来的五分之一", "leaves 12M of 108M parameters"),
        ("超过 512 个 token", "maximum input 512 tokens"),
        ("at least 20 times", "4 到 20 倍"),
        ("从 350 GB 涨到 1.2 TB", "从 1.2 TB 降到 350 GB"),
        ("最多带五个引用", "at most 3 citations"),
        ("Training took around 61 days.", "It scores 63.4. Training took 21 days."),
        ("Llama 3 分三步扩窗", "Llama 3 分 6 步扩窗"),
    ],
)
def test_disagreements(claim: str, source: str) -> None:
    assert problems(claim, source)


@given(st.integers(2, 10**7), st.sampled_from(["%", " GB", " 倍", " layers", ""]))
def test_a_text_agrees_with_itself_and_not_with_another_number(number: int, unit: str) -> None:
    text = f"共 {number}{unit} 。"
    assert problems(text, text) == []
    assert problems(f"共 {number * 2 + 1}{unit} 。", text)


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    assert problems(text, text) == []
    assert isinstance(normalise(text), str)
