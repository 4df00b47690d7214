"""Price files of a data folder: where a series lies, and its rows by time key (LEAN D.1)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NoReturn

from alaris_runner.api.enums import OptionRight, Resolution, SecurityType, TickType
from alaris_runner.api.symbols import Symbol
from alaris_runner.data.map_files import MapFileProvider
from alaris_runner.data.zips import ZipArchive
from alaris_runner.errors import DataFileError

Rows = dict[str, str]
_KINDS = {TickType.TRADE: "trade", TickType.QUOTE: "quote", TickType.OPEN_INTEREST: "openinterest"}
_FOLDERS = {Resolution.SECOND: "second", Resolution.MINUTE: "minute", Resolution.HOUR: "hour", Resolution.DAILY: "daily"}
_EMPTY: Rows = {}


class PriceFiles:
    """Open archives and parsed entries of one data folder; a file is read when a day of it is first asked for."""

    def __init__(self, data_folder: Path, map_files: MapFileProvider) -> None:
        self._root = data_folder
        self._map_files = map_files
        self._archives: dict[Path, ZipArchive | None] = {}
        self._rows: dict[tuple[Path, str], Rows] = {}
        self._folders: dict[tuple[SecurityType, str, Resolution], Path] = {}
        self._series: dict[tuple[Symbol, TickType, Resolution], PriceSeries] = {}

    def series(self, symbol: Symbol, tick_type: TickType, resolution: Resolution) -> PriceSeries:
        """Return the stored series of a symbol."""
        key = (symbol, tick_type, resolution)
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = PriceSeries(self, symbol, tick_type, resolution)
        return found

    def archive(self, path: Path) -> ZipArchive | None:
        """Archive at a path, None if there is no such file."""
        if path not in self._archives:
            self._archives[path] = ZipArchive(path) if path.exists() else None
        return self._archives[path]

    def rows(self, path: Path, entry: str, key_length: int) -> Rows:
        """Rows of an entry by their first field; `key_length` 0 means up to the first comma."""
        found = self._rows.get((path, entry))
        if found is not None:
            return found
        archive = self.archive(path)
        if archive is None or entry not in archive:
            return _EMPTY
        lines = archive.read(entry).splitlines()
        if key_length:
            rows = {line[:key_length]: line[key_length + 1 :] for line in lines}
        else:
            rows = {key: rest for key, _, rest in (line.partition(",") for line in lines)}
        self._rows[path, entry] = rows
        return rows

    def folder(self, security_type: SecurityType, market: str, resolution: Resolution) -> Path:
        """Folder of a kind of security, market and resolution."""
        key = (security_type, market, resolution)
        if key not in self._folders:
            kind = {SecurityType.OPTION: "option", SecurityType.INDEX_OPTION: "indexoption", SecurityType.INDEX: "index"}.get(
                security_type, "equity"
            )
            self._folders[key] = self._root / kind / market / _FOLDERS[resolution]
        return self._folders[key]

    def ticker_on(self, symbol: Symbol, day: date) -> str:
        """Lower-case ticker under which a stock's data of a day is stored."""
        stock = symbol.underlying or symbol
        return self._map_files.get(stock.value, stock.id.market).ticker_on(day, stock.value.lower()).lower()

    def last_day_of_ticker(self, symbol: Symbol, day: date) -> date:
        """Last day on which a stock has the ticker it has on a day."""
        stock = symbol.underlying or symbol
        return self._map_files.get(stock.value, stock.id.market).ticker_until(day)


class PriceSeries:
    """One series: a symbol's trades, quotes or open interest at one resolution."""

    __slots__ = ("_files", "_known", "_tail", "resolution", "symbol", "tick_type")

    def __init__(self, files: PriceFiles, symbol: Symbol, tick_type: TickType, resolution: Resolution) -> None:
        self._files = files
        self.symbol = symbol
        self.tick_type = tick_type
        self.resolution = resolution
        self._known: tuple[date, date, Rows] | None = None
        self._tail = _entry_tail(symbol, _KINDS[tick_type]) if symbol.security_type == SecurityType.OPTION else None

    def location(self, day: date) -> tuple[Path, str]:
        """Archive and entry that hold a day."""
        ticker, kind = self._files.ticker_on(self.symbol, day), _KINDS[self.tick_type]
        folder = self._files.folder(self.symbol.security_type, self.symbol.id.market, self.resolution)
        intraday = self.resolution in (Resolution.MINUTE, Resolution.SECOND)
        if self._tail is None:
            if intraday:
                return folder / ticker / f"{day:%Y%m%d}_{kind}.zip", f"{day:%Y%m%d}_{ticker}_{_FOLDERS[self.resolution]}_{kind}.csv"
            return folder / f"{ticker}.zip", f"{ticker}.csv"
        if intraday:
            return folder / ticker / f"{day:%Y%m%d}_{kind}_american.zip", f"{day:%Y%m%d}_{ticker}_{_FOLDERS[self.resolution]}_{self._tail}"
        return folder / f"{ticker}_{day.year}_{kind}_american.zip", f"{ticker}_{self._tail}"

    def last_day_of_file(self, day: date) -> date:
        """Last day that is stored where a day is: the year's end, or the last day of a ticker (daily and hourly files)."""
        return min(date(day.year, 12, 31), self._files.last_day_of_ticker(self.symbol, day))

    def rows(self, day: date) -> Rows:
        """Rows of a day (intraday) or of the whole file that holds it, by time key."""
        if self.resolution in (Resolution.DAILY, Resolution.HOUR):
            known = self._known
            if known is None or not known[0] <= day <= known[1]:
                known = self._known = (day, self.last_day_of_file(day), self._files.rows(*self.location(day), 14))
            return known[2]
        return self._files.rows(*self.location(day), 0)

    def refuse(self, day: date, key: str, row: str) -> NoReturn:
        """Say which line of which file cannot be read."""
        path, entry = self.location(day)
        archive = self._files.archive(path)
        lines = archive.read(entry).splitlines() if archive is not None else []
        number = next((n for n, line in enumerate(lines, 1) if line.startswith(key)), None)
        raise DataFileError(
            f"{path}#{entry}",
            number,
            f"a {_KINDS[self.tick_type]} row has the wrong columns or a number that cannot be read: '{key},{row}'",
        )


def _entry_tail(symbol: Symbol, kind: str) -> str:
    """End of an option entry's name: kind, style, right, strike and expiry."""
    contract = symbol.id
    right = "call" if contract.option_right == OptionRight.CALL else "put"
    return f"{kind}_american_{right}_{round(contract.strike_price * 10000)}_{contract.date:%Y%m%d}.csv"
