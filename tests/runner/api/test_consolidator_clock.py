"""When bars are closed by the clock: at their own UTC instant, an hour later by the wall clock when summer time begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from alaris_runner.api.bars import TradeBar
from alaris_runner.api.consolidators import Calendar, PeriodConsolidator, TradeBarConsolidator
from alaris_runner.api.enums import Resolution
from alaris_runner.api.securities import Security
from alaris_runner.api.symbols import SecurityIdentifier, Symbol
from alaris_runner.engine.subscription_manager import SubscriptionManager
from alaris_runner.engine.time_zones import TimeZone
from alaris_runner.errors import InvalidRequest

SYMBOL = Symbol(SecurityIdentifier.parse("AAPL R735QTJ8XC9X"), "AAPL")
NEW_YORK = TimeZone("America/New_York")


class Clock:
    """The engine's clock and its one daily security."""

    def __init__(self, local: datetime) -> None:
        self.utc = NEW_YORK.to_utc(local)
        security = SimpleNamespace(resolution=Resolution.DAILY, exchange=SimpleNamespace(hours=SimpleNamespace(zone=NEW_YORK)))
        self.manager = SubscriptionManager(lambda: self.utc, lambda symbol: cast("Security", security) if symbol == SYMBOL else None)
        self.seen: list[tuple[datetime, Any]] = []

    def follow(self, period: Any) -> PeriodConsolidator:
        consolidator = TradeBarConsolidator(period)
        consolidator.data_consolidated += lambda _, bar: self.seen.append((NEW_YORK.from_utc(self.utc), bar.end_time))
        self.manager.add_consolidator(SYMBOL, consolidator)
        return consolidator

    def move(self, utc: datetime) -> None:
        self.utc = utc

    def session(self, consolidator: PeriodConsolidator, day: datetime) -> None:
        """Come to the close of a session, as a time step does, and give its bar."""
        close = NEW_YORK.to_utc(day + timedelta(hours=16))
        self.manager.scan_past(close, self.move)
        self.utc = close
        bar = TradeBar(day + timedelta(hours=9, minutes=30), SYMBOL, 1, 2, 0.5, 1.5, 10)
        bar.end_time = day + timedelta(hours=16)
        consolidator.update(bar)


def sessions(clock: Clock, consolidator: PeriodConsolidator, first: datetime, count: int) -> None:
    for offset in range(count):
        day = first + timedelta(days=offset)
        if day.weekday() < 5:
            clock.session(consolidator, day)


def test_weeks_across_the_change_to_summer_time() -> None:
    # golden case indicators_aapl: the week to 2014-03-10 00:00 is logged at 01:00, the next one at 00:00 again
    clock = Clock(datetime(2014, 2, 24))
    sessions(clock, clock.follow(Calendar.WEEKLY), datetime(2014, 2, 24), 24)
    assert clock.seen == [
        (datetime(2014, 3, 3), datetime(2014, 3, 3)),
        (datetime(2014, 3, 10, 1), datetime(2014, 3, 10)),
        (datetime(2014, 3, 17), datetime(2014, 3, 17)),
    ]


def test_a_warm_up_begins_before_the_start_date() -> None:
    clock = Clock(datetime(2014, 6, 2))
    consolidator = clock.follow(Calendar.WEEKLY)
    clock.manager.begin(NEW_YORK.to_utc(datetime(2014, 5, 5)))
    sessions(clock, consolidator, datetime(2014, 5, 5), 9)
    assert clock.seen == [(datetime(2014, 5, 12), datetime(2014, 5, 12))]


def test_a_removed_consolidator_is_silent() -> None:
    clock = Clock(datetime(2014, 5, 5))
    consolidator = clock.follow(Calendar.WEEKLY)
    sessions(clock, consolidator, datetime(2014, 5, 5), 5)
    clock.manager.remove_consolidator(SYMBOL, consolidator)
    clock.manager.scan_past(NEW_YORK.to_utc(datetime(2014, 6, 5)), clock.move)
    assert clock.seen == []


def test_only_subscribed_symbols() -> None:
    other = Symbol(SecurityIdentifier.parse("YUM R735QTJ8XC9X"), "YUM")
    with pytest.raises(InvalidRequest, match="YUM is not subscribed"):
        Clock(datetime(2014, 5, 5)).manager.add_consolidator(other, TradeBarConsolidator(2))
