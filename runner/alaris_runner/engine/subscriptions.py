"""A subscription: one series of one security as a stream of points, filled forward and adjusted as the user asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from alaris_runner.api.enums import DataNormalizationMode, Resolution, TickType
from alaris_runner.api.securities import Security
from alaris_runner.api.symbols import Symbol
from alaris_runner.data.factor_files import FactorFile
from alaris_runner.data.price_files import PriceSeries
from alaris_runner.engine.bar_grid import READERS, BarGrid

Point = tuple[datetime, Any]
_DAY = timedelta(days=1)
_END: tuple[None, None] = (None, None)
_ADJUSTED = (DataNormalizationMode.ADJUSTED, DataNormalizationMode.TOTAL_RETURN, DataNormalizationMode.SCALED_RAW)


@dataclass(frozen=True, slots=True)
class SubscriptionDataConfig:
    """What is subscribed and how."""

    symbol: Symbol
    resolution: Resolution
    tick_type: TickType
    fill_forward: bool = True
    extended_market_hours: bool = False
    data_normalization_mode: DataNormalizationMode = DataNormalizationMode.RAW
    is_internal: bool = False


class Subscription:
    """A stream of (UTC time, point), read one ahead; `time` is None when it has ended.

    Parameters
    ----------
    sequence : int
        Order in which subscriptions were made: the order of points of the same time.
    security : Security or None
        Whose prices the points are.
    points : iterable of (datetime, point)
        Ascending in time.
    kind : str
        ``price``, ``open interest``, ``auxiliary``, ``custom``, ``universe`` or ``internal``.
    """

    __slots__ = ("_points", "data", "kind", "owner", "removed", "security", "sequence", "time")

    def __init__(self, sequence: int, security: Security | None, points: Iterable[Point], kind: str = "price", owner: Any = None) -> None:
        self.sequence = sequence
        self.security = security
        self.kind = kind
        self.owner = owner
        self.removed = False
        self.time: datetime | None = None
        self.data: Any = None
        self._points = iter(points)

    def advance(self) -> datetime | None:
        """Read the next point; returns its time, None at the end."""
        self.time, self.data = next(self._points, _END)
        return self.time

    def is_due(self) -> bool:
        """Whether the next point makes a time step."""
        return not self.removed


def scales(factors: FactorFile | None, mode: DataNormalizationMode, day: date) -> tuple[float, float]:
    """(price factor, volume divisor) of a day under a normalization mode."""
    if factors is None or mode == DataNormalizationMode.RAW or not factors.rows:
        return 1.0, 1.0
    split = factors.split_scale(day)
    scale = factors.price_scale(day) if mode in _ADJUSTED else split
    return scale, scale


def open_interest_points(series: PriceSeries, grid: BarGrid, first_utc: datetime, last: date) -> Iterator[Point]:
    """Open interest of intraday files: one row a day at its own time of day."""
    zone = grid.hours.zone
    day = zone.from_utc(first_utc).date()
    while day <= last:
        for key, row in series.rows(day).items() if grid.hours.is_date_open(day) else ():
            try:
                local = datetime(day.year, day.month, day.day) + timedelta(milliseconds=int(key))
                point = READERS[TickType.OPEN_INTEREST](series.symbol, row, local, local, 1.0, 1.0)
            except ValueError:
                series.refuse(day, key, row)
            utc = zone.to_utc(local)
            if utc >= first_utc:
                yield utc, point
        day += _DAY
