"""One SQLite file of derived rows, opened when first needed. Knows no schema and no text."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StoreError

BUSY_TIMEOUT = 30.0  # seconds another process may take to commit; its longest transaction is about 1 s


class SqliteFile:
    """A file that `prep rebuild` can make anew. Thread-safe; several processes may have it open."""

    def __init__(self, path: Path, schema: str, what: str) -> None:
        self._path = path
        self._schema = schema
        self._what = what  # for people: "The keyword index"
        self._guard = threading.RLock()
        self._base: sqlite3.Connection | None = None

    @property
    def exists(self) -> bool:
        """Whether anything was ever written."""
        return self._path.exists()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection to query a file that exists. Raises StoreError if it cannot be used."""
        with self._connection(create=False) as base:
            yield base

    @contextmanager
    def write(self, create: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction: all of it or nothing."""
        with self._connection(create) as base, base:
            base.execute("BEGIN IMMEDIATE")
            yield base

    def close(self) -> None:
        """Let go of the file."""
        with self._guard:
            if self._base is not None:
                self._base.close()
                self._base = None

    @contextmanager
    def _connection(self, create: bool) -> Iterator[sqlite3.Connection]:
        with self._guard:
            try:
                if self._base is None:
                    self._base = sqlite3.connect(
                        self._path, timeout=BUSY_TIMEOUT, check_same_thread=False, isolation_level=None
                    )
                    if create or not self._path.stat().st_size:
                        self._base.executescript(self._schema)
                yield self._base
            except sqlite3.DatabaseError as error:
                raise StoreError(
                    f"{self._what} {self._path} cannot be used: {error}",
                    "prep rebuild makes it anew from the originals",
                ) from error
