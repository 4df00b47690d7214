"""What the adapter reads from LEAN's data folder itself, because no engine hands it to an algorithm."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from alaris.data import lean_folder
from alaris.domain import ConfigurationError, Dividend
from alaris.plugins.earnings_csv import opened


class DataFolder:
    """One LEAN data folder: what it can trade and since when, its calendar, its slow facts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._dividends: dict[str, Sequence[Dividend]] = {}

    @property
    def calendar(self) -> Path | None:
        """The folder's own earnings calendar."""
        path = lean_folder.earnings_path(self.path)
        return path if path.is_file() else None

    @property
    def announced_dividends(self) -> Path | None:
        """The folder's own dividends with their announcements."""
        path = lean_folder.announced_dividends_path(self.path)
        return path if path.is_file() else None

    @property
    def seed(self) -> int | None:
        """Seed of a synthetic market; None for real data."""
        marker = lean_folder.demo_marker(self.path)
        return None if marker is None else int(marker["seed"])

    def tradable(self, calendar: Path) -> tuple[str, ...]:
        """Every name of the calendar that has daily bars and option chains here."""
        listed = {ticker for ticker in lean_folder.option_tickers(self.path) if lean_folder.daily_bars_path(self.path, ticker).is_file()}
        return tuple(sorted(listed.intersection(opened(calendar).symbols)))

    def span(self, symbols: Collection[str]) -> tuple[date, date]:
        """First and last day of the option universes of these symbols.

        Raises
        ------
        ConfigurationError
            None of them has an option universe here.
        """
        files = (file for symbol in symbols for file in lean_folder.universe_folder(self.path, symbol).glob("[0-9]*.csv"))
        days = sorted(file.stem for file in files)
        if not days:
            raise ConfigurationError("symbols", f"no option universe of {', '.join(symbols) or 'any name'} in {self.path}")
        return _day(days[0]), _day(days[-1])

    def interest_rate(self, day: date) -> float | None:
        """Annual simple rate in force on `day`; None where the file has none."""
        return self._rates.on(day)

    def dividends(self, symbol: str) -> Sequence[Dividend]:
        """All dividends of the factor file."""
        if symbol not in self._dividends:
            self._dividends[symbol] = lean_folder.dividends(self.path, symbol)
        return self._dividends[symbol]

    @cached_property
    def _rates(self) -> lean_folder.InterestRates:
        return lean_folder.interest_rates(self.path)


def _day(stem: str) -> date:
    return datetime.strptime(stem, "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
