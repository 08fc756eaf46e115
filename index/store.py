"""The vectors, in Chroma. The only module that knows chromadb; knows no documents beyond their id.

Called directly, not through LlamaIndex's vector store: that one adds instead of upserting, in slices above
Chroma's limit, and hides the distances of hits found by keyword only (docs/decisions.md).
A change by another process is noticed through the catalog and answered by reopening (43 ms).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import numpy as np

from core.errors import StoreError
from index.locks import using_store
from ingest.records import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
SLICE = 500  # vectors per call; Chroma's limit is 5,461
HNSW = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 200}
# HNSW: twice Chroma's defaults; recall@50 against exact search is reported by tests/test_index_store.py


class VectorStore:
    """Passage vectors by chunk id, unit norm, float32. `home` embedded, or a server at `url`.

    One collection per language: each language is searched for itself, so that neither crowds out the other
    (index/centring.py), and without a metadata filter, which costs 233 ms at 100k chunks.
    """

    def __init__(self, home: Path, url: str, foreign_changes: Callable[[], int]) -> None:
        self._home = home
        self._url = url
        self._foreign_changes = foreign_changes
        self._seen = -1
        self._client: Any = None
        self._collections: dict[Language, Any] = {}

    def upsert(
        self,
        ids: Sequence[str],
        vectors: Sequence[np.ndarray],
        languages: Sequence[Language],
        doc_id: str,
        kind: str,
    ) -> None:
        """Store the vectors `(dim,)` of one document; an id that is there already is replaced."""
        for language in dict.fromkeys(languages):
            rows = [i for i, other in enumerate(languages) if other == language]
            for at in range(0, len(rows), SLICE):
                part = rows[at : at + SLICE]
                with self._open(language, create=True) as collection:
                    collection.upsert(
                        ids=[ids[i] for i in part],
                        embeddings=[vectors[i] for i in part],
                        metadatas=[{"doc_id": doc_id, "kind": kind}] * len(part),
                    )

    def delete(self, doc_id: str) -> None:
        """Remove every vector of a document."""
        for language in LANGUAGES:
            with self._open(language) as collection:
                if collection is not None:
                    collection.delete(where={"doc_id": doc_id})

    def nearest(
        self, vector: np.ndarray, n: int, language: Language, kind: str | None, doc_id: str | None
    ) -> dict[str, float]:
        """Up to `n` chunk ids of a language by descending cosine with `vector` `(dim,)`."""
        where = [{key: value} for key, value in (("kind", kind), ("doc_id", doc_id)) if value]
        with self._open(language) as collection:
            size = 0 if collection is None else collection.count()
            if not size:
                return {}
            found = collection.query(
                query_embeddings=vector[None, :],
                n_results=min(n, size),
                where=None if not where else where[0] if len(where) == 1 else {"$and": where},
                include=["distances"],
            )
        return {i: 1.0 - float(d) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)}

    def cosines(self, vector: np.ndarray, ids: Sequence[str], language: Language) -> dict[str, float]:
        """The exact cosine of `vector` with each id stored under a language; other ids are left out."""
        if not ids:
            return {}
        with self._open(language) as collection:
            found = None if collection is None else collection.get(ids=list(ids), include=["embeddings"])
        if not found or not found["ids"]:
            return {}
        stored = np.asarray(found["embeddings"], dtype=np.float32)
        return dict(zip(found["ids"], (stored @ vector).tolist(), strict=True))

    def count(self) -> int:
        """How many vectors are stored."""
        total = 0
        for language in LANGUAGES:
            with self._open(language) as collection:
                total += 0 if collection is None else collection.count()
        return total

    def clear(self) -> None:
        """Drop everything."""
        for language in LANGUAGES:
            with self._open(language) as collection:
                if collection is not None:
                    self._client.delete_collection(collection.name)
                    del self._collections[language]

    def close(self) -> None:
        """Let go of the folder or connection."""
        if self._client is not None:
            self._client.close()
            self._client = None
            self._collections = {}

    @contextmanager
    def _open(self, language: Language, create: bool = False) -> Iterator[Any]:
        """A language's collection, fresh as of now and ours alone for the call; None if there is none yet."""
        folder = self._home / "chroma"
        if not self._url and not create and not (folder / "chroma.sqlite3").exists():
            yield None
            return
        with using_store(self._home), _as_store_error(self._url or str(folder)):
            changes = self._foreign_changes()
            if changes != self._seen:
                self.close()
                self._seen = changes
            if self._client is None:
                self._client = _connect(folder, self._url)
            if language not in self._collections:
                found = _collection(self._client, f"prepcite-{language}", create)
                if found is None:
                    yield None
                    return
                self._collections[language] = found
            yield self._collections[language]


def _connect(folder: Path, url: str) -> Any:
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    quiet = ChromaSettings(anonymized_telemetry=False)
    if not url:
        return chromadb.PersistentClient(str(folder), settings=quiet)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StoreError(f"PREP_CHROMA_URL is {url!r}", "Give an address such as http://127.0.0.1:8000")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return chromadb.HttpClient(host=parts.hostname, port=port, ssl=secure, settings=quiet)


def _collection(client: Any, name: str, create: bool) -> Any:
    from chromadb.errors import NotFoundError

    try:
        return client.get_collection(name, embedding_function=None)
    except NotFoundError:
        if not create:
            return None
    return client.create_collection(name, configuration={"hnsw": HNSW}, embedding_function=None)


@contextmanager
def _as_store_error(where: str) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except Exception as error:  # chromadb raises ValueError, its own ChromaError, httpx and Rust panics alike
        if isinstance(error, ImportError | MemoryError):
            raise
        space = any(word in str(error).lower() for word in ("full", "readonly", "read-only", "no space"))
        raise StoreError(
            f"The vector store at {where} failed: {error or type(error).__name__}",
            "Free some space and make the folder writable"
            if space
            else "Run prep doctor; prep rebuild makes the store anew from the originals",
        ) from error
