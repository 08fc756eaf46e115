"""The look around the widgets, and text put on the page as text. The theme is in .streamlit/config.toml."""

from html import escape

import streamlit as st

from core.errors import PrepError
from ui.text import Words

_CSS = """
.stMainBlockContainer { max-width: 54rem; padding: 2.2rem 2rem 6rem; }
[data-testid="stBottomBlockContainer"] { max-width: 54rem; padding: 0.6rem 2rem 1.6rem; }
[data-testid="stHeader"] { background: #fcfbf8ee; }
[data-testid="stFileUploaderDropzone"] button p { font-size: 0; }
[data-testid="stFileUploaderDropzone"] button p::after { content: var(--choose); font-size: 0.95rem; }
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
[data-testid="stSidebarUserContent"] { padding-top: 0.4rem; }
[data-testid="stSidebarUserContent"] [data-testid="stButton"] button { justify-content: flex-start; }
[data-testid="stSidebarUserContent"] [data-testid="stButton"] button > div { justify-content: flex-start; text-align: start; }
[data-testid="stSidebarUserContent"] [data-testid="stButton"] p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.brand { font-weight: 700; font-size: 1.15rem; letter-spacing: 0.01em; }
.quiet, .brand small { display: block; color: #5d6470; font-size: 0.86rem; font-weight: 400; line-height: 1.55; }
.lead { font-size: 1.6rem; font-weight: 680; line-height: 1.35; margin: 8vh 0 0.5rem; }
.heading { font-size: 1.35rem; font-weight: 680; line-height: 1.4; }
.question { margin-inline-start: auto; width: fit-content; max-width: 85%; padding: 0.6rem 1rem;
  background: #e9eef2; border-radius: 1rem 1rem 0.25rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.draft { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.75; }
.summary { font-size: 0.9rem; font-weight: 600; color: #3a4048; }
.refused { border-inline-start: 4px solid #8a5a00; background: #faf3e3; padding: 0.8rem 1.1rem; border-radius: 0.4rem; }
.refused b { display: block; font-size: 1.08rem; }
.trouble { border-inline-start: 4px solid #a3302a; background: #fbeeec; padding: 0.7rem 1rem; border-radius: 0.4rem;
  overflow-wrap: anywhere; }
.trouble span { display: block; color: #4b3230; }
.notice { border-inline-start: 4px solid #8a5a00; background: #faf3e3; padding: 0.55rem 1rem; border-radius: 0.4rem; }
.quoted { border-inline-start: 3px solid #d9b84f; padding: 0.1rem 0 0.1rem 0.9rem; overflow-wrap: anywhere;
  white-space: pre-line; line-height: 1.65; max-height: 12rem; overflow: auto; }
.tag { display: inline-block; font-size: 0.76rem; font-weight: 600; padding: 0.05rem 0.5rem; margin-inline-end: 0.5rem;
  border: 1px solid #cfc8b8; border-radius: 1rem; color: #5d6470; white-space: nowrap; vertical-align: 0.08em; }
.title { font-weight: 600; overflow-wrap: anywhere; }
.line { overflow-wrap: anywhere; }
.good { color: #1b6e45; font-weight: 650; } .bad { color: #a3302a; font-weight: 650; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 1.4rem; overflow-wrap: anywhere; }
.facts dt { color: #5d6470; } .facts dd { margin: 0; }
.working::before { content: ""; display: inline-block; width: 0.6em; height: 0.6em; margin-inline-end: 0.6em;
  border-radius: 50%; background: #1f5f8b; animation: breathe 1.4s ease-in-out infinite; }
.working { color: #5d6470; font-size: 0.92rem; }
@keyframes breathe { 50% { opacity: 0.25; } }
@media (prefers-reduced-motion: reduce) { .working::before { animation: none; } }
.stApp[data-test-script-state="notRunning"] .working { display: none; }
.stApp:not([data-test-script-state="notRunning"]) .when-idle { display: none; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 3.6rem 1rem 6rem; }
  [data-testid="stBottomBlockContainer"] { padding: 0.5rem 1rem 0.9rem; }
  .lead { font-size: 1.35rem; margin-top: 2vh; }
  .question { max-width: 94%; }
  .facts { grid-template-columns: 1fr; gap: 0.1rem; } .facts dd { margin-bottom: 0.6rem; }
}
"""


def put_style(words: Words) -> None:
    """Load the style sheet into the page, with the one word that a widget of Streamlit cannot be told."""
    st.html(f"<style>:root {{ --choose: '{words['choose']}'; }}{_CSS}</style>")


def tag(kind: str, cls: str, text: str) -> str:
    """An element that holds `text` as text: the only way words get into markup here."""
    return f'<{kind} class="{cls}">{escape(text)}</{kind}>'


def put(cls: str, text: str) -> None:
    """Show `text`, escaped, in the style `cls`."""
    st.html(tag("div", cls, text))


def put_error(error: PrepError) -> None:
    """What happened and what to do about it."""
    st.html(f'<div class="trouble" role="alert">{escape(error.message)}{tag("span", "", error.remedy)}</div>')
