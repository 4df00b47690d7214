"""History: the points of any series that ended at or before now, by count, by span of time or between two moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from alaris_runner.api.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from alaris_runner.api.python_data import PythonData
from alaris_runner.api.symbols import Symbol
from alaris_runner.data.universe_files import UniverseFile
from alaris_runner.engine.bar_grid import BarGrid
from alaris_runner.engine.custom_data import read_source
from alaris_runner.engine.data_manager import tick_types
from alaris_runner.engine.subscriptions import SubscriptionDataConfig
from alaris_runner.errors import NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

_DAY = timedelta(days=1)
_LONGEST = 20000  # days a count may reach back


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """One series to read.

    Attributes
    ----------
    count : int or None
        The last so many bars; otherwise from `start` (exclusive) to `end` (inclusive), on the exchange's clock.
    tick_type : TickType or None
        None for all that the kind of security has.
    """

    symbol: Symbol
    resolution: Resolution
    end: datetime
    start: datetime | None = None
    count: int | None = None
    tick_type: TickType | None = None
    mode: DataNormalizationMode = DataNormalizationMode.ADJUSTED
    fill_forward: bool = True
    extended: bool = False


class HistoryProvider:
    """Read series of the data folder without moving the algorithm's clock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, request: HistoryRequest) -> list[Any]:
        """Points in time order; bars of the same end stand trades first."""
        symbol = request.symbol
        if symbol.is_canonical():
            return self.universe(request)
        if symbol.security_type == SecurityType.BASE:
            return self._custom(request)
        kinds = (
            [request.tick_type]
            if request.tick_type is not None
            else [t for t in tick_types(symbol.security_type, request.resolution) if t != TickType.OPEN_INTEREST]
        )
        data = self._engine.data
        grid = data.grid(data.hours(symbol), request.resolution, request.extended)
        start = request.start if request.count is None else self._start_of(grid, request.end, request.count or 0)
        if start is None:
            return []
        zone, factors, found = grid.hours.zone, data.factors(symbol), []
        for order, tick_type in enumerate(kinds):
            config = SubscriptionDataConfig(symbol, request.resolution, tick_type, request.fill_forward, request.extended, request.mode)
            after, until = zone.to_utc(start), zone.to_utc(request.end)
            for utc, point in data.points(config, grid, factors, after, request.end.date()):
                if utc > until:
                    break
                if utc > after:
                    found.append((utc, order, point))
        found.sort(key=lambda row: row[:2])
        return [point for _, _, point in found]

    def _start_of(self, grid: BarGrid, end: datetime, count: int) -> datetime | None:
        """Start of the bar `count` bars back from the last that ended by `end`."""
        day, left = end.date(), count
        for _ in range(_LONGEST):
            for point in reversed(grid.day(day)):
                if point.end <= end:
                    left -= 1
                    if left == 0:
                        return point.start
            day -= _DAY
        return None

    def universe(self, request: HistoryRequest) -> list[UniverseFile]:
        """Universe files that were known in the period; a count is in trading days."""
        symbol = request.symbol
        if symbol.underlying is None:
            return []
        files, hours = self._engine.folder.universe_files, self._engine.data.hours(symbol)
        last = request.end.date() - _DAY
        if request.count is not None:
            first = request.end
            for _ in range(request.count):
                first = hours.get_previous_trading_day(first)
            days = files.days(symbol.underlying, first.date(), last)[-request.count :]
        else:
            start = request.start or request.end
            days = [d for d in files.days(symbol.underlying, start.date() - _DAY, last) if datetime.combine(d, time()) + _DAY > start]
        return [files.read(symbol.underlying, day) for day in days]

    def _custom(self, request: HistoryRequest) -> list[Any]:
        kind, security = self._engine.custom_types.get(request.symbol), self._engine.securities.find(request.symbol)
        if kind is None or security is None or not issubclass(kind, PythonData):
            raise NotSupportedByRunner(f"history of {request.symbol.value}", "Subscribe the data with add_data first.")
        template, last_source, rows = kind(), None, []
        hours = self._engine.folder.market_hours.hours("usa", "SPY", SecurityType.EQUITY)
        first = request.end
        for _ in range(request.count or 0):
            first = hours.get_previous_trading_day(first)
        start = request.start or first
        for day in hours.trading_days(start.date(), request.end.date()):
            source = template.get_source(security, datetime.combine(day, time()), False)
            if source == last_source:
                continue
            last_source = source
            rows += [p for p in read_source(template, security, source, datetime.combine(day, time())) if start < p.end_time <= request.end]
        return rows
