"""Attribution and verdicts on plain texts: exact windows, contradictions, no_claim, the checker's seam."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.attribute import Candidate, Passage, Window, find_windows
from answer.evidence import page_at, quote
from answer.records import Opinion
from answer.verdict import Judgement, choose, complete, find_problems, judge, states_nothing
from index.keywords import tokens
from ingest.records import Page, Reading

TEXT = (
    "LoRA freezes the pretrained weights. It reduces the number of trainable parameters by 10,000 times. "
    "LoRA adds no inference latency. Weather in Paris is mild."
)
PASSAGE = Passage("d1", "LoRA", ("Abstract",), TEXT, 0, len(TEXT))


def bag(text: str) -> np.ndarray:
    """Hashed bag of words, unit norm."""
    row = np.full(64, 1e-3, np.float32)
    for term in tokens(text):
        row[sum(term.encode()) % 64] += 1
    return row / np.linalg.norm(row)


def compare(claims: Sequence[str], candidates: Sequence[Sequence[Candidate]]) -> list[np.ndarray]:
    """Every candidate is worth comparing."""
    return [
        np.array([bag(claim) @ bag(candidate.text) for candidate in own])
        for claim, own in zip(claims, candidates, strict=True)
    ]


def windows(claim: str) -> list[Window]:
    return find_windows([claim], [[PASSAGE]], compare)[0]


def window(claim_shared: float = 0.9, cosine: float = 0.9, core: str = TEXT[:99]) -> Window:
    passage = Passage("d1", "LoRA", (), core, 0, len(core))
    return Window(passage, 0, len(core), 0, len(core), cosine, claim_shared, ("en", "en"))


def test_the_right_sentence_is_first_and_verbatim() -> None:
    best = windows("LoRA adds no latency at inference.")[0]
    assert best.core == "LoRA adds no inference latency."
    assert TEXT[best.wide_start : best.wide_end] == best.wide and best.core in best.wide


@given(st.text(max_size=300))
def test_windows_lie_inside_their_passage(text: str) -> None:
    passage = Passage("d", "t", (), text, 0, len(text))
    for w in find_windows(["some claim about attention"], [[passage]], compare)[0]:
        assert 0 <= w.wide_start <= w.start < w.end <= w.wide_end <= len(text)


def test_a_window_takes_in_the_number_beyond_the_edge_of_its_passage() -> None:
    text = "LoRA freezes the pretrained weights. It needs 8 bytes a weight. A third thing. The end."
    passage = Passage("d1", "LoRA", (), text, 0, text.index(" It"))
    best = find_windows(["LoRA freezes weights and needs 8 bytes each."], [[passage]], compare)[0][0]
    assert best.core == "LoRA freezes the pretrained weights." and best.wide.endswith("a weight.")


def test_a_name_at_the_opening_of_a_document_is_known_and_one_further_down_is_not() -> None:
    core = "The weights stay frozen during training."
    text = "QLoRA: a paper. " + core + " DoRA is another method." + " It is a long text." * 20
    start = text.index(core)
    passage = Passage("d1", "A paper", (), text, start, len(text))
    where = Window(passage, start, start + len(core), start, start + len(core), 0.9, 0.9, ("en", "en"))
    assert find_problems("In QLoRA the weights stay frozen.", where) == []
    assert find_problems("In DoRA the weights stay frozen.", where) == ["not in the source: dora"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("It reduces the number of trainable parameters by 10,000 times.", "supported"),
        ("It reduces the number of trainable parameters by 1,000 times.", "partial"),
        ("It increases the number of trainable parameters by 10,000 times.", "partial"),
        ("QLoRA freezes the pretrained weights.", "partial"),
    ],
)
def test_one_window(claim: str, verdict: str) -> None:
    assert judge(claim, window()).verdict == verdict


def test_without_similarity_nothing_is_supported() -> None:
    assert judge("LoRA freezes the pretrained weights.", window(0.0, 0.2)).verdict == "unsupported"


def test_a_contradiction_outvotes_a_passage_that_does_not_mention_the_point() -> None:
    claim = "LoRA increases latency."
    denies = window(0.9, 0.9, "LoRA reduces latency.")
    silent = window(0.9, 0.8, "LoRA is about latency.")
    assert [j.verdict for j, _ in choose(claim, [silent])] == ["supported"]
    assert choose(claim, [silent, denies])[0][0].verdict == "partial"
    assert choose(claim, []) == []


def test_a_checker_gives_and_takes_support_but_not_against_a_quantity() -> None:
    said, spoiled = "LoRA has to do with latency.", "LoRA is about 15 kinds of latency."
    silent = window(0.9, 0.8, "LoRA is about latency.")
    assert judge(said, silent, Opinion(9.0)).verdict == "supported"
    assert judge(said, silent, Opinion(-9.0)).verdict == "partial"
    assert judge(spoiled, silent, Opinion(9.0)).verdict == "partial"
    assert judge("LoRA is about latency", silent, Opinion(-9.0)).verdict == "supported"  # word for word
    assert choose(said, [silent, silent], [Opinion(-9.0), Opinion(9.0)])[0][0].verdict == "supported"


def test_the_words_that_are_not_said_are_marked() -> None:
    silent = window(0.9, 0.8, "LoRA is about latency.")
    judged = judge("LoRA is about 15 kinds of delay.", silent, Opinion(-9.0, ((17, 22, 1.5), (26, 29, 2.0))))
    assert [judged_words(judged, "LoRA is about 15 kinds of delay.")] == [["15 kinds", "delay"]]
    assert judge("LoRA is about latency.", silent, Opinion(9.0, ((0, 4, 3.0),))).missing == ()


def judged_words(judged: Judgement, claim: str) -> list[str]:
    return [claim[start:end] for start, end in judged.missing]


@pytest.mark.parametrize(
    "text",
    [
        "综上所述，",
        "## 小结",
        "In summary,",
        "GQA 是什么？",
        "希望对你有帮助！",
        "主要优点如下：",
        "你好，我叫小明。",
        "Thank you so much!",
    ],
)
def test_what_states_nothing(text: str) -> None:
    assert states_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "GQA 省显存。",
        "LoRA is fast.",
        "- 秩 r 取 8。",
        "它不增加延迟",
        "Hey, GQA has 8 groups.",
        "你好，GQA 有 8 组。",
        "感谢 Adam，它收敛快。",
    ],
)
def test_what_states_something(text: str) -> None:
    assert not states_nothing(text)


def test_quotes_are_exact_with_the_page_of_their_start() -> None:
    pages = (Page(1, 0, 10), Page(2, 10, 40))
    evidence = quote(Reading("a" * 40, "t", "en", pages), "d", "t", 9, 20, 1.7)
    assert evidence.quote == "a" * 11 and evidence.page == 1 and evidence.score == 1.0
    assert [page_at(pages, offset) for offset in (0, 9, 10, 39)] == [1, 1, 2, 2] and page_at((), 3) is None


def test_what_was_not_compared_is_no_window() -> None:
    def nothing(claims: Sequence[str], candidates: Sequence[Sequence[Candidate]]) -> list[np.ndarray]:
        return [np.full(len(own), np.nan) for own in candidates]

    assert find_windows(["LoRA adds no latency."], [[PASSAGE]], nothing) == [[]]
    assert find_windows(["LoRA adds no latency."], [[]], compare) == [[]]


def test_links_headings_and_formulas_are_no_evidence() -> None:
    text = (
        "## 相关笔记\n\n- [PagedAttention](paged.md)\n\n$$h = W_0x + BAx$$\n\nLoRA 冻结权重，只训练低秩增量。"
    )
    passage = Passage("d", "LoRA", (), text, 0, len(text))
    found = find_windows(["LoRA 训练低秩增量，权重是冻结的。"], [[passage]], compare)[0]
    assert [w.wide for w in found] == ["LoRA 冻结权重，只训练低秩增量。"]


def test_a_neighbour_joins_only_if_it_says_more_of_the_claim() -> None:
    joined = windows("LoRA reduces trainable parameters by 10,000 times and adds no inference latency.")[0]
    assert "10,000" in joined.wide and "latency" in joined.wide and "Paris" not in joined.wide
    assert windows("LoRA adds no inference latency.")[0].wide == "LoRA adds no inference latency."


@pytest.mark.parametrize(
    ("answer", "claim"),
    [
        ("28.4", "Which BLEU score: 28.4"),
        ("LoRA.", "Which BLEU score: LoRA"),
        ("In summary:", "In summary:"),
        ("# 28.4", "# 28.4"),
        ("", ""),
        ("LoRA adds no inference latency.", "LoRA adds no inference latency."),
    ],
)
def test_a_bare_answer_is_judged_with_its_question(answer: str, claim: str) -> None:
    assert complete(answer, "Which BLEU score?") == claim


def test_a_number_is_a_claim_and_a_list_number_is_not() -> None:
    assert not states_nothing("28.4") and states_nothing("1. 总结")


def test_meaning_alone_is_not_a_source_in_the_other_language() -> None:
    recipe = "In a skillet, cook beef, onion and peppers over medium heat until meat is no longer pink."
    passage = Passage("d", "Samples", (), recipe, 0, len(recipe))
    unrelated = Window(passage, 0, len(recipe), 0, len(recipe), 0.9, 0.0, ("zh", "en"), anchored=False)
    assert judge("红烧肉先炒糖色，再慢炖。", unrelated).verdict == "partial"

    shared = "KV caching grows with length."
    for claim, text, anchored in (
        ("红烧肉先炒糖色，再慢炖。", recipe, False),
        ("键值缓存随长度增长。", shared.replace("KV caching", "The KV cache"), True),
    ):
        own = Passage("d", "t", (), text, 0, len(text))
        assert find_windows([claim], [[own]], compare)[0][0].anchored is anchored


def test_with_a_checker_the_nearest_passage_that_says_the_opposite_rules_out_the_others() -> None:
    claim = "Merging LoRA adds latency at inference."
    denies = window(core="Merging LoRA does not add latency at inference.")
    vague = window(0.8, 0.8, core="Merging LoRA adds the update to the weights.")
    sure = [Opinion(9.0), Opinion(9.0)]
    assert [j.verdict for j, _ in choose(claim, [vague], sure[:1])] == ["supported"]
    assert {j.verdict for j, _ in choose(claim, [denies, vague], sure)} == {"partial"}
