"""Order processing: which events come in which order, what queues, what is refused, and which changes of status are possible."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_brokerage import Desk

from alaris_runner.api.enums import OptionRight, Resolution
from alaris_runner.api.order_enums import OrderField, OrderResponseErrorCode, OrderStatus, OrderType
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.order_tickets import OrderTicket, UpdateOrderFields
from alaris_runner.api.orders import Leg, LimitOrder, OrderFee
from alaris_runner.api.securities import Security
from alaris_runner.api.time_in_force import TimeInForce
from alaris_runner.errors import InvalidRequest

EXPIRY = datetime(2017, 2, 10)
STATUS_AFTER = {
    "NEW": {"SUBMITTED", "INVALID"},
    "SUBMITTED": {"FILLED", "CANCEL_PENDING", "CANCELED", "UPDATE_SUBMITTED", "INVALID"},
    "UPDATE_SUBMITTED": {"FILLED", "CANCEL_PENDING", "CANCELED", "UPDATE_SUBMITTED", "INVALID"},
    "CANCEL_PENDING": {"UPDATE_SUBMITTED", "CANCELED"},
}


@pytest.fixture
def desk() -> Desk:
    return Desk(local_now=datetime(2017, 2, 8, 10, 0))


@pytest.fixture
def stock(desk: Desk) -> Security:
    stock = desk.stock("IBM", 182.52, Resolution.MINUTE)
    desk.quote(stock, 182.48, 182.55)
    return stock


def minute_later(desk: Desk, *securities: Security) -> None:
    """A minute later, with the same quotes and a flat trade bar."""
    desk.local_now += timedelta(minutes=1)
    for security in securities:
        desk.quote(security, security.bid_price, security.ask_price)
        desk.trade(security, security.price)


def test_a_market_order_fills_inside_the_call(desk: Desk, stock: Security) -> None:
    ticket = desk.algorithm.market_order(stock.symbol, 100, tag="now")
    assert desk.story() == [(1, "SUBMITTED"), (1, "FILLED")]
    assert (ticket.status, ticket.average_fill_price, ticket.quantity_filled, ticket.tag) == (OrderStatus.FILLED, 182.55, 100, "now")
    assert [event.id for event in ticket.order_events] == [1, 2]
    assert desk.portfolio.cash == pytest.approx(100_000 - 18_255 - 1)


def test_a_combo_submits_every_leg_then_fills_every_leg(desk: Desk, stock: Security) -> None:
    front, back = (desk.option(stock, OptionRight.CALL, 182.5, day, 1.0, Resolution.MINUTE) for day in (EXPIRY, datetime(2017, 2, 24)))
    tickets = desk.algorithm.combo_market_order([Leg.create(front.symbol, -1), Leg.create(back.symbol, 1)], 2)
    assert desk.story() == [(1, "SUBMITTED"), (2, "SUBMITTED"), (1, "FILLED"), (2, "FILLED")]
    assert [ticket.quantity for ticket in tickets] == [-2, 2]
    group = tickets[0].group_order_manager
    assert group is not None
    assert (group.id, group.quantity, group.order_ids) == (1, 2.0, [1, 2])


def test_cancel_is_pending_at_once_and_done_at_the_next_scan(desk: Desk, stock: Security) -> None:
    ticket = desk.algorithm.limit_order(stock.symbol, 100, 91.0)
    assert ticket.cancel("no longer wanted").is_success
    assert ticket.status is OrderStatus.CANCEL_PENDING
    again = ticket.cancel()
    assert (again.is_error, again.error_message) == (True, "Cancellation is already in progress.")
    assert ticket.update_quantity(5).is_success  # accepted, then dropped without an event: equity_orders_daily_ib, step 12
    desk.step()
    assert desk.story() == [(1, "SUBMITTED"), (1, "CANCEL_PENDING"), (1, "CANCELED")]
    assert (ticket.tag, ticket.quantity) == ("no longer wanted", 100)
    assert ticket.update_quantity(5).error_code is OrderResponseErrorCode.INVALID_ORDER_STATUS
    assert ticket.update_tag("kept").is_success
    desk.step()
    assert ticket.tag == "kept"
    assert ticket.cancel().is_error
    assert desk.errors == []


def test_an_update_may_fill_on_the_bar_already_seen(desk: Desk, stock: Security) -> None:
    ticket = desk.algorithm.limit_order(stock.symbol, 100, 91.47)
    minute_later(desk, stock)
    desk.step()
    assert ticket.update(UpdateOrderFields(quantity=60, limit_price=184.46, tag="moved")).is_success
    assert desk.story() == [(1, "SUBMITTED")]
    desk.step()
    assert desk.story() == [(1, "SUBMITTED"), (1, "UPDATE_SUBMITTED"), (1, "FILLED")]  # equity_orders_minute_ib, order 8
    assert (ticket.quantity, ticket.tag, ticket.average_fill_price) == (60, "moved", stock.price)


def test_a_submission_drains_the_queue_and_looks_at_everything_that_waits(desk: Desk, stock: Security) -> None:
    resting = desk.algorithm.limit_order(stock.symbol, 10, 91.0)
    minute_later(desk, stock)
    resting.update_limit_price(190.0)
    desk.algorithm.limit_order(stock.symbol, 20, 91.0)
    assert desk.story() == [(1, "SUBMITTED"), (1, "UPDATE_SUBMITTED"), (2, "SUBMITTED"), (1, "FILLED")]


def test_update_of_a_leg_is_the_groups_and_a_cancel_takes_all_legs(desk: Desk, stock: Security) -> None:
    front, back = (desk.option(stock, OptionRight.CALL, 182.5, day, 1.0, Resolution.MINUTE) for day in (EXPIRY, datetime(2017, 2, 24)))
    first, second = desk.algorithm.combo_limit_order([Leg.create(front.symbol, -1), Leg.create(back.symbol, 1)], 2, -0.5)
    assert first.update(UpdateOrderFields(quantity=1, limit_price=-0.75)).is_success
    second.cancel("pulled")
    desk.step()
    # option_orders_goog_ib, orders 16 and 17
    assert desk.story()[2:] == [(2, "CANCEL_PENDING"), (1, "UPDATE_SUBMITTED"), (1, "CANCELED"), (2, "CANCELED")]
    assert (first.quantity, second.quantity, first.tag, second.tag) == (-1, 1, "", "pulled")
    group = first.group_order_manager
    assert group is not None
    assert (group.quantity, group.limit_price) == (1, -0.75)


def test_prices_are_rounded_half_even_and_it_is_said_once(desk: Desk, stock: Security) -> None:
    first = desk.algorithm.stop_market_order(stock.symbol, -10, 62.6868)
    second = desk.algorithm.stop_market_order(stock.symbol, -10, 62.685)
    assert (getattr(first.order, "stop_price", 0), getattr(second.order, "stop_price", 0)) == (62.69, 62.68)
    assert desk.errors == ["Warning: To meet brokerage precision requirements, order StopPrice was rounded to 62.69 from 62.686800"]


def test_a_trailing_stop_starts_at_the_price_and_says_its_amount(desk: Desk, stock: Security) -> None:
    ticket = desk.algorithm.trailing_stop_order(stock.symbol, -20, 0.01, True)
    assert ticket.tag == "Trailing Amount: 1.00%"
    assert getattr(ticket.order, "stop_price", None) == pytest.approx(round(stock.price * 0.99, 2))
    explicit = desk.algorithm.trailing_stop_order(stock.symbol, 20, 190.0, 2.5, False)
    assert (getattr(explicit.order, "stop_price", None), explicit.tag) == (190.0, "Trailing Amount: $2.5")


def test_too_little_buying_power_is_invalid_without_submission(desk: Desk, stock: Security) -> None:
    ticket = desk.algorithm.market_order(stock.symbol, -2000, tag="short")
    assert desk.story() == [(1, "INVALID")]
    assert (ticket.status, ticket.tag, ticket.order_id) == (OrderStatus.INVALID, "short", 1)
    assert desk.errors == desk.algorithm.messages_heard
    assert desk.errors[0].startswith("Order Error: ids: [1], Insufficient buying power to complete orders (Value:[-36")


@pytest.mark.parametrize(
    ("quantity", "text"),
    [(0, "Unable to submit order with id -10 that has zero quantity."), (0.5, "less than lot size")],
)
def test_a_refused_request_has_no_id_and_no_order(desk: Desk, stock: Security, quantity: float, text: str) -> None:
    ticket = desk.algorithm.limit_order(stock.symbol, quantity, 180.0)
    assert (ticket.order_id, ticket.status, ticket.order) == (-10, OrderStatus.INVALID, None)
    assert desk.story() == []
    assert text in desk.errors[0]
    assert desk.transactions.manager.orders_count == 0


def test_market_on_open_is_refused_in_hours_and_a_market_order_becomes_one_outside(desk: Desk, stock: Security) -> None:
    assert desk.algorithm.market_on_open_order(stock.symbol, 30).status is OrderStatus.INVALID
    assert desk.errors == ["Cannot submit a MarketOnOpen order while the market is open."]
    desk.at(2017, 2, 8, 16, 0)
    first, second = desk.algorithm.market_order(stock.symbol, 10), desk.algorithm.market_order(stock.symbol, 10)
    assert {first.order_type, second.order_type} == {OrderType.MARKET_ON_OPEN}
    assert len(desk.notes) == 1, "said once"
    assert desk.notes[0].startswith("Warning: market orders submitted while the market is closed")


def test_a_daily_stock_in_hours_goes_to_the_close_or_near_it_to_the_next_open_with_one_warning(desk: Desk) -> None:
    stock = desk.stock(price=68.4)
    early = desk.algorithm.market_order(stock.symbol, 2)
    desk.at(2017, 2, 8, 15, 50)
    late = desk.algorithm.market_order(stock.symbol, 2)
    assert (early.order_type, late.order_type) == (OrderType.MARKET_ON_CLOSE, OrderType.MARKET_ON_OPEN)
    assert len(desk.notes) == 1, "both are the conversion of daily data in hours"
    assert desk.notes[0].startswith("Warning: market orders on daily resolution data sent during market hours")


def test_a_daily_option_in_hours_becomes_market_on_close_which_ib_refuses(desk: Desk) -> None:
    option = desk.option(desk.stock(price=68.4), OptionRight.CALL, 68.5, EXPIRY, price=1.0)
    ticket = desk.algorithm.market_order(option.symbol, 2)
    assert (ticket.order_type, ticket.status) == (OrderType.MARKET_ON_CLOSE, OrderStatus.INVALID)
    assert desk.errors[0] == (
        "BrokerageModel declared unable to submit order: [1] Warning - Code: Unsupported order type for Option security type - "
        "InteractiveBrokers does not support Market-on-Close orders for other security types different than Future and Equity."
    )  # combo_calendar_daily, order 26
    assert desk.notes == [], "an order that is refused is not announced as converted"


def test_no_price_no_order(desk: Desk) -> None:
    desk.algorithm.market_order(desk.stock("TWX").symbol, 1)
    assert desk.errors[0].startswith("TWX: The security does not have an accurate price")


def test_day_and_date_orders_lapse_at_the_close(desk: Desk, stock: Security) -> None:
    properties = desk.default_order_properties
    properties.time_in_force = TimeInForce.DAY
    day = desk.algorithm.limit_order(stock.symbol, 10, 91.0)
    properties.time_in_force = TimeInForce.good_til_date(datetime(2017, 2, 9))
    dated = desk.algorithm.limit_order(stock.symbol, 20, 91.0)
    properties.time_in_force = TimeInForce.GOOD_TIL_CANCELED
    standing = desk.algorithm.limit_order(stock.symbol, 30, 91.0)
    desk.at(2017, 2, 8, 16, 0)
    desk.step()
    assert (day.status, dated.status, day.order_events[-1].message) == (
        OrderStatus.CANCELED,
        OrderStatus.SUBMITTED,
        "The order has expired.",
    )
    desk.at(2017, 2, 9, 16, 0)
    desk.step()
    assert (dated.status, standing.status) == (OrderStatus.CANCELED, OrderStatus.SUBMITTED)
    assert [order.id for order in desk.transactions.manager.get_open_orders("IBM")] == [3]


def test_liquidate_cancels_then_closes_symbol_by_symbol(desk: Desk, stock: Security) -> None:
    algorithm = desk.algorithm
    algorithm.market_order(stock.symbol, 100)
    resting = algorithm.limit_order(stock.symbol, 10, 91.0)
    tickets = algorithm.liquidate()
    assert desk.story()[3:] == [
        (2, "CANCEL_PENDING"),
        (2, "CANCELED"),
        (3, "SUBMITTED"),
        (3, "FILLED"),
    ]  # equity_orders_minute_ib, order 14
    assert (resting.tag, tickets[-1].tag, tickets[-1].quantity) == ("Liquidated", "Liquidated", -100)
    assert not desk.portfolio.invested


@pytest.mark.parametrize(
    ("legs", "price", "problem"),
    [((2, -4), 1.0, "common divisor 2"), ((1, -1), 0.0, "must not be zero")],
)
def test_combos_that_lean_refuses(desk: Desk, stock: Security, legs: tuple[int, int], price: float, problem: str) -> None:
    options = [desk.option(stock, OptionRight.CALL, strike, EXPIRY, 1.0) for strike in (180.0, 185.0)]
    pair = [Leg.create(option.symbol, ratio) for option, ratio in zip(options, legs, strict=True)]
    with pytest.raises(InvalidRequest, match=problem):
        desk.algorithm.combo_limit_order(pair, 1, price)
    with pytest.raises(InvalidRequest, match="order_price"):
        desk.algorithm.combo_leg_limit_order(pair, 1)


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("limit"), st.integers(-3, 3), st.sampled_from([170.0, 182.5, 195.0])),
        st.tuples(st.just("market"), st.integers(-3, 3), st.just(0.0)),
        st.tuples(st.just("cancel"), st.integers(0, 9), st.just(0.0)),
        st.tuples(st.just("update"), st.integers(0, 9), st.sampled_from([170.0, 182.5, 195.0])),
        st.tuples(st.just("step"), st.integers(0, 1), st.just(0.0)),
    ),
    max_size=30,
)


def act(desk: Desk, stock: Security, tickets: list[OrderTicket], action: tuple[str, int, float]) -> None:
    """Do one thing an algorithm might do."""
    kind, number, price = action
    if kind == "limit":
        tickets.append(desk.algorithm.limit_order(stock.symbol, number, price))
    elif kind == "market":
        tickets.append(desk.algorithm.market_order(stock.symbol, number))
    elif kind == "step":
        minute_later(desk, stock)
        desk.step()
    elif tickets:
        ticket = tickets[number % len(tickets)]
        ticket.cancel() if kind == "cancel" else ticket.update_limit_price(price)


@given(ACTIONS)
def test_only_possible_changes_of_status_happen_and_every_fill_is_held(actions: list[tuple[str, int, float]]) -> None:
    desk = Desk()
    stock = desk.stock("IBM", 182.5, Resolution.MINUTE)
    desk.quote(stock, 182.4, 182.6)
    tickets: list[OrderTicket] = []
    for action in actions:
        act(desk, stock, tickets, action)
    by_order: dict[int, list[OrderEvent]] = {}
    for event in desk.algorithm.events:
        by_order.setdefault(event.order_id, []).append(event)
    for events in by_order.values():
        assert [event.id for event in events] == list(range(1, len(events) + 1))
        states = ["NEW", *(str(event.status) for event in events)]
        assert all(after in STATUS_AFTER[before] for before, after in pairwise(states)), states
    assert stock.holdings.quantity == sum(event.fill_quantity for event in desk.algorithm.events)
    assert desk.transactions.manager.orders_count == len(by_order)


def test_a_combo_that_lapses_takes_its_legs_with_it_once(desk: Desk, stock: Security) -> None:
    front, back = (desk.option(stock, OptionRight.CALL, 182.5, day, 1.0, Resolution.MINUTE) for day in (EXPIRY, datetime(2017, 2, 24)))
    desk.default_order_properties.time_in_force = TimeInForce.DAY
    desk.algorithm.combo_limit_order([Leg.create(front.symbol, -1), Leg.create(back.symbol, 1)], 1, -0.5)
    desk.at(2017, 2, 8, 16, 0)
    desk.step()
    desk.step()
    assert desk.story()[2:] == [(1, "CANCELED"), (2, "CANCELED")]


def test_an_event_can_be_made_from_an_order_as_on_lean(desk: Desk, stock: Security) -> None:
    order = LimitOrder(stock.symbol, -50, desk.utc_now())
    order.id, order.limit_price = 7, 1.5
    event = OrderEvent(order, desk.utc_now(), OrderFee.ZERO, "said")  # type: ignore[arg-type, call-arg]  # LEAN's second constructor
    assert (event.order_id, event.quantity, event.limit_price, event.message) == (7, -50, 1.5, "said")
    assert str(event.direction) == "SELL"


def test_orders_inside_order_events_are_processed(desk: Desk, stock: Security) -> None:
    heard = desk.algorithm.on_order_event

    def answer(order_event: OrderEvent) -> None:
        heard(order_event)
        if order_event.order_id == 1 and order_event.status is OrderStatus.FILLED:
            desk.algorithm.market_order(stock.symbol, -100)

    desk.algorithm.on_order_event = answer  # type: ignore[method-assign]  # an algorithm that trades in its callback
    desk.algorithm.market_order(stock.symbol, 100)
    assert desk.story() == [(1, "SUBMITTED"), (1, "FILLED"), (2, "SUBMITTED"), (2, "FILLED")]
    assert stock.holdings.quantity == 0


def test_queries(desk: Desk, stock: Security) -> None:
    manager = desk.transactions.manager
    desk.algorithm.market_order(stock.symbol, 100)
    resting = desk.algorithm.limit_order(stock.symbol, 10, 91.0)
    assert [order.id for order in manager.get_orders(lambda order: order.quantity > 50)] == [1]
    assert [ticket.order_id for ticket in manager.get_order_tickets(stock.symbol)] == [1, 2]
    assert (manager.get_open_orders_remaining_quantity(), manager.last_order_id, manager.wait_for_order(1), manager.wait_for_order(2)) == (
        10,
        2,
        True,
        False,
    )
    assert manager.get_order_by_id(3) is None
    assert resting.get(OrderField.LIMIT_PRICE) == 91.0
    assert resting.get_most_recent_order_response().is_success
    assert [ticket.order_id for ticket in manager.cancel_open_orders(stock.symbol, "away")] == [2]
    assert resting.status is OrderStatus.CANCEL_PENDING
    missing = desk.transactions.cancel(99, None)
    assert missing.error_code is OrderResponseErrorCode.UNABLE_TO_FIND_ORDER


def test_texts_are_leans(desk: Desk, stock: Security) -> None:
    ticket = desk.algorithm.market_order(stock.symbol, 1, tag="small")
    desk.algorithm.limit_order(stock.symbol, -100, 190.5)
    assert str(desk.algorithm.events[1]) == (
        "Time: 02/08/2017 15:00:00 OrderID: 1 EventID: 2 Symbol: IBM Status: Filled Quantity: 1 "
        "FillQuantity: 1 FillPrice: $182.55 OrderFee: 1 USD"
    )
    assert desk.algorithm.events[2].to_string().endswith("Symbol: IBM Status: Submitted Quantity: -100 LimitPrice: $190.5")
    assert (
        ticket.to_string() == "1: OrderId: 1 (BrokerId: 1) Filled Market order for 1 unit of IBM: small Request Count: 1 Response Count: 1"
    )
    assert str(desk.transactions.orders[2]) == "OrderId: 2 (BrokerId: 2) Submitted Limit order for -100 units of IBM"
