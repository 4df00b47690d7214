"""The benchmark: hourly prices of a stock (SPY unless told otherwise), a user's function, or zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from alaris_runner.api.enums import DataNormalizationMode, Resolution, TickType
from alaris_runner.api.symbols import Symbol, equity_symbol
from alaris_runner.engine.data_manager import DataManager
from alaris_runner.engine.subscriptions import Point, SubscriptionDataConfig

_DAY = timedelta(days=1)


class Benchmark:
    """Price of what a run is measured against.

    Parameters
    ----------
    data : DataManager
        Whose time steps the hourly bars join, as LEAN's internal subscription does.
    symbol : Symbol or None
        The stock; None for a benchmark of zero.
    """

    def __init__(self, data: DataManager, symbol: Symbol | None, function: Callable[[datetime], Any] | None = None) -> None:
        self._data = data
        self._function = function
        self.symbol = symbol
        self.price = 0.0

    def start(self, start_utc: datetime, last: date) -> None:
        """Subscribe; the price before the first bar is the close of the session before the start."""
        if self.symbol is None:
            return
        hours = self._data.hours(self.symbol)
        grid = self._data.grid(hours, Resolution.HOUR, extended=False)
        config = SubscriptionDataConfig(
            self.symbol, Resolution.HOUR, TickType.TRADE, data_normalization_mode=DataNormalizationMode.ADJUSTED, is_internal=True
        )
        before = hours.get_previous_trading_day(hours.zone.from_utc(start_utc))
        points = self._data.points(config, grid, self._data.factors(self.symbol), hours.zone.to_utc(before), last)
        self._data.start(self._seen(points, start_utc), "benchmark")

    def _seen(self, points: Iterator[Point], start_utc: datetime) -> Iterator[Point]:
        for utc, bar in points:
            if utc <= start_utc:
                self.price = bar.close
            else:
                yield utc, bar

    def price_at(self, utc: datetime, local: datetime) -> float:
        """Present price; a user's function is asked with the algorithm's time."""
        _ = utc
        return float(self._function(local)) if self._function is not None else self.price


def benchmark_symbol(symbol: Symbol | str) -> Symbol:
    """Symbol of a benchmark given by ticker."""
    return symbol if isinstance(symbol, Symbol) else equity_symbol(symbol.upper())
