"""The points of one price series: rows of its files at the times of the exchange's grid, filled forward and adjusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from alaris_runner.api.bars import QuoteBar, TradeBar
from alaris_runner.api.enums import DataNormalizationMode, Resolution, TickType
from alaris_runner.data.factor_files import FactorFile
from alaris_runner.data.price_files import PriceSeries
from alaris_runner.engine.bar_grid import READERS, BarGrid, GridPoint, PriceBar, quote_bar, trade_bar
from alaris_runner.engine.subscriptions import SubscriptionDataConfig, scales

OptionBars = tuple[TradeBar | None, QuoteBar | None]
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


def option_points(
    trades: PriceSeries, quotes: PriceSeries, grid: BarGrid, fill_forward: bool, first_utc: datetime, last: date
) -> Iterator[tuple[datetime, OptionBars]]:
    """Trade and quote bars of one contract together, never adjusted; the rules and parameters are those of `price_points`."""
    trade_at, quote_at = _Trades(trades, fill_forward).at, _Quotes(quotes, fill_forward).at
    stretches = zip(_stretches(trades, grid, first_utc, last), _stretches(quotes, grid, first_utc, last), strict=True)
    for (points, trade_rows), (_, quote_rows) in stretches:
        for point in points:
            end_utc = point[3]
            if end_utc < first_utc:
                continue
            trade, quote = trade_at(trade_rows, point), quote_at(quote_rows, point)
            if trade is not None or quote is not None:
                yield end_utc, (trade, quote)


class _Trades:
    """Trade bars of a contract at the times of a grid."""

    __slots__ = ("_fill_forward", "_last", "_series")

    def __init__(self, series: PriceSeries, fill_forward: bool) -> None:
        self._series = series
        self._fill_forward = fill_forward
        self._last: TradeBar | None = None

    def at(self, rows: dict[str, str], point: GridPoint) -> TradeBar | None:
        key, start, end, _ = point
        row = rows.get(key)
        if row is None:
            return self._last.filled_forward(start, end) if self._last is not None and self._fill_forward else None
        try:
            self._last = trade_bar(self._series.symbol, row, start, end)
        except ValueError:
            self._series.refuse(end.date(), key, row)
        return self._last


class _Quotes:
    """Quote bars of a contract at the times of a grid; a missing side repeats the one before."""

    __slots__ = ("_fill_forward", "_last", "_series")

    def __init__(self, series: PriceSeries, fill_forward: bool) -> None:
        self._series = series
        self._fill_forward = fill_forward
        self._last: QuoteBar | None = None

    def at(self, rows: dict[str, str], point: GridPoint) -> QuoteBar | None:
        key, start, end, _ = point
        row, last = rows.get(key), self._last
        if row is None:
            return last.filled_forward(start, end) if last is not None and self._fill_forward else None
        try:
            bar = quote_bar(self._series.symbol, row, start, end)
        except ValueError:
            self._series.refuse(end.date(), key, row)
        if last is not None and self._fill_forward and not (bar.bid_close and bar.ask_close):
            bar.bid, bar.ask = bar.bid or last.bid, bar.ask or last.ask
        self._last = bar
        return bar


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
