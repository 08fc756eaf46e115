"""The one piece of JavaScript: draws the views of ui.views and reports what was opened.

It builds every node from text (`textContent`), so nothing of a document or a model is ever parsed as HTML.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_ASSETS = Path(__file__).parent / "assets"


@cache
def _sources() -> tuple[str, str]:
    return (_ASSETS / "view.js").read_text(encoding="utf-8"), (_ASSETS / "view.css").read_text(
        encoding="utf-8"
    )


def draw(view: Mapping[str, Any], key: str) -> Any:
    """Draw a view. Returns what the reader just opened: `[sentence, evidence]`, a hit's number, or None."""
    javascript, css = _sources()
    mount = st.components.v2.component(
        "prepcite_view", html="<div class='root'></div>", js=javascript, css=css
    )
    return mount(data=dict(view), key=key, on_opened_change=lambda: None).opened
