"""When orders fill and at what price: each rule with the golden order that shows it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_brokerage import Desk

from alaris_runner.api.bars import Bar, TradeBar
from alaris_runner.api.enums import OptionRight, Resolution
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import (
    ComboLegLimitOrder,
    ComboLimitOrder,
    ComboMarketOrder,
    GroupOrderManager,
    LimitIfTouchedOrder,
    LimitOrder,
    MarketOnCloseOrder,
    MarketOnOpenOrder,
    MarketOrder,
    Order,
    StopLimitOrder,
    StopMarketOrder,
    TrailingStopOrder,
)
from alaris_runner.api.securities import Security
from alaris_runner.brokerage.fills import FillModel, fill_orders, is_exchange_open
from alaris_runner.brokerage.fills_equity import EquityFillModel
from alaris_runner.brokerage.slippage import ConstantSlippageModel, VolumeShareSlippageModel

EXPIRY = datetime(2017, 2, 10)


@pytest.fixture
def desk() -> Desk:
    return Desk(local_now=datetime(2017, 3, 6, 16, 0))


def filled_at(event: OrderEvent) -> float | None:
    """Price of a fill, None while the order waits."""
    return event.fill_price if event.status.is_fill else None


AnyOrder = TypeVar("AnyOrder", bound=Order)


def limit(order: AnyOrder, **prices: float) -> AnyOrder:
    """Set the prices of an order."""
    for name, price in prices.items():
        setattr(order, name, price)
    return order


def next_day(desk: Desk, stock: Security, *bar: float) -> None:
    """The stock's next daily bar."""
    desk.at(2017, 3, 7, 16, 0)
    desk.trade(stock, *bar)


@pytest.mark.parametrize(
    ("bar", "price"),
    [
        ((64.5, 64.9, 63.80, 64.1), 63.85),  # through the limit
        ((64.5, 64.9, 63.85, 64.1), None),  # touched only: the rule is strict
        ((63.5, 64.9, 63.10, 64.1), 63.50),  # a gap fills at the open
    ],
)
def test_equity_limit_buy(desk: Desk, bar: tuple[float, ...], price: float | None) -> None:
    stock = desk.stock(price=64.5)
    order = limit(LimitOrder(stock.symbol, 100, desk.utc_now()), limit_price=63.85)  # equity_orders_daily_ib, order 2
    assert filled_at(EquityFillModel().limit_fill(stock, order)) is None, "the bar seen when the order was sent is too old"
    next_day(desk, stock, *bar)
    assert filled_at(EquityFillModel().limit_fill(stock, order)) == price


def test_equity_limit_gap_says_so(desk: Desk) -> None:
    stock = desk.stock(price=64.5)
    order = limit(LimitOrder(stock.symbol, 60, desk.utc_now()), limit_price=65.11)
    next_day(desk, stock, 63.98, 64.9, 63.5, 64.1)
    event = EquityFillModel().limit_fill(stock, order)
    assert event.message == "Due to a favorable gap at 03/07/2017 16:00:00 America/New_York, order filled using the open price (63.9800)"


@pytest.mark.parametrize(
    ("bar", "price"),
    [((64.0, 64.2, 63.76, 63.9), 63.76), ((64.0, 64.2, 63.77, 63.9), None), ((63.5, 64.2, 63.1, 63.9), 63.5)],
)
def test_equity_stop_sell_is_reached_at_the_stop_and_gaps_at_the_open(desk: Desk, bar: tuple[float, ...], price: float | None) -> None:
    stock = desk.stock(price=64.08)
    order = limit(StopMarketOrder(stock.symbol, -50, desk.utc_now()), stop_price=63.76)  # equity_orders_daily_ib, order 3
    next_day(desk, stock, *bar)
    assert filled_at(EquityFillModel().stop_market_fill(stock, order)) == price


def test_equity_stop_limit_keeps_its_trigger(desk: Desk) -> None:
    stock = desk.stock(price=64.31)
    order = StopLimitOrder(stock.symbol, -50, desk.utc_now())
    order.stop_price, order.limit_price = 64.18, 64.10
    next_day(desk, stock, 64.3, 64.4, 64.0, 64.05)  # low passes the stop, the close is under the limit
    model = EquityFillModel()
    assert filled_at(model.stop_limit_fill(stock, order)) is None
    assert order.stop_triggered
    desk.at(2017, 3, 8, 16, 0)
    desk.trade(stock, 64.2, 64.4, 64.19, 64.3)  # the stop is not passed again, the close is over the limit
    assert filled_at(model.stop_limit_fill(stock, order)) == 64.19


def test_limit_if_touched_without_quotes_fills_at_the_close_and_warns(desk: Desk) -> None:
    stock = desk.stock(price=64.07)
    order = LimitIfTouchedOrder(stock.symbol, 40, desk.utc_now())
    order.trigger_price, order.limit_price = 64.2, 64.71
    next_day(desk, stock, 64.1, 64.3, 63.5, 63.73)
    event = EquityFillModel().limit_if_touched_fill(stock, order)
    assert filled_at(event) == 63.73  # equity_orders_daily_ib, order 7
    assert event.message.startswith("Warning: No quote information available at 03/07/2017 16:00:00 America/New_York")


def test_trailing_stop_rises_unrounded_and_the_second_look_tests_it_on_the_same_bar(desk: Desk) -> None:
    stock = desk.stock(price=63.32)
    order = TrailingStopOrder(stock.symbol, -20, desk.utc_now())
    order.stop_price, order.trailing_amount, order.trailing_as_percentage = 62.69, 0.01, True
    next_day(desk, stock, 63.4, 63.73, 62.9, 63.58)
    model = EquityFillModel()
    assert filled_at(model.trailing_stop_fill(stock, order)) is None
    assert order.stop_price == pytest.approx(63.73 * 0.99)  # 63.0927: equity_orders_daily_ib, order 8
    assert filled_at(model.trailing_stop_fill(stock, order)) == pytest.approx(63.0927)


def test_equity_market_order_takes_the_quoted_side_and_slippage(desk: Desk) -> None:
    desk.at(2017, 3, 7, 10, 0)
    stock = desk.stock(price=182.52, resolution=Resolution.MINUTE)
    desk.quote(stock, 182.48, 182.55)  # equity_orders_minute_ib, order 1
    model = EquityFillModel()
    assert filled_at(model.market_fill(stock, MarketOrder(stock.symbol, 100, desk.utc_now()))) == 182.55
    stock.set_slippage_model(ConstantSlippageModel(0.001))
    assert filled_at(model.market_fill(stock, MarketOrder(stock.symbol, -100, desk.utc_now()))) == pytest.approx(182.48 - 0.18252)


def test_equity_market_order_waits_for_data_of_the_last_hour(desk: Desk) -> None:
    stock = desk.stock(price=64.5)
    desk.at(2017, 3, 7, 10, 0)
    assert filled_at(EquityFillModel().market_fill(stock, MarketOrder(stock.symbol, 1, desk.utc_now()))) is None


def test_market_on_open_and_on_close_of_a_stock(desk: Desk) -> None:
    stock = desk.stock(price=65.21)
    opening, closing = MarketOnOpenOrder(stock.symbol, 100, desk.utc_now()), MarketOnCloseOrder(stock.symbol, -30, desk.utc_now())
    model = EquityFillModel()
    assert filled_at(model.market_on_open_fill(stock, opening)) is None
    assert filled_at(model.market_on_close_fill(stock, closing)) is None
    next_day(desk, stock, 65.16, 65.6, 64.9, 65.4)
    assert filled_at(model.market_on_open_fill(stock, opening)) == 65.16  # equity_orders_daily_ib, order 1
    assert filled_at(model.market_on_close_fill(stock, closing)) == 65.4


def test_a_daily_bar_keeps_the_exchange_open_a_minute_bar_only_to_its_end(desk: Desk) -> None:
    daily, minute = desk.stock("IBM", 64.5), desk.stock("BAC", 12.0, Resolution.MINUTE)
    assert is_exchange_open(daily)
    assert is_exchange_open(minute)
    desk.at(2017, 3, 7, 0, 0)
    assert is_exchange_open(daily)
    assert not is_exchange_open(minute)


def test_option_market_order_waits_while_its_quote_is_stale(desk: Desk) -> None:
    option = desk.option(desk.stock(price=66.3), OptionRight.CALL, 66.0, EXPIRY)
    desk.quote(option, 1.25, 1.36)
    desk.at(2017, 3, 7, 15, 45)
    order = MarketOrder(option.symbol, -2, desk.utc_now())
    assert filled_at(FillModel().market_fill(option, order)) is None
    desk.at(2017, 3, 7, 16, 0)
    desk.quote(option, Bar(1.24, 1.30, 1.20, 1.22), 1.40)
    assert filled_at(FillModel().market_fill(option, order)) == 1.24  # a daily bar that comes later fills at its open


@pytest.mark.parametrize(("low", "close", "price"), [(6.4, 6.5, 6.5), (6.6, 6.7, None), (6.4, 6.8, 6.6)])
def test_option_stop_is_strict(desk: Desk, low: float, close: float, price: float | None) -> None:
    desk.at(2017, 3, 7, 10, 5)
    option = desk.option(desk.stock(price=747.5), OptionRight.CALL, 747.5, EXPIRY, resolution=Resolution.MINUTE)
    order = limit(StopMarketOrder(option.symbol, -1, desk.utc_now()), stop_price=6.6)  # option_orders_goog_ib, order 11
    desk.at(2017, 3, 7, 10, 9)
    desk.quote(option, Bar(6.6, 6.9, low, close), 7.5)
    assert filled_at(FillModel().stop_market_fill(option, order)) == price


def calendar(desk: Desk, kind: type[Order], quantity: int, net: float = 0.0) -> list[tuple[Order, Security]]:
    """A call calendar of one front short and one back long, times the quantity, sent now."""
    stock = desk.stock(price=66.59)
    front, back = (desk.option(stock, OptionRight.CALL, 66.5, day) for day in (EXPIRY, datetime(2017, 3, 3)))
    desk.quote(front, 1.16, 1.41)
    desk.quote(back, 1.45, 2.13)
    group = GroupOrderManager(1, 2, quantity, net)
    legs: list[tuple[Order, Security]] = []
    for security, ratio in ((front, -1), (back, 1)):
        order = kind(security.symbol, ratio * quantity, desk.utc_now())
        order.group_order_manager = group
        legs.append((order, security))
    return legs


def test_combo_market_fills_each_leg_at_its_side(desk: Desk) -> None:
    events = fill_orders(FillModel(), calendar(desk, ComboMarketOrder, 5))
    assert [(e.fill_price, e.fill_quantity) for e in events] == [(1.16, -5), (2.13, 5)]  # eve_calendar_2017


@pytest.mark.parametrize(("net", "fills"), [(0.98, True), (0.97, False)])
def test_combo_limit_must_be_strictly_better_and_fills_at_the_quotes(desk: Desk, net: float, fills: bool) -> None:
    legs = calendar(desk, ComboLimitOrder, 5, net)  # natural 2.13 - 1.16 = 0.97: eve_calendar_2017, orders 1 and 2
    desk.at(2017, 3, 7, 0, 0)
    assert [e.fill_price for e in fill_orders(FillModel(), legs)] == ([1.16, 2.13] if fills else [])


def test_combo_limit_sold_looks_at_highs_and_flipped_legs_want_a_negative_limit(desk: Desk) -> None:
    closing = calendar(desk, ComboLimitOrder, -5, 0.03)  # buy the front at 1.41, sell the back at 1.45: 0.04 a unit
    assert [e.fill_price for e in fill_orders(FillModel(), closing)] == [1.41, 1.45]
    assert fill_orders(FillModel(), calendar(desk, ComboLimitOrder, -5, 0.04)) == []


def test_combo_limit_ignores_quotes_older_than_the_order(desk: Desk) -> None:
    legs = calendar(desk, ComboLimitOrder, 1, 5.0)
    desk.at(2017, 3, 6, 16, 1)
    for order, _ in legs:
        desk.placed(order)
    assert fill_orders(FillModel(), legs) == []


def test_combo_leg_limit_needs_every_leg(desk: Desk) -> None:
    legs = calendar(desk, ComboLegLimitOrder, 1)
    for (order, _), price in zip(legs, (1.20, 2.20), strict=True):
        limit(order, limit_price=price)
    desk.at(2017, 3, 7, 16, 0)
    desk.quote(legs[0][1], 1.19, 1.40)
    desk.quote(legs[1][1], 1.50, 2.10)
    assert fill_orders(FillModel(), legs) == []
    desk.quote(legs[0][1], 1.25, 1.40)
    assert [e.fill_price for e in fill_orders(FillModel(), legs)] == [1.25, 2.10]


@given(
    st.lists(st.floats(50, 80), min_size=4, max_size=4).map(sorted),
    st.floats(50, 80),
    st.sampled_from([-7, 7]),
    st.permutations([0, 1, 2, 3]),
)
def test_a_limit_order_never_fills_worse_than_its_limit_nor_outside_the_bar(
    prices: list[float], price: float, quantity: int, order_of: list[int]
) -> None:
    desk = Desk(local_now=datetime(2017, 3, 6, 16, 0))
    stock = desk.stock(price=65.0)
    order = limit(LimitOrder(stock.symbol, quantity, desk.utc_now()), limit_price=price)
    inside = prices[1:3]
    opened, closed = (inside[0], inside[1]) if order_of[0] % 2 else (inside[1], inside[0])
    next_day(desk, stock, opened, prices[3], prices[0], closed)
    got = filled_at(EquityFillModel().limit_fill(stock, order))
    if got is not None:
        assert got <= price if quantity > 0 else got >= price
        assert prices[0] <= got <= prices[3]


@pytest.mark.parametrize(
    ("quantity", "volume", "share"),
    [(10, 1000, 0.01), (-10, 1000, 0.01), (900, 1000, 0.025), (10, 0, 0.025)],  # the order's part of the bar, at most 2.5 %
)
def test_slippage_by_share_of_volume(quantity: float, volume: int, share: float) -> None:
    desk = Desk()
    stock = desk.stock(price=50.0)
    stock.set_market_price(TradeBar(desk.local_now, stock.symbol, 50, 50, 50, 50, volume, timedelta(minutes=1)))
    order = MarketOrder(stock.symbol, quantity, desk.utc_now())
    assert VolumeShareSlippageModel(0.025, 0.1).get_slippage_approximation(stock, order) == pytest.approx(0.1 * share**2 * 50)
