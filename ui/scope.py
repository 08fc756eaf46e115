"""Where a question is searched: everything, one kind of document, or one document."""

from dataclasses import dataclass

import streamlit as st

from index import Document, Library
from ingest.records import KINDS, Kind
from ui.style import plain
from ui.text import Words


@dataclass(frozen=True, slots=True)
class Scope:
    """What `Asker.ask` takes to narrow the search; None: no limit."""

    kind: Kind | None = None
    doc: str | None = None  # full id


def choose_scope(library: Library, words: Words) -> Scope:
    """A button that says where a question is searched, and the choice behind it."""
    documents = {document.doc_id: document for document in library.documents()}
    kind = st.session_state.get("scope-kind")
    doc = documents.get(st.session_state.get("scope-doc") or "")
    if doc is None or kind not in (None, doc.kind):  # removed, or of another kind than was chosen since
        doc = st.session_state["scope-doc"] = None
    with st.popover(words.say("scope", what=_name(kind, doc, words)), key="scope", type="tertiary"):
        st.segmented_control(words["scope_kind"], KINDS, format_func=words.__getitem__, key="scope-kind")
        shown = [d for d in documents.values() if kind in (None, d.kind)]
        st.selectbox(
            words["scope_doc"],
            [d.doc_id for d in sorted(shown, key=lambda d: d.title.casefold())],
            index=None,
            format_func=lambda doc_id: documents[doc_id].title,
            placeholder=words["any"],
            key="scope-doc",
        )
    return Scope(kind, doc.doc_id if doc else None)


def _name(kind: Kind | None, doc: Document | None, words: Words) -> str:
    if doc:
        title = doc.title if len(doc.title) <= 40 else doc.title[:40] + "…"
        return plain(title)
    return words[kind or "scope_all"]
