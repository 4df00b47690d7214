"""Option universe files: the end-of-day row of every listed contract, by the day it describes (LEAN D.2)."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from alaris_runner.api.bars import TradeBar
from alaris_runner.api.enums import OptionRight
from alaris_runner.api.option_universe import Contract, UniverseFile
from alaris_runner.api.symbols import Symbol
from alaris_runner.data.map_files import MapFileProvider
from alaris_runner.data.text_files import decoded
from alaris_runner.errors import DataFileError

__all__ = ["UniverseFile", "UniverseFiles"]

_NAME = re.compile(r"^(\d{8},\d+(?:\.\d*)?,[CP]),.*", re.MULTILINE)
_NUMBERS = re.compile(r"^\d{8},\d+(?:\.\d*)?,[CP],(.*)$", re.MULTILINE)
_STOCK = re.compile(r"^,,,([^,]*),([^,]*),([^,]*),([^,]*),([^,\r\n]*)", re.MULTILINE)
_OTHER_LINES = 2  # the header and the underlying


class UniverseFiles:
    """Universe files of a data folder."""

    def __init__(self, data_folder: Path, map_files: MapFileProvider) -> None:
        self._root = data_folder / "option"
        self._map_files = map_files
        self._days: dict[Path, list[date]] = {}
        self._contracts: dict[Symbol, dict[str, Contract]] = {}
        self._last: dict[Path, UniverseFile] = {}

    def folder(self, underlying: Symbol, day: date) -> Path:
        """Folder of an underlying under the ticker it had on a day."""
        ticker = self._map_files.get(underlying.value, underlying.id.market).ticker_on(day, underlying.value.lower()).lower()
        return self._root / underlying.id.market / "universes" / ticker

    def days(self, underlying: Symbol, first: date, last: date) -> list[date]:
        """Days with a file from `first` to `last`, both included."""
        names = self._map_files.get(underlying.value, underlying.id.market)
        tickers = names.tickers_between(first, last, underlying.value)
        folders = [self._root / underlying.id.market / "universes" / ticker.lower() for ticker in tickers]
        found = [(day, folder) for folder in folders for day in self._listed(folder) if first <= day <= last]
        if len(folders) == 1:
            return [day for day, _ in found]
        return [day for day, folder in found if folder == self.folder(underlying, day)]

    def _listed(self, folder: Path) -> list[date]:
        if folder not in self._days:
            names = sorted(p.stem for p in folder.glob("*.csv")) if folder.is_dir() else []
            self._days[folder] = [date(int(n[:4]), int(n[4:6]), int(n[6:])) for n in names if len(n) == 8 and n.isdigit()]
        return self._days[folder]

    def read(self, underlying: Symbol, day: date) -> UniverseFile:
        """Rows of one day; the file must exist."""
        path = self.folder(underlying, day) / f"{day:%Y%m%d}.csv"
        kept = self._last.get(path.parent)
        if kept is not None and kept.date == day:
            return kept
        text = decoded(path, path.read_bytes())
        names = _NAME.findall(text)
        lines = text.count("\n") + (not text.endswith("\n"))
        if lines - len(names) > _OTHER_LINES:
            _check(path, text)
        contracts = self._contracts_of(path, text, underlying, names) if kept is None or names != kept.names else kept.contracts
        found = UniverseFile(day, _stock(path, text, underlying, day), contracts, names, lambda: _NUMBERS.findall(text))
        self._last[path.parent] = found
        return found

    def _contracts_of(self, path: Path, text: str, underlying: Symbol, names: list[str]) -> list[Contract]:
        known = self._contracts.setdefault(underlying, {})
        try:
            return [known[name] for name in names]
        except KeyError:
            known |= {name: _contract(path, text, underlying, name) for name in names if name not in known}
            return [known[name] for name in names]


def _check(path: Path, text: str) -> None:
    """Name the first line that is neither a contract, the underlying, a comment nor empty."""
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith(("#", ",,,")) and not _NAME.fullmatch(line):
            raise DataFileError(path, number, "expected 'expiry yyyyMMdd,strike,C|P,open,high,low,close,volume,...'")


def _stock(path: Path, text: str, underlying: Symbol, day: date) -> TradeBar:
    row = _STOCK.search(text)
    if row is None:
        raise DataFileError(path, 1, "the row of the underlying (three empty fields, then open,high,low,close,volume) is missing")
    try:
        opened, high, low, close, volume = (float(cell or 0) for cell in row.groups())
    except ValueError as error:
        number = text.count("\n", 0, row.start()) + 1
        raise DataFileError(path, number, f"the underlying's open,high,low,close,volume must be numbers ({error})") from error
    return TradeBar(datetime(day.year, day.month, day.day), underlying, opened, high, low, close, volume)


def _contract(path: Path, text: str, underlying: Symbol, name: str) -> Contract:
    expiry, strike, right = name.split(",")
    try:
        day = _midnight(expiry)
    except ValueError as error:
        number = text.count("\n", 0, text.index(name)) + 1
        raise DataFileError(path, number, f"expiry '{expiry}' is no date ({error}); expected yyyyMMdd") from error
    return Contract(underlying, day, float(strike), OptionRight.CALL if right == "C" else OptionRight.PUT)


@lru_cache(maxsize=1024)
def _midnight(day: str) -> datetime:
    return datetime(int(day[:4]), int(day[4:6]), int(day[6:]))
