"""A question is searched in both languages where a model can translate it, and as it stands where none can."""

import threading
from dataclasses import replace

import pytest
from fake_model import TRANSLATED, Model, serving

from answer import Asker, Retrieved
from answer import translate as seam
from answer.llm import Endpoint
from answer.translate import Translator, search_both
from core.errors import LLMError
from core.settings import Settings
from index.fuse import blend
from index.library import Library, open_library

ASKED = "微调时新加的那两个小矩阵是什么，原来的参数动不动？"
ZH = "# 微调笔记\n\n微调时要看学习率，原来的参数常常整体更新，参数很多时显存不够。\n"
EN = "# Adapters\n\nLow-rank adaptation trains two small matrices per layer while the pretrained weights stay frozen.\n"


@pytest.fixture
def library(settings: Settings) -> Library:
    library = open_library(settings)
    for name, text in (("zh.md", ZH), ("en.md", EN)):
        assert library.ingest_bytes(name, text.encode(), "note").error is None
    return library


def says(monkeypatch: pytest.MonkeyPatch, said: str) -> list[str]:
    """Every model says that; the list fills with what they were asked."""
    asked: list[str] = []

    def stream(endpoint: Endpoint, messages: list[tuple[str, str]], most: int) -> list[str]:
        asked.append(messages[-1][1])
        if not said:
            raise LLMError("Cannot reach the model", "Start it")
        return [said]

    monkeypatch.setattr(seam.llm_seam, "stream", stream)
    return asked


def translator() -> Translator:
    return Translator(lambda name: Endpoint("http://127.0.0.1:9/v1", name), threading.Lock())


def test_both_searches_count_and_agreement_decides_between_equals() -> None:
    own, translated = {"a": 2.0, "b": 1.0, "c": 1.5}, {"b": 2.0, "a": 1.5, "d": 1.2}
    assert list(blend(own, translated, {"b", "d"})) == ["a", "b", "c", "d"]
    assert next(iter(blend(own, translated | {"a": 0.2}, {"b", "d"}))) == "b"
    assert list(blend(own, translated, set()))[:2] == ["a", "c"], "its own language as its own search says"


def test_a_passage_in_the_other_language_comes_up(library: Library) -> None:
    found = search_both(library, ASKED, lambda question: TRANSLATED, 2)
    assert [hit.language for hit in found.hits] == ["en", "zh"] and found.query == ASKED
    assert found.hits[0].score > found.hits[1].score


def test_nothing_is_translated_where_all_is_in_the_language_of_the_question(library: Library) -> None:
    def never(question: str) -> str:
        raise AssertionError

    note = next(document.doc_id for document in library.documents() if document.language == "zh")
    alone = library.search(ASKED, 2, doc=note).hits
    assert search_both(library, ASKED, never, 2, doc=note).hits == alone
    assert search_both(library, ASKED, never, 2, kind="paper").hits == ()


def test_a_translation_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = says(monkeypatch, f" {TRANSLATED}\n")
    translate = translator().by("m")
    assert [translate(ASKED), translate(ASKED)] == [TRANSLATED] * 2 and len(asked) == 1
    assert "into English" in asked[0] and asked[0].endswith(ASKED)


@pytest.mark.parametrize("said", ["", "微调时新加的小矩阵", "Sure!\n" + TRANSLATED, "word " * 90, "GQA", " "])
def test_what_is_no_translation_is_not_searched(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    says(monkeypatch, said)
    question = "GQA vs MQA?" if said == "GQA" else ASKED
    assert translator().by("m")(question) == ""


def test_a_slow_translation_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, TRANSLATED)
    monkeypatch.setattr(seam, "SECONDS", -1.0)
    assert translator().by("m")(ASKED) == ""


def test_asking_searches_both(library: Library, settings: Settings) -> None:
    with serving() as url:
        own = replace(settings, llm="plain", llm_url=url)
        with Asker(library, own) as asker:
            first = next(iter(asker.ask(ASKED)))
            again = asker.search(ASKED, 2, "plain")
            assert isinstance(first, Retrieved) and first.found.hits[0].language == "en"
            assert again.hits == first.found.hits[:2]
            assert sum(text.startswith("Translate") for text in Model.told) == 1
            assert asker.search(ASKED, 2).hits == library.search(ASKED, 2).hits
