"""Price files of a data folder: where a series lies, and its rows by time key (LEAN D.1)."""

from __future__ import annotations

from collections import deque
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
DATE_LENGTH = 14  # of the key of a daily or hourly row, "20170103 00:00"
_ARCHIVES_KEPT = 1024  # directories of zip files; the oldest is forgotten first
_FILES_OPEN = 64  # the one opened first is closed first
_SERIES_KEPT = 4096  # series whose rows stay in memory; the oldest is forgotten first


class PriceFiles:
    """Open archives and parsed entries of one data folder; a file is read when a day of it is first asked for."""

    def __init__(self, data_folder: Path, map_files: MapFileProvider) -> None:
        self._root = data_folder
        self._map_files = map_files
        self._archives: dict[Path, ZipArchive | None] = {}
        self._open: deque[ZipArchive] = deque()
        self._folders: dict[tuple[SecurityType, str, Resolution], Path] = {}
        self._series: dict[tuple[Symbol, TickType, Resolution], PriceSeries] = {}
        self._paths: dict[tuple[SecurityType, str, Resolution, str], Path] = {}
        self._tickers: dict[tuple[str, str, date], tuple[str, date]] = {}
        self._contract_names: dict[Symbol, str] = {}

    def series(self, symbol: Symbol, tick_type: TickType, resolution: Resolution) -> PriceSeries:
        """Return the stored series of a symbol."""
        key = (symbol, tick_type, resolution)
        found = self._series.get(key)
        if found is None:
            if len(self._series) >= _SERIES_KEPT:
                del self._series[next(iter(self._series))]
            found = self._series[key] = PriceSeries(self, symbol, tick_type, resolution)
        return found

    def archive(self, path: Path) -> ZipArchive | None:
        """Archive at a path, None if there is no such file."""
        if path not in self._archives:
            if len(self._archives) >= _ARCHIVES_KEPT:
                del self._archives[next(iter(self._archives))]
            self._archives[path] = ZipArchive(path) if path.exists() else None
        return self._archives[path]

    def rows(self, path: Path, entry: str, key_length: int, beginning: str = "") -> Rows:
        """Rows of an entry by their first field.

        Parameters
        ----------
        key_length : int
            Of the first field; 0 means up to the first comma, as in files of one day.
        beginning : str
            How the keys begin that are asked for: a year of a file that holds all years. There may be others too.
        """
        archive = self.archive(path)
        if archive is None or entry not in archive:
            return _EMPTY
        if not archive.is_open:
            self._open.append(archive)
            if len(self._open) > _FILES_OPEN:
                self._open.popleft().close()
        text = archive.read(entry)
        lines = (_part(text, beginning) if beginning else text).splitlines()
        if key_length:
            return {line[:key_length]: line[key_length + 1 :] for line in lines}
        return {key: rest for key, _, rest in (line.partition(",") for line in lines)}

    def folder(self, security_type: SecurityType, market: str, resolution: Resolution) -> Path:
        """Folder of a kind of security, market and resolution."""
        key = (security_type, market, resolution)
        if key not in self._folders:
            kind = {SecurityType.OPTION: "option", SecurityType.INDEX_OPTION: "indexoption", SecurityType.INDEX: "index"}.get(
                security_type, "equity"
            )
            self._folders[key] = self._root / kind / market / _FOLDERS[resolution]
        return self._folders[key]

    def path(self, symbol: Symbol, resolution: Resolution, name: str) -> Path:
        """Path of a file of a kind of security; the same object each time, whose hash is known."""
        key = (symbol.security_type, symbol.id.market, resolution, name)
        found = self._paths.get(key)
        if found is None:
            found = self._paths[key] = self.folder(symbol.security_type, symbol.id.market, resolution) / name
        return found

    def ticker(self, symbol: Symbol, day: date) -> tuple[str, date]:
        """Lower-case ticker under which a stock's data of a day is stored, and the last day it has this ticker."""
        stock = symbol.underlying or symbol
        key = (stock.value, stock.id.market, day)
        found = self._tickers.get(key)
        if found is None:
            names = self._map_files.get(stock.value, stock.id.market)
            found = self._tickers[key] = (names.ticker_on(day, stock.value.lower()).lower(), names.ticker_until(day))
        return found

    def last_day_of_file(self, symbol: Symbol, day: date) -> date:
        """Last day that is stored where a day is: the year's end, or the last day of a ticker (daily and hourly files)."""
        return min(date(day.year, 12, 31), self.ticker(symbol, day)[1])

    def chain_location(self, contract: Symbol, tick_type: TickType, resolution: Resolution, day: date) -> tuple[Path, str]:
        """Archive that holds a day of a chain, and how its entries begin; `contract_name` is the rest."""
        (ticker, _), kind = self.ticker(contract, day), _KINDS[tick_type]
        if resolution in (Resolution.MINUTE, Resolution.SECOND):
            archive = f"{ticker}/{day:%Y%m%d}_{kind}_american.zip"
            return self.path(contract, resolution, archive), f"{day:%Y%m%d}_{ticker}_{_FOLDERS[resolution]}_{kind}_"
        return self.path(contract, resolution, f"{ticker}_{day.year}_{kind}_american.zip"), f"{ticker}_{kind}_"

    def contract_name(self, contract: Symbol) -> str:
        """Part of an entry's name that says style, right, strike and expiry."""
        found = self._contract_names.get(contract)
        if found is None:
            terms = contract.id
            right = "call" if terms.option_right == OptionRight.CALL else "put"
            day = terms.date
            expiry = f"{day.year:04}{day.month:02}{day.day:02}"
            found = self._contract_names[contract] = f"american_{right}_{round(terms.strike_price * 10000)}_{expiry}.csv"
        return found


class PriceSeries:
    """One series: a symbol's trades, quotes or open interest at one resolution."""

    __slots__ = ("_files", "_known", "resolution", "symbol", "tick_type")

    def __init__(self, files: PriceFiles, symbol: Symbol, tick_type: TickType, resolution: Resolution) -> None:
        self._files = files
        self.symbol = symbol
        self.tick_type = tick_type
        self.resolution = resolution
        self._known: tuple[date, date, Rows] | None = None

    def location(self, day: date) -> tuple[Path, str]:
        """Archive and entry that hold a day."""
        symbol, files, kind, resolution = self.symbol, self._files, _KINDS[self.tick_type], self.resolution
        if symbol.security_type == SecurityType.OPTION:
            path, beginning = files.chain_location(symbol, self.tick_type, resolution, day)
            return path, beginning + files.contract_name(symbol)
        ticker, _ = files.ticker(symbol, day)
        if resolution in (Resolution.MINUTE, Resolution.SECOND):
            entry = f"{day:%Y%m%d}_{ticker}_{_FOLDERS[resolution]}_{kind}.csv"
            return files.path(symbol, resolution, f"{ticker}/{day:%Y%m%d}_{kind}.zip"), entry
        return files.path(symbol, resolution, f"{ticker}.zip"), f"{ticker}.csv"

    def last_day_of_file(self, day: date) -> date:
        """Last day that is stored where a day is: the year's end, or the last day of a ticker (daily and hourly files)."""
        return self._files.last_day_of_file(self.symbol, day)

    def rows(self, day: date) -> Rows:
        """Rows of a day (intraday) or of the whole file that holds it, by time key."""
        if self.resolution in (Resolution.DAILY, Resolution.HOUR):
            if self.symbol.security_type == SecurityType.EQUITY and self.tick_type != TickType.TRADE:
                return _EMPTY  # a stock's daily and hourly file holds trades only
            known = self._known
            if known is None or not known[0] <= day <= known[1]:
                year = "" if self.symbol.security_type == SecurityType.OPTION else f"{day.year:04}"  # a chain has an archive a year
                known = self._known = (day, self.last_day_of_file(day), self._files.rows(*self.location(day), DATE_LENGTH, year))
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


def _part(text: str, beginning: str) -> str:
    """From the first to the last line that begins so."""
    first = 0 if text.startswith(beginning) else text.find(f"\n{beginning}") + 1
    last = text.rfind(f"\n{beginning}") + 1
    if first == 0 and not text.startswith(beginning):
        return ""
    end = text.find("\n", max(first, last))
    return text[first:] if end < 0 else text[first:end]
