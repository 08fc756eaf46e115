"""Where the token states of the passages are kept for late interaction (index/late.py), in one SQLite file.

Read by chunk id, a hundred at a time. Incremental and transactional like the keyword index. Knows bytes only.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from index.late import Packed
from index.sqlite_file import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tokens (chunk_id TEXT PRIMARY KEY, doc_id TEXT NOT NULL, states BLOB NOT NULL,
  spans BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS by_doc ON tokens (doc_id);
"""


class TokenStore:
    """Packed token states by chunk id; absent, it holds none."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _SCHEMA, "The token store")

    def add(self, doc_id: str, packed: Mapping[str, Packed]) -> None:
        """Store the states of some chunks of a document; an id that is there already is replaced."""
        with self._file.write(create=True) as base:
            base.executemany(
                "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?)",
                [(chunk_id, doc_id, p.states, p.spans) for chunk_id, p in packed.items()],
            )

    def states(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The packed states of those ids that have some."""
        return {chunk_id: states for chunk_id, states in self._select("states", ids)}

    def get(self, ids: Sequence[str]) -> dict[str, Packed]:
        """States and places of those ids that have some."""
        return {chunk_id: Packed(*both) for chunk_id, *both in self._select("states, spans", ids)}

    def _select(self, what: str, ids: Sequence[str]) -> list[Any]:
        if not ids or not self._file.exists:
            return []
        marks = ",".join("?" * len(ids))
        with self._file.read() as base:
            query = f"SELECT chunk_id, {what} FROM tokens WHERE chunk_id IN ({marks})"
            return base.execute(query, list(ids)).fetchall()

    def delete(self, doc_id: str) -> None:
        """Remove a document's states."""
        if self._file.exists:
            with self._file.write() as base:
                base.execute("DELETE FROM tokens WHERE doc_id = ?", (doc_id,))

    def clear(self) -> None:
        """Drop everything, and what an older version kept otherwise."""
        if self._file.exists:
            with self._file.write() as base:
                base.execute("DROP TABLE IF EXISTS tokens")
                for statement in _SCHEMA.split(";"):
                    base.execute(statement)

    def count(self) -> int:
        """How many chunks have states."""
        if not self._file.exists:
            return 0
        with self._file.read() as base:
            return int(base.execute("SELECT count(*) FROM tokens").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
