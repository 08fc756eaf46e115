import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import Page, Reading, chunk_reading, estimate_tokens, read_file, split_sentences
from ingest.prose import is_prose


def read(text: str) -> Reading:
    return read_file(text.encode("utf-8"), "notes.md")


LINES = st.lists(
    st.sampled_from(
        [
            "# 大标题",
            "## Section",
            "### 小节",
            "",
            "",
            "GQA 让多组查询头共享一组键值头。这样 KV cache 就小了，显存也省了！",
            "Grouped-query attention shares heads. It saves memory, e.g. 8x. See Fig. 3.",
            "| a | b |",
            "```",
            "x = 1  # no heading",
            "- item one",
            "1. 第一点",
            "$$",
            "a = b. C",
            "字" * 120,
            "https://example.org/" + "x" * 90,
            "short",
        ]
    ),
    max_size=40,
).map("\n".join)


@st.composite
def readings(draw) -> Reading:
    text = draw(LINES)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    bounds = [0, *cuts, len(text)]
    pages = tuple(Page(n, a, b) for n, (a, b) in enumerate(pairwise(bounds), 1))
    reading = read(text + "\nend")
    return Reading(reading.text, reading.title, reading.language, pages, reading.sections)


@settings(deadline=None)
@given(readings(), st.integers(8, 64))
def test_chunks_keep_every_promise(reading, limit):
    chunks = chunk_reading(reading, limit)
    position = 0
    for chunk in chunks:
        assert reading.text[chunk.start : chunk.end] == chunk.text == chunk.text.strip()
        assert chunk.start >= position and not reading.text[position : chunk.start].strip()
        assert estimate_tokens(chunk.text) <= limit
        position = chunk.end
    assert not reading.text[position:].strip()


@settings(deadline=None)
@given(readings())
def test_pages_are_those_of_the_offsets(reading):
    for chunk in chunk_reading(reading, 32):
        on = [p.number for p in reading.pages if p.start < chunk.end and p.end > chunk.start]
        if on and chunk.end <= reading.pages[-1].end:
            assert (chunk.page_start, chunk.page_end) == (on[0], on[-1])


@settings(deadline=None)
@given(LINES)
def test_headings_are_those_of_the_section_or_what_its_sections_share(text):
    reading = read(text + "\nend")
    for chunk in chunk_reading(reading, 48):
        inside = [s.heading for s in reading.sections if s.start < chunk.end and s.end > chunk.start]
        assert all(h[: len(chunk.heading)] == chunk.heading or chunk.heading[: len(h)] == h for h in inside)


@settings(deadline=None)
@given(readings(), st.integers(20, 64))
def test_sentences_that_fit_are_not_split(reading, limit):
    starts = {chunk.start for chunk in chunk_reading(reading, limit)}
    for section in reading.sections:
        for a, b in split_sentences(reading.text, section.start, section.end):
            if estimate_tokens(reading.text[a:b]) <= limit:
                assert not any(a < start < b for start in starts)


def test_a_counter_of_ones_own_is_obeyed():
    chunks = chunk_reading(read("word " * 500), 50, count_tokens=len)
    assert max(len(c.text) for c in chunks) <= 50
    assert "".join("".join(c.text.split()) for c in chunks) == "word" * 500


def test_equal_pieces_instead_of_a_full_one_and_a_rest():
    sentence = "这是一个关于注意力机制的普通句子，它有一定的长度。"
    sizes = [estimate_tokens(c.text) for c in chunk_reading(read("# 标题\n\n" + sentence * 20), 256)]
    assert len(sizes) == 2 and min(sizes) > 0.7 * max(sizes)


def test_small_sections_of_one_parent_are_merged_under_what_they_share():
    chunks = chunk_reading(
        read("# Top\n## A\nOne line.\n## B\nAnother line.\n# Other\n" + "Long text here. " * 60), 256
    )
    assert chunks[0].heading == ("Top",)
    assert (
        "One line." in chunks[0].text and "Another line." in chunks[0].text and "Other" not in chunks[0].text
    )


def test_a_bare_heading_goes_with_its_first_child_and_takes_its_path():
    chunks = chunk_reading(read("# Top\n\n## Child\n" + "Some longer sentence about things. " * 12), 256)
    assert [c.heading for c in chunks] == [("Top", "Child")]


def test_a_heading_never_ends_a_chunk():
    text = "\n".join(f"## Part {i}\n" + "A sentence of a certain length stands here. " * 14 for i in range(8))
    for chunk in chunk_reading(read(text), 64):
        assert not chunk.text.rstrip().split("\n")[-1].startswith("#")


def test_a_sentence_that_is_too_long_is_cut_between_clauses():
    text = "，".join(["这是一个没有句号的很长的分句"] * 40)
    chunks = chunk_reading(read(text), 64)
    assert len(chunks) > 2 and all(c.text.endswith("，") for c in chunks[:-1])


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("GQA 让多组查询头共享一组键值头，因此 KV cache 更小。", True),
        ("Attention lets each token look at every other token.", True),
        ("| 1.2 | 3.4 | 5.6 |\n| 7.8 | 9.0 | 1.1 |\n", False),
        ("```python\n" + "for item in items:\n    print(item)\n" * 5 + "```\n", False),
        ("- **[A long course on attention](https://a.b/c)** 🌐 by a school\n" * 4, False),
        ("The cache is split as in [the paper](https://a.b/c), head by head, to save memory.\n" * 3, True),
        ("- [one](https://a.b/c)\n- [two](https://a.b/d)\n- [three](https://a.b/e)\n", False),
        (
            "".join(f"[{i}] A. Author. A title of a paper. arXiv preprint, 20{i}.\n" for i in range(10, 16)),
            False,
        ),
    ],
)
def test_prose_is_told_from_tables_code_links_and_references(text, prose):
    assert [c.prose for c in chunk_reading(read(text))] == [prose]


def test_code_in_the_middle_of_a_long_fence_is_no_prose():
    text = "# Code\n```python\n" + "value = compute_something(another_value)\n" * 60 + "```\n"
    assert not any(c.prose for c in chunk_reading(read(text), 128))


def test_references_are_no_prose_whatever_they_look_like():
    assert [
        c.prose for c in chunk_reading(read("# References\nSomebody wrote a nice book about learning."))
    ] == [False]


def test_language_is_that_of_the_chunk():
    text = "# A\n" + "An English sentence stands here. " * 30 + "\n# B\n" + "这里是一句中文。" * 40
    assert {c.heading: c.language for c in chunk_reading(read(text), 128)} == {("A",): "en", ("B",): "zh"}


def test_an_empty_reading_has_no_chunks():
    assert chunk_reading(Reading(" \n ", "t", "en")) == []


@pytest.mark.parametrize(
    "text", ["$a " * 30_000, "[a](b " * 20_000, "<h1 " * 20_000, "x" * 100_000, "# " + "*a " * 20_000]
)
def test_no_text_takes_for_ever(text):
    started = time.process_time()
    chunks = chunk_reading(read(text))
    assert "".join("".join(c.text.split()) for c in chunks) == "".join(text.split())
    assert time.process_time() - started < 10  # seconds; quadratic steps took minutes here


def test_links_and_papers_stay_apart_from_what_says_something() -> None:
    text = (
        "# LoRA\n\n## 常见误解\n\n- 误以为 LoRA 会增加推理延迟，合并之后并不会。\n\n"
        "## 相关论文\n\n- LoRA. Edward Hu 等, 2021, arXiv:2106.09685\n- QLoRA. Tim Dettmers 等, 2023, arXiv:2305.14314\n\n"
        "## 相关笔记\n\n- [QLoRA](qlora.md)\n- [显存计算](memory.md)\n"
    )
    chunks = chunk_reading(read_file(text.encode(), "lora.md"))
    assert [chunk.prose for chunk in chunks] == [True, False]
    assert "误解" in chunks[0].text and "相关论文" in chunks[1].text


def test_words_around_formulas_and_in_tables_are_prose() -> None:
    formula = "交叉熵损失对每个位置取负对数似然的平均，困惑度是它的指数，因此困惑度越低说明模型对数据越不意外。\n\n$$PPL=\\exp(-\\frac1N\\sum_i\\log p(x_i|x_{<i}))$$\n"
    table = "| 模型 | 注意力 | 位置编码 |\n|---|---|---|\n| 百川 | 多头注意力 | 线性偏置 |\n| 通义千问 | 分组查询注意力 | 旋转位置编码 |\n"
    numbers = "| 1 | 2.5 | 3.75 |\n|---|---|---|\n" + "| 10 | 20.5 | 30.75 |\n" * 8
    assert [is_prose(text) for text in (formula, table, numbers)] == [True, True, False]
