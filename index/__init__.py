"""CHUNKS -> HITS, in reading order: the nouns (records), text to vectors (embed), the stores (store, keywords,
tokens), token by token (late), fusion (fuse), the search itself (search), the truth about documents (catalog), and the
Library over them all.
"""

from index.library import Library, open_library
from index.records import ChatInfo, Check, Document, Found, Hit, Ingested, Step

__all__ = [
    "ChatInfo",
    "Check",
    "Document",
    "Found",
    "Hit",
    "Ingested",
    "Library",
    "Step",
    "open_library",
]
