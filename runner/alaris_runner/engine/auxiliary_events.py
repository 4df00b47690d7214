"""Events that come at midnight: splits and dividends out of a factor file, and the end of a contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import pairwise

from alaris_runner.api.bars import Delisting, Dividend, Split, SymbolChangedEvent
from alaris_runner.api.enums import DelistingType, SecurityType, SplitType
from alaris_runner.api.securities import Security
from alaris_runner.data.factor_files import FactorFile
from alaris_runner.data.map_files import MapFile
from alaris_runner.engine.market_hours import SecurityExchangeHours
from alaris_runner.engine.subscriptions import Point

_DAY = timedelta(days=1)


def corporate_actions(security: Security, factors: FactorFile, first_utc: datetime, last: date) -> Iterator[Point]:
    """Splits (announced the trading day before) and dividends (on the ex-date) of a stock."""
    hours, symbol = security.exchange.hours, security.symbol
    events: list[tuple[date, Dividend | Split]] = []
    for day in factors.event_days():
        if not hours.is_date_open(day):
            continue
        ex_date = hours.get_next_trading_day(day)
        dividend, split = factors.dividend_after(day), factors.split_after(day)
        if dividend is not None:
            events.append((ex_date.date(), Dividend(symbol, ex_date, *dividend)))
        if split is not None:
            factor, reference = split
            events.append((day, Split(symbol, datetime.combine(day, time()), reference, factor, SplitType.WARNING)))
            events.append((ex_date.date(), Split(symbol, ex_date, reference, factor, SplitType.SPLIT_OCCURRED)))
    for day, event in sorted(events, key=lambda e: e[0]):
        utc = hours.zone.to_utc(datetime.combine(day, time()))
        if first_utc <= utc and day <= last:
            yield utc, event


def delisting_events(security: Security, last_day: date, first_utc: datetime, last: date) -> Iterator[Point]:
    """Warning at the midnight that begins a security's last trading day, Delisted at the next midnight; the price is set on delivery.

    A contract that is added after its last day gets neither (golden case chain_front, 2017-02-11), and Delisted needs another
    trading day in the run (margin_rules_5000, which ends on a holiday).
    """
    hours = security.exchange.hours
    for day, kind in ((last_day, DelistingType.WARNING), (last_day + _DAY, DelistingType.DELISTED)):
        midnight = datetime.combine(day, time())
        utc = hours.zone.to_utc(midnight)
        in_time = first_utc < utc or (kind == DelistingType.WARNING and first_utc == utc)
        follows = kind == DelistingType.WARNING or hours.get_next_trading_day(last_day).date() <= last
        if in_time and follows and day <= last:
            yield utc, Delisting(security.symbol, midnight, 0.0, kind)


def last_trading_day(hours: SecurityExchangeHours, expiry: datetime) -> date:
    """Expiry date, or the trading day before it where that is a holiday."""
    return expiry.date() if hours.is_date_open(expiry) else hours.get_previous_trading_day(expiry).date()


def ticker_changes(security: Security, map_file: MapFile, first_utc: datetime, last: date) -> Iterator[Point]:
    """Changes of a stock's ticker, each at the midnight of the first trading day under the new one."""
    hours, rows = security.exchange.hours, map_file.rows
    for (until, old), (_, new) in pairwise(rows):
        if old == new:
            continue
        day = hours.get_next_trading_day(until)
        utc = hours.zone.to_utc(day)
        if first_utc <= utc and day.date() <= last:
            yield utc, SymbolChangedEvent(security.symbol, day, old.upper(), new.upper())


def auxiliary_points(security: Security, factors: FactorFile, map_file: MapFile, first_utc: datetime, last: date) -> Iterator[Point]:
    """All midnight events of a security."""
    hours = security.exchange.hours
    if security.type == SecurityType.OPTION:
        return delisting_events(security, last_trading_day(hours, security.symbol.id.date), first_utc, last)
    delisted = map_file.delisting_date
    final = last if delisted is None else min(last, delisted)
    streams = [corporate_actions(security, factors, first_utc, final), ticker_changes(security, map_file, first_utc, final)]
    if delisted is not None:
        streams.append(delisting_events(security, delisted, first_utc, last))
    return merge(*streams, key=_time)


def _time(point: Point) -> datetime:
    return point[0]
