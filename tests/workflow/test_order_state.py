"""The life of one order: every transition by name, silence that is never a guess, and fills that contradict an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from alaris.domain import InvalidInput
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import TERMINAL, Event, Order, OrderState

OPEN = datetime(2017, 2, 8, 14, 31, tzinfo=UTC)
FRONT, BACK = "YUM 170217C67.5", "YUM 170317C67.5"
ORDER = Order("run|YUM|enter|1", {FRONT: -1, BACK: 1}, contracts=2)
I, S, W, P, C, U, F = (  # noqa: E741 - one letter a state keeps the table on the page
    OrderState.INTENDED,
    OrderState.SENT,
    OrderState.WORKING,
    OrderState.PARTLY_FILLED,
    OrderState.CANCEL_SENT,
    OrderState.UNKNOWN,
    OrderState.FILLED,
)
ENDS = {
    Event.DENY: OrderState.DENIED,
    Event.CONFIRM_CANCEL: OrderState.CANCELLED,
    Event.EXPIRE: OrderState.EXPIRED,
    Event.REJECT: OrderState.REJECTED,
    Event.FIND_ABSENT: OrderState.ABSENT,
}
Step = Event | str


def at(second: int) -> datetime:
    return OPEN + timedelta(seconds=second)


def execution(number: int, contract: str, contracts: int, correction: int = 1) -> ExecutionReport:
    return ExecutionReport(f"0000e0d5.{number}.{correction:02d}", contract, contracts, Decimal("1.25"), at(number))


def lived(*steps: Step) -> Order:
    """An order after events, a second apart; `one` fills one contract of both legs, `rest` both contracts, `front` the front leg alone."""
    order = ORDER
    for second, step in enumerate(steps, start=1):
        order = order.after(step, at(second)) if isinstance(step, Event) else filled(order, step)
    return order


def filled(order: Order, step: str) -> Order:
    first = {"one": [(1, FRONT, -1), (2, BACK, 1)], "rest": [(3, FRONT, -1), (4, BACK, 1)], "front": [(1, FRONT, -1)]}[step]
    both = [(1, FRONT, -1), (2, BACK, 1), *first] if step == "rest" else first
    for number, contract, contracts in both:
        order = order.filled(execution(number, contract, contracts))
    return order


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((), I),
        ((Event.SEND,), S),
        ((Event.SEND, Event.ACKNOWLEDGE), W),
        ((Event.ACKNOWLEDGE,), W),
        ((Event.SEND, Event.ACKNOWLEDGE, "one"), P),
        ((Event.SEND, "one"), P),
        ((Event.SEND, "front"), P),
        ((Event.SEND, "one", Event.ACKNOWLEDGE), P),
        ((Event.SEND, Event.ACKNOWLEDGE, "rest"), F),
        ((Event.SEND, "rest", Event.ACKNOWLEDGE), F),
        ((Event.SEND, Event.ACKNOWLEDGE, Event.REQUEST_CANCEL), C),
        ((Event.SEND, Event.ACKNOWLEDGE, Event.REQUEST_CANCEL, "one"), C),
        ((Event.SEND, Event.ACKNOWLEDGE, Event.REQUEST_CANCEL, Event.REFUSE_CANCEL), W),
        ((Event.SEND, Event.ACKNOWLEDGE, Event.REQUEST_CANCEL, "rest", Event.REFUSE_CANCEL), F),
        ((Event.SEND, Event.ACKNOWLEDGE, Event.REQUEST_CANCEL, Event.CONFIRM_CANCEL), OrderState.CANCELLED),
        ((Event.SEND, Event.CONFIRM_CANCEL, "one"), OrderState.CANCELLED),
        ((Event.SEND, Event.CONFIRM_CANCEL, "rest"), F),
        ((Event.SEND, Event.ACKNOWLEDGE, "one", Event.EXPIRE), OrderState.EXPIRED),
        ((Event.SEND, Event.REJECT), OrderState.REJECTED),
        ((Event.SEND, Event.REJECT, "one"), U),
        ((Event.SEND, Event.REJECT, "rest"), F),
        ((Event.DENY,), OrderState.DENIED),
        ((Event.DENY, Event.SEND), U),
        ((Event.FALL_SILENT,), U),
        ((Event.SEND, Event.FALL_SILENT), U),
        ((Event.SEND, Event.FALL_SILENT, "one"), U),
        ((Event.SEND, Event.FALL_SILENT, "rest"), F),
        ((Event.SEND, Event.FALL_SILENT, Event.ACKNOWLEDGE), W),
        ((Event.SEND, Event.FALL_SILENT, Event.REJECT), OrderState.REJECTED),
        ((Event.SEND, Event.FALL_SILENT, Event.FIND_ABSENT), OrderState.ABSENT),
        ((Event.SEND, Event.FALL_SILENT, Event.FIND_ABSENT, Event.ACKNOWLEDGE), W),
        ((Event.SEND, Event.FALL_SILENT, Event.FIND_ABSENT, "one"), U),
        ((Event.SEND, Event.ACKNOWLEDGE, Event.REQUEST_CANCEL, Event.FALL_SILENT), U),
    ],
)
def test_transitions(steps: tuple[Step, ...], state: OrderState) -> None:
    assert lived(*steps).state is state, steps


@pytest.mark.parametrize(("event", "state"), ENDS.items())
def test_an_end_stays_the_end_under_any_later_event_but_a_contradiction(event: Event, state: OrderState) -> None:
    assert lived(event).state is state
    assert state in TERMINAL
    contradictions = {Event.DENY: {Event.SEND}, Event.FIND_ABSENT: {Event.SEND, Event.ACKNOWLEDGE}}.get(event, set())
    for later in set(Event) - set(ENDS) - contradictions:
        assert lived(event, later).state is state, later


def test_every_state_is_reached() -> None:
    paths: list[tuple[Step, ...]] = [
        (),
        (Event.SEND,),
        (Event.ACKNOWLEDGE,),
        ("one",),
        (Event.REQUEST_CANCEL,),
        (Event.FALL_SILENT,),
        ("rest",),
    ]
    assert {lived(*path).state for path in [*paths, *((event,) for event in ENDS)]} == set(OrderState)


def test_only_an_intent_may_be_sent() -> None:
    assert lived().may_be_sent
    assert not any(lived(event).may_be_sent for event in Event if event is not Event.REFUSE_CANCEL)


def test_events_in_any_order_end_in_the_same_state() -> None:
    stated = [
        (Event.SEND, at(1)),
        (Event.ACKNOWLEDGE, at(2)),
        (Event.FALL_SILENT, at(3)),
        (Event.REQUEST_CANCEL, at(4)),
        (Event.CONFIRM_CANCEL, at(6)),
    ]
    ends = set()
    for order_of_arrival in permutations([*stated, None]):
        order = ORDER
        for message in order_of_arrival:
            order = order.after(*message) if message else filled(order, "one")
        ends.add((order.state, order.whole))
    assert ends == {(OrderState.CANCELLED, 1)}


def test_an_older_acknowledgement_repeated_does_not_end_silence() -> None:
    order = lived(Event.SEND, Event.ACKNOWLEDGE, Event.FALL_SILENT)
    assert order.after(Event.ACKNOWLEDGE, at(2)) is order
    assert order.state is U
    assert order.after(Event.ACKNOWLEDGE, at(9)).state is W


def test_legs_that_filled_unevenly_are_told() -> None:
    order = filled(lived(Event.SEND), "front")
    assert (order.whole, order.is_uneven, order.state) == (0, True, P)
    assert filled(order, "one").is_uneven is False


def test_a_correction_takes_a_fill_back_and_a_contradiction_is_unknown() -> None:
    order = filled(lived(Event.SEND), "rest")
    busted = order.filled(execution(3, FRONT, 0, correction=2)).filled(execution(4, BACK, 0, correction=2))
    assert (order.state, busted.state, busted.whole) == (F, P, 1)
    assert order.filled(execution(3, FRONT, -2)).state is U


def test_more_than_was_ordered_is_told() -> None:
    order = filled(lived(Event.SEND), "rest").filled(execution(5, FRONT, -1)).filled(execution(6, BACK, 1))
    assert (order.state, order.whole, order.is_overfilled) == (F, 3, True)


def test_the_combo_as_a_whole_moves_nothing() -> None:
    assert ORDER.filled(execution(1, "", 2)).state is I


def test_input_that_no_order_has_is_refused() -> None:
    with pytest.raises(InvalidInput, match="is no leg of order"):
        ORDER.filled(execution(1, "AAPL", 1))
    with pytest.raises(InvalidInput, match="at least one contract"):
        Order("key", {FRONT: -1}, contracts=0)
    with pytest.raises(InvalidInput, match="no zone"):
        ORDER.after(Event.SEND, datetime(2017, 2, 8))
    with pytest.raises(InvalidInput, match="without an id"):
        ExecutionReport("", FRONT, 1, Decimal(1), OPEN)
