"""A contract's bars and prices are read when somebody looks, and are what they would be had each bar been delivered in its time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, NoReturn, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris_runner.api.bars import QuoteBar, TradeBar
from alaris_runner.api.enums import Resolution, TickType
from alaris_runner.api.security_cache import SecurityCache
from alaris_runner.api.symbols import SecurityIdentifier, Symbol
from alaris_runner.engine.bar_grid import GridPoint, quote_bar, trade_bar
from alaris_runner.engine.bar_times import BarTime, BarTimes, Stretch
from alaris_runner.engine.contract_feed import ContractFeed
from alaris_runner.engine.time_zones import TimeZone
from alaris_runner.errors import DataFileError

if TYPE_CHECKING:
    from alaris_runner.engine.bar_grid import BarGrid
    from alaris_runner.engine.contract_group import ContractGroup

STOCK = Symbol(SecurityIdentifier.parse("YUM R735QTJ8XC9X"), "YUM")
CALL = Symbol(SecurityIdentifier.parse("YUM WI5US20RFXMU|YUM R735QTJ8XC9X"), "YUM   170217C00065500", STOCK)
NEW_YORK = TimeZone("America/New_York")
FIRST = date(2016, 12, 29)  # the files change with the year, between the third and the fourth bar
FLAT = "11000,11000,11000,11000,5,12000,12000,12000,12000,7"
Row = str | None


class Grid:
    """Every day is a session from 9:30 to 16:00."""

    hours = SimpleNamespace(zone=NEW_YORK)
    resolution = Resolution.DAILY

    def stretch(self, first: date, last: date) -> list[GridPoint]:
        return [grid_point(first + timedelta(days=n)) for n in range((last - first).days + 1)]


def grid_point(day: date) -> GridPoint:
    opened = datetime(day.year, day.month, day.day, 9, 30)
    closed = opened.replace(hour=16, minute=0)
    return GridPoint(f"{day:%Y%m%d} 00:00", opened, closed, NEW_YORK.to_utc(closed))


class Group:
    """A group of one contract whose rows are in memory."""

    resolution = Resolution.DAILY

    def __init__(self, trades: list[Row], quotes: list[Row]) -> None:
        first_utc, last = NEW_YORK.to_utc(datetime(FIRST.year, FIRST.month, FIRST.day)), FIRST + timedelta(days=len(quotes) - 1)
        self.times = BarTimes(cast("BarGrid", Grid()), first_utc, last, lambda day: date(day.year, 12, 31))
        self.shown: BarTime | None = None
        self.files = self
        self._rows = {TickType.TRADE: trades, TickType.QUOTE: quotes}

    def rows(self, _: Symbol, tick_type: TickType, stretch: Stretch) -> dict[str, str]:
        days = {FIRST + timedelta(days=n): row for n, row in enumerate(self._rows[tick_type]) if row is not None}
        return {f"{day:%Y%m%d} 00:00": row for day, row in days.items() if day.year == stretch.day.year}

    def series(self, _: Symbol, __: TickType, ___: Resolution) -> SimpleNamespace:
        return SimpleNamespace(refuse=refuse)

    def at(self, number: int) -> BarTime:
        found = self.times[number]
        assert found is not None
        return found


def refuse(_: date, key: str, row: str) -> NoReturn:
    raise DataFileError("yum_2017_quote_american.zip", 1, f"a number that cannot be read: '{key},{row}'")


def feed_of(trades: list[Row], quotes: list[Row], *, fill_forward: bool = True) -> tuple[Group, ContractFeed, SecurityCache]:
    group, cache = Group(trades, quotes), SecurityCache(shows_trades=False)
    return group, ContractFeed(cast("ContractGroup", group), CALL, cache, fill_forward, 0, date.max), cache


def bars(trades: list[Row], quotes: list[Row], *, fill_forward: bool = True) -> list[tuple[TradeBar | None, QuoteBar | None]]:
    group, feed, _ = feed_of(trades, quotes, fill_forward=fill_forward)
    return [(feed.trade(group.at(n)), feed.quote(group.at(n))) for n in range(len(quotes))]


def delivered(trades: list[Row], quotes: list[Row], fill_forward: bool) -> list[tuple[object, ...]]:
    """Reference: every bar taken over in its time, trades first."""
    cache, last, found = SecurityCache(shows_trades=False), None, []
    for n, (trade, quote) in enumerate(zip(trades, quotes, strict=True)):
        point = grid_point(FIRST + timedelta(days=n))
        if trade is not None:
            cache.take(trade_bar(CALL, trade, point.start, point.end))
        if quote is not None:
            bar = quote_bar(CALL, quote, point.start, point.end)
            if fill_forward and last is not None:
                bar.bid, bar.ask = bar.bid or last.bid, bar.ask or last.ask
            cache.take(bar)
            last = bar
        found.append(standing(cache))
    return found


def standing(cache: SecurityCache) -> tuple[object, ...]:
    trade, quote = cache.last_trade_bar, cache.last_quote_bar
    ends = trade.end_time if trade else None, quote.end_time if quote else None, cache.last_data_end
    sides = cache.bid_price, cache.ask_price, cache.bid_size, cache.ask_size
    return (*sides, cache.price, cache.volume, cache.has_data, *ends, quote.close if quote else None)


def test_both_bars_of_a_time_come_together() -> None:
    ((trade, quote),) = bars(["11500,12000,11000,11800,30"], [FLAT])
    assert trade is not None
    assert quote is not None
    assert (trade.open, trade.high, trade.low, trade.close, trade.volume) == (1.15, 1.2, 1.1, 1.18, 30)
    assert (quote.bid_close, quote.last_bid_size, quote.ask_close, quote.last_ask_size) == (1.1, 5, 1.2, 7)
    assert quote.close == pytest.approx(1.15)
    assert quote.bid is not None
    assert (quote.bid.open, quote.bid.high, quote.bid.low, quote.bid.close) == (1.1, 1.1, 1.1, 1.1)
    assert quote.bid is quote.bid  # made once


def test_what_is_missing_is_filled_forward() -> None:
    points = bars([None, "11500,11500,11500,11500,30", None], [FLAT, None, None])
    traded, quoted = [trade for trade, _ in points], [quote for _, quote in points]
    assert traded[0] is None
    assert [bar.is_fill_forward for bar in traded[1:] if bar is not None] == [False, True]
    assert [bar.is_fill_forward for bar in quoted if bar is not None] == [False, True, True]
    assert traded[2] is not None
    assert (traded[2].close, traded[2].volume, traded[2].end_time) == (1.15, 0, datetime(2016, 12, 31, 16))


def test_without_fill_forward_only_real_bars_come() -> None:
    trades: list[Row] = [None, "11500,11500,11500,11500,30", None]
    quotes: list[Row] = [FLAT, None, None]
    points = bars(trades, quotes, fill_forward=False)
    assert [(trade is not None, quote is not None) for trade, quote in points] == [(False, True), (True, False), (False, False)]
    group, feed, _ = feed_of(trades, quotes, fill_forward=False)
    assert [feed.has_data(group.at(n)) for n in range(3)] == [True, True, False]


def test_a_missing_side_repeats_the_one_before() -> None:
    quote = bars([None, None], [FLAT, ",,,,0,13000,13000,13000,13000,9"])[1][1]
    assert quote is not None
    assert (quote.bid_close, quote.last_bid_size, quote.ask_close) == (1.1, 0, 1.3)
    assert not quote.is_fill_forward


def test_a_side_never_quoted_is_none() -> None:
    quote = quote_bar(CALL, ",,,,0,13000,13500,12500,13000,9", datetime(2017, 2, 1), datetime(2017, 2, 2))
    assert quote.bid is None
    assert quote.ask is not None
    assert (quote.ask.high, quote.ask.low) == (1.35, 1.25)
    assert quote.close == 1.3


def test_a_broken_row_is_refused_where_it_is_read() -> None:
    with pytest.raises(DataFileError, match="cannot be read"):
        bars([None], ["11000,high,11000,11000,5,12000,12000,12000,12000,7"])
    group, feed, _ = feed_of([None], ["11000,11000,11000,11000,5,12000,12000,12000,twelve,7"])
    with pytest.raises(DataFileError, match="twelve"):
        feed.sides(group.at(0))


def test_nothing_stored_no_data() -> None:
    group, feed, _ = feed_of([None, None], [None, None])
    assert not feed.has_data(group.at(1))
    assert feed.sides(group.at(1)) == (0, 0)


def test_prices_stand_where_the_run_is_and_not_ahead() -> None:
    group, feed, cache = feed_of([None, None], [FLAT, "13000,13000,13000,13000,5,14000,14000,14000,14000,7"])
    feed.bring_up_to_date()
    assert not cache.has_data  # nothing was shown yet
    group.shown = group.at(0)
    feed.bring_up_to_date()
    assert cache.price == pytest.approx(1.15)
    group.shown = group.at(1)
    feed.bring_up_to_date()
    assert cache.price == pytest.approx(1.35)
    assert (feed.sides(group.at(0)), feed.sizes(group.at(0))) == ((1.1, 1.2), (5, 7))  # a chain that was kept


def test_a_price_asked_for_later_is_that_of_its_time() -> None:
    group, feed, _ = feed_of([None, None], [FLAT, "13000,13000,13000,13000,5,14000,14000,14000,14000,7"])
    group.shown = group.at(0)
    price = feed.price_now()
    group.shown = group.at(1)
    feed.bring_up_to_date()
    assert price() == pytest.approx(1.15)


PRICES = st.sampled_from(["0", "", "10000", "12500", "20000"])
SIZES = st.sampled_from(["0", "3", "8"])
SIDES = st.builds(lambda price, size: ",".join([price] * 4 + [size]), PRICES, SIZES)
QUOTES = st.none() | st.builds(lambda bid, ask: f"{bid},{ask}", SIDES, SIDES)
TRADES = st.none() | st.builds(
    lambda price, volume: f"{price},{price},{price},{price},{volume}", st.sampled_from(["11000", "12000"]), SIZES
)


@given(st.lists(st.tuples(TRADES, QUOTES, st.booleans()), min_size=1, max_size=9), st.booleans())
def test_looking_now_and_then_finds_what_was_delivered(days: list[tuple[Row, Row, bool]], fill_forward: bool) -> None:
    trades, quotes = [day[0] for day in days], [day[1] for day in days]
    expected = delivered(trades, quotes, fill_forward)
    group, feed, cache = feed_of(trades, quotes, fill_forward=fill_forward)
    for number, (_, _, looks) in enumerate(days):
        group.shown = group.at(number)
        if looks:
            feed.bring_up_to_date()
            assert standing(cache) == expected[number]
    for number, values in enumerate(expected):
        at = group.at(number)  # kept chains, the oldest first
        assert feed.sides(at) + feed.sizes(at) == values[:4]


@given(st.lists(st.tuples(TRADES, QUOTES), min_size=1, max_size=9))
def test_an_open_trade_is_told_every_price(days: list[tuple[Row, Row]]) -> None:
    trades, quotes = [day[0] for day in days], [day[1] for day in days]
    group, feed, cache = feed_of(trades, quotes)
    told: list[float] = []
    for number in range(len(days)):
        feed.show(group.at(number), lambda _, price: told.append(price))
        group.shown = group.at(number)
        assert standing(cache) == delivered(trades, quotes, fill_forward=True)[number]
    first_trade = next((n for n, row in enumerate(trades) if row is not None), len(days))
    first_quote = next((n for n, row in enumerate(quotes) if row is not None), len(days))
    assert len(told) == 2 * len(days) - first_trade - first_quote
