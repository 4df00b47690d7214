"""Earnings calendar from a CSV file: what each source stated about each report, and when it became known.

Columns: symbol, date, qtr, release_time (pre, post, or anything else for unknown), and where the file has them source and
available_at (ISO 8601 with a time zone). A file without available_at is a history written later: its dates are taken as known from 90 days
(`data_validation.earnings_horizon`) before the report, which is kinder than life, where dates are revised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from alaris.domain import DataError, EarningsEvent, Timing
from alaris.plugins import Settings, hookimpl
from alaris_plugins.csv_file import read_columns
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
        self._statements = {} if path is None else _by_symbol(path, timedelta(days=days_known))

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent]:
        newest: dict[tuple[str, str], EarningsEvent] = {}
        for statement in self._statements.get(symbol.upper(), ()):  # in order of available_at, so that a revision replaces
            if statement.event.available_at <= as_of:
                newest[statement.event.source, statement.quarter] = statement.event
        return [event for event in newest.values() if first <= event.report_date <= last]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every name of the file."""
        return tuple(self._statements)


def _by_symbol(path: Path, known: timedelta) -> Mapping[str, tuple[Statement, ...]]:
    columns = read_columns(path, ("symbol", "date", "release_time"), ("qtr", "source", "available_at"))
    found: dict[str, list[Statement]] = {}
    for statement in _statements(path, columns, known):
        found.setdefault(statement.event.symbol, []).append(statement)
    return {symbol: tuple(sorted(rows, key=lambda row: row.event.available_at)) for symbol, rows in found.items()}


def _statements(path: Path, columns: Mapping[str, tuple[str, ...]], known: timedelta) -> Iterator[Statement]:
    count = len(columns["symbol"])
    blank = ("",) * count
    quarters, sources, times = (columns.get(name, blank) for name in ("qtr", "source", "available_at"))
    rows = zip(columns["symbol"], columns["date"], columns["release_time"], quarters, sources, times, strict=True)
    for line, (symbol, day, release, quarter, source, told) in enumerate(rows, start=2):
        report = _date(path, line, day)
        available = _instant(path, line, told) if told else datetime.combine(report - known, time(), NEW_YORK)
        timing = TIMINGS.get(release.strip().lower(), Timing.UNKNOWN)
        event = EarningsEvent(symbol.strip().upper(), report, timing, source.strip() or path.name, available)
        yield Statement(quarter.strip() or day, event)


def _date(path: Path, line: int, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DataError(path, f"date must be like 2017-02-09, was {text!r}", line=line) from None


def _instant(path: Path, line: int, text: str) -> datetime:
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
