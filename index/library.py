"""The Library: the catalogue and the stores behind one door. What the app and the command line call.

Opening writes nothing. Searches of any process may run while one process writes; two writers may not.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np

from core.errors import InputError, StaleIndexError
from core.settings import Settings
from index import chats, doctor
from index.catalog import Catalog
from index.centring import centres_of, samples_of
from index.embed import Embedder, Side, embedder_label, load_embedder
from index.intake import PASSAGE_FORMAT, Progress, Stores, refill, sweep, take_in, take_out
from index.keywords import KeywordIndex, Rarity
from index.late import Packed, centre_states
from index.locks import make_home, this_command, writing
from index.records import ChatInfo, Check, Document, Found, Ingested, Standing
from index.rerank import Reranker
from index.search import check_query, search
from index.store import VectorStore
from index.tokens import TokenStore
from ingest import CHUNKER_VERSION, FoundFile, ReadLimits, language_of
from ingest.records import Chunk, Kind, Language, Reading

MIN_PREFIX = 4  # hex digits of a document id that may stand for the whole; arbitrary


def open_library(settings: Settings) -> "Library":
    """The library of the settings' home. Never writes; a home that is not there yet holds 0 documents."""
    return Library(settings)


class Library:
    """Documents of one home. Thread-safe; use as a context manager or `close()` it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.fingerprint = fingerprint(settings)
        self._catalog = Catalog(settings.home / "catalog.sqlite")
        self._store = VectorStore(settings.home, settings.chroma_url, self._catalog.foreign_changes)
        self._keywords = KeywordIndex(settings.home / "keywords" / "keywords.sqlite")
        self._tokens = TokenStore(settings.home / "tokens" / "tokens.sqlite")
        self.stores = Stores(settings.home, self._catalog, self._store, self._keywords, self._tokens)
        self._limits = ReadLimits(settings.pdf_memory_mb, settings.pdf_seconds)
        self._guard = threading.RLock()
        self._embedder: Embedder | None = None
        self._reranker: Reranker | None = None
        self._centres: tuple[int, dict[Language, np.ndarray]] = (-1, {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every file."""
        with self._guard:
            self._store.close()
            self._keywords.close()
            self._tokens.close()
            self._catalog.close()

    # reading ---------------------------------------------------------------------------------------

    def documents(self) -> list[Document]:
        """The documents that answer questions, newest first."""
        return self._catalog.documents()

    def standing(self) -> dict[str, Standing]:
        """Which documents of old answers can be opened: "there", or "changed" where another version took the place."""
        present = self.documents()
        sources = {document.source for document in present}
        out: dict[str, Standing] = {
            doc_id: "changed" for doc_id, source in self._catalog.gone().items() if source in sources
        }
        for document in present:
            out[document.doc_id] = "there"
        return out

    def document(self, doc: str) -> Document:
        """The document with this id, or with an id that starts so. Raises InputError if not exactly one."""
        doc = doc.strip().lower()
        found = self._catalog.documents(prefix=doc) if len(doc) >= MIN_PREFIX else []
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(f"{len(found)} documents start with {doc!r}", "Give more digits of the id")
        raise InputError(f"There is no document {doc[:80]!r}", "prep list shows the documents and their ids")

    def reading(self, doc_id: str) -> Reading:
        """A document's text with its pages and sections. Raises InputError if it is not there."""
        found = self._catalog.reading(self.document(doc_id).doc_id)
        if found is None:
            raise InputError(f"There is no document {doc_id!r}", "prep list shows the documents")
        return found

    def original(self, doc_id: str) -> Path:
        """The stored original file of a document."""
        return self.stores.original(self.document(doc_id).doc_id)

    def chunks(self, doc_id: str) -> list[Chunk]:
        """A document's chunks, in text order."""
        return self._catalog.chunks(self.document(doc_id).doc_id)

    def search(self, query: str, k: int = 10, kind: Kind | None = None, doc: str | None = None) -> Found:
        """The best `k` chunks. Raises InputError for an empty or endless query, StaleIndexError, StoreError."""
        query = check_query(query, k)
        doc_id = self.document(doc).doc_id if doc else None
        self._check_fingerprint()
        if not self._catalog.holds_any():
            raise InputError("The library is empty", "Add documents first: prep ingest PATH")
        return search(
            query, k, kind, doc_id,
            embedder=self.embedder, centres=self.centres(), stores=self.stores, reranker=self.reranker,
        )  # fmt: skip

    @property
    def embedder(self) -> Embedder:
        """The model, loaded on first use."""
        with self._guard:
            if self._embedder is None:
                self._embedder = load_embedder(self.settings)
            return self._embedder

    @property
    def reranker(self) -> Reranker | None:
        """The cross-encoder that the settings name, loaded on first use; None if they name none."""
        with self._guard:
            if self._reranker is None and self.settings.rerank_model:
                self._reranker = Reranker(self.settings.rerank_model)
            return self._reranker

    def embed(self, texts: Sequence[str], side: Side) -> np.ndarray:
        """Vectors `(len(texts), dim)`, float32, unit norm."""
        return self.embedder.embed(texts, side)

    def asked_states(self, text: str) -> np.ndarray:
        """Token states of a question `(tokens, dim)`, less what those of its language share; for `token_states`."""
        (asked,) = self.embedder.encode([text], "query")
        return centre_states(asked.states, samples_of(self.embedder)[language_of(text)].states)

    def token_states(self, chunk_ids: Sequence[str]) -> dict[str, Packed]:
        """What late interaction reads of those chunks that have states (index/late.py)."""
        return self._tokens.get(chunk_ids)

    def centres(self) -> dict[Language, np.ndarray]:
        """Mean passage vector `(dim,)` per language of the library as it is now."""
        with self._guard:
            generation = self._catalog.generation()
            if self._centres[0] != generation:
                found = centres_of(self._catalog.centre_sums(), samples_of(self.embedder))
                self._centres = (generation, found)
            return self._centres[1]

    def rarity(self) -> Rarity:
        """How telling a term is among all chunks."""
        return self._keywords.rarity()

    def checks(self) -> list[Check]:
        """What `prep doctor` reports about the home and its stores."""
        return doctor.checks(self.settings, self.stores, self.fingerprint)

    # writing ---------------------------------------------------------------------------------------

    def ingest(
        self, files: Iterable[FoundFile], progress: Progress = lambda step: None
    ) -> Iterator[Ingested]:
        """Bring files in, one after the other; a file that fails does not stop the rest."""
        with self._writing():
            for file in files:
                source = str(file.path.absolute())
                try:
                    data = file.path.read_bytes()
                except OSError as error:
                    reason = (
                        f"Cannot read {file.path}: {error.strerror}. Check that it exists and may be read"
                    )
                    yield Ingested(source, "failed", kind=file.kind, error=reason)
                    continue
                yield self._take_in(file.path.name, source, data, file.kind, progress)

    def ingest_bytes(
        self, name: str, data: bytes, kind: Kind, progress: Progress = lambda step: None
    ) -> Ingested:
        """Bring an upload in under its file name."""
        with self._writing():
            return self._take_in(Path(name).name, Path(name).name, data, kind, progress)

    def remove(self, doc: str) -> Document:
        """Remove a document for good. Raises InputError if it is not there."""
        document = self.document(doc)
        with self._writing(check=False):
            take_out(document.doc_id, self.stores)
        return document

    def rebuild(self, progress: Progress = lambda step: None) -> int:
        """Make vectors, token states and keywords anew from the originals, with the settings of now. Returns documents done.

        Killed half way, every document is still there and searches say that a rebuild is needed.
        """
        with self._writing(check=False):
            documents = self.documents()
            embedder = self.embedder  # before anything is dropped: it may not load
            self._catalog.set_fingerprint("")
            self._store.clear()
            self._keywords.clear()
            self._tokens.clear()
            for document in reversed(documents):
                refill(document, self.stores, embedder, self._limits, self.settings.chunk_tokens, progress)
            self._catalog.set_fingerprint(self.fingerprint)
        return len(documents)

    def _take_in(self, name: str, source: str, data: bytes, kind: Kind, progress: Progress) -> Ingested:
        return take_in(
            name, source, data, kind, self.stores, lambda: self.embedder, self._limits,
            self.settings.chunk_tokens, progress,
        )  # fmt: skip

    @contextmanager
    def _writing(self, check: bool = True) -> Iterator[None]:
        make_home(self.settings.home)
        with writing(self.settings.home, this_command()):
            if check:
                self._check_fingerprint()
            sweep(self.stores)
            if not self._catalog.holds_any():
                self._catalog.set_fingerprint(self.fingerprint)
            yield

    def _check_fingerprint(self) -> None:
        stored = self._catalog.fingerprint()
        if stored is not None and stored != self.fingerprint and self._catalog.holds_any():
            raise StaleIndexError(
                f"The index was built with fingerprint {stored or '(an unfinished rebuild)'},"
                f" the settings now give {self.fingerprint}",
                "Run prep rebuild, or set the embedding model and chunk size back",
            )

    # chats -----------------------------------------------------------------------------------------

    def save_answer(self, chat_id: str, answer: dict[str, Any]) -> int:
        """Freeze an answer into a chat; the chat is made on its first answer."""
        make_home(self.settings.home)
        return chats.save_answer(self._catalog, chat_id, answer)

    def chats(self) -> list[ChatInfo]:
        """Past conversations, newest first."""
        return chats.list_chats(self._catalog)

    def answers(self, chat_id: str) -> list[dict[str, Any]]:
        """A chat's answers as they were given, oldest first."""
        return chats.answers_of(self._catalog, chat_id)

    def rename_chat(self, chat_id: str, title: str) -> None:
        """Give a chat another name; an empty one changes nothing."""
        chats.rename_chat(self._catalog, chat_id, title)

    def delete_chat(self, chat_id: str) -> None:
        """Drop a chat."""
        chats.delete_chat(self._catalog, chat_id)


def fingerprint(settings: Settings) -> str:
    """Twelve hex digits of everything that shapes the vectors and the chunks."""
    parts = [embedder_label(settings), CHUNKER_VERSION, str(settings.chunk_tokens), PASSAGE_FORMAT]
    return sha256("\0".join(parts).encode()).hexdigest()[:12]
