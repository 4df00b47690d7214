"""The bar times that the contracts of a chain share, numbered from the first subscription on; made as time goes by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from alaris_runner.api.enums import Resolution
from alaris_runner.engine.bar_grid import BarGrid, GridPoint

_DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """Bar times whose rows share their files: up to a year of daily and hourly bars, a day of the others.

    Attributes
    ----------
    day : date
        A day of these files.
    first, after : int
        Numbers of the first bar time and of the one behind the last.
    """

    day: date
    first: int
    after: int
    before: Stretch | None


class BarTime(NamedTuple):
    """One bar time, its number and its stretch."""

    number: int
    point: GridPoint
    stretch: Stretch


class BarTimes:
    """Bar times from an instant to the end of a day.

    Parameters
    ----------
    first_utc : datetime
        Bars that end before are left out.
    last : date
        Last day, on the exchange's calendar.
    last_day_of_file : callable
        Last day that is stored where a day is (daily and hourly files).
    """

    def __init__(self, grid: BarGrid, first_utc: datetime, last: date, last_day_of_file: Callable[[date], date]) -> None:
        self._grid = grid
        self._first_utc = first_utc
        self._next = grid.hours.zone.from_utc(first_utc).date()
        self._last = last
        self._last_day_of_file = last_day_of_file
        self._by_file = grid.resolution in (Resolution.DAILY, Resolution.HOUR)
        self._times: list[BarTime] = []

    def __getitem__(self, number: int) -> BarTime | None:
        """Bar time of a number; None behind the last."""
        while number >= len(self._times):
            if self._next > self._last:
                return None
            self._extend()
        return self._times[number]

    @property
    def count(self) -> int:
        """How many bar times were made so far."""
        return len(self._times)

    def point(self, number: int) -> GridPoint:
        """Bar of a number that was reached before."""
        return self._times[number].point

    def _extend(self) -> None:
        day, times = self._next, self._times
        final = min(self._last, self._last_day_of_file(day)) if self._by_file else day
        points = self._grid.stretch(day, final) if self._by_file else self._grid.day(day)
        if not times:
            points = [point for point in points if point.end_utc >= self._first_utc]
        first = len(times)
        stretch = Stretch(day, first, first + len(points), times[-1].stretch if times else None)
        times += [BarTime(number, point, stretch) for number, point in enumerate(points, first)]
        self._next = final + _DAY
