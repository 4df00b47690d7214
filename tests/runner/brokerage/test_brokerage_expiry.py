"""Exercise, assignment and expiry: events, messages and deliveries as the golden cases show them."""

from __future__ import annotations

from datetime import datetime

import pytest
from small_brokerage import Desk

from alaris_runner.api.bars import Delisting
from alaris_runner.api.enums import DelistingType, OptionRight
from alaris_runner.api.order_enums import OrderStatus
from alaris_runner.api.orders import Leg
from alaris_runner.api.securities import Security
from alaris_runner.brokerage.exercise import exercise_gain, is_assigned_early

CALL, PUT = OptionRight.CALL, OptionRight.PUT
FEB10 = datetime(2017, 2, 10)


@pytest.fixture
def desk() -> Desk:
    return Desk(cash=500_000, local_now=datetime(2017, 2, 10, 16, 0))


def held(desk: Desk, security: Security, quantity: float, price: float) -> Security:
    """Hold a quantity bought or sold at a price, without a trade."""
    security.holdings.set_holdings(price, quantity)
    desk.portfolio.track(security.holdings)
    return security


def expire(desk: Desk, *options: Security) -> None:
    """The step at the midnight after expiry."""
    desk.at(2017, 2, 11, 0, 0)
    desk.transactions.process_synchronous_events([Delisting(o.symbol, desk.local_now, o.price, DelistingType.DELISTED) for o in options])


@pytest.mark.parametrize(
    ("right", "strike", "quantity", "average", "shares", "text"),
    [  # expiry_and_assignment_ib, orders 19, 20, 24, 25; underlying 68.00
        (CALL, 63.5, 1, 3.15, 100, "Automatic Exercise. Underlying: 68.0000. Loss: -315.00"),
        (CALL, 68.5, -1, 0.28, 0, "OTM. Underlying: 68.0000. Profit: +28.00"),
        (PUT, 68.5, -1, 2.43, 100, "Assigned. Underlying: 68.0000. Profit: +243.00"),
        (PUT, 69.0, 1, 3.20, -100, "Automatic Exercise. Underlying: 68.0000. Loss: -320.00"),
    ],
)
def test_expiry(desk: Desk, right: OptionRight, strike: float, quantity: float, average: float, shares: float, text: str) -> None:
    stock = desk.stock(price=68.0)
    option = held(desk, desk.option(stock, right, strike, FEB10, price=0.1), quantity, average)
    cash = desk.portfolio.cash
    expire(desk, option)
    first = desk.algorithm.events[0]
    assert (first.symbol, first.fill_price, first.fill_quantity, first.message) == (option.symbol, 0.0, -quantity, text)
    assert (first.is_in_the_money, first.is_assignment) == (bool(shares), text.startswith("Assigned"))
    assert (stock.holdings.quantity, option.holdings.quantity) == (shares, 0)
    assert desk.portfolio.cash - cash == pytest.approx(-shares * strike), "no fee, delivery at the strike"
    order = desk.transactions.orders[1]
    assert (order.tag, order.price, order.status) == (None, strike if shares else 0.0, OrderStatus.FILLED)
    assert [event.is_assignment for event in desk.algorithm.assignments] == ([True] if first.is_assignment else [])
    assert (option.is_delisted, option.is_tradable) == (True, False)


def test_a_cent_in_the_money_is_exercised_less_is_not(desk: Desk) -> None:
    stock = desk.stock(price=68.01)
    exercised = held(desk, desk.option(stock, CALL, 68.0, FEB10, price=0.1), 1, 0.5)
    desk.trade(stock, 68.009)
    lapsed = held(desk, desk.option(stock, CALL, 68.005, FEB10, price=0.1), 1, 0.5)
    desk.trade(stock, 68.01)
    expire(desk, exercised)
    assert stock.holdings.quantity == 100
    expire(desk, lapsed)
    assert stock.holdings.quantity == 100


def test_settlements_come_by_name_then_orders_on_the_contracts_are_cancelled(desk: Desk) -> None:
    stock = desk.stock(price=68.0)
    near = [held(desk, desk.option(stock, CALL, strike, FEB10, price=1.0), -2, 1.0) for strike in (66.5, 66.0)]
    far = desk.option(stock, CALL, 66.5, datetime(2017, 2, 24), price=2.0)
    desk.at(2017, 2, 10, 15, 0)
    desk.algorithm.combo_limit_order([Leg.create(near[0].symbol, -1), Leg.create(far.symbol, 1)], 1, 0.01)
    desk.algorithm.events.clear()
    expire(desk, *near)
    desk.transactions.process_synchronous_events()
    # combo_calendar_daily: orders 19, 20, then 13 and its sister leg 14
    assert desk.story() == [
        (3, "FILLED"),
        (3, "FILLED"),
        (4, "FILLED"),
        (4, "FILLED"),
        (1, "CANCEL_PENDING"),
        (1, "CANCELED"),
        (2, "CANCELED"),
    ]
    assert [event.symbol.value for event in desk.algorithm.events[:3:2]] == ["YUM   170210C00066000", "YUM   170210C00066500"]


def test_exercise_by_hand(desk: Desk) -> None:
    desk.at(2017, 2, 7, 11, 0)
    stock = desk.stock(price=66.30)
    option = held(desk, desk.option(stock, CALL, 63.5, FEB10, price=3.0), 2, 3.15)
    ticket = desk.algorithm.exercise_option(option.symbol, 1)
    assert desk.story() == [(1, "SUBMITTED"), (1, "FILLED"), (1, "FILLED")]  # expiry_and_assignment_ib, order 17
    assert (ticket.quantity, ticket.order_events[1].message) == (-1, "Automatic Exercise. Underlying: 66.3000. Loss: -315.00")
    delivery = ticket.order_events[2]
    assert (delivery.symbol, delivery.fill_price, delivery.fill_quantity, delivery.quantity) == (stock.symbol, 63.5, 100, -1)
    assert (option.holdings.quantity, stock.holdings.quantity) == (1, 100)


@pytest.mark.parametrize(
    ("hour", "quantity", "count", "text"),
    [(17, 1, 1, "OptionExercise order and exchange not open."), (11, -1, 1, "short option position"), (11, 1, 2, "more contracts")],
)
def test_exercise_is_refused(desk: Desk, hour: int, quantity: float, count: int, text: str) -> None:
    desk.at(2017, 2, 7, hour, 0)
    option = held(desk, desk.option(desk.stock(price=66.30), CALL, 63.5, FEB10, price=3.0), quantity, 3.15)
    assert desk.algorithm.exercise_option(option.symbol, count).status is OrderStatus.INVALID
    assert text in desk.errors[0]


def short_call(desk: Desk, spot: float, expiry: datetime, bid: float) -> Security:
    """A short call struck at 64 with the given bid."""
    option = desk.option(desk.stock(price=spot), CALL, 64.0, expiry)
    desk.quote(option, bid, bid + 0.4)
    return held(desk, option, -2, 2.39)


@pytest.mark.parametrize(
    ("spot", "expiry", "bid", "assigned"),
    [
        (67.39, datetime(2017, 2, 13), 3.30, True),  # expiry_and_assignment_ib, order 18: 5.03 % in the money
        (67.30, datetime(2017, 2, 13), 3.20, False),  # 4.9 %
        (67.39, datetime(2017, 2, 17), 3.30, False),  # a week to go
        (67.39, datetime(2017, 2, 13), 3.50, False),  # selling pays more than exercising
    ],
)
def test_early_assignment(desk: Desk, spot: float, expiry: datetime, bid: float, assigned: bool) -> None:
    option = short_call(desk, spot, expiry, bid)
    assert is_assigned_early(option, desk.utc_now()) is assigned
    if spot == 67.39:
        # by hand: (3.39 - bid) * 200 shares, less the stock fee of 1.00, plus the option fee of 1.30 that is saved
        assert option.underlying is not None
        assert exercise_gain(option, option.underlying, desk.utc_now()) == pytest.approx((3.39 - bid) * 200 + 0.30)


def test_early_assignment_is_told_before_the_shares_move_and_tagged_afterwards(desk: Desk) -> None:
    option = short_call(desk, 67.39, datetime(2017, 2, 13), 3.30)
    desk.step()
    first, delivery = desk.algorithm.events
    assert desk.algorithm.messages_heard[0] == "Assigned. Underlying: 67.3900. Profit: +478.00"
    assert first.message == "Assigned. Underlying: 67.3900. Profit: +478.00. Simulated option assignment before expiration"
    assert (delivery.fill_quantity, delivery.message) == (-200, "Option Assignment")
    assert desk.algorithm.assignments == [first]
    assert desk.transactions.orders[1].tag == "Simulated option assignment before expiration"
    assert not option.holdings.invested
    desk.step()
    assert len(desk.algorithm.events) == 2


def test_a_delisted_stock_is_sold_at_its_last_price(desk: Desk) -> None:
    stock = held(desk, desk.stock(price=12.0), 50, 10.0)
    expire(desk, stock)
    assert (stock.holdings.quantity, desk.transactions.orders[1].tag) == (0, "Liquidate from delisting")
    assert desk.portfolio.cash == pytest.approx(500_600)
