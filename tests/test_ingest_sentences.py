import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import headings, sentences, split_sentences


def pieces(text: str) -> list[str]:
    return [text[a:b] for a, b in split_sentences(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["GQA 省显存。", "为什么？", "因为 KV 头少了！", "第一；", "第二。", "等等……", "不过还行。"],
        ["It is 3.14 times faster.", "We use v2.1.3 now!", "Is it?", "Yes."],
        [
            "See Fig. 2 and Eq. (4), i.e. the loss vs. the step.",
            "Dr. Smith et al. (2020) agree.",
            "It holds.",
        ],
        [
            "J. Smith and A. N. Gomez wrote it.",
            "In the U.S. Army it is used.",
            "They left the U.S.",
            "We stayed.",
        ],
        ["Open config.yaml or https://a.b/c?d=1.", "Then run ../x.py at 3 p.m. today."],
        ["It costs $5.", "Or $6.", "The loss $a. B$ falls.", "So does $$x. Y$$ here."],
        ['He said "It works."', "She left.", "(It was late.)", "The model (see Sec. 3. It is long) won."],
        [
            "他说：“好。”",
            "然后走了。",
            "《为什么？》是一本书。",
            "“真的吗？”的问题没有答案。",
            "（见图 1。）",
            "后面。",
        ],
        ["This holds.[12]", "So does that [3].", "And `a. B` too."],
        ["Wait... it goes on.", "It left...", "Then it came back."],
        ["Use PyTorch.", "它很好。", "模型有 3.5 B 参数。"],
        ["Try [the docs. Really](https://a.b/c. d).", "**Bold.**", "After."],
        ["Use A, B, etc. in this order.", "Then C, D etc.", "It is done by Li et al.", "However, we differ."],
        ["No. 3 is odd.", "No.", "It is not."],
    ],
)
def test_sentences_of_running_text(sentences):
    joined = " ".join(sentences)
    assert pieces(joined) == sentences


def test_chinese_needs_no_space_between_sentences():
    assert pieces("第一句。第二句！第三句？！第四句") == ["第一句。", "第二句！", "第三句？！", "第四句"]


def test_half_width_punctuation_between_han_characters_counts_too():
    assert pieces("优先考虑基座;否则考虑应用!对吗?对,是的") == [
        "优先考虑基座;",
        "否则考虑应用!",
        "对吗?",
        "对,是的",
    ]


def test_a_numbered_heading_stands_alone():
    assert pieces("主要有以下几点:\n3.1 检索增强\n它很有用。") == [
        "主要有以下几点:",
        "3.1 检索增强",
        "它很有用。",
    ]


def test_layout_makes_sentences_of_its_own():
    text = """# A Title. With stops
First line of a paragraph that is wrapped
at the margin. Second one.

1. Item one. More of it.
2. 第二项
- a bullet that
  goes on
| a. B | c |
|---|---|
| d | e. F |

```python
x = 1. + y
print("Hi. There")
```
End
"""
    assert pieces(text) == [
        "# A Title. With stops",
        "First line of a paragraph that is wrapped\nat the margin.",
        "Second one.",
        "1. Item one.",
        "More of it.",
        "2. 第二项",
        "- a bullet that\n  goes on",
        "| a. B | c |",
        "|---|---|",
        "| d | e. F |",
        "```python",
        "x = 1. + y",
        'print("Hi. There")',
        "```",
        "End",
    ]


def test_a_formula_of_several_lines_is_never_split():
    text = "损失函数是\n$$\nL = a. B\n\n+ c。D\n$$\n其中 a 是常数。下一句。"
    assert pieces(text) == ["损失函数是\n$$\nL = a. B\n\n+ c。D\n$$\n其中 a 是常数。", "下一句。"]


def test_a_short_line_above_a_long_one_is_a_heading_but_wrapped_lines_are_one():
    heading = "一节的小标题"
    body = "这一行是很长很长很长很长很长很长的正文，\n它在这里换了行，但还没结束，写到这里才结束。"
    assert pieces(f"{heading}\n{body}") == [heading, body]


def test_a_long_table_row_is_split_at_its_sentences():
    row = "| 2024 | " + "This abstract has many words in its first sentence. " * 10 + "|"
    assert len(pieces(row)) >= 10


def test_start_and_end_bound_the_search():
    text = "One. Two. Three."
    assert [text[a:b] for a, b in split_sentences(text, 5, 9)] == ["Two."]
    assert split_sentences(text, 4, 5) == split_sentences("") == split_sentences(" \n ") == []


FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["GQA", "显存", "。", "！", "……", "；", ". ", "? ", "...", "e.g. ", "3.14", "$a. b$", "$$", "\n"]
        ),
        st.sampled_from(
            ["\n\n", "# ", "- ", "1. ", "```\n", "```", "(", ")", "“", "”", "`", " ", "\t", "U.S. "]
        ),
        st.sampled_from(["[1]", "<p>", "\\[", "\\]"]),
        st.sampled_from(["| a | b |\n", "https://a.b/c. "]),
        st.text(max_size=5),
    ),
    max_size=40,
).map("".join)


@settings(deadline=None)
@given(FRAGMENTS)
def test_spans_are_ordered_disjoint_trimmed_and_cover_all_visible_text(text):
    spans = split_sentences(text)
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@settings(deadline=None)
@given(FRAGMENTS, st.data())
def test_any_part_of_a_text_is_covered_too(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    visible = "".join(text[a:b] for a, b in split_sentences(text, start, end))
    assert "".join(visible.split()) == "".join(text[start:end].split())


@settings(deadline=None)
@given(st.lists(st.sampled_from(["一个模型", "LoRA 的秩", "注意力"]), min_size=1, max_size=9))
def test_a_chinese_text_has_as_many_sentences_as_full_stops(clauses):
    assert len(split_sentences("。".join(clauses) + "。")) == len(clauses)


def test_long_text_without_any_boundary_is_fast_and_whole():
    text = "词" * 200_000
    assert split_sentences(text) == [(0, len(text))]
    brackets = "(a. " * 20_000
    assert split_sentences(brackets)[-1][1] == len(brackets.rstrip())


@pytest.mark.parametrize("module", [headings, sentences])
def test_the_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed
