"""Option universe files: the end-of-day row of every listed contract, by the day it describes (LEAN D.2)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from alaris_runner.api.bars import TradeBar
from alaris_runner.api.enums import OptionRight
from alaris_runner.api.option_universe import Contract, OptionUniverse
from alaris_runner.api.symbols import Symbol
from alaris_runner.data.map_files import MapFileProvider
from alaris_runner.errors import DataFileError

_PRICES = 5  # open, high, low, close, volume


class UniverseFile:
    """One day's rows of one underlying.

    Attributes
    ----------
    underlying : TradeBar
        The stock's day (raw prices).
    rows : list of OptionUniverse
        Contracts in file order.
    """

    __slots__ = ("date", "rows", "underlying")

    def __init__(self, day: date, underlying: TradeBar, rows: list[OptionUniverse]) -> None:
        self.date = day
        self.underlying = underlying
        self.rows = rows


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
        folder = self.folder(underlying, last)
        if folder not in self._days:
            names = sorted(p.stem for p in folder.glob("*.csv")) if folder.is_dir() else []
            self._days[folder] = [date(int(n[:4]), int(n[4:6]), int(n[6:])) for n in names if len(n) == 8 and n.isdigit()]
        return [day for day in self._days[folder] if first <= day <= last]

    def read(self, underlying: Symbol, day: date) -> UniverseFile:
        """Rows of one day; the file must exist."""
        path = self.folder(underlying, day) / f"{day:%Y%m%d}.csv"
        kept = self._last.get(path.parent)
        if kept is not None and kept.date == day:
            return kept
        stock: TradeBar | None = None
        rows: list[OptionUniverse] = []
        time = datetime(day.year, day.month, day.day)
        contracts, number = self._contracts.setdefault(underlying, {}), 0
        try:
            for number, line in enumerate(path.read_text().splitlines(), 1):  # noqa: B007 - the error below names the line
                if line[:1].isdigit():
                    end = line.index(",", 9) + 2  # "yyyyMMdd,strike,C"
                    contract = contracts.get(line[:end])
                    if contract is None:
                        contract = contracts[line[:end]] = _contract(underlying, *line.split(",", 3)[:3])
                    rows.append(OptionUniverse(contract, line[end + 1 :], time))
                elif line.startswith(",,,"):
                    opened, high, low, close, volume = line.split(",")[3 : 3 + _PRICES]
                    stock = TradeBar(time, underlying, float(opened), float(high), float(low), float(close), float(volume or 0))
        except ValueError as error:
            raise DataFileError(path, number, f"expected 'expiry yyyyMMdd,strike,C|P,open,high,low,close,volume,...' ({error})") from error
        if stock is None:
            raise DataFileError(path, 1, "the row of the underlying (three empty fields, then open,high,low,close,volume) is missing")
        found = self._last[path.parent] = UniverseFile(day, stock, rows)
        return found


def _contract(underlying: Symbol, expiry: str, strike: str, right: str) -> Contract:
    if right not in ("C", "P"):
        raise ValueError(f"right must be C or P, got '{right}'")
    day = datetime(int(expiry[:4]), int(expiry[4:6]), int(expiry[6:]))
    return Contract(underlying, day, float(strike), OptionRight.CALL if right == "C" else OptionRight.PUT)
