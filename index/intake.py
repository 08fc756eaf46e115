"""Path 1: a file comes in, all of it or nothing, and goes out the same way.

The order of steps is what makes a kill harmless: the original is staged and the row is `pending` before
anything derived exists, and the row turns `ready` last; on the way out the row turns `leaving` first and is
dropped last. `sweep` rolls back whatever a dead process left in between.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

import numpy as np

from core.errors import PrepError
from index.catalog import Catalog
from index.centring import samples_of
from index.embed import Embedder, Encoded
from index.keywords import KeywordIndex
from index.late import Packed, centre_states, pack_tokens
from index.locks import unwritable
from index.papers import listed_title
from index.records import Document, Hit, Ingested, Status, Step
from index.store import VectorStore
from index.tokens import TokenStore
from ingest import ReadLimits, chunk_reading, read_file
from ingest.records import Chunk, Kind, Language, Reading

Progress = Callable[[Step], None]
SLICE = 64  # passages whose token states are held at once: 22 MB
# Part of the fingerprint: change it with passage_text and with what is stored of a passage.
PASSAGE_FORMAT = "title > heading, newline, text; tokens with places"


@dataclass(frozen=True)
class Stores:
    """Where a document is kept."""

    home: Path
    catalog: Catalog
    store: VectorStore
    keywords: KeywordIndex
    tokens: TokenStore

    def original(self, doc_id: str) -> Path:
        """The stored original of a document."""
        return self.home / "files" / f"{doc_id}{self.catalog.suffix(doc_id)}"


def doc_id_of(data: bytes) -> str:
    """A document's id: the SHA-256 of its bytes, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def take_in(
    name: str,
    source: str,
    data: bytes,
    kind: Kind,
    stores: Stores,
    embedder: Callable[[], Embedder],
    limits: ReadLimits,
    chunk_tokens: int,
    progress: Progress,
) -> Ingested:
    """Bring one file in. A file that cannot be read is `failed` with its one line; nothing of it stays."""
    doc_id = doc_id_of(data)
    known = next((d for d in stores.catalog.documents() if d.doc_id == doc_id), None)
    if known is not None and known.kind == kind:
        return _ingested(known, source, "unchanged")
    old = known or _older_version(source, doc_id, stores.catalog)
    try:
        progress(Step(source, "read", 0, 1))
        reading = _read(data, name, limits)
        chunks = chunk_reading(reading, max_tokens=chunk_tokens)
        title = _own_title(reading.title, source, {doc_id, old.doc_id if old else ""}, stores.catalog)
        document = Document(
            doc_id=doc_id,
            title=title,
            kind=kind,
            language=reading.language,
            pages=len(reading.pages),
            chunks=len(chunks),
            added=datetime.now(UTC).isoformat(timespec="milliseconds"),
            source=source,
            warnings=reading.warnings,
        )
        model = embedder()  # before anything is taken out: it may not load
        if known is not None:
            take_out(doc_id, stores)
        _stage(stores.home, doc_id, Path(name).suffix.lower(), data)
        stores.catalog.enter(document, Path(name).suffix.lower(), reading)
        fill(document, chunks, stores, model, progress)
        stores.catalog.set_state(doc_id, "ready")
    except PrepError as error:
        if doc_id in stores.catalog.unfinished():
            take_out(doc_id, stores)
        return Ingested(source, "failed", doc_id, kind=kind, error=str(error))
    if old is not None and old.doc_id != doc_id:
        take_out(old.doc_id, stores)
    return _ingested(document, source, "replaced" if old else "added")


def _read(data: bytes, name: str, limits: ReadLimits) -> Reading:
    """The file as text; one that is called by the arXiv number of a listed paper carries that paper's title."""
    reading = read_file(data, name, limits)
    return replace(reading, title=listed_title(name) or reading.title)


def _own_title(title: str, source: str, own: set[str], catalog: Catalog) -> str:
    """The title; with the name of the file or its folder behind it where another document has the same one.

    Citations name their document by its title: two must not look alike. `own` are the ids that do not count.
    """
    taken = {d.title.casefold() for d in catalog.documents() if d.doc_id not in own}
    path = Path(source)
    names = [n for n in (path.stem, path.parent.name) if n and n.casefold() != title.casefold()]
    known = [title, *(f"{title} ({name})" for name in names)]
    further = (f"{known[-1]} {number}" for number in count(2))
    return next(t for t in chain(known, further) if t.casefold() not in taken)


def _ingested(document: Document, source: str, status: Status) -> Ingested:
    d = document
    return Ingested(source, status, d.doc_id, d.title, d.kind, d.pages, d.chunks, d.warnings)


def _older_version(source: str, doc_id: str, catalog: Catalog) -> Document | None:
    """The document that came from the same path with other bytes; uploads have no path and replace nothing."""
    if not os.path.isabs(source):
        return None
    return next((d for d in catalog.documents() if d.source == source and d.doc_id != doc_id), None)


def _stage(home: Path, doc_id: str, suffix: str, data: bytes) -> None:
    target = home / "files" / f"{doc_id}{suffix}"
    part = target.with_name(target.name + ".part")
    try:
        part.write_bytes(data)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise unwritable(home, error) from error


def refill(
    document: Document,
    stores: Stores,
    embedder: Embedder,
    limits: ReadLimits,
    chunk_tokens: int,
    progress: Progress,
) -> None:
    """Derive everything of a document anew from its original; from the stored text if that cannot be read."""
    original = stores.original(document.doc_id)
    try:
        reading = _read(original.read_bytes(), document.source, limits)
    except (OSError, PrepError):
        stored = stores.catalog.reading(document.doc_id)
        if stored is None:
            return
        reading = stored
    anew = replace(
        document,
        title=_own_title(reading.title, document.source, {document.doc_id}, stores.catalog),
        language=reading.language,
        pages=len(reading.pages),
        warnings=reading.warnings,
    )
    stores.catalog.enter(anew, original.suffix, reading, state="ready")
    fill(anew, chunk_reading(reading, max_tokens=chunk_tokens), stores, embedder, progress)


def fill(
    document: Document, chunks: list[Chunk], stores: Stores, embedder: Embedder, progress: Progress
) -> None:
    """Derive what can be derived: chunk rows, vectors and token states of the prose chunks, terms of all, centres."""
    ids = stores.catalog.set_chunks(document.doc_id, chunks)
    texts = [passage_text(document.title, chunk) for chunk in chunks]
    prose = [i for i, chunk in enumerate(chunks) if chunk.prose]
    vectors = []
    for at in range(0, len(prose), SLICE):
        packed = {}
        part = prose[at : at + SLICE]
        for i, encoded in zip(part, embedder.encode([texts[i] for i in part], "passage"), strict=True):
            if len(encoded.states):
                packed[ids[i]] = pack_passage(encoded, texts[i], chunks[i], embedder)
            vectors.append(encoded.vector)
            progress(Step(document.source, "embed", len(vectors), len(prose)))
        stores.tokens.add(document.doc_id, packed)
    progress(Step(document.source, "store", 0, len(chunks)))
    languages = [chunks[i].language for i in prose]
    stores.store.upsert([ids[i] for i in prose], vectors, languages, document.doc_id, document.kind)
    stores.keywords.add(document.doc_id, document.kind, ids, texts)
    stores.catalog.set_centres(document.doc_id, sums_of(languages, vectors))
    progress(Step(document.source, "done", len(chunks), len(chunks)))


def passage_text(title: str, chunk: Chunk | Hit) -> str:
    """What a model reads of a chunk, and what is indexed: where it stands, then what it says."""
    place = " > ".join(dict.fromkeys([title, *chunk.heading]))
    return f"{place}\n{chunk.text}" if place else chunk.text


def pack_passage(encoded: Encoded, text: str, chunk: Chunk, embedder: Embedder) -> Packed:
    """The tokens of a chunk that was encoded as `text` (passage_text), for the store."""
    centre = samples_of(embedder)[chunk.language].states
    above = len(text) - len(chunk.text)
    return pack_tokens(centre_states(encoded.states, centre), encoded.spans - above)


def sums_of(
    languages: list[Language], vectors: Sequence[np.ndarray]
) -> dict[Language, tuple[int, np.ndarray]]:
    """How many vectors there are of each language, and their sum `(dim,)`."""
    out: dict[Language, tuple[int, np.ndarray]] = {}
    for language in set(languages):
        rows = [vector for vector, other in zip(vectors, languages, strict=True) if other == language]
        out[language] = (len(rows), np.sum(rows, axis=0))
    return out


def take_out(doc_id: str, stores: Stores) -> None:
    """Remove a document everywhere; from its first step on no search finds it."""
    stores.catalog.set_state(doc_id, "leaving")
    original = stores.original(doc_id)
    stores.store.delete(doc_id)
    stores.keywords.delete(doc_id)
    stores.tokens.delete(doc_id)
    try:
        original.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(stores.home, error) from error
    stores.catalog.forget(doc_id)


def sweep(stores: Stores) -> int:
    """Roll back what a dead process left half done. Returns how many documents that were."""
    left = stores.catalog.unfinished()
    for doc_id in left:
        take_out(doc_id, stores)
    kept = {document.doc_id for document in stores.catalog.documents()}
    for path in (stores.home / "files").glob("*"):
        if path.name.split(".")[0] not in kept:
            path.unlink(missing_ok=True)
    return len(left)
