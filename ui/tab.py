"""What belongs to one browser tab: its language, its conversation, and what it is in the middle of."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import streamlit as st

from answer.records import Sentence
from index.records import Ingested
from ingest.records import Language
from ui.text import Words, language_for

CHOICES = ("scope-kind", "scope-doc", "quotes-only", "to-check", "check-again")  # keys of widgets


@dataclass
class Tab:
    """State of one tab; nothing here outlives it."""

    language: Language
    chat_id: str = field(default_factory=lambda: uuid4().hex)
    answers: list[dict[str, Any]] = field(default_factory=list)  # as frozen, oldest first
    opened: bool = False  # whether the address has been looked at for a conversation
    fresh: bool = False  # whether the last answer is about to be drawn for the first time
    turned: bool = False  # whether another conversation was just turned to
    pending: str = ""  # a question to answer in this run
    draft: tuple[str, str] | None = None  # question and text of an answer that was stopped
    trouble: str = ""  # one line to show once
    uploads: int = 0  # how many batches were added: the key of the next uploader
    uploaded: list[Ingested] = field(default_factory=list)
    checked: list[Sentence] = field(default_factory=list)
    check_fault: str = ""  # why not all of them were read again

    @property
    def words(self) -> Words:
        """The app's strings in this tab's language."""
        return Words(self.language)

    def start_chat(self, chat_id: str = "", answers: list[dict[str, Any]] | None = None) -> None:
        """Turn to a past conversation, or to a new one."""
        self.chat_id = chat_id or uuid4().hex
        self.answers = answers or []
        self.turned = self.opened
        self.draft, self.pending, self.trouble = None, "", ""


def keep_language(tab: Tab) -> None:
    """Put the language into the address where it is not the browser's own, for a reload."""
    if tab.language != language_for(st.context.locale):
        st.query_params["lang"] = tab.language
    else:
        st.query_params.pop("lang", None)


def keep_choices() -> None:
    """Keep what was chosen and typed while another page is shown, where Streamlit forgets it with the widget."""
    for key in CHOICES:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def this_tab() -> Tab:
    """The state of the tab that this run draws."""
    if "tab" not in st.session_state:
        asked_for = st.query_params.get("lang")
        start: Language = "en" if asked_for == "en" else "zh"
        st.session_state["tab"] = Tab(start if asked_for else language_for(st.context.locale))
    tab: Tab = st.session_state["tab"]
    return tab
