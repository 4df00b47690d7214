"""What paid snapshots have cost: counted when sent, since one that fails may be billed too; kept across restarts, with hard caps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from alaris.broker.values import QuoteProblem, QuoteUnavailable
from alaris.domain import NEW_YORK, DataError

OPTION, SHARE = Decimal("0.03"), Decimal("0.01")  # USD a request, Interactive Brokers' price list for OPRA and networks A, B, C
TABLE = "CREATE TABLE IF NOT EXISTS snapshots (day TEXT NOT NULL, symbol TEXT NOT NULL, cents INTEGER NOT NULL)"


@dataclass(frozen=True, slots=True)
class Caps:
    """The most to spend, USD, by the day and month of New York: in all, and on one underlying a day."""

    day: Decimal
    month: Decimal
    symbol_day: Decimal


class SnapshotCosts:
    """The counter, in one SQLite file; safe for several processes, since each use is one transaction."""

    def __init__(self, path: Path, caps: Caps) -> None:
        self._path, self._caps = path, caps

    def spend(self, symbol: str, cost: Decimal, now: datetime) -> None:
        """Count a request that is about to be sent.

        Raises
        ------
        QuoteUnavailable
            COST_CAP: a cap would be broken; nothing is counted then.
        """
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            for name, cap, spent in self._spent(database, symbol, _day(now)):
                if spent + cost > cap:
                    database.execute("ROLLBACK")
                    raise QuoteUnavailable(
                        QuoteProblem.COST_CAP, f"paid snapshots of {name}: {spent} of {cap} USD are spent, {cost} more asked"
                    )
            database.execute("INSERT INTO snapshots VALUES (?, ?, ?)", (_day(now), symbol, int(cost * 100)))
            database.execute("COMMIT")

    def spent(self, now: datetime) -> tuple[Decimal, Decimal]:
        """USD of the day and of the month so far."""
        with self._opened() as database:
            (_, _, today), (_, _, month), _ = self._spent(database, "", _day(now))
        return today, month

    def _spent(self, database: sqlite3.Connection, symbol: str, day: str) -> list[tuple[str, Decimal, Decimal]]:
        return [
            ("the day", self._caps.day, _sum(database, "day = ?", day)),
            ("the month", self._caps.month, _sum(database, "substr(day, 1, 7) = ?", day[:7])),
            (f"{symbol} today", self._caps.symbol_day, _sum(database, "day = ? AND symbol = ?", day, symbol)),
        ]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as database:
                database.execute(TABLE)
                yield database
        except (OSError, sqlite3.Error) as error:
            raise DataError(self._path, f"the count of paid snapshots cannot be kept ({error}); mend or remove it") from error


def _sum(database: sqlite3.Connection, where: str, *values: str) -> Decimal:
    query = f"SELECT coalesce(sum(cents), 0) FROM snapshots WHERE {where}"  # noqa: S608 - constant conditions
    return Decimal(int(database.execute(query, values).fetchone()[0])) / 100


def _day(now: datetime) -> str:
    return f"{now.astimezone(NEW_YORK):%Y-%m-%d}"
