"""The page that checks any text against the library, sentence by sentence."""

from typing import Any

import streamlit as st

from core.errors import PrepError
from ui.component import draw
from ui.source import show_source
from ui.stores import Stores, open_stores
from ui.style import put, put_error, tag
from ui.tab import Tab, this_tab
from ui.views import answer_view, summary


def check_panel() -> None:
    """Paste a text, get a verdict on each of its sentences."""
    stores, tab = open_stores(), this_tab()
    words = tab.words
    st.html(tag("div", "heading", words["check"]) + tag("div", "quiet", words["check_more"]))
    with st.form("check", border=False):  # a form: the text and the click arrive together
        text = st.text_area(words["check_text"], key="to-check", height=180)
        if "check-again" not in st.session_state:
            st.session_state["check-again"] = stores.asker.reads_again()
        again = stores.settings.llm != "none" and st.checkbox(words["ask_model"], key="check-again")
        go = st.form_submit_button(words["check_go"], key="check-go", type="primary")
    if go:
        _check(stores, tab, text, again)
    if not tab.checked:
        return
    if tab.check_fault:
        put("notice", words.say("not_asked", why=words.told(tab.check_fault)))
    st.html(tag("div", "summary", summary(tab.checked, words)) + tag("div", "quiet", words["summary_help"]))
    if fault := stores.asker.judging.fault:
        st.html(tag("div", "quiet", words.say("rules_alone", why=words.told(fault))))
    if opened := _draw(stores, tab, "checked"):
        show_source(stores.library, words, tab.checked, opened)


def _check(stores: Stores, tab: Tab, text: str, again: bool) -> None:
    """First verdicts, which stay if the page is left, then those of the language model."""
    tab.checked, tab.check_fault = [], ""
    line, first = st.empty(), st.empty()
    try:
        with st.spinner(tab.words["checking"]):
            tab.checked = stores.asker.check(text)
        if again:
            line.html(tag("div", "working", tab.words["second_look"]))
            with first.container():
                _draw(stores, tab, "checked-first")
            second = stores.asker.second_opinion(stores.settings.llm)
            tab.checked = stores.asker.check(text, second)
            tab.check_fault = second.fault if second else ""
    except PrepError as error:
        put_error(error, tab.words)
    finally:
        line.empty()
        first.empty()


def _draw(stores: Stores, tab: Tab, key: str) -> Any:
    """The checked sentences with their marks, and which one was opened."""
    return draw(answer_view(tab.checked, stores.library.standing(), tab.words), key=key)
