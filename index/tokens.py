"""Where the token states of the passages are kept for late interaction (index/late.py), in one SQLite file.

Read by chunk id, a hundred at a time. Incremental and transactional like the keyword index. Knows bytes only.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from index.sqlite_file import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tokens (chunk_id TEXT PRIMARY KEY, doc_id TEXT NOT NULL, states BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS by_doc ON tokens (doc_id);
"""


class TokenStore:
    """Packed token states by chunk id; absent, it holds none."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _SCHEMA, "The token store")

    def add(self, doc_id: str, packed: Mapping[str, bytes]) -> None:
        """Store the states of some chunks of a document; an id that is there already is replaced."""
        with self._file.write(create=True) as base:
            base.executemany(
                "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?)",
                [(chunk_id, doc_id, states) for chunk_id, states in packed.items()],
            )

    def get(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The states of those ids that have some."""
        if not ids or not self._file.exists:
            return {}
        marks = ",".join("?" * len(ids))
        with self._file.read() as base:
            return dict(
                base.execute(f"SELECT chunk_id, states FROM tokens WHERE chunk_id IN ({marks})", list(ids))
            )

    def delete(self, doc_id: str) -> None:
        """Remove a document's states."""
        if self._file.exists:
            with self._file.write() as base:
                base.execute("DELETE FROM tokens WHERE doc_id = ?", (doc_id,))

    def clear(self) -> None:
        """Drop everything."""
        if self._file.exists:
            with self._file.write() as base:
                base.execute("DELETE FROM tokens")

    def count(self) -> int:
        """How many chunks have states."""
        if not self._file.exists:
            return 0
        with self._file.read() as base:
            return int(base.execute("SELECT count(*) FROM tokens").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
