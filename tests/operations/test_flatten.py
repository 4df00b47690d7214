"""Cancelling and closing by hand: what is sent, once, in which order, and what is said where it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hand_broker import HandBroker

from alaris.broker import BrokerUnavailable, ComboOrder, contract_name, instrument_of
from alaris.domain import NEW_YORK, InvalidInput
from alaris.journal.store import Journal
from alaris.journal.verification import verify
from alaris.operations.cancelling import cancel_all_of_login, cancel_ours
from alaris.operations.desk import Desk
from alaris.operations.flatten import Closed, Rules, closed_market, flatten, hours_forbid, plan_now, proposals
from alaris.records.positions import positions_of
from alaris.settings import Orders
from alaris.workflow.order_state import Order, OrderState

SOON = datetime.now(UTC) + timedelta(days=30)
FRONT, BACK, PUT = (f"YUM {SOON + timedelta(days=days):%y%m%d}{kind}" for days, kind in ((0, "C67.5"), (28, "C67.5"), (28, "P60")))
QUOTED = {FRONT: (0.50, 0.60), BACK: (1.40, 1.60), PUT: (0.30, 0.40)}
RULES = Rules(Orders(), cap=0.50, step_seconds=0.002)
MakeDesk = Callable[[HandBroker], Desk]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(str(tmp_path / "DU1234567.db"))


@pytest.fixture
def desk_of(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> MakeDesk:
    """A desk whose waits are short."""
    monkeypatch.setattr("alaris.operations.desk.POLL_SECONDS", 0.002)
    monkeypatch.setattr("alaris.operations.flatten.CONFIRM_SECONDS", 0.01)
    return lambda broker: Desk(broker, journal, broker.events, lambda: datetime.now(UTC))


def closed(desk: Desk) -> list[Closed]:
    return list(flatten(desk, plan_now(desk), RULES))


def working_entry(desk: Desk, broker: HandBroker, key: str = "run|YUM|enter|1") -> None:
    """An entry of ours that a dead process left working."""
    desk.book.intend(Order(key, {FRONT: -1, BACK: 1}, 2), "2017-02-08|YUM", {"symbol": "YUM"})
    desk.book.send(key, datetime.now(UTC), Decimal("0.95"), "BUY")
    broker.working[key] = ComboOrder(key, ((instrument_of(FRONT), -1), (instrument_of(BACK), 1)), 2, Decimal("0.95"))


def test_a_calendar_is_closed_once_and_a_second_run_sends_nothing(desk_of: MakeDesk, journal: Journal) -> None:
    broker = HandBroker(QUOTED, {FRONT: -3, BACK: 3}, plan="last", last_at=Decimal("-0.83"))
    desk = desk_of(broker)
    (outcome,) = closed(desk)
    assert outcome.is_whole
    (order,) = broker.placed
    assert [(contract_name(leg), ratio) for leg, ratio in order.legs] == [(FRONT, 1), (BACK, -1)]
    assert (order.contracts, order.tif) == (3, "DAY")
    assert order.key.startswith(f"FLAT|{FRONT}|")
    assert broker.limits == [Decimal("-0.91"), Decimal("-0.87"), Decimal("-0.83")]  # worked out in test_closing
    assert closed(desk) == []
    assert closed(desk_of(broker)) == []  # another process, later
    assert len(broker.placed) == 1
    kinds = [record.kind for record in journal.records(trade_id=next(iter(journal.records(kind="intent"))).trade_id)]
    assert kinds[:3] == ["intent", "order", "status"]  # before it was sent
    verify(journal)


def test_the_plan_shows_limits_and_sends_nothing(desk_of: MakeDesk, journal: Journal) -> None:
    broker = HandBroker({FRONT: (0.50, 0.60), BACK: (0.40, 1.60)}, {FRONT: -1, BACK: 1, PUT: 2})
    desk = desk_of(broker)
    combo, single = proposals(desk, plan_now(desk), RULES)
    assert combo.text == "the cap ends it before natural"  # mid -0.45, natural 0.20: more than 0.50 away
    assert single.text == f"no quote to price it from: ibkr: NOT_SUBSCRIBED: {PUT}"
    assert broker.placed == []
    assert journal.head() is None


def test_ours_are_cancelled_and_what_filled_meanwhile_is_counted(desk_of: MakeDesk, journal: Journal) -> None:
    broker = HandBroker(QUOTED)
    desk = desk_of(broker)
    working_entry(desk, broker)
    broker.working["client 0 order 12"] = broker.working["run|YUM|enter|1"]
    broker.fill(broker.working["run|YUM|enter|1"], broker.working["run|YUM|enter|1"].legs[:1])  # a leg, just before
    outcome = cancel_ours(desk, seconds=0.01)
    assert outcome.ended == {"run|YUM|enter|1": "CANCELLED"}
    assert outcome.foreign == ("client 0 order 12",)
    assert set(broker.working) == {"client 0 order 12"}
    assert positions_of(journal) == {FRONT: -2}
    (back_to_flat,) = closed(desk)  # the naked leg is bought back by itself
    assert back_to_flat.is_whole
    assert broker.positions[FRONT] == 0
    assert cancel_ours(desk, seconds=0.01).ended == {}  # nothing is asked twice


def test_what_the_broker_keeps_open_is_said(desk_of: MakeDesk) -> None:
    broker = HandBroker(QUOTED, keeps=frozenset({"run|YUM|enter|1"}))
    desk = desk_of(broker)
    working_entry(desk, broker)
    outcome = cancel_ours(desk, seconds=0.01)
    assert not outcome.is_clean
    assert "STILL OPEN" in "\n".join(outcome.lines())
    assert desk.order("run|YUM|enter|1").state is not OrderState.CANCELLED


def test_everything_of_the_login_needs_its_account(desk_of: MakeDesk) -> None:
    broker = HandBroker(QUOTED)
    desk = desk_of(broker)
    working_entry(desk, broker)
    broker.working["client 0 order 12"] = broker.working["run|YUM|enter|1"]
    with pytest.raises(InvalidInput, match="this gateway's account is DU1234567, not DU7654321"):
        cancel_all_of_login(desk, "DU7654321", seconds=0.01)
    assert len(broker.working) == 2
    outcome = cancel_all_of_login(desk, "DU1234567", seconds=0.01)
    assert outcome.ended == {"client 0 order 12": "cancelled, not ours", "run|YUM|enter|1": "CANCELLED"}
    assert broker.working == {}


@pytest.mark.parametrize(
    ("plan", "told", "state"),
    [
        ("rests", "CANCELLED at -0.80, closed 0 of 2", OrderState.CANCELLED),
        ("rejects", "REJECTED", OrderState.REJECTED),
        ("one_leg", "its legs unevenly: +2", OrderState.CANCELLED),
        ("refuses", "the socket is gone; run it again", OrderState.UNKNOWN),
    ],
)
def test_what_could_not_be_closed_says_so_and_long_legs_stay(plan: str, told: str, state: OrderState, desk_of: MakeDesk) -> None:
    broker = HandBroker(QUOTED, {FRONT: -2, BACK: 2, PUT: 1}, plan=plan)
    desk = desk_of(broker)
    combo, put = closed(desk)
    assert told in combo.text
    assert not combo.is_whole
    assert put.text == "kept: it covers a short leg that could not be closed"
    assert [order.key for order in broker.placed] == [combo.text.split(":")[0]]
    assert desk.order(broker.placed[0].key).state is state


def test_after_a_failed_attempt_the_next_has_its_own_key_and_the_size_that_is_left(desk_of: MakeDesk) -> None:
    broker = HandBroker(QUOTED, {FRONT: -2, BACK: 2}, plan="rests")
    desk = desk_of(broker)
    closed(desk)
    broker.plan = "fills"
    broker.positions = {FRONT: -1, BACK: 1}  # a person closed one by hand meanwhile
    (outcome,) = closed(desk)
    assert outcome.is_whole
    assert [order.key[-1] for order in broker.placed] == ["1", "2"]
    assert broker.placed[1].contracts == 1
    assert not any(broker.positions.values())


def test_a_process_that_died_in_the_middle_leaves_no_second_order(desk_of: MakeDesk) -> None:
    broker = HandBroker(QUOTED, {FRONT: -2, BACK: 2}, plan="rests")
    first = desk_of(broker)
    (proposal,) = plan_now(first).closings
    key = proposal.key(first.now().astimezone(NEW_YORK).date(), 1)
    first.book.intend(Order(key, proposal.names, 2), "YUM-flatten", {"symbol": "YUM"})
    first.book.send(key, first.now(), Decimal("-0.91"), "FLATTEN")
    broker.place(ComboOrder(key, tuple((leg, leg.ratio) for leg in proposal.legs), 2, Decimal("-0.91")))
    second = desk_of(broker)  # killed here; another is started
    second.take_over("started again")
    assert cancel_ours(second, seconds=0.01).ended == {key: "CANCELLED"}
    broker.plan = "fills"
    assert [outcome.is_whole for outcome in closed(second)] == [True]
    assert [order.key for order in broker.placed] == [key, f"{key[:-1]}2"]
    assert not any(broker.positions.values())


def test_a_failed_query_is_no_empty_account(desk_of: MakeDesk) -> None:
    broker = HandBroker(QUOTED, {FRONT: -2, BACK: 2}, silent=frozenset({"open_orders"}))
    with pytest.raises(BrokerUnavailable, match="did not say its open orders; that is no empty account"):
        plan_now(desk_of(broker))


WEDNESDAY = datetime(2017, 11, 22, 9, 30), datetime(2017, 11, 22, 16)
FRIDAY = datetime(2017, 11, 24, 9, 30), datetime(2017, 11, 24, 13)


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (datetime(2017, 11, 22, 9, 29), "closed; it opens Wednesday 2017-11-22 09:30 New York"),
        (datetime(2017, 11, 22, 9, 30), ""),
        (datetime(2017, 11, 22, 15, 59), ""),
        (datetime(2017, 11, 22, 16, 0), "closed; it opens Friday 2017-11-24 09:30 New York"),  # Thanksgiving between
        (datetime(2017, 11, 24, 12, 59), ""),
        (datetime(2017, 11, 24, 13, 0), "the exchange is closed"),  # a half day, and nothing listed behind it
    ],
)
def test_regular_hours(when: datetime, told: str) -> None:
    sessions = [(opens.replace(tzinfo=NEW_YORK), closes.replace(tzinfo=NEW_YORK)) for opens, closes in (WEDNESDAY, FRIDAY)]
    said = closed_market(sessions, when.replace(tzinfo=NEW_YORK))
    assert told in said if told else said == ""


def test_hours_are_the_brokers(desk_of: MakeDesk) -> None:
    broker = HandBroker(QUOTED, {FRONT: -2, BACK: 2}, is_open=False)
    desk = desk_of(broker)
    assert hours_forbid(desk, plan_now(desk)) == "the exchange is closed"
    broker.is_open = True
    assert hours_forbid(desk, plan_now(desk)) == ""
    broker.silent = frozenset({"hours"})
    assert "does not say whether the exchange is open" in hours_forbid(desk, plan_now(desk))
