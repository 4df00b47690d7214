"""A small SQLite file that several threads and processes write: made once, under a lock, and kept open."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from alaris.domain import DataError


class Database:
    """A file with its tables.

    Parameters
    ----------
    path : Path
    tables : str
        Statements that make the tables where they are missing.
    what : str
        What the file is, for the error that says it cannot be used.
    """

    def __init__(self, path: Path, tables: str, what: str) -> None:
        self.path, self._tables, self._what = path, tables, what
        self._turn = Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time; each statement is a transaction of its own unless one is begun.

        It stays open: SQLite clears its log away when the last connection closes, which takes as long as a vendor's answer.

        Raises
        ------
        DataError
            The file cannot be used.
        """
        with self._turn:
            try:
                database = self._connected()
                try:
                    yield database
                finally:
                    if database.in_transaction:
                        database.execute("ROLLBACK")
            except (OSError, sqlite3.Error) as error:
                raise DataError(self.path, f"the {self._what} cannot be used ({error}); mend or remove it") from error

    def _connected(self) -> sqlite3.Connection:
        """A connection of this process to the file that stands there now: it may have been removed meanwhile."""
        if self._connection is None or self._process != os.getpid() or not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
            weakref.finalize(self, database.close)
            self._make(database)
            database.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing, a computer that lost power may
            self._connection, self._process = database, os.getpid()
        return self._connection

    def _make(self, database: sqlite3.Connection) -> None:
        """SQLite does not wait where two connections change the journal's mode at once: one answers that the file is locked."""
        with self.path.with_suffix(".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(self._tables)
