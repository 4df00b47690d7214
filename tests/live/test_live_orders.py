"""The order path of a live run on a gateway in memory: intent, sending, statuses, fills, fees, changes, cancels, and what is never sent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from live_desk import BACK, BUYER, FRONT, KEY, Desk

from alaris.broker import ComboOrder, ConnectionChanged, ConnectionState, NotSent, OrderFee, OrderFill, OutcomeUnknown, contract_name
from alaris.records.halts import BreakerBook
from alaris.workflow.order_state import Event


def test_a_combo_is_one_order_and_both_legs_are_told(desk: Desk) -> None:
    desk.market(10)
    desk.gateway.on_place = lambda order: desk.gateway.acknowledge(order.key)
    desk.wall.then(90, lambda: desk.gateway.fill("T1|entry|1"))
    assert desk.run(BUYER).completed, desk.log

    order = desk.gateway.orders["T1|entry|1"]
    assert [(contract_name(leg), ratio) for leg, ratio in order.legs] == [(FRONT, -1), (BACK, 1)]
    assert (order.contracts, order.limit, order.tif) == (2, Decimal("1.15"), "DAY")
    assert told(desk) == [
        "170217 SUBMITTED 0 @ 0.0 fee 0.00",
        "170317 SUBMITTED 0 @ 0.0 fee 0.00",
        "170217 FILLED -2 @ 1.0 fee 1.30",
        "170317 FILLED 2 @ 1.0 fee 1.30",
    ]
    assert desk.kinds()[:4] == ["reconciliation", "intent", "order", "status"]  # CLEAN, then the intent before the sending
    assert desk.held == {FRONT: -2.0, BACK: 2.0}


def told(desk: Desk) -> list[str]:
    """Order events as the algorithm heard them."""
    return [line for line in desk.log if line.startswith("170")]


def journal_states(desk: Desk, key: str = KEY) -> list[str]:
    """States of one order in the journal, in order."""
    return [record.entry["state"] for record in desk.journal.records(kind="status") if record.entry["order_key"] == key]


def test_a_repeated_message_changes_nothing_twice(desk: Desk) -> None:
    desk.market(10)

    def twice(order: ComboOrder) -> None:
        for _ in range(2):
            desk.gateway.acknowledge(order.key)
        for place, ratio in ((0, -2), (1, 2)):
            execution = desk.gateway.fill_leg(order.key, place, ratio)
            report = desk.gateway.executions[-1][1]
            for _ in range(3):
                desk.gateway.tell(OrderFill(order.key, report))
                desk.gateway.tell(OrderFee(order.key, execution, Decimal("1.30")))

    desk.gateway.on_place = twice
    assert desk.run(BUYER).completed
    assert [line.split()[1] for line in told(desk)] == ["SUBMITTED", "SUBMITTED", "FILLED", "FILLED"]
    assert desk.held == {FRONT: -2.0, BACK: 2.0}
    assert desk.engine is not None
    assert desk.engine.portfolio.total_fees == pytest.approx(2.60)
    assert desk.engine.portfolio.cash == pytest.approx(100_000 - 2.60)  # both legs at 1.00: the debit is nothing but fees
    assert len(desk.gateway.orders) == 1


def test_part_of_an_order_then_the_rest(desk: Desk) -> None:
    desk.market(10)
    desk.gateway.on_place = lambda order: desk.gateway.acknowledge(order.key)
    desk.wall.then(90, lambda: desk.gateway.fill(KEY, 1))
    desk.wall.then(150, lambda: desk.gateway.fill(KEY, 1))
    assert desk.run(BUYER).completed
    assert [line.split()[1] for line in told(desk)[2:]] == ["PARTIALLY_FILLED", "PARTIALLY_FILLED", "FILLED", "FILLED"]
    assert journal_states(desk)[-1] == "FILLED"


def one_leg(desk: Desk) -> None:
    """The front leg fills, the back one does not."""
    desk.gateway.fill_leg(KEY, 0, -2)


def test_one_leg_alone_is_told_and_the_order_stays_open(desk: Desk) -> None:
    desk.market(10)
    desk.gateway.on_place = lambda order: desk.gateway.acknowledge(order.key)
    desk.wall.then(90, lambda: one_leg(desk))
    assert desk.run(BUYER).completed
    assert told(desk)[2:] == ["170217 FILLED -2 @ 1.0 fee 1.30"]
    assert journal_states(desk)[-1] == "PARTLY_FILLED"
    assert desk.held == {FRONT: -2.0}
    alerts = [record.entry["text"] for record in desk.journal.records(kind="alert")]
    assert alerts == [f"order {KEY} filled unevenly for 30 s: -2 {FRONT}"]
    assert f"no new positions: order {KEY} filled unevenly: -2 {FRONT}" in desk.log


def test_a_fee_that_never_comes_does_not_hold_the_fill_back_for_long(desk: Desk) -> None:
    desk.market(10)
    desk.gateway.on_place = lambda order: desk.gateway.acknowledge(order.key)
    late: list[str] = []
    desk.wall.then(90, lambda: late.append(desk.gateway.fill_leg(KEY, 0, -2, fees=False)))
    desk.wall.then(200, lambda: desk.gateway.tell(OrderFee(KEY, late[0], Decimal("1.30"))))
    assert desk.run(BUYER).completed
    assert told(desk)[2:] == ["170217 FILLED -2 @ 1.0 fee 0.00"]
    assert desk.engine is not None
    assert desk.engine.portfolio.total_fees == pytest.approx(1.30)  # booked when it came


def test_a_rejection_is_final_and_says_why(desk: Desk) -> None:
    desk.market(10)
    desk.gateway.on_place = lambda order: desk.gateway.state_of(order.key, Event.REJECT, "insufficient equity")
    assert desk.run(BUYER).completed
    assert [line.split()[1] for line in told(desk)] == ["INVALID", "INVALID"]
    assert journal_states(desk) == ["SENT", "REJECTED"]


@pytest.mark.parametrize(
    ("error", "states", "statuses"),
    [(NotSent("no socket"), ["SENT", "ABSENT"], ["INVALID", "INVALID"]), (OutcomeUnknown("no answer"), ["SENT", "UNKNOWN"], [])],
)
def test_what_did_not_leave_is_invalid_and_what_may_have_left_is_unknown(
    desk: Desk, error: Exception, states: list[str], statuses: list[str]
) -> None:
    desk.market(10)

    def fail(order: ComboOrder) -> None:
        desk.gateway.answers = isinstance(error, NotSent)
        if isinstance(error, NotSent):
            del desk.gateway.orders[order.key]
        raise error

    desk.gateway.on_place = fail
    assert desk.run(BUYER).completed
    assert journal_states(desk)[:2] == states
    assert [line.split()[1] for line in told(desk)] == statuses
    assert len(desk.gateway.limits) == 1  # asked once, never again


def test_silence_makes_an_order_unknown_and_the_account_says_what_became_of_it(desk: Desk) -> None:
    desk.market(10)
    desk.wall.then(95, lambda: desk.gateway.fill(KEY, heard=False))  # while nothing is told to us
    assert desk.run(BUYER).completed
    states = journal_states(desk)
    assert states[:2] == ["SENT", "UNKNOWN"]
    assert states[-1] == "FILLED"
    assert desk.held == {FRONT: -2.0, BACK: 2.0}
    findings = [record.entry["finding"] for record in desk.journal.records(kind="reconciliation")]
    assert findings.count("MISSED_FILL") == 2
    assert any("UNKNOWN" in line and "no new positions" in line for line in desk.log)


CANCELLER = BUYER.replace(
    "        self.tickets = []",
    """        self.tickets = []
        self.schedule.on(self.date_rules.today, self.time_rules.at(10, 5), self.reprice)
        self.schedule.on(self.date_rules.today, self.time_rules.at(10, 10), lambda: self.tickets[0].cancel())""",
).replace(
    "    def on_order_event",
    """    def reprice(self):
        fields = UpdateOrderFields()
        fields.limit_price = 1.18
        self.tickets[0].update(fields)

    def on_order_event""",
)


def test_a_new_limit_and_a_cancel_go_out_at_their_time_not_at_the_next_bar(desk: Desk) -> None:
    desk.market(10)
    desk.gateway.on_place = lambda order: desk.gateway.acknowledge(order.key)
    desk.gateway.on_cancel = lambda key: desk.gateway.state_of(key, Event.CONFIRM_CANCEL)
    assert desk.run(CANCELLER).completed, desk.log
    assert desk.gateway.limits[KEY] == [Decimal("1.15"), Decimal("1.18")]
    assert desk.gateway.cancels == [KEY]
    statuses = [line.split()[1] for line in told(desk)]
    assert statuses == ["SUBMITTED", "SUBMITTED", "UPDATE_SUBMITTED", "UPDATE_SUBMITTED", "CANCEL_PENDING", "CANCELED", "CANCELED"]
    orders = [(record.entry["action"], record.entry["limit_price"]) for record in desk.journal.records(kind="order")]
    assert orders == [("entry", "1.15"), ("reprice", "1.18")]


def test_a_cancel_that_is_refused_leaves_the_order_as_it_was(desk: Desk) -> None:
    desk.market(10)
    desk.gateway.on_place = lambda order: desk.gateway.acknowledge(order.key)
    desk.gateway.on_cancel = lambda key: desk.gateway.state_of(key, Event.REFUSE_CANCEL, "10148")
    desk.wall.then(700, lambda: desk.gateway.fill(KEY))
    assert desk.run(CANCELLER).completed
    assert [line.split()[1] for line in told(desk)][-2:] == ["FILLED", "FILLED"]


def test_nothing_is_sent_while_the_connection_is_not_ready(desk: Desk) -> None:
    desk.market(70)

    def lose() -> None:
        desk.gateway.state = ConnectionState.DEGRADED
        desk.gateway.tell(ConnectionChanged(ConnectionState.DEGRADED, 1100, "lost"))

    desk.wall.then(30, lose)
    assert desk.run(BUYER).completed
    assert desk.gateway.orders == {}
    assert desk.kinds().count("intent") == 0
    assert [line.split()[1] for line in told(desk)] == ["INVALID", "INVALID"]


def test_an_operators_halt_in_the_journal_stops_an_entry_before_it_is_sent(desk: Desk) -> None:
    BreakerBook(desk.journal).halt("Ann", "looks odd", desk.wall.time)
    desk.market(10)
    assert desk.run(BUYER).completed
    assert desk.gateway.orders == {}
    assert any("OPERATOR: looks odd" in line for line in desk.log)


def test_shadow_trading_decides_and_sends_nothing(desk: Desk) -> None:
    desk.shadow = True
    desk.market(10)
    assert desk.run(CANCELLER).completed
    assert desk.gateway.orders == {}
    assert desk.gateway.cancels == []
    statuses = [line.split()[1] for line in told(desk)]
    assert statuses == ["SUBMITTED", "SUBMITTED", "UPDATE_SUBMITTED", "CANCEL_PENDING", "CANCELED", "CANCELED"]
    assert "intent" not in desk.kinds()


def test_a_market_order_is_a_limit_at_natural_that_follows_the_market(desk: Desk) -> None:
    desk.market(10)
    desk.gateway.on_place = lambda order: desk.gateway.acknowledge(order.key)

    def dearer() -> None:
        desk.quote(FRONT, 0.90, 1.00)
        desk.quote(BACK, 2.10, 2.30)

    desk.wall.then(61, dearer)
    desk.wall.then(150, lambda: desk.gateway.fill(KEY))
    assert desk.run(BUYER.replace("combo_limit_order(legs, 2, 1.15,", "combo_market_order(legs, 2,")).completed, desk.log
    assert desk.gateway.limits[KEY] == [Decimal("1.15"), Decimal("1.40")]  # 2.15 - 1.00, then 2.30 - 0.90
    assert desk.held == {FRONT: -2.0, BACK: 2.0}


def test_what_the_broker_cannot_be_sent_is_refused_in_words(desk: Desk) -> None:
    desk.market(10)
    text = BUYER.replace('self.combo_limit_order(legs, 2, 1.15, tag="T1 entry")', "[self.stop_market_order(self.front, 1, 2.0)]")
    assert desk.run(text).completed
    assert desk.gateway.orders == {}
    assert any("STOP_MARKET is not sent to the broker" in line for line in desk.log)


def test_without_a_gateway_the_run_says_why_and_ends(desk: Desk) -> None:
    desk.rules = replace(desk.rules, ready_seconds=0.01)
    desk.gateway.state, desk.gateway.problem = ConnectionState.DOWN, "connection refused"
    outcome = desk.run(BUYER)
    assert not outcome.completed
    assert "the gateway was not ready within 0.01 s: connection refused" in outcome.error
    assert desk.gateway.orders == {}
