"""The Asker over a real library and the real embedding model, without a language model or with a failing one."""

from dataclasses import replace
from typing import Any

import pytest

from answer import Asker, Retrieved, Turn, answer_from_json, answer_json
from answer.records import Answer
from core.errors import InputError
from core.settings import Settings
from index.library import Library, open_library

GQA = "# 分组查询注意力\n\n分组查询注意力（GQA）让多个查询头共用一组键和值，因此 KV 缓存按组数缩小，显存占用随之下降。GQA 由 5% 的预训练算力改造而来。\n"
LORA = "# LoRA\n\nLoRA freezes the pretrained weights and trains two small low-rank matrices per layer. LoRA adds no inference latency after merging.\n"


@pytest.fixture
def library(settings: Settings) -> Library:
    library = open_library(settings)
    for name, text in (("gqa.md", GQA), ("lora.md", LORA)):
        assert library.ingest_bytes(name, text.encode(), "note").error is None
    return library


def last(asker: Asker, question: str, **options: Any) -> Answer:
    events = list(asker.ask(question, **options))
    assert isinstance(events[0], Retrieved)
    assert isinstance(events[-1], Answer)
    return events[-1]


def test_evidence_only_answers_quote_exactly(library: Library, settings: Settings) -> None:
    with Asker(library, settings) as asker:
        answer = last(asker, "GQA 为什么能省显存?", llm="none")
    assert not answer.refused and answer.model == "none" and answer.language == "zh"
    assert "KV 缓存" in answer.sentences[0].text
    for sentence in answer.sentences:
        assert sentence.verdict == "supported"
        for one in sentence.evidence:
            assert library.reading(one.doc_id).text[one.start : one.end] == one.quote == sentence.text
    assert answer_from_json(answer_json(answer)) == answer


def test_what_nobody_mentions_is_refused(library: Library, settings: Settings) -> None:
    with Asker(library, settings) as asker:
        answer = last(asker, "vLLM 的 PagedAttention 怎样实现?", llm="none")
    assert answer.refused and answer.nearest and [s.verdict for s in answer.sentences] == ["no_claim"]


def test_a_follow_up_is_searched_with_its_topic(library: Library, settings: Settings) -> None:
    with Asker(library, settings) as asker:
        events = list(asker.ask("那它呢?", history=[Turn("GQA 为什么省显存?", "……")], llm="none"))
    assert isinstance(events[0], Retrieved) and "GQA" in events[0].found.query


def test_an_endpoint_that_is_down_costs_nothing_but_the_words(library: Library, settings: Settings) -> None:
    down = replace(settings, llm="some-model", llm_url="http://127.0.0.1:9/v1")
    with Asker(library, down) as asker:
        answer = last(asker, "GQA 为什么能省显存?")
    assert "Cannot reach" in answer.notice and answer.model == "none" and answer.sentences


def test_check_judges_every_sentence(library: Library, settings: Settings) -> None:
    text = "综上所述：\n\nLoRA adds no inference latency. GQA 只需 15% 的预训练算力。"
    with Asker(library, settings) as asker:
        sentences = asker.check(text)
        assert [s.verdict for s in sentences] == ["no_claim", "supported", sentences[2].verdict]
        assert sentences[2].verdict != "supported"
        for bad in ("", "  \n", "字" * 100_001):
            with pytest.raises(InputError):
                asker.check(bad)


def test_no_endpoint_for_a_named_model(library: Library, settings: Settings) -> None:
    with Asker(library, settings) as asker, pytest.raises(InputError, match="no endpoint"):
        next(asker.ask("GQA?", llm="gpt"))


def test_a_library_of_one_note_answers_what_it_holds(settings: Settings) -> None:
    note = "分组查询注意力（GQA）让多个查询头共用一组键和值，因此 KV 缓存按组数缩小。"
    with open_library(settings) as library, Asker(library, settings) as asker:
        assert library.ingest_bytes("gqa.md", note.encode(), "note").error is None
        assert not last(asker, "GQA 为什么能省显存?", llm="none").refused
        assert last(asker, "红烧肉怎么做才不腻?", llm="none").refused
