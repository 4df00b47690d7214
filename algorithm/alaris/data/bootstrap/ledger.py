"""Which pieces of which windows were begun and done, in one SQLite file of the store: a run that was killed goes on where it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alaris.domain import NEW_YORK
from alaris.plugins.web import Piece
from alaris.plugins.web.database import Database

TABLE = """
CREATE TABLE IF NOT EXISTS pieces (
    provider TEXT NOT NULL, piece TEXT NOT NULL, begun REAL NOT NULL, done REAL, rows INTEGER, PRIMARY KEY (provider, piece));
"""


class Work:
    """The account of pieces; safe for several threads and processes, since each use is one transaction of its own.

    Notes
    -----
    A piece goes through three steps that each survive a kill: the reply is kept (in the providers' own ledger), its rows are added to the
    store (which keeps no row twice), the piece is marked as done. Killed between two of them, the next run takes the kept reply, received
    since the piece was begun, and asks nothing. Killed before the whole reply is kept, the next run asks for that piece again.
    """

    def __init__(self, store: Path) -> None:
        self._database = Database(store / "bootstrap.sqlite", TABLE, "account of fetched pieces")

    def key(self, piece: Piece, now: datetime) -> str:
        """Name of a piece; what is about days that are not over is another piece every day."""
        today = now.astimezone(NEW_YORK).date()
        seen = f" seen {today}" if piece.last >= today else ""
        return f"{piece.dataset} {','.join(piece.symbols)} {piece.first}..{piece.last}{seen}"

    def done(self, provider: str) -> set[str]:
        """Names of the pieces that are done."""
        if not self._database.path.is_file():
            return set()
        with self._database.opened() as database:
            return {name for (name,) in database.execute("SELECT piece FROM pieces WHERE provider = ? AND done NOT NULL", (provider,))}

    def begin(self, provider: str, key: str, now: datetime) -> datetime:
        """Since when a piece is under way; now, where it was not yet."""
        with self._database.opened() as database:
            database.execute("INSERT OR IGNORE INTO pieces (provider, piece, begun) VALUES (?, ?, ?)", (provider, key, now.timestamp()))
            (begun,) = database.execute("SELECT begun FROM pieces WHERE provider = ? AND piece = ?", (provider, key)).fetchone()
        return datetime.fromtimestamp(begun, UTC)

    def finish(self, provider: str, key: str, rows: int, now: datetime) -> None:
        """Mark a piece as done."""
        with self._database.opened() as database:
            database.execute(
                "UPDATE pieces SET done = ?, rows = ? WHERE provider = ? AND piece = ?", (now.timestamp(), rows, provider, key)
            )
