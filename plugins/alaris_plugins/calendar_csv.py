"""Earnings calendar from a CSV file: what each source stated about each report, and when it became known.

Columns and errors are those of `alaris.plugins.earnings_csv`. A file without available_at is a history written later: its dates are taken
as known from 90 days (`data_validation.earnings_horizon`) before the report, which is kinder than life, where dates are revised.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from alaris.domain import EarningsEvent
from alaris.plugins import Settings, hookimpl
from alaris.plugins.earnings_csv import Statement, opened


class CalendarFile:
    """Answer from the file with each source's newest statement on each report that was known in time."""

    def __init__(self, path: Path | None, days_known: int) -> None:
        self._file = None if path is None else opened(path, timedelta(days=days_known))
        self._told: dict[str, list[Statement]] = {}

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent]:
        newest: dict[tuple[str, str], EarningsEvent] = {}
        for statement in self._oldest_first(symbol.upper()):  # so that a revision replaces
            if statement.event.available_at <= as_of:
                newest[statement.event.source, statement.quarter or f"{statement.event.report_date}"] = statement.event
        return [event for event in newest.values() if first <= event.report_date <= last]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every name of the file."""
        return self._file.symbols if self._file else ()

    def _oldest_first(self, symbol: str) -> list[Statement]:
        if self._file is not None and symbol not in self._told:
            self._told[symbol] = sorted(self._file.statements(symbol), key=lambda statement: statement.event.available_at)
        return self._told.get(symbol, [])


def plugin(settings: Settings) -> CalendarFile:
    """Entry point: reads `sources.calendar`."""
    path = Path(settings.sources.calendar) if settings.sources.calendar else None
    return CalendarFile(path, settings.data_validation.earnings_horizon)
