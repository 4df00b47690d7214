"""The points of one price series: rows of its files at the times of the exchange's grid, filled forward and adjusted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from alaris_runner.api.enums import Resolution, TickType
from alaris_runner.data.factor_files import FactorFile
from alaris_runner.data.price_files import PriceSeries
from alaris_runner.engine.bar_grid import READERS, BarGrid, GridPoint, PriceBar
from alaris_runner.engine.subscriptions import SubscriptionDataConfig, scales

_DAY = timedelta(days=1)


def price_points(series: PriceSeries, grid: BarGrid, config: SubscriptionDataConfig, factors: FactorFile | None, first_utc: datetime, last: date) -> Iterator[tuple[datetime, PriceBar]]:
    """Bars of a series from an instant to the end of a day.

    A quote without a bid or an ask repeats that side of the bar before (its size stays 0), as LEAN's quotes do; without
    fill-forward the side stays None.

    Parameters
    ----------
    first_utc : datetime
        Bars that end before are skipped.
    last : date
        Last day, on the exchange's calendar.
    """
    read, symbol, fill_forward = READERS[config.tick_type], series.symbol, config.fill_forward and config.tick_type != TickType.OPEN_INTEREST
    fills_sides = fill_forward and config.tick_type == TickType.QUOTE
    previous: Any = None
    for day, points, rows in _days(series, grid, first_utc, last):
        if not rows and previous is None:
            continue
        scale, volume_scale = scales(factors, config.data_normalization_mode, day)
        for key, start, end, end_utc in points:
            row = rows.get(key)
            if row is not None:
                if end_utc < first_utc:
                    continue
                point: Any
                try:
                    point = read(symbol, row, start, end, scale, volume_scale)
                except ValueError:
                    series.refuse(day, key, row)
                if fills_sides and previous is not None and (point.bid is None or point.ask is None):
                    point.bid, point.ask = point.bid or previous.bid, point.ask or previous.ask
                previous = point
                yield end_utc, point
            elif previous is not None and fill_forward:
                yield end_utc, previous.filled_forward(start, end)


def _days(series: PriceSeries, grid: BarGrid, first_utc: datetime, last: date) -> Iterator[tuple[date, list[GridPoint], dict[str, str]]]:
    """Each trading day with its grid and rows; daily and hourly files that hold nothing of a year are passed over at once."""
    day = grid.hours.zone.from_utc(first_utc).date()
    by_year = series.resolution in (Resolution.DAILY, Resolution.HOUR)
    while day <= last:
        if by_year:
            final = min(last, date(day.year, 12, 31))
            rows = series.rows(day)
            for trading_day, points in grid.days(day, final):
                yield trading_day, points, rows
            day = final + _DAY
            continue
        points = grid.day(day)
        if points:
            yield day, points, series.rows(day)
        day += _DAY
