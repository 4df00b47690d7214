"""Earnings calendar from a CSV file: what each source stated about each report, and when it became known.

Columns: symbol, date, qtr, release_time (pre, post, or anything else for unknown), and where the file has them source and
available_at (ISO 8601 with a time zone). A file without available_at is a history written later: its dates are taken as known from 90 days
(`data_validation.earnings_horizon`) before the report, which is kinder than life, where dates are revised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from alaris.domain import DataError, EarningsEvent, Timing
from alaris.plugins import Settings, hookimpl
from alaris_plugins.csv_file import dates, read_columns
from alaris_plugins.judging import NEW_YORK

TIMINGS = {"pre": Timing.BEFORE_OPEN, "post": Timing.AFTER_CLOSE}


@dataclass(frozen=True, slots=True)
class Statement:
    """One row: which report it speaks of, and what it says."""

    quarter: str
    event: EarningsEvent


class CalendarFile:
    """Answer from the file with each source's newest statement on each report that was known in time."""

    def __init__(self, path: Path | None, days_known: int) -> None:
        self._table = None if path is None else Table(path, timedelta(days=days_known))

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent]:
        newest: dict[tuple[str, str], EarningsEvent] = {}
        for statement in self._table.statements(symbol.upper()) if self._table else ():  # oldest first, so that a revision replaces
            if statement.event.available_at <= as_of:
                newest[statement.event.source, statement.quarter] = statement.event
        return [event for event in newest.values() if first <= event.report_date <= last]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every name of the file."""
        return self._table.symbols if self._table else ()


class Table:
    """The file's rows by symbol: all checked when it is read, each symbol's statements made when it is first asked for."""

    def __init__(self, path: Path, known: timedelta) -> None:
        columns = read_columns(path, ("symbol", "date", "release_time"), ("qtr", "source", "available_at"))
        blank = ("",) * len(columns["symbol"])
        self._path, self._known = path, known
        self._day = dates(path, "date", columns["date"]).astype(object)
        self._release = columns["release_time"]
        self._quarter, self._source = columns.get("qtr", blank), columns.get("source", blank)
        self._told = [_instant(path, line, text) for line, text in enumerate(columns.get("available_at", blank), start=2)]
        self._rows: dict[str, list[int]] = {}
        self._made: dict[str, tuple[Statement, ...]] = {}
        for row, symbol in enumerate(columns["symbol"]):
            self._rows.setdefault(symbol.strip().upper(), []).append(row)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every name of the file."""
        return tuple(self._rows)

    def statements(self, symbol: str) -> tuple[Statement, ...]:
        """What was stated of one symbol's reports, oldest statement first."""
        if symbol not in self._made:
            made = (self._statement(symbol, row) for row in self._rows.get(symbol, ()))
            self._made[symbol] = tuple(sorted(made, key=lambda statement: statement.event.available_at))
        return self._made[symbol]

    def _statement(self, symbol: str, row: int) -> Statement:
        report: date = self._day[row]
        available = self._told[row] or datetime.combine(report - self._known, time(), NEW_YORK)
        timing = TIMINGS.get(self._release[row].strip().lower(), Timing.UNKNOWN)
        event = EarningsEvent(symbol, report, timing, self._source[row].strip() or self._path.name, available)
        return Statement(self._quarter[row].strip() or report.isoformat(), event)


def _instant(path: Path, line: int, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DataError(path, f"available_at must be like 2017-01-12T08:00:00-05:00, was {text!r}", line=line) from None
    if moment.utcoffset() is None:
        raise DataError(path, f"available_at must carry a time zone, was {text!r}", line=line)
    return moment


def plugin(settings: Settings) -> CalendarFile:
    """Entry point: reads `sources.calendar`."""
    path = Path(settings.sources.calendar) if settings.sources.calendar else None
    return CalendarFile(path, settings.data_validation.earnings_horizon)
