"""The library page: what is in it, add, remove."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import PrepError
from index import Document, Ingested, Library, Step
from ingest.files import SUFFIXES
from ingest.records import KINDS, Kind
from ui.source import show_document
from ui.stores import open_stores
from ui.style import plain, put, put_error, tag
from ui.tab import Tab, this_tab
from ui.text import Words

ROWS = 30  # documents drawn at a time: each brings widgets; arbitrary


def library_panel() -> None:
    """The page of documents."""
    library, tab = open_stores().library, this_tab()
    words = tab.words
    st.html(tag("div", "heading", words["library"]) + tag("div", "quiet", words["library_more"]))
    with st.container(border=True):
        _draw_upload(library, tab)
    _draw_outcome(tab)
    _draw_documents(library, words)


def _draw_upload(library: Library, tab: Tab) -> None:
    words = tab.words
    types = [suffix.lstrip(".") for suffix in SUFFIXES]
    files = st.file_uploader(
        words["upload"], type=types, accept_multiple_files=True, key=f"upload-{tab.uploads}"
    )
    choice = st.segmented_control(
        words["upload_kind"],
        ["auto", *KINDS],
        default="auto",
        format_func=words.__getitem__,
        key="upload-kind",
    )
    if st.button(words["add"], key="add", type="primary", disabled=not files):
        tab.uploaded = _add(library, files, None if choice in (None, "auto") else choice, words)
        tab.uploads += 1
        st.rerun()


def _add(library: Library, files: Sequence[Any], kind: Kind | None, words: Words) -> list[Ingested]:
    """Take the uploads in, one after the other; a failure is one line and does not stop the rest."""
    done: list[Ingested] = []
    bar = st.progress(0.0)
    for i, file in enumerate(files):

        def report(step: Step, i: int = i, name: str = file.name) -> None:
            share = (i + step.done / max(step.total, 1)) / len(files)
            bar.progress(
                min(share, 1.0), f"{plain(name)} · {words[f'stage_{step.stage}']} {step.done}/{step.total}"
            )

        own: Kind = kind or ("paper" if Path(file.name).suffix.lower() == ".pdf" else "note")
        try:
            done.append(library.ingest_bytes(file.name, file.getvalue(), own, report))
        except PrepError as error:
            done.append(Ingested(file.name, "failed", kind=own, error=str(error)))
    bar.empty()
    return done


def _draw_outcome(tab: Tab) -> None:
    words = tab.words
    for one in tab.uploaded:
        good = one.status != "failed"
        mark = tag("span", "good" if good else "bad", words[one.status])
        rest = words.say("chunks", n=one.chunks) if good else words.told(one.error or "")
        title = tag("span", "title", one.title or one.source)
        st.html(f'<div class="line">{mark} {title} · {tag("span", "", rest)}</div>')
        for warning in one.warnings:
            put("quiet", words.told(warning))


def _draw_documents(library: Library, words: Words) -> None:
    documents = library.documents()
    if not documents:
        put("notice", words["no_documents"])
        return
    wanted = st.text_input(words["filter"], key="filter").strip().casefold()
    matching = [d for d in documents if wanted in f"{d.title} {d.source}".casefold()]
    shown = st.session_state.setdefault("rows", ROWS)
    put("quiet", words.say("shown", n=min(shown, len(matching)), all=len(documents)))
    for document in matching[:shown]:
        _draw_document(library, document, words)
    if len(matching) > shown and st.button(words["show_more"], key="more"):
        st.session_state["rows"] = shown + ROWS
        st.rerun()


def _draw_document(library: Library, document: Document, words: Words) -> None:
    facts = [words.say("pages", n=document.pages)] if document.pages else []
    facts += [words.say("chunks", n=document.chunks), document.added[:10], Path(document.source).name]
    with st.container(border=True, horizontal=True, wrap=False, vertical_alignment="center"):
        st.html(
            f"<div>{tag('span', 'tag', words[document.kind])}{tag('span', 'title', document.title)}"
            f"{tag('div', 'quiet', ' · '.join(facts))}"
            + "".join(tag("div", "quiet", words.told(warning)) for warning in document.warnings)
            + "</div>"
        )
        if st.button(words["open"], key=f"open-{document.doc_id[:12]}", type="tertiary"):
            show_document(library, words, document)
        with st.popover(words["remove"], key=f"remove-{document.doc_id[:12]}", type="tertiary"):
            put("line", words.say("remove_sure", title=document.title))
            if st.button(words["remove_yes"], key=f"sure-{document.doc_id[:12]}", type="primary"):
                _remove(library, document, words)


def _remove(library: Library, document: Document, words: Words) -> None:
    try:
        library.remove(document.doc_id)
    except PrepError as error:
        put_error(error, words)
        return
    st.rerun()
