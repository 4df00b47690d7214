"""The risk-free rate LEAN knows: the primary credit rate by date, carried forward."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from pathlib import Path

from alaris_runner.data.text_files import read_text
from alaris_runner.errors import DataFileError

_DEFAULT = 0.01  # LEAN's rate where the file is missing


class InterestRateProvider:
    """Annual rates of `alternative/interest-rate/usa/interest-rate.csv`; 0.0225 means 2.25 %."""

    def __init__(self, data_folder: Path) -> None:
        self._path = data_folder / "alternative" / "interest-rate" / "usa" / "interest-rate.csv"
        self._days: list[date] = []
        self._rates: list[float] = []
        self._loaded = False

    def rate(self, day: date) -> float:
        """Rate in force on a day; before the first row the first, 1 % without a file."""
        if not self._loaded:
            self._load()
        if not self._days:
            return _DEFAULT
        return self._rates[max(bisect_right(self._days, day) - 1, 0)]

    def _load(self) -> None:
        self._loaded = True
        if not self._path.exists():
            return
        rows = []
        for number, line in enumerate(read_text(self._path).splitlines(), 1):
            if not line[:1].isdigit():
                continue
            day, _, percent = line.partition(",")
            try:
                rows.append((date.fromisoformat(day), float(percent) / 100))
            except ValueError as error:
                raise DataFileError(self._path, number, f"expected 'yyyy-MM-dd,percent', got '{line}'") from error
        rows.sort()
        self._days = [day for day, _ in rows]
        self._rates = [rate for _, rate in rows]
