"""The status page and the health line: which model answers, what is in the library, what needs attention."""

import streamlit as st

from core.errors import PrepError
from ui.chat import model_label
from ui.stores import Stores, open_stores
from ui.style import put, tag
from ui.tab import this_tab
from ui.text import Words


def health_line(stores: Stores, words: Words) -> str:
    """Model, documents and passages in one line."""
    return f"{_model(stores, words)} · {_holdings(stores, words)}"


def _holdings(stores: Stores, words: Words) -> str:
    documents = stores.library.documents()
    chunks = sum(document.chunks for document in documents)
    return f"{words.say('documents', n=len(documents))} · {words.say('chunks', n=chunks)}"


def _model(stores: Stores, words: Words) -> str:
    """The answering model as people read it, also while its file is not there."""
    try:
        return model_label(stores.asker.model_name(), words)
    except PrepError:
        return words["model_missing"]


def status_panel() -> None:
    """The page of facts and checks."""
    stores, words = open_stores(), this_tab().words
    put("heading", words["status"])
    facts = {
        "model": _model(stores, words),
        "library": _holdings(stores, words),
        "home": str(stores.settings.home),
        "fingerprint": stores.library.fingerprint,
    }  # fmt: skip
    st.html(
        '<dl class="facts">'
        + "".join(tag("dt", "", words[key]) + tag("dd", "", value) for key, value in facts.items())
        + "</dl>"
        + tag("div", "quiet", words["settings_more"])
    )
    put("heading", words["checks"])
    for check in stores.library.checks():
        mark = tag("span", "good" if check.ok else "bad", words["ok" if check.ok else "problem"])
        remedy = tag("div", "quiet", words.told(check.remedy)) if check.remedy and not check.ok else ""
        name = tag("span", "title", words.told(check.name))
        message = tag("span", "", words.told(check.message))
        st.html(f'<div class="line">{mark} {name} · {message}{remedy}</div>')
