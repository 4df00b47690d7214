"""The times at which bars of a resolution end, day by day, and how a row of a file becomes a bar."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from alaris_runner.api.bars import Bar, OpenInterest, QuoteBar, TradeBar
from alaris_runner.api.enums import Resolution, TickType
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.market_hours import SecurityExchangeHours
from alaris_runner.errors import NotSupportedByRunner

PriceBar = TradeBar | QuoteBar | OpenInterest
PRICE_SCALE = 10000.0  # prices of US equities and options are stored as integers of 1/10000 dollar
_STEPS = {Resolution.SECOND: timedelta(seconds=1), Resolution.MINUTE: timedelta(minutes=1), Resolution.HOUR: timedelta(hours=1)}


class GridPoint(NamedTuple):
    """One bar's row key in the file, its start and end on the exchange's clock, and its end in UTC."""

    key: str
    start: datetime
    end: datetime
    end_utc: datetime


class BarGrid:
    """Bar times of one exchange and resolution.

    Daily bars run from the open to the close (LEAN's `daily_precise_end_time`); hour bars start on the full hour and count if they
    overlap the session.
    """

    def __init__(self, hours: SecurityExchangeHours, resolution: Resolution, extended: bool = False) -> None:
        if resolution == Resolution.TICK:
            raise NotSupportedByRunner("Resolution.TICK", "Use Resolution.SECOND or coarser, or run the algorithm with `lean backtest`.")
        self.hours = hours
        self.resolution = resolution
        self.extended = extended
        self._days: dict[date, list[GridPoint]] = {}
        self._years: dict[int, tuple[list[date], list[GridPoint]]] = {}

    def stretch(self, first: date, last: date) -> list[GridPoint]:
        """Bar times from one day to another of the same year, both included."""
        known = self._years.get(first.year)
        if known is None:
            days = self.hours.trading_days(date(first.year, 1, 1), date(first.year, 12, 31))
            points = [point for day in days for point in self.day(day)]
            known = self._years[first.year] = ([point.end.date() for point in points], points)
        days_of_points, points = known
        return points[bisect_left(days_of_points, first) : bisect_right(days_of_points, last)]

    def day(self, day: date) -> list[GridPoint]:
        """Bar times of a day; none on a closed day."""
        points = self._days.get(day)
        if points is None:
            points = self._days[day] = self._daily(day) if self.resolution == Resolution.DAILY else self._intraday(day)
        return points

    def _daily(self, day: date) -> list[GridPoint]:
        opened, closed = self.hours.market_open(day), self.hours.market_close(day)
        if opened is None or closed is None:
            return []
        return [GridPoint(f"{day:%Y%m%d} 00:00", opened, closed, self.hours.zone.to_utc(closed))]

    def _intraday(self, day: date) -> list[GridPoint]:
        midnight, step = datetime.combine(day, time()), _STEPS[self.resolution]
        points: list[GridPoint] = []
        for segment in self.hours.get_market_hours(day).market(self.extended):
            start = midnight + segment.start
            if self.resolution == Resolution.HOUR:
                start = start.replace(minute=0)
            while start < midnight + segment.end:
                key = f"{start:%Y%m%d %H:%M}" if self.resolution == Resolution.HOUR else str(int((start - midnight).total_seconds() * 1000))
                if not points or start > points[-1].start:
                    points.append(GridPoint(key, start, start + step, self.hours.zone.to_utc(start + step)))
                start += step
        return points


def trade_bar(symbol: Symbol, row: str, start: datetime, end: datetime, scale: float = 1.0, volume_scale: float = 1.0) -> TradeBar:
    """Read `open,high,low,close,volume`; ValueError if the row is broken."""
    opened, high, low, close, volume = row.split(",")
    bar = TradeBar.__new__(TradeBar)
    bar.symbol, bar.time, bar.end_time, bar.is_fill_forward = symbol, start, end, False
    bar.open, bar.high = float(opened) / PRICE_SCALE * scale, float(high) / PRICE_SCALE * scale
    bar.low, bar.close = float(low) / PRICE_SCALE * scale, float(close) / PRICE_SCALE * scale
    bar.volume = float(volume) if volume_scale == 1.0 else float(round(float(volume) / volume_scale))
    return bar


def quote_bar(symbol: Symbol, row: str, start: datetime, end: datetime, scale: float = 1.0, volume_scale: float = 1.0) -> QuoteBar:
    """Read `bid open,high,low,close,size,ask open,high,low,close,size`; a side without numbers is None."""
    fields = row.split(",")
    if len(fields) != 10:
        raise ValueError(row)
    bid_open, bid_high, bid_low, bid_close, bid_size, ask_open, ask_high, ask_low, ask_close, ask_size = fields
    bid = float(bid_close) / PRICE_SCALE * scale if bid_close else 0.0
    ask = float(ask_close) / PRICE_SCALE * scale if ask_close else 0.0
    bar = QuoteBar.__new__(QuoteBar)
    bar.bid_close, bar.ask_close = bid, ask
    flat = bid_open == bid_high == bid_low == bid_close
    bar.bid_side = None if flat or not bid else _side(bid_open, bid_high, bid_low, scale, bid)
    flat = ask_open == ask_high == ask_low == ask_close
    bar.ask_side = None if flat or not ask else _side(ask_open, ask_high, ask_low, scale, ask)
    bar.symbol, bar.time, bar.end_time, bar.is_fill_forward = symbol, start, end, False
    bar.last_bid_size = float(bid_size) / volume_scale if bid else 0.0
    bar.last_ask_size = float(ask_size) / volume_scale if ask else 0.0
    return bar


def _side(opened: str, high: str, low: str, scale: float, close: float) -> Bar:
    side = Bar.__new__(Bar)
    side.open, side.high, side.low = (
        float(opened) / PRICE_SCALE * scale,
        float(high) / PRICE_SCALE * scale,
        float(low) / PRICE_SCALE * scale,
    )
    side.close = close
    return side


def open_interest(symbol: Symbol, row: str, start: datetime, end: datetime, scale: float = 1.0, volume_scale: float = 1.0) -> OpenInterest:
    """Read one number of contracts; it is known at the end of its day on daily data."""
    _ = start, scale, volume_scale
    return OpenInterest(end, symbol, float(row))


READERS: dict[TickType, Callable[[Symbol, str, datetime, datetime, float, float], PriceBar]] = {
    TickType.TRADE: trade_bar,
    TickType.QUOTE: quote_bar,
    TickType.OPEN_INTEREST: open_interest,
}
