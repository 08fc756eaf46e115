"""Files to chunks: find, decode, clean, read, split. Pure: knows no database, model or network.

In the order a file passes through it:
    find_files     paths -> the documents under them, with their kind
    read_file      bytes -> Reading: clean text with pages, sections and warnings
    chunk_reading  Reading -> Chunks with exact offsets
"""

# ruff: noqa: I001  in reading order
from ingest.files import FoundFile, find_files
from ingest.limits import ReadLimits
from ingest.reading import read_file
from ingest.cleaning import Cleaned, clean_text, normalise
from ingest.language import language_of
from ingest.sentences import split_sentences
from ingest.tokens import estimate_tokens
from ingest.chunking import CHUNKER_VERSION, chunk_reading
from ingest.records import KINDS, Chunk, Kind, Language, Page, Reading, Section

__all__ = [
    "CHUNKER_VERSION",
    "KINDS",
    "Chunk",
    "Cleaned",
    "FoundFile",
    "Kind",
    "Language",
    "Page",
    "ReadLimits",
    "Reading",
    "Section",
    "chunk_reading",
    "clean_text",
    "estimate_tokens",
    "find_files",
    "language_of",
    "normalise",
    "read_file",
    "split_sentences",
]
