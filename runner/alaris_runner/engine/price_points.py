"""The points of one price series: rows of its files at the times of the exchange's grid, filled forward and adjusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from alaris_runner.api.enums import DataNormalizationMode, Resolution, TickType
from alaris_runner.data.factor_files import FactorFile
from alaris_runner.data.price_files import PriceSeries
from alaris_runner.engine.bar_grid import READERS, BarGrid, GridPoint, PriceBar
from alaris_runner.engine.subscriptions import SubscriptionDataConfig, scales

_DAY = timedelta(days=1)


def price_points(
    series: PriceSeries, grid: BarGrid, config: SubscriptionDataConfig, factors: FactorFile | None, first_utc: datetime, last: date
) -> Iterator[tuple[datetime, PriceBar]]:
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
    read, symbol, fill_forward = (
        READERS[config.tick_type],
        series.symbol,
        config.fill_forward and config.tick_type != TickType.OPEN_INTEREST,
    )
    fills_sides = fill_forward and config.tick_type == TickType.QUOTE
    adjusting = factors if config.data_normalization_mode != DataNormalizationMode.RAW else None
    scale = volume_scale = 1.0
    previous: Any = None
    point: Any
    for points, rows in _stretches(series, grid, first_utc, last):
        if not rows and previous is None:
            continue
        for key, start, end, end_utc in points:
            row = rows.get(key)
            if row is None:
                if previous is not None and fill_forward:
                    yield end_utc, previous.filled_forward(start, end)
                continue
            if end_utc < first_utc:
                continue
            if adjusting is not None:
                scale, volume_scale = scales(adjusting, config.data_normalization_mode, start.date())
            try:
                point = read(symbol, row, start, end, scale, volume_scale)
            except ValueError:
                series.refuse(end.date(), key, row)
            if fills_sides and previous is not None and not (point.bid_close and point.ask_close):
                point.bid, point.ask = point.bid or previous.bid, point.ask or previous.ask
            previous = point
            yield end_utc, point


def _stretches(series: PriceSeries, grid: BarGrid, first_utc: datetime, last: date) -> Iterator[tuple[Sequence[GridPoint], dict[str, str]]]:
    """Bar times and the rows that may hold them: up to a year at once for daily and hourly files, a day for the others."""
    day = grid.hours.zone.from_utc(first_utc).date()
    if series.resolution in (Resolution.DAILY, Resolution.HOUR):
        while day <= last:
            final = min(last, series.last_day_of_file(day))
            yield grid.stretch(day, final), series.rows(day)
            day = final + _DAY
        return
    while day <= last:
        points = grid.day(day)
        if points:
            yield points, series.rows(day)
        day += _DAY
