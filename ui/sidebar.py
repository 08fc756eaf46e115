"""What stands beside every page: the name, past conversations, the language, the health line."""

import streamlit as st

from core.errors import PrepError
from index.chats import TITLE_LENGTH
from index.records import ChatInfo
from ui.status import health_line
from ui.stores import Stores
from ui.style import plain, put, put_error, tag
from ui.tab import Tab, this_tab

CHATS = 30  # past conversations listed; arbitrary


def sidebar(stores: Stores, ask: st.Page) -> None:
    """Draw the sidebar; `ask` is the page that a conversation opens on."""
    tab = this_tab()
    words = tab.words
    if st.button(words["new_chat"], key="new-chat", icon=":material/add:", width="stretch"):
        tab.start_chat()
        st.switch_page(ask)
    chats = stores.library.chats()[:CHATS]
    if chats:
        put("quiet", words["history"])
        with st.container(key="chats", gap=None):
            for chat in chats:
                _draw_chat(stores, tab, chat, ask)
    st.segmented_control(
        words["language"], ["zh", "en"], default=tab.language, key="language", on_change=_switch, args=(tab,),
        format_func={"zh": "中文", "en": "English"}.__getitem__, label_visibility="collapsed", required=True,
    )  # fmt: skip
    st.html(tag("div", "quiet", health_line(stores, words)))


def _switch(tab: Tab) -> None:
    tab.language = st.session_state["language"]


def _draw_chat(stores: Stores, tab: Tab, chat: ChatInfo, ask: st.Page) -> None:
    words = tab.words
    current = chat.chat_id == tab.chat_id
    with st.container(horizontal=True, wrap=False, gap="xsmall"):
        if st.button(
            plain(chat.title) or "…",
            key=f"chat-{chat.chat_id}",
            width="stretch",
            type="secondary" if current else "tertiary",
        ):
            tab.start_chat(chat.chat_id, stores.library.answers(chat.chat_id))
            st.switch_page(ask)
        if current:
            with st.popover(
                "",
                key="change-chat",
                icon=":material/more_horiz:",
                help=words["change_chat"],
                type="tertiary",
            ):
                try:
                    _change(stores, tab, chat, ask)
                except PrepError as error:
                    put_error(error, words)


def _change(stores: Stores, tab: Tab, chat: ChatInfo, ask: st.Page) -> None:
    """Another name for the chat that is open, or its end."""
    words = tab.words
    with st.form("rename-chat", border=False):
        name = st.text_input(
            words["chat_name"], chat.title, max_chars=TITLE_LENGTH, key=f"name-{chat.chat_id}"
        )
        if st.form_submit_button(words["rename"]):
            stores.library.rename_chat(chat.chat_id, name)
            st.rerun()
    st.divider()
    put("line", words["delete_sure"])
    if st.button(words["delete_yes"], key="sure-delete-chat", type="primary"):
        stores.library.delete_chat(chat.chat_id)
        tab.start_chat()
        st.switch_page(ask)
