"""Events that come at midnight: splits and dividends out of a factor file, and the end of a contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import pairwise
from typing import NamedTuple

from alaris_runner.api.bars import Delisting, Dividend, Split, SymbolChangedEvent
from alaris_runner.api.enums import DelistingType, SplitType
from alaris_runner.api.securities import Security
from alaris_runner.api.symbols import Symbol
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


class End(NamedTuple):
    """One event of the end of a security: its time, that midnight on the exchange's clock, and which of the two it is."""

    utc: datetime
    midnight: datetime
    kind: DelistingType


def delistings(hours: SecurityExchangeHours, last_day: date, last: date) -> list[End]:
    """Events of the end of what trades until a day, in a run until `last`.

    A warning at the midnight that begins the last trading day, Delisted at the next; that needs another trading day in the run
    (margin_rules_5000, which ends on a holiday).
    """
    ends: list[End] = []
    for day, kind in ((last_day, DelistingType.WARNING), (last_day + _DAY, DelistingType.DELISTED)):
        follows = kind == DelistingType.WARNING or hours.get_next_trading_day(last_day).date() <= last
        if follows and day <= last:
            midnight = datetime.combine(day, time())
            ends.append(End(hours.zone.to_utc(midnight), midnight, kind))
    return ends


def delisting_events(symbol: Symbol, ends: Iterable[End], first_utc: datetime) -> Iterator[Point]:
    """Events of a security's end; the price is set on delivery."""
    for utc, midnight, kind in ends:
        if first_utc < utc or (kind == DelistingType.WARNING and first_utc == utc):
            yield utc, Delisting(symbol, midnight, 0.0, kind)


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
    """All midnight events of a stock."""
    delisted = map_file.delisting_date
    final = last if delisted is None else min(last, delisted)
    streams = [corporate_actions(security, factors, first_utc, final), ticker_changes(security, map_file, first_utc, final)]
    if delisted is not None:
        streams.append(delisting_events(security.symbol, delistings(security.exchange.hours, delisted, last), first_utc))
    return merge(*streams, key=_time)


def _time(point: Point) -> datetime:
    return point[0]
