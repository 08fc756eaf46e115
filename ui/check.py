"""The page that checks any text against the library, sentence by sentence."""

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
        again = stores.settings.llm != "none" and st.checkbox(words["ask_model"], key="check-again")
        go = st.form_submit_button(words["check_go"], key="check-go", type="primary")
    if go:
        _check(stores, tab, text, stores.settings.llm if again else "none")
    if not tab.checked:
        return
    st.html(tag("div", "summary", summary(tab.checked, words)) + tag("div", "quiet", words["summary_help"]))
    if fault := stores.asker.judging.fault:
        st.html(tag("div", "quiet", words.say("rules_alone", why=words.told(fault))))
    present = stores.library.standing()
    opened = draw(answer_view(tab.checked, present, words), key="checked")
    if opened:
        show_source(stores.library, words, tab.checked, opened)


def _check(stores: Stores, tab: Tab, text: str, llm: str) -> None:
    tab.checked = []
    try:
        with st.spinner(tab.words["checking"]):
            second = stores.asker.second_opinion(llm)
            tab.checked = list(stores.asker.check(text, second))
        if second and second.fault:
            put("notice", tab.words.say("not_asked", why=tab.words.told(second.fault)))
    except PrepError as error:
        put_error(error, tab.words)
