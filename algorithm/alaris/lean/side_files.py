"""Small files of the user's own that the risk rules read: closes of the volatility index, and the sector of each symbol."""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from pathlib import Path

from alaris.domain import DataError
from alaris.workflow.clock import new_york_date

OLDEST_DAYS = 7  # a close that is older says nothing of today


@dataclass(frozen=True, slots=True)
class VolatilityIndex:
    """Closes of the volatility index, oldest first; a close is known from the next day on."""

    days: Sequence[date] = ()
    closes: Sequence[float] = ()

    def known(self, as_of: datetime) -> float:
        """The newest close before the day of `as_of`; NaN where the file has none of the last week."""
        today = new_york_date(as_of)
        place = bisect_left(self.days, today) - 1
        young = place >= 0 and (today - self.days[place]).days <= OLDEST_DAYS
        return self.closes[place] if young else float("nan")


class VolatilityIndexFile:
    """The file of the volatility index, read anew where it has changed: live runs for weeks."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._changed, self._index = self._stamp(), volatility_index(path)

    def known(self, as_of: datetime) -> float:
        """The newest close before the day of `as_of`; NaN where the file has none of the last week."""
        if (stamp := self._stamp()) != self._changed:
            self._changed, self._index = stamp, volatility_index(self._path)
        return self._index.known(as_of)

    def _stamp(self) -> int:
        path = Path(self._path).expanduser()
        return path.stat().st_mtime_ns if self._path and path.is_file() else 0


def volatility_index(path: str) -> VolatilityIndex:
    """Closes of a CSV file with the columns DATE (yyyy-mm-dd) and CLOSE, as Cboe and FRED publish it; empty without a path.

    Raises
    ------
    DataError
        The file cannot be read, or a row of it.
    """
    rows: list[tuple[date, float]] = []
    for line, row in _rows(path, ("DATE", "CLOSE")):
        try:
            rows.append((date.fromisoformat(row["DATE"]), float(row["CLOSE"])))
        except ValueError as error:
            raise DataError(path, f"{error}; expected DATE as 2017-01-31 and CLOSE as a number", line=line) from error
    known = sorted((day, close) for day, close in rows if isfinite(close))
    return VolatilityIndex(tuple(day for day, _ in known), tuple(close for _, close in known))


def sectors(path: str) -> Mapping[str, str]:
    """Sector by symbol of a CSV file with the columns SYMBOL and SECTOR; empty without a path.

    Raises
    ------
    DataError
        The file cannot be read.
    """
    return {row["SYMBOL"].upper(): row["SECTOR"] for _, row in _rows(path, ("SYMBOL", "SECTOR")) if row["SECTOR"]}


def _rows(path: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and the wanted cells of each row, stripped; names of columns are read without regard to case."""
    if not path:
        return
    try:
        with Path(path).expanduser().open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            names = {name.strip().upper(): name for name in reader.fieldnames or ()}
            if missing := [column for column in columns if column not in names]:
                raise DataError(path, f"lacks the column {missing[0]}; its columns are {', '.join(names) or 'none'}")
            for line, row in enumerate(reader, start=2):
                yield line, {column: (row[names[column]] or "").strip() for column in columns}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(path, f"cannot be read: {error}") from error
