"""The look around the widgets, and text put on the page as text. The theme is in .streamlit/config.toml."""

import time
from html import escape
from pathlib import Path

import streamlit as st

from core.errors import PrepError
from ui.text import Words

# A script runs again whenever the page is laid out anew: once a TIME.
_CLOSE = """
if (innerWidth < 768 && window.prepciteClosed !== "TIME") {
  window.prepciteClosed = "TIME";
  document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
}
"""
_SHEET = Path(__file__).parent / "assets" / "page.css"


def put_style(words: Words) -> None:
    """Load the style sheet into the page, with the one word that a widget of Streamlit cannot be told."""
    st.html(f"<style>:root {{ --choose: '{words['choose']}'; }}{_SHEET.read_text(encoding='utf-8')}</style>")


def close_sidebar() -> None:
    """Close the sidebar where it covers the page, on a phone; Streamlit closes it for links only."""
    script = _CLOSE.replace("TIME", str(time.time_ns()))
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def tag(kind: str, cls: str, text: str) -> str:
    """An element that holds `text` as text: the only way words get into markup here."""
    return f'<{kind} class="{cls}">{escape(text)}</{kind}>'


def plain(text: str) -> str:
    """`text` for a label of Streamlit, which reads Markdown."""
    return "".join(f"\\{c}" if c in r"\`*_[]()#$<>:!~|" else c for c in text)


def put(cls: str, text: str, more: str = "") -> None:
    """Show `text`, escaped, in the style `cls`, and `more` on a line below it."""
    st.html(f'<div class="{cls}">{escape(text)}{tag("span", "", more) if more else ""}</div>')


def put_error(error: PrepError, words: Words) -> None:
    """What happened and what to do about it."""
    message, remedy = words.told(error.message), words.told(error.remedy)
    st.html(f'<div class="trouble" role="alert">{escape(message)}{tag("span", "", remedy)}</div>')
