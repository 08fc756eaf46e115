"""The conversation: evidence first, then the answer as it is written, then sentences with their sources."""

import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from answer.export import answer_markdown
from answer.records import Answer, Judged, Retrieved, Token, Turn
from answer.render import answer_from_json, answer_json
from core.errors import PrepError
from index.records import Found, Standing
from index.search import MAX_QUERY
from ui.component import draw
from ui.scope import Scope, choose_scope
from ui.source import show_hit, show_source
from ui.stores import Stores, open_stores
from ui.style import close_sidebar, put, put_error, tag
from ui.tab import Tab, this_tab
from ui.text import Words
from ui.views import answer_view, hits_view, summary

NEAREST = 3  # passages shown with a refusal (issue: the three nearest)
REDRAW = 0.1  # seconds between redraws of a streamed text; arbitrary, below what the eye minds


def chat_panel() -> None:
    """The page where questions are asked."""
    stores, tab = open_stores(), this_tab()
    words = tab.words
    _follow_address(stores, tab)
    if tab.turned:  # before the answers: they take a moment to draw
        tab.turned = False
        close_sidebar()
    present = stores.library.standing()
    for i, stored in enumerate(tab.answers):
        fresh = tab.fresh and i == len(tab.answers) - 1
        _draw_answer(stores, tab, answer_from_json(stored), f"{tab.chat_id}-{i}", present, fresh)
    tab.fresh = False
    if tab.trouble:
        put("notice", tab.trouble)
    welcome, slot = st.empty(), st.container()
    with_model = stores.settings.llm != "none"
    with st.container(horizontal=True, vertical_alignment="center", key="how"):
        scope = choose_scope(stores.library, words)
        if with_model:
            st.toggle(words["quotes_only"], key="quotes-only", help=words["quotes_only_help"])
    asked = (
        st.chat_input(words["placeholder"], key="question", max_chars=MAX_QUERY, submit_mode="stop")
        or tab.pending
    )
    llm = "none" if with_model and st.session_state.get("quotes-only") else None
    tab.pending = ""
    if asked and (question := str(asked).strip()):
        welcome.empty()  # at once: what a run does not draw again stays on screen until it ends
        with slot:
            _answer(stores, tab, question, llm, scope)
    elif tab.draft:
        with slot:
            _draw_draft(tab)
    elif not tab.answers:
        with welcome.container():
            _welcome(tab)


def _follow_address(stores: Stores, tab: Tab) -> None:
    """A reload opens the conversation that was open; the address names it."""
    wanted = st.query_params.get("chat", "")
    if not tab.opened and wanted and (answers := stores.library.answers(wanted)):
        tab.start_chat(wanted, answers)
    tab.opened = True
    if tab.answers:
        st.query_params["chat"] = tab.chat_id
    else:
        st.query_params.pop("chat", None)


def _welcome(tab: Tab) -> None:
    words = tab.words
    st.html(tag("div", "lead", words["hello"]) + tag("div", "quiet", words["hello_more"]))
    put("quiet", words["try"])
    for key in ("example1", "example2", "example3", "example4"):
        st.button(words[key], key=key, on_click=_ask_next, args=(tab, words[key]))


def _ask_next(tab: Tab, question: str) -> None:
    tab.pending = question


def _draw_draft(tab: Tab) -> None:
    question, text = tab.draft or ("", "")
    put("question", question)
    put("notice", tab.words["stopped" if text else "stopped_early"])
    if text:
        put("draft", text)
    st.button(tab.words["ask_again"], key="ask-again", on_click=_ask_next, args=(tab, question))


def _draw_answer(
    stores: Stores, tab: Tab, answer: Answer, key: str, present: Mapping[str, Standing], fresh: bool
) -> None:
    """One frozen answer, from nothing but itself and the list of documents that still exist."""
    words = tab.words
    put("question", answer.question)
    if answer.refused:
        put("refused", words["refused"], words["refused_more"])
        _tell(answer, words)
        nearest = answer.nearest[:NEAREST]
        view = hits_view(nearest, words, words["not_answer"]) | {"fresh": fresh}
        number = draw(view, key=f"nearest-{key}")
        if number:
            show_hit(stores.library, words, nearest[number - 1])
    else:
        view = answer_view(answer.sentences, present, words, answer.model == "none") | {"fresh": fresh}
        if opened := draw(view, key=f"answer-{key}"):
            show_source(stores.library, words, answer.sentences, opened)
        _tell(answer, words)
    _draw_foot(stores, tab, answer, key)


def _tell(answer: Answer, words: Words) -> None:
    if answer.notice:
        put("notice", words.told(answer.notice))


def _draw_foot(stores: Stores, tab: Tab, answer: Answer, key: str) -> None:
    words = tab.words
    if not answer.refused and (line := summary(answer.sentences, words)):
        st.html(tag("div", "summary", line) + tag("div", "quiet", words["summary_help"]))
    with st.expander(words.say("found_passages", n=len(answer.hits))):
        number = draw(hits_view(answer.hits, words), key=f"hits-{key}")
    if number:
        show_hit(stores.library, words, answer.hits[number - 1])
    seconds = f"{answer.timings_ms.get('total', 0) / 1000:.1f}"
    with st.container(horizontal=True, vertical_alignment="center"):
        by = "" if answer.refused and answer.model == "none" else model_label(answer.model, words)
        put("quiet", words.say("answered" if by else "took", model=by, seconds=seconds))
        text = answer_markdown(replace(answer, notice=words.told(answer.notice)))
        st.download_button(
            words["export"], text, f"prepcite-{key[:8]}-{key.rsplit('-', 1)[-1]}.md", "text/markdown",
            key=f"export-{key}", on_click="ignore", type="tertiary", icon=":material/download:",
        )  # fmt: skip


def model_label(model: str, words: Any) -> str:
    """A model's name as people read it."""
    if model == "none":
        return str(words["evidence_only"])
    return (
        f"{words['local_model']} {model.removeprefix('local:').removesuffix('.gguf')}"
        if model.startswith("local:")
        else model
    )


def _answer(stores: Stores, tab: Tab, question: str, llm: str | None, scope: Scope) -> None:
    """Ask and draw what comes, as it comes; then keep the answer and draw it anew with its sources."""
    words = tab.words
    tab.trouble, tab.draft = "", (question, "")
    put("question", question)
    passages, line, text = st.container(), st.empty(), st.empty()
    line.html(tag("div", "working", words["searching"]))
    history = [
        Turn(a["question"], "".join(s.get("lead", "") + s["text"] for s in a["sentences"]))
        for a in tab.answers
    ]
    answer = None
    try:
        events = stores.asker.ask(question, history=history, llm=llm, kind=scope.kind, doc=scope.doc)
        loads = stores.settings.llm == "local" and llm is None and not _has_spoken(tab)
        for event in _follow(events, tab, "loading" if loads else "reading", passages, line, text):
            answer, tab.draft = (event.answer if isinstance(event, Judged) else event), None
            if isinstance(event, Judged):
                _draw_work(tab, line, "second_look", "second_stopped")
                with text.container():
                    _draw_sentences(stores, tab, answer)
    except PrepError as error:
        tab.draft = None
        line.empty()
        put_error(error, words)
    finally:  # stopped during the second look, the first verdicts are kept
        if answer is not None:
            _keep(stores, tab, answer)
    if answer is not None:
        st.rerun()


def _keep(stores: Stores, tab: Tab, answer: Answer) -> None:
    stored = answer_json(answer)
    tab.answers.append(stored)
    tab.fresh = True
    try:
        stores.library.save_answer(tab.chat_id, stored)
    except PrepError as error:
        tab.trouble = tab.words.say("not_saved", why=tab.words.told(error))


def _draw_sentences(stores: Stores, tab: Tab, answer: Answer) -> None:
    """Sentences with their marks while a second opinion is on its way; nothing to open yet."""
    present = stores.library.standing()
    view = answer_view(answer.sentences, present, tab.words)
    draw(view, key=f"judged-{tab.chat_id}-{len(tab.answers)}")


def _follow(
    events: Any, tab: Tab, reading: str, passages: Any, line: Any, text: Any
) -> Iterator[Judged | Answer]:
    """Draw events until the answer is there; `reading` names the first stage. Closes them when it is stopped."""
    written, drawn = "", 0.0
    try:
        for event in events:
            if isinstance(event, Retrieved):
                _draw_found(event.found, tab, passages)
                _draw_work(tab, line, reading)
            elif isinstance(event, Token):
                if not written:
                    _draw_work(tab, line, "writing")
                written += event.text
                tab.draft = ((tab.draft or ("", ""))[0], written)
                if time.monotonic() - drawn > REDRAW:
                    text.html(tag("div", "draft", written))
                    drawn = time.monotonic()
            else:
                yield event
    finally:
        if isinstance(events, Generator):
            events.close()


def _has_spoken(tab: Tab) -> bool:
    """Whether a model has answered in this conversation, so that it is surely loaded."""
    return any(answer["model"] != "none" for answer in tab.answers)


def _draw_work(tab: Tab, line: Any, stage: str, stopped: str = "stopped") -> None:
    """What goes on, or, once the run has ended without an answer, that it was stopped."""
    idle = tag("div", "notice when-idle", tab.words[stopped])
    line.html(tag("div", "working", tab.words[stage]) + idle)


def _draw_found(found: Found, tab: Tab, passages: Any) -> None:
    words = tab.words
    with passages.expander(words.say("found_passages", n=len(found.hits)), expanded=True):
        draw(hits_view(found.hits, words) | {"compact": True}, key=f"live-{tab.chat_id}-{len(tab.answers)}")
