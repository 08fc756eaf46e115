"""The source viewer: a drawer that shows a quote at its place, on the page image or in the text around it."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import streamlit as st

from answer.records import Evidence, Sentence
from core.errors import PrepError
from index import Document, Library
from index.records import Hit
from ingest.pages import Box, locate, render_page
from ingest.records import Reading
from ui.component import draw
from ui.style import put, put_error
from ui.text import Words
from ui.views import absence, passage_view, place, quote_on_page, quote_view

PAGE_DRAWER, TEXT_DRAWER = 760, 580  # pixels wide at first, so that both read well; the reader can drag it
SCALE = 2.0  # page images at 144 dots per inch: sharp in the drawer, about 300 KB each


def show_source(library: Library, words: Words, sentences: Sequence[Sentence], opened: Sequence[int]) -> None:
    """Open the drawer at the evidence `opened` = [sentence, evidence] of an answer."""
    sentence = sentences[opened[0]]
    focus = sentence.evidence[opened[1]]
    same = (e for s in sentences for e in s.evidence if e.doc_id == focus.doc_id)
    others = [e for e in same if e.end <= focus.start or e.start >= focus.end]  # marks on marks would blend
    _open(library, words, focus, others, sentence.text.strip())


def show_hit(library: Library, words: Words, hit: Hit) -> None:
    """Open the drawer at a passage."""
    _open(
        library,
        words,
        Evidence(hit.doc_id, hit.title, hit.page_start, hit.start, hit.end, hit.text, 0.0),
        [],
        "",
    )


def show_document(library: Library, words: Words, document: Document) -> None:
    """Open the drawer at the start of a document."""
    first = 1 if document.pages else None
    _open(library, words, Evidence(document.doc_id, document.title, first, 0, 0, "", 0.0), [], "")


def _open(library: Library, words: Words, focus: Evidence, others: list[Evidence], said: str) -> None:
    st.session_state["viewer-page"] = focus.page
    width = TEXT_DRAWER if focus.page is None else PAGE_DRAWER
    st.dialog(words["source"], width=width, position="right")(_draw)(library, words, focus, others, said)


def _draw(library: Library, words: Words, focus: Evidence, others: list[Evidence], said: str) -> None:
    """The quote and the sentence first, so that they can be read beside the place they come from."""
    put("title", place(focus.title, focus.page, words))
    if focus.quote:
        draw(quote_view(focus.quote, "quoted"), key="viewer-quote")
        if said and said != focus.quote.strip():
            put("quiet", words["sentence"])
            draw(quote_view(said, "said"), key="viewer-said")
    try:
        _draw_place(library, words, focus, others)
    except PrepError as error:
        put_error(error, words)


def _draw_place(library: Library, words: Words, focus: Evidence, others: list[Evidence]) -> None:
    """The page or section with the quote marked, or why it cannot be shown."""
    document = next((d for d in library.documents() if d.doc_id == focus.doc_id), None)
    reading = library.reading(focus.doc_id) if document else None
    found = _settle(reading, focus) if reading else None
    if document is None or reading is None or found is None:
        why = absence(focus, library.standing()) or "changed"
        put("notice", words[f"{why}_more"])
    elif document.pages:
        _draw_page(library.original(focus.doc_id), document, reading, found, others, words)
    else:
        draw(passage_view(reading, found, others, words["open_source"]), key="viewer-passage")


def _settle(reading: Reading, evidence: Evidence) -> Evidence | None:
    """The evidence where its quote stands now: in place, else found again, else None."""
    if reading.text[evidence.start : evidence.end] == evidence.quote:
        return evidence
    start = reading.text.find(evidence.quote)
    return replace(evidence, start=start, end=start + len(evidence.quote)) if start >= 0 else None


def _draw_page(
    path: Path,
    document: Document,
    reading: Reading,
    focus: Evidence,
    others: Sequence[Evidence],
    words: Words,
) -> None:
    home = focus.page or 1
    page = min(max(int(st.session_state.get("viewer-page") or home), 1), document.pages)
    name = words.say("page_of", page=page, pages=document.pages)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            words["previous"], key="viewer-previous", disabled=page == 1, on_click=_turn, args=(page - 1,)
        )
        put("quiet", name)
        st.button(
            words["next"],
            key="viewer-next",
            disabled=page == document.pages,
            on_click=_turn,
            args=(page + 1,),
        )
        if page != home and focus.quote:
            st.button(words["back_to_quote"], key="viewer-home", on_click=_turn, args=(home,))
    boxes = _boxes(path, page, reading, focus, True)
    if not boxes and quote_on_page(reading, focus, page)[0]:
        put("notice", words["not_marked"])
    for other in others:
        boxes += _boxes(path, page, reading, other, False)
    png = b64encode(_picture(str(path), page)).decode("ascii")
    draw(
        {"view": "page", "name": f"{document.title}, {name}", "png": png, "boxes": boxes}, key="viewer-sheet"
    )


def _turn(page: int) -> None:
    st.session_state["viewer-page"] = page


def _boxes(path: Path, page: int, reading: Reading, evidence: Evidence, focus: bool) -> list[dict[str, Any]]:
    quote, share = quote_on_page(reading, evidence, page)
    places = _places(str(path), page, quote, share) if quote else []
    return [asdict(box) | {"focus": focus} for box in places]


@st.cache_data(max_entries=64, show_spinner=False)
def _places(path: str, page: int, quote: str, share: float) -> list[Box]:
    return locate(Path(path), page, quote, share)


@st.cache_data(max_entries=16, show_spinner=False)
def _picture(path: str, page: int) -> bytes:
    return render_page(Path(path), page, SCALE)
