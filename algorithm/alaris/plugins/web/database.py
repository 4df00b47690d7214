"""A small SQLite file that several threads and processes write: made once, under a lock, then opened for each use."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

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
        self._made = False

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own, in which each statement is a transaction.

        Raises
        ------
        DataError
            The file cannot be used.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as database:
                if not self._made or self.path.stat().st_size == 0:  # somebody may have removed it meanwhile
                    self._make(database)
                database.execute("PRAGMA synchronous = NORMAL")  # of the connection; a killed process loses nothing, a killed computer may
                yield database
        except (OSError, sqlite3.Error) as error:
            raise DataError(self.path, f"the {self._what} cannot be used ({error}); mend or remove it") from error

    def _make(self, database: sqlite3.Connection) -> None:
        """SQLite does not wait where two connections change the journal's mode at once: one answers that the file is locked."""
        with self.path.with_suffix(".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(self._tables)
        self._made = True
