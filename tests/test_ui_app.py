"""The app's pages over the real library and the evidence-only answerer, without a browser."""

import json
from pathlib import Path
from typing import Any

import pytest
from fake_model import ANSWER, Model, serving
from streamlit.testing.v1 import AppTest

from answer.asker import Asker
from answer.records import Answer
from answer.render import answer_json
from core.settings import Settings
from index import open_library

ROOT = Path(__file__).parent.parent
GQA = (
    "# 分组查询注意力\n\n分组查询注意力（GQA）让多个查询头共用一组键和值，因此 KV 缓存按组数缩小，"
    "显存占用随之下降。"
    "LLaMA-2-70B 有 64 个查询头和 8 个键值头。\n"
)
HOSTILE = (
    "# LoRA <img src=x onerror=alert(1)>\n\nLoRA freezes the weights <b>and</b> "
    "[trains](javascript:alert(1)) r=8.\n"
)
QUESTION = "分组查询注意力（GQA）为什么让 KV 缓存和显存占用下降？"
NEW = "# 新笔记\n\n旋转位置编码把位置写进旋转角。\n"


@pytest.fixture
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A library of two notes, and the environment that makes the app open it."""
    import streamlit as st

    with open_library(settings) as library:
        for name, text in (("gqa.md", GQA), ("lo<img src=x>ra.md", HOSTILE)):
            assert library.ingest_bytes(name, text.encode(), "note").error is None
    monkeypatch.setenv("PREP_HOME", str(settings.home))
    monkeypatch.setenv("PREP_LLM", "none")
    monkeypatch.setenv("PREP_EMBED_MODEL", settings.embed_model)
    monkeypatch.setenv("PREP_THREADS", "1")
    st.cache_resource.clear()
    return settings


def start(page: str = "") -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    return app.switch_page(f"ui/pages/{page}.py").run() if page else app


def shown(app: AppTest) -> str:
    """All markup that was written by hand, style sheet left out."""
    found = [element.proto.body for element in app.get("html")]
    return "\n".join(body for body in found if not body.startswith("<style"))


def views(app: AppTest) -> list[dict[str, Any]]:
    """The data of every drawn view."""
    return [json.loads(element.proto.json) for element in app.get("bidi_component")]


def test_a_question_is_answered_with_evidence_and_kept(home: Settings) -> None:
    app = start()
    assert not app.exception and "问你的资料" in shown(app)
    app.chat_input(key="question").set_value(QUESTION).run()
    assert not app.exception
    answers = [view for view in views(app) if view["view"] == "answer"]
    assert answers and "共用一组键和值" in answers[0]["sources"][0]["quote"]
    assert {s["label"] for s in answers[0]["sentences"]} == {"有出处"}
    assert "部分有出处 0，未找到出处 0" in shown(app)
    with open_library(home) as library:
        (chat,) = library.chats()
        assert library.answers(chat.chat_id)[0]["question"] == QUESTION
    again = start()
    again.button(key=f"chat-{chat.chat_id}").click().run()
    assert next(v for v in views(again) if v["view"] == "answer")["blocks"] == answers[0]["blocks"]


def test_a_reload_opens_the_same_conversation_in_the_same_language(home: Settings) -> None:
    app = start()
    app.button_group(key="language").set_value("en").run()
    app.chat_input(key="question").set_value(QUESTION).run()
    again = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key in ("chat", "lang"):
        again.query_params[key] = app.query_params[key]
    again.run()
    assert [v for v in views(again) if v["view"] == "answer"] and "found in source" in str(views(again))
    again.button(key="new-chat").click().run()
    assert not [v for v in views(again) if v["view"] == "answer"] and "chat" not in again.query_params


def test_an_old_answer_outlives_its_document(home: Settings) -> None:
    with open_library(home) as library:
        answer = list(Asker(library, home).ask(QUESTION, llm="none"))[-1]
        assert isinstance(answer, Answer)
        library.save_answer("old", answer_json(answer))
        library.remove(answer.sentences[0].evidence[0].doc_id)
        gone = opened_again()
        library.ingest_bytes("gqa.md", GQA.replace("64", "48").encode(), "note")
        changed = opened_again()
    assert gone["sources"][0]["gone"] == "来源已删除" and changed["sources"][0]["gone"] == "来源已变化"
    assert gone["blocks"] == changed["blocks"]
    assert "共用一组键和值" in gone["sources"][0]["quote"] == changed["sources"][0]["quote"]


def opened_again() -> dict[str, Any]:
    """The answer of the chat "old" in a new tab."""
    app = start()
    app.button(key="chat-old").click().run()
    (view,) = [v for v in views(app) if v["view"] == "answer"]
    return view


def test_a_question_is_searched_where_the_reader_says(home: Settings) -> None:
    app = start()
    app.button_group(key="scope-kind").set_value("paper").run()
    app.chat_input(key="question").set_value(QUESTION).run()
    assert "所查的资料里没有答案" in shown(app)
    with open_library(home) as library:
        lora = next(d.doc_id for d in library.documents() if "LoRA" in d.title)
    app.button_group(key="scope-kind").set_value(None).run()
    app.selectbox(key="scope-doc").set_value(lora).run()
    app.chat_input(key="question").set_value("What does LoRA freeze and train?").run()
    found = [hit["place"] for view in views(app)[1:] if view["view"] == "hits" for hit in view["hits"]]
    assert found and all("LoRA" in place for place in found)


def test_a_chat_gets_another_name(home: Settings) -> None:
    app = start()
    app.chat_input(key="question").set_value(QUESTION).run()
    (name,) = [box for box in app.text_input if str(box.key).startswith("name-")]
    name.set_value("缓存")
    next(button for button in app.button if button.label == "改名").click().run()
    assert not app.exception and "缓存" in [button.label for button in app.button]
    with open_library(home) as library:
        assert [chat.title for chat in library.chats()] == ["缓存"]


def test_a_chat_is_deleted_after_a_second_word(home: Settings) -> None:
    app = start()
    app.chat_input(key="question").set_value(QUESTION).run()
    app.button(key="sure-delete-chat").click().run()
    assert not app.exception and "问你的资料" in shown(app)
    with open_library(home) as library:
        assert library.chats() == []


def test_a_document_opens_at_its_start(home: Settings) -> None:
    with open_library(home) as library:
        doc_id = next(d.doc_id for d in library.documents() if "LoRA" not in d.title)
    app = start("library")
    app.button(key=f"open-{doc_id[:12]}").click().run()
    (view,) = views(app)
    assert view["view"] == "passage" and "分组查询注意力" in str(view["blocks"][0])
    assert not any(run["span"] >= 0 for block in view["blocks"] for run in block["runs"])


def test_what_the_sources_do_not_hold_is_refused(home: Settings) -> None:
    app = start()
    app.chat_input(key="question").set_value("今天北京的天气怎么样？").run()
    assert "所查的资料里没有答案" in shown(app)
    nearest = [view for view in views(app) if view["view"] == "hits" and view["label"]]
    assert nearest[0]["label"] == "不是答案" and 1 <= len(nearest[0]["hits"]) <= 3


def test_documents_come_and_go(home: Settings) -> None:
    app = start("library")
    assert (
        "分组查询注意力" in shown(app)
        and "lo&lt;img src=x&gt;ra.md" in shown(app)
        and "<img" not in shown(app)
    )
    app.file_uploader[0].set_value([("new.md", NEW.encode(), "text/markdown"),
                                    ("empty.txt", b"", "text/plain")]).run()  # fmt: skip
    app.button(key="add").click().run()
    assert not app.exception
    assert "已加入" in shown(app) and "没有加入" in shown(app)
    with open_library(home) as library:
        assert len(library.documents()) == 3
        doc_id = library.document(library.search("旋转位置编码").hits[0].doc_id).doc_id
    app.button(key=f"sure-{doc_id[:12]}").click().run()
    with open_library(home) as library:
        assert doc_id not in {document.doc_id for document in library.documents()}


def test_any_text_is_checked_sentence_by_sentence(home: Settings) -> None:
    app = start("check")
    app.text_area(key="to-check").set_value("LLaMA-2-70B 有 64 个查询头和 16 个键值头。综上所述。")
    app.button(key="check-go").click().run()
    assert not app.exception
    (view,) = views(app)
    assert view["sentences"][0]["verdict"] in ("partial", "unsupported")
    assert view["sentences"][1]["verdict"] == "no_claim"
    app.text_area(key="to-check").set_value("  ")
    app.button(key="check-go").click().run()
    assert 'role="alert"' in shown(app) and not app.exception


def test_a_close_verdict_gets_a_second_look_that_is_shown(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as url, open_library(home) as library:
        monkeypatch.setenv("PREP_LLM", "doubts")
        monkeypatch.setenv("PREP_LLM_URL", url)
        app = start()
        app.chat_input(key="question").set_value("What does LoRA freeze and what does it train?").run()
        assert not app.exception and len(Model.asked) == 1
        assert "1 句由大模型复核过" in shown(app)
        (chat,) = library.chats()
        (stored,) = library.answers(chat.chat_id)
        assert [s["second_opinion"] for s in stored["sentences"]] == [True]
        app = app.switch_page("ui/pages/check.py").run()
        for box, asked in ((False, 1), (True, 2)):
            app.text_area(key="to-check").set_value(ANSWER)
            app.checkbox(key="check-again").set_value(box)
            app.button(key="check-go").click().run()
            assert not app.exception and len(Model.asked) == asked


def test_the_status_page_names_the_home_and_its_checks(home: Settings) -> None:
    app = start("status")
    assert not app.exception
    assert str(home.home) in shown(app) and "只摘原文" in shown(app)


def test_the_language_switches_at_once(home: Settings) -> None:
    app = start()
    app.button_group(key="language").set_value("en").run()
    assert "Ask your sources" in shown(app)


def test_a_wrong_setting_is_one_line(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREP_LMM", "none")
    app = start()
    assert not app.exception
    assert "没有这个设置：PREP_LMM" in shown(app) and "是不是 llm？" in shown(app)
