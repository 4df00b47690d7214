"""Closing by hand while the gateway misbehaves (ibkr.md 6.5): partial and late fills, a refusal, lost connections, an assignment, 1100."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import sleep

import pytest
from dead_process import BACK, BACK_DAY, FRONT, FRONT_DAY, left_by_a_dead_process
from fake_gateway import FakeGateway, small_market
from gateway_cases.bench import BACK_ID, FRONT_ID, ORDER_REF, PLACE, brokers_positions, sent_twice

from alaris.broker import BrokerEvent, BrokerUnavailable, ConnectionState, Gateway, GatewayAddress, Timeouts
from alaris.journal.store import Journal
from alaris.journal.verification import verify
from alaris.operations.cancelling import cancel_ours
from alaris.operations.desk import Desk
from alaris.operations.flatten import Closed, Rules, flatten, plan_now
from alaris.records.positions import positions_of
from alaris.settings import Orders
from alaris.workflow.order_state import OrderState

RULES = Rules(Orders(), cap=0.50, step_seconds=0.3)
PATIENT = Timeouts(connect=2.0, first_backoff=0.02, last_backoff=0.05)
CANCEL = 4  # the message


class Hand:
    """A person's hand on an account at a fake gateway."""

    def __init__(self, account: str, gateway: FakeGateway) -> None:
        self.gateway = gateway
        self.events: SimpleQueue[BrokerEvent] = SimpleQueue()
        self.connection = Gateway(GatewayAddress(port=gateway.port, client_id=33), self.events.put, timeouts=PATIENT)
        self.journal = Journal(account)
        self.connection.start()

    def desk(self) -> Desk:
        """As a command takes the account over."""
        assert self.connection.wait_ready(5)
        desk = Desk(self.connection, self.journal, self.events, lambda: datetime.now(UTC))
        desk.take_over("a test")
        return desk

    def close_all(self) -> list[Closed]:
        """What `flatten --confirm` does."""
        desk = self.desk()
        assert cancel_ours(desk, 1.0).is_clean
        return list(flatten(desk, plan_now(desk), RULES))

    def is_flat(self) -> bool:
        """At the broker and in the journal, with nothing sent twice."""
        self.desk()
        assert not sent_twice(self.gateway)
        assert positions_of(self.journal) == brokers_positions(self.gateway)
        verify(self.journal)
        return not brokers_positions(self.gateway)


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeGateway(small_market("YUM", FRONT_DAY, BACK_DAY)) as fake:
        yield fake


@pytest.fixture
def hand_of(tmp_path: Path, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Hand]]:
    """Take over what a process left that died, by each plan of the fake's."""
    monkeypatch.setattr("alaris.operations.desk.POLL_SECONDS", 0.02)
    monkeypatch.setattr("alaris.operations.flatten.CONFIRM_SECONDS", 1.0)
    account, hands = str(tmp_path / "DU1234567.db"), []

    def take(*plans: str) -> Hand:
        left_by_a_dead_process(account, gateway, *plans)
        hands.append(Hand(account, gateway))
        return hands[-1]

    yield take
    for hand in hands:
        hand.connection.stop()
        hand.journal.close()


def closing_at(gateway: FakeGateway) -> str:
    """The key of a closing order, once it has come to the gateway."""
    while True:
        for frame in gateway.sent(PLACE):
            if frame[ORDER_REF].startswith("FLAT|"):
                return frame[ORDER_REF]
        sleep(0.005)


def test_a_partial_fill_during_the_cancel_is_closed_too(hand_of: Callable[..., Hand], gateway: FakeGateway) -> None:
    hand = hand_of("rests")
    gateway.fault("mute", {CANCEL})
    desk = hand.desk()
    desk.request_cancel("T1|entry|1")
    gateway.fill("T1|entry|1", 1)
    gateway.fault("mute", None)
    assert [outcome.is_whole for outcome in hand.close_all()] == [True]
    assert hand.is_flat()


def test_a_late_fill_is_closed_too(hand_of: Callable[..., Hand], gateway: FakeGateway) -> None:
    hand = hand_of("rests")
    assert hand.close_all() == []
    gateway.fill("T1|entry|1")  # after its cancellation was confirmed
    assert [outcome.contracts for outcome in hand.close_all()] == [2]
    assert hand.is_flat()


def test_one_leg_is_bought_back_alone(hand_of: Callable[..., Hand], gateway: FakeGateway) -> None:
    hand = hand_of("rests")
    gateway.fill_leg("T1|entry|1", FRONT_ID, 2)
    (outcome,) = hand.close_all()
    assert (outcome.is_whole, outcome.closing.text) == (True, f"buy 2 {FRONT}")
    assert hand.is_flat()


def test_a_rejected_closing_is_tried_again_under_another_key(hand_of: Callable[..., Hand], gateway: FakeGateway) -> None:
    hand = hand_of("market")
    gateway.plan("rejects")
    (refused,) = hand.close_all()
    assert "REJECTED" in refused.text
    gateway.plan("market")
    assert [outcome.is_whole for outcome in hand.close_all()] == [True]
    assert hand.is_flat()


def test_half_a_closing_leaves_the_rest_for_the_next_run(hand_of: Callable[..., Hand], gateway: FakeGateway) -> None:
    hand = hand_of("market")
    gateway.plan("rests")
    outcomes: list[Closed] = []
    worker = Thread(target=lambda: outcomes.extend(hand.close_all()))
    worker.start()
    gateway.fill(closing_at(gateway), 1)
    worker.join()
    assert [(outcome.contracts, outcome.is_whole) for outcome in outcomes] == [(1, False)]
    gateway.plan("market")
    assert [outcome.contracts for outcome in hand.close_all()] == [1]
    assert hand.is_flat()


def test_a_connection_lost_between_cancel_and_confirmation(hand_of: Callable[..., Hand], gateway: FakeGateway) -> None:
    hand = hand_of("market", "rests")
    gateway.fault("mute", {CANCEL})
    desk = hand.desk()
    desk.request_cancel("T2|entry|1")
    gateway.refuse()
    assert desk.wait(5, lambda: hand.connection.state is not ConnectionState.READY)
    with pytest.raises(BrokerUnavailable):
        desk.picture()
    gateway.fault("mute", None)
    gateway.accept()
    assert [outcome.is_whole for outcome in hand.close_all()] == [True]
    assert hand.journal.trade_of("T2|entry|1") is not None
    assert hand.desk().order("T2|entry|1").state is OrderState.CANCELLED
    assert hand.is_flat()


def test_servers_lost_in_the_middle(hand_of: Callable[..., Hand], gateway: FakeGateway) -> None:
    hand = hand_of("market")
    gateway.plan("rests")
    outcomes: list[Closed] = []
    worker = Thread(target=lambda: outcomes.extend(hand.close_all()))
    worker.start()
    closing_at(gateway)
    gateway.inject_error(-1, 1100, "Connectivity between IB and TWS has been lost.")
    worker.join()
    assert [outcome.is_whole for outcome in outcomes] == [False]
    assert "run it again, it reconciles first" in outcomes[0].text
    assert hand.connection.state is ConnectionState.DEGRADED
    gateway.inject_error(-1, 1102, "Connectivity has been restored.")
    gateway.plan("market")
    assert [outcome.is_whole for outcome in hand.close_all()] == [True]
    assert hand.is_flat()


def test_an_assignment_is_left_to_a_person_with_its_cover(hand_of: Callable[..., Hand], gateway: FakeGateway) -> None:
    hand = hand_of("market")
    gateway.assign(FRONT_ID, 2, -200)
    desk = hand.desk()
    plan = plan_now(desk)
    assert plan.closings == ()
    assert set(plan.left) == {"YUM", BACK}
    gateway.assign(FRONT_ID, 0, 200)  # bought back in TWS
    assert [outcome.closing.text for outcome in hand.close_all()] == [f"sell 2 {BACK}"]
    assert gateway.positions[BACK_ID] == 0
