"""Map files: which ticker a stock had on which day, and the first listing that names it for ever."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from alaris_runner.data.text_files import read_text
from alaris_runner.errors import DataFileError

_NO_MAP = datetime(1899, 12, 30)


class MapFile:
    """Rows (last day of use, ticker) of one stock, ascending."""

    __slots__ = ("rows",)

    def __init__(self, rows: list[tuple[date, str]]) -> None:
        self.rows = rows

    def ticker_on(self, day: date, default: str) -> str:
        """Ticker under which the data of a day is stored."""
        return next((ticker for last, ticker in self.rows if last >= day), default)

    def ticker_until(self, day: date) -> date:
        """Last day of the ticker of a day."""
        return next((last for last, _ in self.rows if last >= day), date.max)

    def tickers_between(self, first: date, last: date, default: str) -> list[str]:
        """Tickers in use on any day from `first` to `last`, the oldest first."""
        starts = [date.min, *(day for day, _ in self.rows)]
        found = [ticker for start, (end, ticker) in zip(starts, self.rows, strict=False) if end >= first and start < last]
        return list(dict.fromkeys(found)) or [default]

    @property
    def delisting_date(self) -> date | None:
        """Last day of trading, None while listed."""
        return self.rows[-1][0] if self.rows and self.rows[-1][0].year < 2050 else None


class MapFileProvider:
    """Map files of a data folder, by present ticker."""

    def __init__(self, data_folder: Path) -> None:
        self._folder = data_folder / "equity"
        self._files: dict[tuple[str, str], MapFile] = {}

    def get(self, ticker: str, market: str = "usa") -> MapFile:
        """Map file of a ticker; an empty one if the folder has none."""
        key = (ticker.lower(), market)
        if key not in self._files:
            path = self._folder / market / "map_files" / f"{key[0]}.csv"
            self._files[key] = MapFile(_read(path) if path.exists() else [])
        return self._files[key]

    def first_listing(self, ticker: str, market: str = "usa") -> tuple[str, datetime]:
        """First ticker and first date of a stock: what its security identifier is made of."""
        rows = self.get(ticker, market).rows
        if not rows:
            return ticker.upper(), _NO_MAP
        day, name = rows[0]
        return name.upper(), datetime(day.year, day.month, day.day)


def _read(path: Path) -> list[tuple[date, str]]:
    rows = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        fields = line.split(",")
        try:
            rows.append((datetime.strptime(fields[0], "%Y%m%d").date(), fields[1]))  # noqa: DTZ007 - calendar days have no zone
        except (ValueError, IndexError) as error:
            raise DataFileError(path, number, f"expected 'yyyyMMdd,ticker', got '{line}'") from error
    return sorted(rows)
