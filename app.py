"""The app: wires pages, sidebar and style. Run it with `make run` or `prep serve`."""

from pathlib import Path

import streamlit as st

from core.errors import PrepError
from ui.sidebar import sidebar
from ui.stores import open_stores
from ui.style import put_error, put_style
from ui.tab import keep_choices, keep_language, this_tab

ASSETS = Path(__file__).parent / "ui" / "assets"
tab = this_tab()
words = tab.words
keep_language(tab)
keep_choices()
st.set_page_config("Prepcite", str(ASSETS / "icon.svg"), layout="centered")
put_style(words)
st.logo(str(ASSETS / "logo.svg"), size="large")
ask = st.Page("ui/pages/ask.py", title=words["ask"], icon=":material/forum:", url_path="ask", default=True)
pages = [
    ask,
    st.Page(
        "ui/pages/library.py", title=words["library"], icon=":material/library_books:", url_path="library"
    ),
    st.Page("ui/pages/check.py", title=words["check"], icon=":material/fact_check:", url_path="check"),
    st.Page("ui/pages/status.py", title=words["status"], icon=":material/monitor_heart:", url_path="status"),
]
page = st.navigation(pages)
try:
    with st.sidebar:
        sidebar(open_stores(), ask)
    page.run()
except PrepError as error:
    put_error(error, words)
