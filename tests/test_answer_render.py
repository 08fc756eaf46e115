"""Render and export: the JSON contracts, the way back, footnotes."""

import json
from dataclasses import replace

import pytest

from answer.export import answer_markdown
from answer.records import Answer, Evidence, Sentence
from answer.render import answer_from_json, answer_json
from core.errors import InputError
from index.records import Hit

QUOTE = Evidence("d" * 64, "GQA <b>", 3, 10, 20, "shares\nheads", 0.9)
HIT = Hit("c1", "d" * 64, "GQA", "paper", "en", 0, 30, "text", 3, 3, ("1 Intro",), 1.1, 0.5, 2.0, 1, None)
ANSWER = Answer(
    "GQA 是什么？", "zh", False,
    (Sentence("共享键值头。", "supported", (QUOTE,)), Sentence("很快。", "unsupported"), Sentence("省显存。", "partial", (QUOTE,))),
    (HIT,), (), "none", "abc", {"retrieve": 1.5, "total": 2.0},
)  # fmt: skip


def test_there_and_back_through_text() -> None:
    assert answer_from_json(json.loads(json.dumps(answer_json(ANSWER)))) == ANSWER


def test_contract() -> None:
    out = answer_json(ANSWER)
    assert list(out) == [
        "question",
        "language",
        "refused",
        "sentences",
        "hits",
        "model",
        "fingerprint",
        "timings_ms",
    ]
    assert list(out["sentences"][0]) == ["text", "verdict", "evidence", "missing"]
    assert list(out["sentences"][0]["evidence"][0]) == [
        "doc_id",
        "title",
        "page",
        "start",
        "end",
        "quote",
        "score",
    ]
    assert {
        "chunk_id",
        "doc_id",
        "title",
        "kind",
        "page_start",
        "page_end",
        "heading",
        "text",
        "score",
    } <= set(out["hits"][0])


def test_refused_shows_the_nearest() -> None:
    refused = Answer("q", "en", True, (), (), (HIT,), "none", "abc")
    assert answer_json(refused)["nearest"][0]["chunk_id"] == "c1"
    assert answer_from_json(answer_json(refused)) == refused


def test_what_is_not_an_answer_is_refused() -> None:
    with pytest.raises(InputError):
        answer_from_json({"question": "q"})


def test_markdown_has_one_footnote_per_quote_and_no_html() -> None:
    text = answer_markdown(ANSWER)
    assert text.count("[^1]:") == 1 and text.count("[^1]") == 3
    assert "未找到出处" in text and "，第 3 页：“shares heads”" in text
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_what_is_kept_with_a_sentence_comes_back_and_is_exported() -> None:
    said = (
        Sentence("- 缓存更小。", "supported", (QUOTE,)),
        Sentence("- 缓存更大。", "partial", (QUOTE,), ((4, 6),), True, "\n", True),
    )
    answer = replace(ANSWER, sentences=said)
    assert answer_from_json(answer_json(answer)) == answer
    text = answer_markdown(answer)
    assert "- 缓存更小。[^1]\n- 缓存更大。[^1] *(部分有出处；来源说法似乎相反)*" in text
