"""What was asked and what came back, in one SQLite file: exact budgets across restarts, and raw replies for replay."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alaris.plugins.web.database import Database
from alaris.plugins.web.faults import Fault, WebFault
from alaris.plugins.web.vendor import Vendor

MINUTE = timedelta(minutes=1)
KEPT_CALLS = timedelta(days=2)
TABLES = """
CREATE TABLE IF NOT EXISTS calls (vendor TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS calls_by_time ON calls (vendor, at);
CREATE TABLE IF NOT EXISTS replies (
    vendor TEXT NOT NULL, request TEXT NOT NULL, received REAL NOT NULL, checked REAL NOT NULL, media TEXT NOT NULL, etag TEXT NOT NULL,
    modified TEXT NOT NULL, address TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (vendor, request, received));
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """A body as it came, from which address, and when it was received and last confirmed (aware, UTC)."""

    content: bytes
    media: str
    address: str
    received: datetime
    confirmed: datetime
    etag: str = ""
    modified: str = ""


class Ledger:
    """Calls and replies of all vendors; safe for several threads and processes, since each use is one transaction of its own."""

    def __init__(self, path: Path) -> None:
        self._opened = Database(path, TABLES, "ledger of calls and replies").opened

    def reserve(self, vendor: Vendor, now: datetime) -> float:
        """Count one call if the budgets allow it: 0, or the seconds until the vendor's minute allows it, and then nothing is counted.

        Raises
        ------
        WebFault
            BUDGET_SPENT: the vendor's day allows no more.
        """
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            wait = self._wait(database, vendor, now)
            if wait == 0:
                database.execute("INSERT INTO calls VALUES (?, ?)", (vendor.name, now.timestamp()))
                database.execute("DELETE FROM calls WHERE at < ?", ((now - KEPT_CALLS).timestamp(),))
            database.execute("COMMIT")
        return wait

    def used_today(self, vendor: Vendor, now: datetime) -> int:
        """Calls of the vendor's day so far."""
        with self._opened() as database:
            return _count(database, vendor, _midnight(now))

    def keep(self, vendor: Vendor, request: str, reply: Reply) -> None:
        """Store a reply that could be read."""
        row = (vendor.name, request, reply.received.timestamp(), reply.confirmed.timestamp(), reply.media, reply.etag, reply.modified)
        values = (*row, reply.address, zlib.compress(reply.content))
        with self._opened() as database:
            database.execute("INSERT OR REPLACE INTO replies VALUES (?,?,?,?,?,?,?,?,?)", values)

    def confirm(self, vendor: Vendor, request: str, reply: Reply, now: datetime) -> None:
        """The vendor said that a stored reply still stands."""
        where = (now.timestamp(), vendor.name, request, reply.received.timestamp())
        with self._opened() as database:
            database.execute("UPDATE replies SET checked = ? WHERE vendor = ? AND request = ? AND received = ?", where)

    def newest(self, vendor: Vendor, request: str, before: datetime) -> Reply | None:
        """The newest reply received by a moment."""
        columns = "content, media, address, received, checked, etag, modified"
        query = f"SELECT {columns} FROM replies WHERE vendor = ? AND request = ? AND received <= ? ORDER BY received DESC LIMIT 1"  # noqa: S608 - constant columns
        with self._opened() as database:
            row = database.execute(query, (vendor.name, request, before.timestamp())).fetchone()
        if row is None:
            return None
        content, media, address, received, checked, etag, modified = row
        first, last = (datetime.fromtimestamp(stamp, UTC) for stamp in (received, checked))
        return Reply(zlib.decompress(content), media, address, first, last, etag, modified)

    def _wait(self, database: sqlite3.Connection, vendor: Vendor, now: datetime) -> float:
        if vendor.per_day and _count(database, vendor, _midnight(now)) >= vendor.per_day:
            database.execute("ROLLBACK")
            renews = _midnight(now) + timedelta(days=1)
            raise WebFault(
                vendor.name,
                Fault.BUDGET_SPENT,
                f"all {vendor.per_day} calls of the day are spent, renewed at {renews:%Y-%m-%d %H:%M} UTC",
                retry_after=(renews - now).total_seconds(),
            )
        if not vendor.per_minute:
            return 0
        query = "SELECT at FROM calls WHERE vendor = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?"
        row = database.execute(query, (vendor.name, (now - MINUTE).timestamp(), vendor.per_minute - 1)).fetchone()
        return 0 if row is None else max(0.001, row[0] + MINUTE.total_seconds() - now.timestamp())


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _count(database: sqlite3.Connection, vendor: Vendor, since: datetime) -> int:
    row = database.execute("SELECT count(*) FROM calls WHERE vendor = ? AND at >= ?", (vendor.name, since.timestamp())).fetchone()
    return int(row[0])
