"""Longer bars and their clock: spans, calendars, counts, daylight saving; windows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris_runner.api.bars import Bar, QuoteBar, TradeBar
from alaris_runner.api.consolidators import (
    Calendar,
    PeriodConsolidator,
    QuoteBarConsolidator,
    RollingWindow,
    TradeBarConsolidator,
    consolidator_of,
)
from alaris_runner.api.symbols import SecurityIdentifier, Symbol
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

SYMBOL = Symbol(SecurityIdentifier.parse("YUM R735QTJ8XC9X"), "YUM")
MONDAY = datetime(2014, 3, 3)


def trade(start: datetime, close: float, length: timedelta = timedelta(minutes=1), volume: float = 10.0) -> TradeBar:
    bar = TradeBar(start, SYMBOL, close, close + 1, close - 1, close, volume)
    bar.end_time = start + length
    return bar


def session(day: datetime, close: float) -> TradeBar:
    return trade(day + timedelta(hours=9, minutes=30), close, timedelta(hours=6, minutes=30))


def collected(consolidator: PeriodConsolidator) -> list[TradeBar]:
    bars: list[TradeBar] = []

    def keep(_: object, bar: TradeBar) -> None:
        bars.append(bar)

    consolidator.data_consolidated += keep
    return bars


def test_five_minutes_close_with_the_next_bar() -> None:
    consolidator = TradeBarConsolidator(timedelta(minutes=5))
    bars = collected(consolidator)
    opening = MONDAY + timedelta(hours=9, minutes=30)
    for minute in range(6):
        consolidator.update(trade(opening + timedelta(minutes=minute), 100.0 + minute))
    (bar,) = bars
    assert (bar.time, bar.end_time) == (opening, opening + timedelta(minutes=5))
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (100, 105, 99, 104, 50)
    assert consolidator.working_bar.open == 105


def test_the_clock_closes_a_bar_too() -> None:
    consolidator = TradeBarConsolidator(timedelta(minutes=5))
    bars = collected(consolidator)
    opening = MONDAY + timedelta(hours=9, minutes=30)
    consolidator.update(trade(opening, 100.0))
    consolidator.scan(opening + timedelta(minutes=4, seconds=59))
    assert bars == []
    consolidator.scan(opening + timedelta(minutes=5))
    assert len(bars) == 1
    assert consolidator.working_bar is None


def test_spans_longer_than_a_day_start_with_their_first_bar() -> None:
    # golden case indicators_aapl: "three 2014-03-03 09:30:00 2014-03-06 09:30:00" closes with Thursday's bar
    consolidator = TradeBarConsolidator(timedelta(days=3))
    bars = collected(consolidator)
    for day in range(4):
        consolidator.update(session(MONDAY + timedelta(days=day), 10.0 + day))
    (bar,) = bars
    assert (bar.time, bar.end_time) == (datetime(2014, 3, 3, 9, 30), datetime(2014, 3, 6, 9, 30))
    assert bar.close == 12


def test_weeks_start_on_monday() -> None:
    consolidator = consolidator_of(Calendar.WEEKLY, quotes=False)
    bars = collected(consolidator)
    for day in (1, 3, 7):
        consolidator.update(session(MONDAY + timedelta(days=day), 10.0 + day))
    (bar,) = bars
    assert (bar.time, bar.end_time, bar.close) == (MONDAY, MONDAY + timedelta(days=7), 13)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (Calendar.MONTHLY, datetime(2014, 12, 1), datetime(2015, 1, 1)),
        (Calendar.QUARTERLY, datetime(2014, 10, 1), datetime(2015, 1, 1)),
        (Calendar.YEARLY, datetime(2014, 1, 1), datetime(2015, 1, 1)),
    ],
)
def test_calendar_periods(period: object, start: datetime, end: datetime) -> None:
    assert callable(period)
    info = period(datetime(2014, 12, 31, 16))
    assert (info.start, info.end) == (start, end)


def test_a_count_of_bars() -> None:
    consolidator = TradeBarConsolidator(2)
    bars = collected(consolidator)
    for minute in range(5):
        consolidator.update(trade(MONDAY + timedelta(minutes=minute), float(minute)))
    assert [(bar.open, bar.close) for bar in bars] == [(0, 1), (2, 3)]
    assert bars[0].end_time == MONDAY + timedelta(minutes=2)


def test_quotes_merge_side_by_side() -> None:
    consolidator = QuoteBarConsolidator(timedelta(minutes=2))
    bars: list[QuoteBar] = []

    def keep(_: object, bar: QuoteBar) -> None:
        bars.append(bar)

    consolidator.data_consolidated += keep
    for minute, (bid, ask) in enumerate([(None, 5.0), (4.0, 6.0), (3.0, 7.0)]):
        start = MONDAY + timedelta(minutes=minute)
        side = Bar(bid, bid, bid, bid) if bid is not None else None
        quote = QuoteBar(start, SYMBOL, side, 1.0, Bar(ask, ask, ask, ask), 2.0)
        quote.end_time = start + timedelta(minutes=1)
        consolidator.update(quote)
    (bar,) = bars
    assert bar.bid is not None
    assert bar.ask is not None
    assert (bar.bid.close, bar.ask.open, bar.ask.high) == (4, 5, 6)


def test_nonsense_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="period must be positive"):
        TradeBarConsolidator(timedelta())
    with pytest.raises(NotSupportedByRunner, match="consolidate"):
        consolidator_of("weekly", quotes=False)
    with pytest.raises(InvalidRequest, match="at least one value"):
        RollingWindow(0)


@given(st.lists(st.floats(1, 1000), min_size=1, max_size=60), st.integers(2, 15))
def test_volume_and_extremes_are_kept(closes: list[float], minutes: int) -> None:
    consolidator = TradeBarConsolidator(timedelta(minutes=minutes))
    bars = collected(consolidator)
    for minute, close in enumerate(closes):
        consolidator.update(trade(MONDAY + timedelta(minutes=minute), close))
    consolidator.scan(MONDAY + timedelta(days=1))
    assert sum(bar.volume for bar in bars) == 10 * len(closes)
    assert max(bar.high for bar in bars) == max(closes) + 1
    assert min(bar.low for bar in bars) == min(closes) - 1
    assert all(bar.end_time - bar.time == timedelta(minutes=minutes) for bar in bars)


@given(st.lists(st.integers(), max_size=30), st.integers(1, 10))
def test_windows_hold_the_newest_first(values: list[int], size: int) -> None:
    window = RollingWindow(size)
    for value in values:
        window.add(value)
    assert list(window) == values[::-1][:size]
    assert window.is_ready == (len(values) >= size)
    assert window.count == min(len(values), size)
