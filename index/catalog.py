"""The catalog: one SQLite file that is the only truth about documents and chats.

Knows rows and states; does not know vectors, keywords or files. A document is `pending` while it comes in,
`ready` when everything about it is stored, `leaving` while it goes. Only `ready` documents exist for readers.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.errors import StoreError
from index.records import Document, Hit
from index.sqlite_file import BUSY_TIMEOUT
from ingest.records import Chunk, Language, Page, Reading, Section

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    doc_id TEXT PRIMARY KEY, state TEXT NOT NULL, title TEXT NOT NULL, kind TEXT NOT NULL,
    language TEXT NOT NULL, pages INTEGER NOT NULL, chunks INTEGER NOT NULL, added TEXT NOT NULL,
    source TEXT NOT NULL, suffix TEXT NOT NULL, warnings TEXT NOT NULL, text TEXT NOT NULL, layout TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS chunks (
    chunk_id TEXT PRIMARY KEY, doc_id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    text TEXT NOT NULL, page_start INTEGER, page_end INTEGER, heading TEXT NOT NULL,
    language TEXT NOT NULL, prose INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS chunks_of ON chunks (doc_id, start);
CREATE TABLE IF NOT EXISTS centres (doc_id TEXT, language TEXT, n INTEGER, total BLOB, PRIMARY KEY (doc_id, language));
CREATE TABLE IF NOT EXISTS chats (chat_id TEXT PRIMARY KEY, title TEXT NOT NULL, updated TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    answer_id INTEGER PRIMARY KEY, chat_id TEXT NOT NULL, created TEXT NOT NULL, body TEXT NOT NULL);
"""
GONE = "gone:"  # before the id of a document that was taken out, among the keys of meta


class Catalog:
    """The rows of one home. Reading an absent catalog finds nothing and creates nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._guard = threading.RLock()
        self._base: sqlite3.Connection | None = None
        self._on_disk = False
        self._own_changes = 0

    def close(self) -> None:
        """Let go of the file."""
        with self._guard:
            if self._base is not None:
                self._base.close()
                self._base = None

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection to query with."""
        with self._guard, _as_store_error(self.path):
            yield self._connection(create=False)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction: all of it or nothing."""
        with self._guard, _as_store_error(self.path):
            base = self._connection(create=True)
            with base:
                base.execute("BEGIN IMMEDIATE")
                yield base

    def _connection(self, create: bool) -> sqlite3.Connection:
        exists = self.path.exists()
        if self._base is not None and not self._on_disk and (create or exists):
            self._base.close()
            self._base = None
        if self._base is None:
            self._on_disk = create or exists
            target = str(self.path) if self._on_disk else ":memory:"
            self._base = sqlite3.connect(
                target, timeout=BUSY_TIMEOUT, check_same_thread=False, isolation_level=None
            )
            self._base.row_factory = sqlite3.Row
            if create or not exists:
                self._base.executescript(SCHEMA)
        return self._base

    # meta ------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A stored value, or None."""
        with self.read() as base:
            row = base.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row["value"] if row else None

    def fingerprint(self) -> str | None:
        """Of the settings the index was built with; "" while it is being rebuilt, None before the first document."""
        return self.meta("fingerprint")

    def set_fingerprint(self, value: str) -> None:
        """Say what the index is built with from now on."""
        with self.write() as base:
            base.execute("INSERT OR REPLACE INTO meta VALUES ('fingerprint', ?)", (value,))
            self._count_change(base)

    def generation(self) -> int:
        """Counts every change of the ready documents."""
        return int(self.meta("generation") or 0)

    def foreign_changes(self) -> int:
        """Those of them that other processes made: when it moves, what is open here is stale."""
        with self._guard:
            return self.generation() - self._own_changes

    def _count_change(self, base: sqlite3.Connection) -> None:
        base.execute(
            "INSERT INTO meta VALUES ('generation', '1')"
            " ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
        )
        self._own_changes += 1

    # documents -------------------------------------------------------------------------------------

    def documents(self, state: str = "ready", prefix: str = "") -> list[Document]:
        """The documents in a state whose ids start with `prefix`, newest first."""
        with self.read() as base:
            rows = base.execute(
                "SELECT doc_id, title, kind, language, pages, chunks, added, source, warnings FROM documents"
                " WHERE state = ? AND substr(doc_id, 1, ?) = ? ORDER BY added DESC, rowid DESC",
                (state, len(prefix), prefix),
            ).fetchall()
        return [Document(**{**dict(row), "warnings": tuple(json.loads(row["warnings"]))}) for row in rows]

    def holds_any(self) -> bool:
        """Whether any document is ready."""
        with self.read() as base:
            return (
                base.execute("SELECT 1 FROM documents WHERE state = 'ready' LIMIT 1").fetchone() is not None
            )

    def unfinished(self) -> list[str]:
        """Ids of documents that came or went half way when a process died."""
        with self.read() as base:
            return [
                row["doc_id"] for row in base.execute("SELECT doc_id FROM documents WHERE state != 'ready'")
            ]

    def suffix(self, doc_id: str) -> str:
        """The file ending of a document's original, such as ".pdf"."""
        with self.read() as base:
            row = base.execute("SELECT suffix FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
        return row["suffix"] if row else ""

    def reading(self, doc_id: str) -> Reading | None:
        """The stored text with its pages and sections."""
        with self.read() as base:
            row = base.execute("SELECT * FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
        if row is None:
            return None
        layout = json.loads(row["layout"])
        return Reading(
            text=row["text"],
            title=row["title"],
            language=row["language"],
            pages=tuple(Page(*page) for page in layout["pages"]),
            sections=tuple(Section(tuple(heading), start, end) for heading, start, end in layout["sections"]),
            warnings=tuple(json.loads(row["warnings"])),
        )

    def enter(self, document: Document, suffix: str, reading: Reading, state: str = "pending") -> None:
        """Enter a document or replace its row; a pending one is not searchable yet."""
        layout = {
            "pages": [(p.number, p.start, p.end) for p in reading.pages],
            "sections": [(s.heading, s.start, s.end) for s in reading.sections],
        }
        row = asdict(document) | {"warnings": json.dumps(document.warnings, ensure_ascii=False)}
        row |= {
            "state": state,
            "suffix": suffix,
            "text": reading.text,
            "layout": json.dumps(layout, ensure_ascii=False),
        }
        with self.write() as base:
            base.execute(
                "INSERT OR REPLACE INTO documents VALUES (:doc_id, :state, :title, :kind, :language, :pages,"
                " :chunks, :added, :source, :suffix, :warnings, :text, :layout)",
                row,
            )

    def set_chunks(self, doc_id: str, chunks: Sequence[Chunk]) -> list[str]:
        """Replace the chunks of a document. Returns their ids, in order."""
        ids = [chunk_id(doc_id, chunk) for chunk in chunks]
        with self.write() as base:
            base.execute("DELETE FROM chunks WHERE doc_id = ?", (doc_id,))
            base.execute("UPDATE documents SET chunks = ? WHERE doc_id = ?", (len(chunks), doc_id))
            base.executemany(
                "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (i, doc_id, c.start, c.end, c.text, c.page_start, c.page_end,
                     json.dumps(c.heading, ensure_ascii=False), c.language, c.prose)
                    for i, c in zip(ids, chunks, strict=True)
                ],
            )  # fmt: skip
        return ids

    def set_centres(self, doc_id: str, sums: dict[Language, tuple[int, np.ndarray]]) -> None:
        """Keep the sum of a document's passage vectors per language, float32 `(dim,)`."""
        with self.write() as base:
            base.executemany(
                "INSERT OR REPLACE INTO centres VALUES (?, ?, ?, ?)",
                [(doc_id, lang, n, total.astype(np.float32).tobytes()) for lang, (n, total) in sums.items()],
            )

    def centre_sums(self) -> Iterator[tuple[Language, int, np.ndarray]]:
        """`(language, number of passages, sum of their vectors)` of every ready document."""
        with self.read() as base:
            rows = base.execute(
                "SELECT c.language, n, total FROM centres c JOIN documents d USING (doc_id) WHERE state = 'ready'"
            ).fetchall()
        for row in rows:
            yield row["language"], row["n"], np.frombuffer(row["total"], dtype=np.float32)

    def set_state(self, doc_id: str, state: str) -> None:
        """Move a document to a state; searches of all processes see it from their next call on."""
        with self.write() as base:
            base.execute("UPDATE documents SET state = ? WHERE doc_id = ?", (state, doc_id))
            self._count_change(base)

    def forget(self, doc_id: str) -> None:
        """Drop every row about a document; only where it came from is remembered, for the answers that quote it."""
        with self.write() as base:
            base.execute(
                "INSERT OR REPLACE INTO meta SELECT ? || doc_id, source FROM documents WHERE doc_id = ?",
                (GONE, doc_id),
            )
            for table in ("chunks", "centres", "documents"):
                base.execute(f"DELETE FROM {table} WHERE doc_id = ?", (doc_id,))
            self._count_change(base)

    def gone(self) -> dict[str, str]:
        """Documents that were taken out: id to where each came from."""
        with self.read() as base:
            rows = base.execute("SELECT key, value FROM meta WHERE key LIKE ? || '%'", (GONE,)).fetchall()
        return {row["key"].removeprefix(GONE): row["value"] for row in rows}

    # chunks ----------------------------------------------------------------------------------------

    def chunks(self, doc_id: str) -> list[Chunk]:
        """A document's chunks, in text order."""
        with self.read() as base:
            rows = base.execute("SELECT * FROM chunks WHERE doc_id = ? ORDER BY start", (doc_id,)).fetchall()
        return [
            Chunk(
                row["start"], row["end"], row["text"], row["page_start"], row["page_end"],
                tuple(json.loads(row["heading"])), row["language"], bool(row["prose"]),
            )
            for row in rows
        ]  # fmt: skip

    def prose_chunks(self) -> int:
        """How many chunks of ready documents have a vector."""
        with self.read() as base:
            sql = "SELECT count(*) FROM chunks JOIN documents USING (doc_id) WHERE state = 'ready' AND prose"
            return int(base.execute(sql).fetchone()[0])

    def hits(self, ids: Iterable[str], scores: dict[str, dict]) -> dict[str, Hit]:
        """The ready chunks among `ids` as hits; `scores[id]` holds Hit's score and rank fields."""
        wanted = list(ids)
        found: dict[str, Hit] = {}
        with self.read() as base:
            for at in range(0, len(wanted), 500):  # SQLite's limit on variables is 999 in old builds
                part = wanted[at : at + 500]
                rows = base.execute(
                    'SELECT chunk_id, doc_id, title, kind, c.language, c.start, c."end", c.text, page_start, page_end,'
                    " heading FROM chunks c JOIN documents d USING (doc_id)"
                    f" WHERE state = 'ready' AND chunk_id IN ({','.join('?' * len(part))})",
                    part,
                )
                for row in rows:
                    fields = dict(row) | {"heading": tuple(json.loads(row["heading"]))}
                    found[row["chunk_id"]] = Hit(**fields, **scores[row["chunk_id"]])
        return found


def chunk_id(doc_id: str, chunk: Chunk) -> str:
    """A chunk's id: its document and place, so that the same text at the same place keeps its id."""
    return f"{doc_id[:16]}-{chunk.start}-{chunk.end}"


@contextmanager
def _as_store_error(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"The catalog {path} cannot be used: {error}",
            "Check the disk's free space and rights; if the file is damaged, move it away and ingest again",
        ) from error
