"""Factor files: how raw prices become adjusted ones, and the splits and dividends that follow from the changes."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from alaris_runner.data.text_files import read_text
from alaris_runner.errors import DataFileError


@dataclass(frozen=True, slots=True)
class FactorRow:
    """Factors of every day up to and including `day`; `reference` is that day's raw close."""

    day: date
    price: float
    split: float
    reference: float


class FactorFile:
    """Rows of one stock, ascending by day."""

    __slots__ = ("_days", "rows")

    def __init__(self, rows: list[FactorRow]) -> None:
        self.rows = rows
        self._days = [row.day for row in rows]

    def row_on(self, day: date) -> FactorRow | None:
        """Row whose factors apply on a day; None after the last row or without a file."""
        at = bisect_left(self._days, day)
        return self.rows[at] if at < len(self.rows) else None

    def price_scale(self, day: date) -> float:
        """Raw to fully adjusted prices."""
        row = self.row_on(day)
        return row.price * row.split if row is not None else 1.0

    def split_scale(self, day: date) -> float:
        """Raw to split-adjusted prices."""
        row = self.row_on(day)
        return row.split if row is not None else 1.0

    def dividend_after(self, day: date) -> tuple[float, float] | None:
        """(distribution, reference price) of a dividend whose ex-date is the trading day after `day`."""
        pair = self._pair(day)
        if pair is None or pair[0].price == pair[1].price:
            return None
        row, following = pair
        distribution = round(row.reference * (1 - row.price / following.price), 2)
        return (distribution, row.reference) if distribution else None

    def split_after(self, day: date) -> tuple[float, float] | None:
        """(factor, reference price) of a split that is effective on the trading day after `day`."""
        pair = self._pair(day)
        if pair is None or pair[0].split == pair[1].split:
            return None
        return pair[0].split / pair[1].split, pair[0].reference

    def _pair(self, day: date) -> tuple[FactorRow, FactorRow] | None:
        at = bisect_left(self._days, day)
        if at + 1 < len(self.rows) and self._days[at] == day:
            return self.rows[at], self.rows[at + 1]
        return None

    def event_days(self) -> list[date]:
        """Days before a split or a dividend."""
        return self._days[:-1]


class FactorFileProvider:
    """Factor files of a data folder."""

    def __init__(self, data_folder: Path) -> None:
        self._folder = data_folder / "equity"
        self._files: dict[tuple[str, str], FactorFile] = {}

    def get(self, ticker: str, market: str = "usa") -> FactorFile:
        """Factor file of a ticker; an empty one if the folder has none."""
        key = (ticker.lower(), market)
        if key not in self._files:
            path = self._folder / market / "factor_files" / f"{key[0]}.csv"
            self._files[key] = FactorFile(_read(path) if path.exists() else [])
        return self._files[key]


def _read(path: Path) -> list[FactorRow]:
    rows = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip() or "inf" in line or "e+" in line:
            continue
        fields = line.split(",")
        try:
            day = datetime.strptime(fields[0], "%Y%m%d").date()  # noqa: DTZ007 - calendar days have no zone
            rows.append(FactorRow(day, float(fields[1]), float(fields[2]), float(fields[3]) if len(fields) > 3 else 0.0))
        except (ValueError, IndexError) as error:
            raise DataFileError(path, number, f"expected 'yyyyMMdd,priceFactor,splitFactor,referencePrice', got '{line}'") from error
    return sorted(rows, key=lambda row: row.day)
