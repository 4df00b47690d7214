"""Open interest of daily and hourly files, looked up when it is asked for: one row a day, known at that day's close."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from alaris_runner.api.enums import TickType
from alaris_runner.api.symbols import Symbol
from alaris_runner.data.price_files import PriceFiles, PriceSeries
from alaris_runner.engine.bar_grid import BarGrid, GridPoint

_DAY = timedelta(days=1)


class OpenInterestSeries:
    """Open interest of one contract since it was subscribed.

    Parameters
    ----------
    first : date
        Day of the subscription: earlier rows were never seen.
    """

    __slots__ = ("_files", "_first", "_grid", "_known", "_symbol")

    def __init__(self, files: PriceFiles, symbol: Symbol, grid: BarGrid, first: date) -> None:
        self._files = files
        self._symbol = symbol
        self._grid = grid
        self._first = first
        self._known: PriceSeries | None = None

    @property
    def _series(self) -> PriceSeries:
        if self._known is None:
            self._known = self._files.series(self._symbol, TickType.OPEN_INTEREST, self._grid.resolution)
        return self._known

    def at(self, local: datetime) -> float:
        """Open interest known at a moment on the exchange's clock, 0 before the first row."""
        day = local.date()
        while day >= self._first:
            points = self._grid.day(day)
            if points and points[-1].end <= local:
                row = self._series.rows(day).get(points[0].key)
                if row is not None:
                    return self.number(points[0], row)
            day -= _DAY
        return 0.0

    def number(self, point: GridPoint, row: str) -> float:
        """Number of a row."""
        try:
            return float(row)
        except ValueError:
            self._series.refuse(point.end.date(), point.key, row)
