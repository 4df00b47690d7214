"""Faults of orders: rejected, late, silent, lost on the way, filled in parts, corrected, cancelled by others; nothing is sent twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from time import sleep

from alaris.broker import ComboOrder, ConnectionState, Gateway, GatewayAddress, Notice, NotSent, OutcomeUnknown
from alaris.broker.contracts import instrument_of
from alaris.operations.cancelling import cancel_all_of_login, cancel_ours
from alaris.records.reconciliation import Finding
from alaris.workflow.order_state import OrderState
from gateway_cases.bench import BACK, BACK_ID, FRONT, FRONT_ID, Bench, Fault, brokers_positions


def rejected(code: int, text: str) -> Callable[[Bench], str]:
    """An order that the broker refuses by a code."""

    def play(bench: Bench) -> str:
        bench.ready()
        key = bench.enter("mute")
        bench.fake.inject_error(bench.fake.order(key).order_id, code, text)
        assert bench.comes_to(key, OrderState.REJECTED)
        bench.fake.end(key)
        return "REJECTED with its text; another attempt needs another key"

    return play


def margin(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("rejects")
    assert bench.comes_to(key, OrderState.REJECTED)
    bench.desk.reconcile()
    assert bench.state(key) is OrderState.REJECTED
    return "201 insufficient equity: REJECTED, and so after reconciling"


def cancelled_by_the_broker(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("rests")
    assert bench.comes_to(key, OrderState.WORKING)
    bench.fake.end(key)
    assert bench.comes_to(key, OrderState.CANCELLED)
    return "202: CANCELLED, nothing sent again"


def message_on_a_working_order(code: int, text: str) -> Callable[[Bench], str]:
    """A code that does not end an order, whatever the library makes of it."""

    def play(bench: Bench) -> str:
        bench.ready()
        key = bench.enter("rests")
        assert bench.comes_to(key, OrderState.WORKING)
        bench.fake.inject_error(bench.fake.order(key).order_id, code, text)
        assert bench.until(lambda: any(isinstance(event, Notice) and event.code == code for event in bench.seen))
        assert bench.state(key) is OrderState.WORKING
        bench.fake.fill(key)
        assert bench.comes_to(key, OrderState.FILLED)
        return "noted; the order stayed WORKING and filled"

    return play


def refused_change(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("rests")
    assert bench.comes_to(key, OrderState.WORKING)
    bench.fake.fill(key)
    with suppress(NotSent, OutcomeUnknown):
        bench.gateway.replace(key, Decimal("1.20"))
    assert bench.comes_to(key, OrderState.FILLED)
    assert brokers_positions(bench.fake) == {FRONT: -2, BACK: 2}
    return "104: the fill stood, no second one"


def late_acknowledgement(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("mute")
    sleep(0.3)
    bench.lost()
    assert bench.state(key) is OrderState.UNKNOWN
    bench.fake.acknowledge(key)
    assert bench.comes_to(key, OrderState.WORKING)
    bench.fake.fill(key)
    assert bench.comes_to(key, OrderState.FILLED)
    return "UNKNOWN until it came, never sent again; then WORKING, FILLED"


def never_acknowledged(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("mute")
    bench.lost()
    bench.desk.reconcile()  # the gateway lists it as open
    assert bench.state(key) is OrderState.WORKING
    cancel_ours(bench.desk, 2.0)
    assert bench.comes_to(key, OrderState.CANCELLED)
    return "found among the open orders, cancelled"


def dropped_after_placing(plan: str, state: OrderState) -> Callable[[Bench], str]:
    """The connection goes as soon as the order left; callbacks are lost."""

    def play(bench: Bench) -> str:
        bench.ready()
        key = bench.enter(plan)
        bench.drop()
        bench.lost()
        bench.back()
        assert bench.state(key) is state, bench.state(key)
        if state is OrderState.WORKING:
            cancel_ours(bench.desk, 2.0)
        return f"UNKNOWN, then {state.value} by what the broker says; not sent again"

    return play


def never_arrived(bench: Bench) -> str:
    bench.ready()
    bench.fake.fault("mute", {3})  # the gateway takes the bytes and forgets them
    key = bench.enter()
    bench.drop()
    bench.fake.fault("mute", None)
    bench.lost()
    bench.back()
    assert bench.state(key) is OrderState.ABSENT
    return "UNKNOWN, then ABSENT by open orders, completed orders and executions"


def placed_while_down(bench: Bench) -> str:
    bench.ready()
    bench.fake.refuse()
    assert bench.until(lambda: bench.gateway.state is not ConnectionState.READY)
    key = bench.intend()
    try:
        bench.send(key)
    except NotSent:
        bench.lost()
    bench.fake.accept()
    bench.back()
    assert bench.fake.sent(3) == []
    assert bench.state(key) is OrderState.ABSENT
    return "NotSent: nothing left; ABSENT after reconciling"


def parts(plan: str) -> Callable[[Bench], str]:
    """Half the contracts, then the rest."""

    def play(bench: Bench) -> str:
        bench.ready()
        key = bench.enter(plan, contracts=4)
        assert bench.comes_to(key, OrderState.PARTLY_FILLED)
        assert bench.desk.book.order(key).whole == 2
        bench.fake.fill(key)
        assert bench.comes_to(key, OrderState.FILLED)
        return "PARTLY_FILLED 2 of 4, then FILLED; the combo's own report moved nothing"

    return play


def one_leg(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("one_leg")
    assert bench.comes_to(key, OrderState.PARTLY_FILLED)
    assert bench.desk.book.order(key).is_uneven
    bench.fake.fill_leg(key, BACK_ID, 2)
    assert bench.comes_to(key, OrderState.FILLED)
    return "seen as uneven, not as a calendar; whole when the other leg came"


def one_leg_then_cancelled(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("one_leg")
    assert bench.comes_to(key, OrderState.PARTLY_FILLED)
    bench.fake.end(key)
    assert bench.comes_to(key, OrderState.CANCELLED)
    order = bench.desk.book.order(key)
    assert order.is_uneven
    assert order.executions.positions() == {FRONT: -2}
    return "CANCELLED and uneven: the naked leg is known and counted"


def repeated(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("twice")
    assert bench.comes_to(key, OrderState.FILLED)
    order = bench.desk.book.order(key)
    assert order.executions.positions() == {FRONT: -2, BACK: 2}
    assert bench.until(lambda: bench.desk.book.order(key).executions.fees_paid() == Decimal("2.60"))  # 2 legs x 2 contracts x 0.65
    return "every message twice: positions and fees counted once"


def corrected(bench: Bench) -> str:
    bench.ready()
    key = bench.enter()
    assert bench.comes_to(key, OrderState.FILLED)
    first = next(one for one in bench.fake.executions if one.contract.con_id == FRONT_ID)
    bench.fake.correct(first, 0.91)
    paid = Decimal("-0.91") * -2 - Decimal("2.15") * 2
    assert bench.until(lambda: bench.desk.book.order(key).executions.cash(1) + bench.desk.book.order(key).executions.fees_paid() == paid)
    return "the higher number held: 0.91 for 1.00, counted once"


def uneven_reports(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("rests")
    assert bench.comes_to(key, OrderState.WORKING)
    bench.fake.fill_leg(key, BACK_ID, 1)
    bench.fake.fill_leg(key, FRONT_ID, 2)
    bench.fake.fill_leg(key, BACK_ID, 1)
    assert bench.comes_to(key, OrderState.FILLED)
    return "legs in pieces and out of turn: FILLED when all were there"


def filled_while_cancelling(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("rests")
    assert bench.comes_to(key, OrderState.WORKING)
    bench.fake.fault("mute", {4})
    bench.desk.request_cancel(key)
    assert bench.state(key) is OrderState.CANCEL_SENT
    bench.fake.fill(key)
    assert bench.comes_to(key, OrderState.FILLED)
    bench.fake.fault("mute", None)
    return "CANCEL_SENT, then FILLED: positions counted"


def filled_after_cancelled(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("rests")
    assert bench.comes_to(key, OrderState.WORKING)
    bench.desk.request_cancel(key)
    assert bench.comes_to(key, OrderState.CANCELLED)
    bench.fake.fill(key)
    assert bench.comes_to(key, OrderState.FILLED)
    return "the late fill was counted; FILLED, not sent again"


def refused_cancel(*, filled: bool) -> Callable[[Bench], str]:
    """10148 of a filled order; 10147 of one that this client does not own."""

    def play(bench: Bench) -> str:
        bench.ready()
        key = bench.enter("rests")
        assert bench.comes_to(key, OrderState.WORKING)
        bench.fake.fault("mute", {4})
        bench.desk.request_cancel(key)
        assert bench.until(lambda: bench.fake.sent(4) != [])  # and was not answered
        bench.fake.fault("mute", None)
        if filled:
            bench.fake.inject_error(
                bench.fake.order(key).order_id, 10148, "OrderId that needs to be cancelled cannot be cancelled, state: Filled."
            )
            bench.fake.fill(key)
            assert bench.comes_to(key, OrderState.FILLED)
            return "the refusal was not taken for a cancellation; FILLED"
        bench.fake.inject_error(bench.fake.order(key).order_id, 10147, "OrderId that needs to be cancelled is not found.")
        assert bench.comes_to(key, OrderState.WORKING)
        cancel_ours(bench.desk, 2.0)
        assert bench.comes_to(key, OrderState.CANCELLED)
        return "the library believes it gone; we asked: WORKING, then cancelled"

    return play


def foreign_order(bench: Bench) -> str:
    bench.ready()
    with_other(bench, "a hand|1")
    found = bench.desk.reconcile()
    assert [one.finding for one in found] == [Finding.FOREIGN_ORDER]
    outcome = cancel_ours(bench.desk, 1.0)
    assert outcome.foreign == ("a hand|1",)
    try:
        bench.gateway.cancel("a hand|1")
    except NotSent:
        bench.fake.end("a hand|1")
    else:
        raise AssertionError("another client's order was cancelled in our name")
    return "named, entries halt, left alone: only its owner may cancel it"


def with_other(bench: Bench, key: str) -> None:
    """Another program of the same login places an order."""
    bench.fake.plan("rests")
    other = Gateway(GatewayAddress(port=bench.fake.port, client_id=90), None)
    other.start()
    try:
        assert other.wait_ready(5.0)
        other.place(ComboOrder(key, ((instrument_of(BACK), 1),), 1, Decimal("0.05")))
        assert bench.until(lambda: any(frame[26] == key for frame in bench.fake.sent(3)))
    finally:
        other.stop()


def global_cancel(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("rests")
    assert bench.comes_to(key, OrderState.WORKING)
    with_other(bench, "a hand|2")
    outcome = cancel_all_of_login(bench.desk, "DU1234567", 2.0)
    assert outcome.is_clean
    assert outcome.ended == {"a hand|2": "cancelled, not ours", key: "CANCELLED"}
    return "everything of the login gone, ours told from the others'"


def assigned(bench: Bench) -> str:
    bench.ready()
    key = bench.enter()
    assert bench.comes_to(key, OrderState.FILLED)
    bench.desk.reconcile()
    bench.fake.assign(FRONT_ID, 2, -200)
    found = {one.of: (one.ours, one.brokers) for one in bench.desk.reconcile() if one.finding is Finding.POSITION_DIFFERS}
    assert found == {FRONT: ("-2", "0"), "YUM": ("0", "-200")}
    bench.fake.assign(FRONT_ID, -2, 200)  # a person bought the shares back and restored the leg
    return "POSITION_DIFFERS by leg and share: the broker is right, entries halt"


def filled_while_servers_were_away(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("rests")
    assert bench.comes_to(key, OrderState.WORKING)
    bench.fake.inject_error(-1, 1100, "Connectivity between IB and TWS has been lost.")
    assert bench.reaches(ConnectionState.DEGRADED)
    bench.lost()
    bench.drop()
    bench.fake.fill(key)
    bench.back()
    assert bench.state(key) is OrderState.FILLED
    return "UNKNOWN meanwhile; MISSED_FILL found at the first picture"


def day_order_expired(bench: Bench) -> str:
    bench.ready()
    key = bench.enter("rests")
    assert bench.comes_to(key, OrderState.WORKING)
    bench.drop()
    bench.lost()
    bench.fake.end(key)
    bench.back()
    assert bench.state(key) is OrderState.CANCELLED
    return "ended while we were away: CANCELLED by the completed orders"


ORDERS = (
    Fault("orders", "201 rejected", rejected(201, "Order rejected - reason:the contract is not available for trading")),
    Fault("orders", "201 margin", margin),
    Fault("orders", "103 duplicate order id", rejected(103, "Duplicate order id")),
    Fault("orders", "110 off the price grid", rejected(110, "The price does not conform to the minimum price variation")),
    Fault(
        "orders",
        "321 read-only gateway",
        rejected(321, "Error validating request.-'bW' : cause - The API interface is currently in Read-Only mode."),
    ),
    Fault("orders", "202 cancelled by the broker", cancelled_by_the_broker),
    Fault(
        "orders", "399 held until the open", message_on_a_working_order(399, "Warning: your order will not be placed at the exchange until")
    ),
    Fault("orders", "10349 preset, spurious", message_on_a_working_order(10349, "Order TIF was set to DAY based on order preset.")),
    Fault("orders", "9999, a code nobody knows", message_on_a_working_order(9999, "something new")),
    Fault("orders", "104 change of a filled order", refused_change),
    Fault("orders", "late acknowledgement", late_acknowledgement),
    Fault("orders", "never acknowledged", never_acknowledged),
    Fault("orders", "dropped after placing: filled", dropped_after_placing("fills", OrderState.FILLED)),
    Fault("orders", "dropped after placing: rests", dropped_after_placing("rests", OrderState.WORKING)),
    Fault("orders", "dropped after placing: rejected", dropped_after_placing("rejects", OrderState.REJECTED)),
    Fault("orders", "the order never arrived", never_arrived),
    Fault("orders", "placed while nobody listens", placed_while_down),
    Fault("orders", "partial contracts", parts("halves")),
    Fault("orders", "partial legs", one_leg),
    Fault("orders", "one leg, then cancelled", one_leg_then_cancelled),
    Fault("orders", "legs in pieces, out of turn", uneven_reports),
    Fault("orders", "every message twice", repeated),
    Fault("orders", "execution corrected", corrected),
    Fault("orders", "filled while cancelling", filled_while_cancelling),
    Fault("orders", "filled after cancelled", filled_after_cancelled),
    Fault("orders", "10147 cancel of an unknown order", refused_cancel(filled=False)),
    Fault("orders", "10148 cancel of a filled order", refused_cancel(filled=True)),
    Fault("orders", "another program's order", foreign_order),
    Fault("orders", "global cancel", global_cancel),
    Fault("account", "assigned over night", assigned),
    Fault("account", "filled while the servers were away", filled_while_servers_were_away),
    Fault("account", "order ended while we were away", day_order_expired),
)
