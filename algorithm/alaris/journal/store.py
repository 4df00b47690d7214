"""The journal of one account: append records, each in a transaction of the database and bound to the one before; read them again.

Several processes may append to one journal: the head is read inside the transaction that writes after it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Select, Table, func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

from alaris.domain import JournalError
from alaris.journal.address import journal_file, journal_url
from alaris.journal.connecting import durability, opened
from alaris.journal.records import Record, is_durable, sealed
from alaris.journal.redaction import Redactor
from alaris.journal.tables import INTENTS, RECORDS, STATUSES, TYPED
from alaris.journal.typed_rows import typed_rows

PAGE = 2_000  # records read at once
Entries = Sequence[tuple[str, Mapping[str, Any]]]


def now() -> datetime:
    """The wall clock, in UTC: when something was written down, which no decision looks at."""
    return datetime.now(UTC)


class Journal:
    """An open journal.

    Parameters
    ----------
    address : str
        Path or URL, as `alaris.journal.address.journal_url` takes it. A file that is missing is made, readable by its owner only.
    reading : bool
        Open what is there, and change nothing.
    clock : callable
        Says when a record was written.
    environment : mapping, optional
        Variables whose secrets are never written; the process's own by default.

    Raises
    ------
    JournalError
        The journal cannot be opened, was made by a newer version, or its last record was altered.
    """

    def __init__(
        self,
        address: str,
        *,
        reading: bool = False,
        clock: Callable[[], datetime] = now,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.url = journal_url(address)
        self.name = str(journal_file(self.url) or self.url)
        self._clock = clock
        self._redactor = Redactor(os.environ if environment is None else environment)
        self._lock = Lock()
        self._connection = opened(self.url, reading=reading)
        self._durable: bool | None = None
        self._inserts: dict[str, SQLCompiler] = {}

    def append(self, kind: str, entry: Mapping[str, Any]) -> Record:
        """Append one record; it is committed when this returns, and on the disk where its kind is durable."""
        return self.append_all([(kind, entry)])[0]

    def append_all(self, entries: Entries) -> tuple[Record, ...]:
        """Append records in one transaction, all or none of them.

        Raises
        ------
        JournalError
            They could not be written; nothing was acknowledged, so nothing may be sent.
        """
        durable = any(is_durable(kind, entry) for kind, entry in entries)
        return self._appended(lambda: entries, durable=durable)

    def append_after(self, kind: str, follow: Callable[[Record | None], Entries]) -> tuple[Record, ...]:
        """Append what follows from the newest record of one kind; nobody appends between the reading and the writing."""
        return self._appended(lambda: follow(_newest(self._connection, kind)), durable=True)

    def head(self) -> Record | None:
        """The newest record."""
        return next(self.last(1), None)

    def last(self, count: int) -> Iterator[Record]:
        """The newest records, oldest first."""
        return reversed(self._read(select(RECORDS).order_by(RECORDS.c.sequence.desc()).limit(count)))

    def latest(self, kind: str) -> Record | None:
        """The newest record of one kind."""
        found = self._read(_newest_of(kind))
        return found[0] if found else None

    def records(self, *, trade_id: str | None = None, kind: str | None = None) -> Iterator[Record]:
        """All records, or those of one trade or one kind, in order."""
        after, wanted = 0, {RECORDS.c.trade_id: trade_id, RECORDS.c.kind: kind}
        conditions = [column == value for column, value in wanted.items() if value is not None]
        while page := self._read(_page(after, conditions)):
            yield from page
            after = page[-1].sequence

    def of_trades(self, trade_ids: Sequence[str]) -> list[Record]:
        """All records of some trades, in order."""
        parts = [trade_ids[first : first + PAGE] for first in range(0, len(trade_ids), PAGE)]
        found = [record for part in parts for record in self._read(select(RECORDS).where(RECORDS.c.trade_id.in_(part)))]
        return sorted(found, key=lambda record: record.sequence)

    def trade_of(self, order_key: str) -> str | None:
        """The trade that an order was intended for."""
        rows = self._fetched(select(INTENTS.c.trade_id).where(INTENTS.c.order_key == order_key).limit(1))
        return rows[0]["trade_id"] if rows else None

    def open_trades(self, ended: Collection[str]) -> list[str]:
        """Trades with an intended order whose newest status is none of those that end an order, oldest first."""
        newest = select(func.max(STATUSES.c.record)).where(STATUSES.c.order_key.is_not(None)).group_by(STATUSES.c.order_key)
        done = select(STATUSES.c.order_key).where(STATUSES.c.record.in_(newest), STATUSES.c.state.in_(ended))
        statement = select(INTENTS.c.trade_id).where(INTENTS.c.order_key.is_not(None), INTENTS.c.order_key.not_in(done))
        return list(dict.fromkeys(row["trade_id"] for row in self._fetched(statement.order_by(INTENTS.c.record)) if row["trade_id"]))

    def typed(self, first: int, last: int) -> list[tuple[str, dict[str, Any]]]:
        """Rows of the typed tables that belong to the records from `first` to `last`, with their table's name."""
        rows = []
        for name, table in TYPED.items():
            statement = select(table).where(table.c.record.between(first, last)).order_by(table.c.record, table.c.position)
            rows += [(name, dict(row)) for row in self._fetched(statement)]
        return rows

    def close(self) -> None:
        """Close the journal."""
        with self._lock:
            self._connection.close()
            self._connection.engine.dispose()

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it at the end of the block."""
        self.close()

    def _appended(self, entries: Callable[[], Entries], *, durable: bool) -> tuple[Record, ...]:
        with self._lock:
            try:
                return self._written(entries, durable=durable)
            except (SQLAlchemyError, sqlite3.Error) as error:
                raise JournalError(f"{self.name}: the journal cannot be written ({_cause(error)}); send no order until it can") from error

    def _written(self, entries: Callable[[], Entries], *, durable: bool) -> tuple[Record, ...]:
        if durable != self._durable:
            durability(self._connection, durable)
            self._durable = durable
        with self._connection.begin():
            records = self._sealed(entries())
            if not records:
                return ()
            self._insert(RECORDS, [_columns(record) for record in records])
            for name, rows in _by_table(records).items():
                self._insert(TYPED[name], rows)
        return records

    def _insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Insert rows as the driver takes them: SQLAlchemy's own way costs a fifth of a fast journal's time."""
        compiled = self._inserts.get(table.name) or insert(table).compile(dialect=self._connection.dialect)
        self._inserts[table.name] = compiled
        names = compiled.positiontup
        values: Any = rows if names is None else [tuple([row[name] for name in names]) for row in rows]
        self._connection.exec_driver_sql(str(compiled), values)

    def _sealed(self, entries: Entries) -> tuple[Record, ...]:
        head = _newest(self._connection)
        records = []
        for kind, entry in entries:
            head = sealed(head, kind, entry, self._clock(), self._redactor)
            records.append(head)
        return tuple(records)

    def _read(self, statement: Select[Any]) -> list[Record]:
        return [Record(**row) for row in self._fetched(statement)]

    def _fetched(self, statement: Select[Any]) -> Sequence[Mapping[str, Any]]:
        with self._lock:
            try:
                with self._connection.begin():
                    return [dict(row) for row in self._connection.execute(statement).mappings()]
            except SQLAlchemyError as error:
                raise JournalError(f"{self.name}: the journal cannot be read ({_cause(error)}); restore it from a backup") from error


def _page(after: int, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return select(RECORDS).where(RECORDS.c.sequence > after, *conditions).order_by(RECORDS.c.sequence).limit(PAGE)


def _newest_of(kind: str | None) -> Select[Any]:
    statement = select(RECORDS).order_by(RECORDS.c.sequence.desc()).limit(1)
    return statement if kind is None else statement.where(RECORDS.c.kind == kind)


def _newest(connection: Connection, kind: str | None = None) -> Record | None:
    row = connection.execute(_newest_of(kind)).mappings().first()
    return Record(**row) if row else None


def _columns(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in Record.__slots__}


def _by_table(records: Sequence[Record]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        for position, (name, row) in enumerate(typed_rows(record.kind, record.entry)):
            found.setdefault(name, []).append({"record": record.sequence, "position": position, **row})
    return found


def _cause(error: Exception) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())
