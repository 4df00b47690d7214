"""Orders to a gateway: what leaves, under whose name, what is told of it, and what is never believed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from broker_desk import CALENDAR, NAMES, Connect, Desk
from fake_gateway import FakeGateway
from gateway_faults.playing import FRONT

from alaris.broker import BrokerUnavailable, ComboOrder, ConnectionState, Notice, NotSent, OrderFill, Share
from alaris.domain import InvalidInput
from alaris.workflow.order_state import Event, OrderState

REF, TIF, LIMIT, ACTION, ACCOUNT = 26, 21, 19, 16, 23  # fields of placeOrder, ibkr.md 3.4


def test_a_calendar_leaves_as_one_guaranteed_combo_under_our_key(desk: Desk, fake: FakeGateway) -> None:
    desk.place("YUM|1")
    desk.await_event(Event.ACKNOWLEDGE, "YUM|1")
    (sent,) = desk.sent(3)
    assert (sent[4], sent[ACTION], sent[LIMIT], sent[TIF], sent[REF], sent[ACCOUNT]) == ("BAG", "BUY", "1.15", "DAY", "YUM|1", "DU1234567")
    assert sent[35] == "2"
    assert [sent[36:40], sent[44:48]] == [["1006", "1", "SELL", "SMART"], ["1016", "1", "BUY", "SMART"]]
    assert sent[53:56] == ["1", "NonGuaranteed", "0"]


def test_its_fill_is_told_by_leg_and_for_the_combo_and_counts_once(desk: Desk) -> None:
    desk.place()
    desk.until(lambda: desk.order().state is OrderState.FILLED and desk.order().executions.fees_paid() == Decimal("2.60"), "filled, fees")
    order = desk.order()
    assert order.executions.positions() == {NAMES[0]: -2, NAMES[1]: 2}
    # natural: back ask 2.15 - front bid 1.00 = 1.15 a share; 2 contracts of 100 shares, four contracts at 0.65 USD
    assert order.executions.cash(100) == Decimal("-230.00") - Decimal("2.60")
    assert [fill.report.price for fill in desk.heard(OrderFill) if not fill.report.contract] == [Decimal("1.15")]


def test_a_credit_leaves_as_a_negative_limit_of_the_reversed_legs(desk: Desk, fake: FakeGateway) -> None:
    reversed_legs = tuple((leg, -ratio) for leg, ratio in CALENDAR)
    desk.gateway.place(ComboOrder("OUT|1", reversed_legs, 1, Decimal("-0.90")))  # natural credit: 2.00 - 1.10 = 0.90
    desk.until(lambda: fake.positions == {1006: 1, 1016: -1}, "filled at the natural credit")
    assert desk.sent(3)[0][LIMIT] == "-0.9"


def test_a_single_leg_leaves_on_its_own_side_at_its_own_price(desk: Desk, fake: FakeGateway) -> None:
    desk.gateway.place(ComboOrder("LEG|1", ((FRONT, -1),), 3, Decimal("-1.00")))
    desk.gateway.place(ComboOrder("SHARE|1", ((Share("YUM"), 1),), 100, Decimal("67.01")))
    desk.until(lambda: fake.positions == {1006: -3, 1001: 100}, "both filled")
    option, share = desk.sent(3)
    assert (option[4], option[ACTION], option[LIMIT]) == ("OPT", "SELL", "1.0")
    assert (share[4], share[ACTION], share[LIMIT]) == ("STK", "BUY", "67.01")


def test_a_rung_changes_the_limit_of_the_same_order(desk: Desk, fake: FakeGateway) -> None:
    desk.place(limit="1.05")
    desk.await_event(Event.ACKNOWLEDGE)
    desk.gateway.replace("K|1", Decimal("1.15"))
    desk.until(lambda: desk.order().state is OrderState.FILLED, "filled at the second rung")
    first, second = desk.sent(3)
    assert (first[1], first[LIMIT], second[1], second[LIMIT]) == (first[1], "1.05", first[1], "1.15")
    assert second[35:48] == first[35:48]


def test_a_cancellation_is_confirmed_by_the_broker_and_not_before(desk: Desk, fake: FakeGateway) -> None:
    fake.plan("rests")
    desk.place()
    desk.await_event(Event.ACKNOWLEDGE)
    assert desk.order().state is OrderState.WORKING
    desk.gateway.cancel("K|1")
    desk.await_event(Event.CONFIRM_CANCEL)
    assert desk.order().state is OrderState.CANCELLED


def test_a_rejection_carries_the_brokers_words(desk: Desk, fake: FakeGateway) -> None:
    fake.plan("rejects")
    desk.place()
    said = desk.await_event(Event.REJECT)
    assert (said.code, said.text) == (201, "Order rejected - reason:insufficient equity")
    assert desk.order().state is OrderState.REJECTED


@pytest.mark.parametrize("code", [399, 10349, 19999])
def test_a_message_on_a_working_order_ends_nothing(desk: Desk, fake: FakeGateway, code: int) -> None:
    fake.plan("rests")
    desk.place()
    desk.await_event(Event.ACKNOWLEDGE)
    fake.inject_error(fake.order("K|1").order_id, code, "as the gateway words it")
    desk.until(lambda: any((notice.code, notice.key) == (code, "K|1") for notice in desk.heard(Notice)), "the notice")
    assert desk.order().state is OrderState.WORKING
    fake.fill("K|1")
    desk.until(lambda: desk.order().state is OrderState.FILLED, "filled all the same")


def test_a_price_off_the_grid_rejects_a_new_order_and_only_the_change_of_a_working_one(desk: Desk, fake: FakeGateway) -> None:
    fake.plan("mute")
    desk.place("NEW|1")
    desk.until(lambda: len(desk.sent(3)) == 1, "sent")
    fake.inject_error(fake.order("NEW|1").order_id, 110, "The price does not conform to the minimum price variation")
    desk.await_event(Event.REJECT, "NEW|1")
    fake.plan("rests")
    desk.place("OLD|1")
    desk.await_event(Event.ACKNOWLEDGE, "OLD|1")
    fake.inject_error(fake.order("OLD|1").order_id, 110, "The price does not conform to the minimum price variation")
    desk.until(lambda: any(notice.key == "OLD|1" and notice.code == 110 for notice in desk.heard(Notice)), "the notice")
    assert desk.order("OLD|1").state is OrderState.WORKING


def test_one_leg_alone_is_seen_as_uneven(desk: Desk, fake: FakeGateway) -> None:
    fake.plan("one_leg")
    desk.place()
    desk.until(lambda: desk.order().executions.positions() == {NAMES[0]: -2}, "the short leg alone")
    assert desk.order().is_uneven
    assert desk.order().state is OrderState.PARTLY_FILLED


def test_repeated_messages_and_corrections_count_once(desk: Desk, fake: FakeGateway) -> None:
    fake.plan("twice")
    desk.place()
    desk.until(lambda: desk.order().state is OrderState.FILLED, "filled")
    sold = next(one for one in fake.executions if one.contract.con_id == 1006)
    fake.correct(sold, 1.02)
    desk.until(lambda: desk.order().executions.cash(100) + desk.order().executions.fees_paid() == Decimal("-226.00"), "corrected")
    assert desk.order().executions.positions() == {NAMES[0]: -2, NAMES[1]: 2}


def test_a_fill_after_the_cancellation_is_believed(desk: Desk, fake: FakeGateway) -> None:
    fake.plan("rests")
    desk.place()
    desk.gateway.cancel("K|1")
    desk.await_event(Event.CONFIRM_CANCEL)
    fake.fill("K|1")
    desk.until(lambda: desk.order().state is OrderState.FILLED, "filled")


def test_cancelling_a_filled_order_is_refused_and_nothing_is_believed_cancelled(desk: Desk) -> None:
    desk.place()
    desk.until(lambda: desk.order().state is OrderState.FILLED, "filled")
    desk.gateway.cancel("K|1")
    assert desk.await_event(Event.REFUSE_CANCEL).code == 10148
    assert desk.order().state is OrderState.FILLED


def test_nobody_changes_another_clients_order_but_the_global_cancel_reaches_it(connect: Connect, fake: FakeGateway) -> None:
    fake.plan("rests")
    owner = connect(33)
    owner.place()
    owner.await_event(Event.ACKNOWLEDGE)
    other = connect(32)
    with pytest.raises(NotSent, match=r"order 'K\|1' is client 33's"):
        other.gateway.cancel("K|1")
    assert not other.sent(4)
    assert other.gateway.picture(1).open_orders == frozenset({"K|1"})
    other.gateway.cancel_everything()
    owner.await_event(Event.CONFIRM_CANCEL)


def test_an_order_of_an_earlier_connection_can_be_changed_and_cancelled(connect: Connect, fake: FakeGateway) -> None:
    fake.plan("rests")
    first = connect(33)
    first.place(limit="1.05")
    first.await_event(Event.ACKNOWLEDGE)
    first.gateway.stop()
    second = connect(33)
    second.gateway.replace("K|1", Decimal("1.10"))
    second.until(lambda: len(second.sent(3)) == 2, "the change arrived")
    assert [sent[1] for sent in second.sent(3)] == [second.sent(3)[0][1]] * 2
    assert fake.order("K|1").limit == "1.1"
    second.gateway.cancel("K|1")
    second.await_event(Event.CONFIRM_CANCEL)


def test_a_key_is_placed_once(desk: Desk, fake: FakeGateway) -> None:
    desk.place()
    with pytest.raises(NotSent, match="was placed before"):
        desk.place()
    assert len(desk.sent(3)) == 1


def test_nothing_is_sent_while_the_servers_are_lost_but_cancellations(desk: Desk, fake: FakeGateway) -> None:
    fake.plan("rests")
    desk.place()
    desk.await_event(Event.ACKNOWLEDGE)
    fake.inject_error(-1, 1100, "Connectivity between IB and Trader Workstation has been lost.")
    desk.await_state(ConnectionState.DEGRADED)
    with pytest.raises(NotSent, match="is DEGRADED"):
        desk.place("K|2")
    with pytest.raises(NotSent, match="is DEGRADED"):
        desk.gateway.replace("K|1", Decimal("1.20"))
    desk.gateway.cancel("K|1")
    desk.await_event(Event.CONFIRM_CANCEL)
    assert len(desk.sent(3)) == 1


def test_nothing_is_sent_to_a_gateway_that_is_gone(desk: Desk, fake: FakeGateway, expected_errors: list[str]) -> None:
    expected_errors += ["API connection failed", "Make sure API port"]
    fake.refuse()
    desk.await_state(ConnectionState.DOWN)
    asks: tuple[Callable[[], None], ...] = (desk.place, lambda: desk.gateway.cancel("K|1"), desk.gateway.cancel_everything)
    for ask in asks:
        with pytest.raises(NotSent):
            ask()
    assert not fake.sent(3)


def test_the_listener_cannot_ask_on_the_thread_that_tells_it(fake: FakeGateway, connect: Connect) -> None:
    desk = connect(ready=False)
    refused: list[str] = []

    def ask(event: object) -> None:
        if isinstance(event, Notice) and not refused:
            try:
                desk.gateway.server_time(1)
            except BrokerUnavailable as error:
                refused.append(str(error))

    desk.gateway._listener = ask
    fake.inject_error(-1, 2104, "Market data farm connection is OK:usfarm")
    desk.until(lambda: bool(refused), "the refusal")
    assert "from its own thread" in refused[0]


@pytest.mark.parametrize(
    ("key", "contracts", "limit", "said"),
    [("", 1, "1", "key"), ("schlüssel", 1, "1", "key"), ("K", 0, "1", "legs"), ("K", 1, "NaN", "limit")],
)
def test_an_order_of_nothing_is_refused(key: str, contracts: int, limit: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{said}: "):
        ComboOrder(key, CALENDAR, contracts, Decimal(limit))
