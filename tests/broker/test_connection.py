"""The connection: ready only after the account was read, lost and found again with a fresh socket, never twice under one id."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from broker_desk import Connect, Desk
from fake_gateway import FakeGateway
from gateway_faults.playing import BACK, FRONT, QUICK

from alaris.broker import BrokerUnavailable, ConnectionChanged, ConnectionState, QuoteTick
from alaris.broker.keeper import Backoff
from alaris.broker.session import chosen_account
from alaris.broker.values import GatewayAddress
from alaris.workflow.order_state import Event, OrderState

LISTENING_AGAIN = ["API connection failed", "Make sure API port"]
STATES = [ConnectionState.CONNECTING, ConnectionState.NOT_READY, ConnectionState.READY]


def test_a_start_ends_ready_after_the_account_was_read(desk: Desk, fake: FakeGateway) -> None:
    assert desk.states() == STATES
    assert desk.gateway.account_id == "DU1234567"
    asked = [message for message in (61, 5, 16, 7) if fake.sent(message)]
    assert asked == [61, 5, 16, 7], "positions, own orders, open orders of everybody, executions"
    assert [sent[2] for sent in fake.sent(59)] == ["1"], "live data only"


def test_what_is_not_answered_at_the_start_keeps_it_from_being_ready(connect: Connect, fake: FakeGateway) -> None:
    fake.fault("mute", (16,))
    desk = connect(ready=False)
    desk.await_state(ConnectionState.DOWN)
    assert ConnectionState.READY not in desk.states()
    assert "no answer to 'open orders'" in desk.gateway.problem
    fake.fault("mute", None)
    desk.await_state(ConnectionState.READY)


def test_a_dropped_connection_comes_back_by_itself(desk: Desk, fake: FakeGateway) -> None:
    fake.drop()
    desk.await_state(ConnectionState.READY, times=2)
    assert desk.states() == [*STATES, ConnectionState.DOWN, *STATES]
    assert fake.clients == (33,)


def test_a_half_open_socket_is_given_up_after_two_misses(connect: Connect, fake: FakeGateway) -> None:
    desk = connect(timeouts=replace(QUICK, liveness_every=0.03, liveness=0.05))
    fake.half_open()
    desk.await_state(ConnectionState.DOWN)
    assert "did not answer 2 times" in desk.gateway.problem
    fake.fault("half_open", None)
    desk.await_state(ConnectionState.READY, times=2)


def test_a_nightly_reset_is_one_story(desk: Desk, fake: FakeGateway, expected_errors: list[str]) -> None:
    """1100, drop, refused, accepted but not logged in, then well: the day's fills are found afterwards (ibkr.md 4)."""
    expected_errors += LISTENING_AGAIN
    fake.plan("rests")
    desk.place()
    desk.await_event(Event.ACKNOWLEDGE)
    fake.inject_error(-1, 1100, "Connectivity between IB and Trader Workstation has been lost.")
    desk.await_state(ConnectionState.DEGRADED)
    fake.refuse()
    desk.await_state(ConnectionState.DOWN)
    fake.fill("K|1")  # while nobody of ours listens
    fake.accept()
    fake.fault("not_ready")
    desk.until(lambda: desk.states().count(ConnectionState.CONNECTING) >= 3, "tried again")
    fake.fault("not_ready", None)
    desk.await_state(ConnectionState.READY, times=2)
    picture = desk.gateway.picture(1)
    assert picture.executions is not None
    order = desk.order()
    for key, report in picture.executions:
        order = order.filled(report) if key == "K|1" else order
    assert order.state is OrderState.FILLED
    assert picture.positions == {"YUM 170217C67.5": -2, "YUM 170317C67.5": 2}


def test_an_id_held_by_a_dead_session_is_waited_for(connect: Connect, fake: FakeGateway) -> None:
    fake.fault("occupied", {33: 2})
    desk = connect()
    assert fake.clients == (33,)
    assert desk.states().count(ConnectionState.CONNECTING) == 3


def test_an_id_held_for_good_gives_way_to_a_spare_one(connect: Connect, fake: FakeGateway) -> None:
    fake.fault("occupied", {33: 10_000})
    connect(spare_ids=(34,))
    assert fake.clients == (34,)


def test_a_second_program_under_the_same_id_does_not_disturb_the_first(connect: Connect, fake: FakeGateway) -> None:
    first = connect()
    second = connect(ready=False)
    second.await_state(ConnectionState.DOWN)
    assert "326" in second.gateway.problem
    assert first.gateway.server_time(1) is not None
    assert first.states() == STATES


@pytest.mark.parametrize(("code", "again"), [(1101, 2), (1102, 1)])
def test_restored_servers_are_read_anew_and_lost_streams_asked_for_again(desk: Desk, fake: FakeGateway, code: int, again: int) -> None:
    desk.gateway.subscribe(FRONT)
    before = len(desk.sent(61))
    fake.inject_error(-1, 1100, "Connectivity between IB and Trader Workstation has been lost.")
    desk.await_state(ConnectionState.DEGRADED)
    fake.inject_error(-1, code, "Connectivity between IB and Trader Workstation has been restored")
    desk.await_state(ConnectionState.READY, times=2)
    assert len(desk.sent(61)) == before + 1
    assert len(desk.sent(1)) == again
    restored = desk.heard(ConnectionChanged)[-1]
    assert (restored.code, restored.data_lost) == (code, code == 1101)


def test_lost_again_before_it_was_read_is_not_ready(desk: Desk, fake: FakeGateway) -> None:
    fake.inject_error(-1, 1100, "lost")
    desk.await_state(ConnectionState.DEGRADED)
    fake.fault("slow", {7: 0.1})
    fake.inject_error(-1, 1102, "restored")
    desk.until(lambda: len(desk.sent(7)) == 2, "being read")
    fake.inject_error(-1, 1100, "lost again")
    fake.fault("slow", {})
    desk.until(lambda: sum(getattr(event, "code", 0) == 1100 for event in desk.events) >= 2, "lost again")
    assert desk.gateway.state is ConnectionState.DEGRADED
    fake.inject_error(-1, 1102, "restored")
    desk.await_state(ConnectionState.READY, times=2)


def test_a_port_reset_begins_again(desk: Desk, fake: FakeGateway) -> None:
    fake.inject_error(-1, 1300, "TWS socket port has been reset")
    desk.await_state(ConnectionState.READY, times=2)


def test_a_wrong_account_is_left_at_once(connect: Connect, fake: FakeGateway) -> None:
    fake._server.accounts = "U7654321"
    desk = connect(ready=False)
    desk.await_state(ConnectionState.DOWN)
    assert "account U7654321" in desk.gateway.problem
    assert "is not paper" in desk.gateway.problem
    assert not fake.sent(61)


@pytest.mark.parametrize(
    ("accounts", "address", "chosen"),
    [
        (("DU1",), GatewayAddress(), "DU1"),
        (("U1",), GatewayAddress(paper=False), "U1"),
        (("DU1", "DU2"), GatewayAddress(account="DU2"), "DU2"),
        (("DU1", "DU2"), GatewayAddress(), None),
        (("DU1",), GatewayAddress(account="DU9"), None),
        (("DU1",), GatewayAddress(paper=False), None),
        (("U1",), GatewayAddress(), None),
    ],
)
def test_the_account_is_of_the_kind_that_was_asked_for(accounts: tuple[str, ...], address: GatewayAddress, chosen: str | None) -> None:
    if chosen is not None:
        assert chosen_account(accounts, address) == chosen
        return
    with pytest.raises(BrokerUnavailable):
        chosen_account(accounts, address)


def test_subscriptions_outlive_a_reconnect(desk: Desk, fake: FakeGateway) -> None:
    desk.gateway.subscribe(FRONT)
    fake.drop()
    desk.await_state(ConnectionState.READY, times=2)
    desk.gateway.ticks()
    fake.quote(1006, bid=1.03)
    desk.until(lambda: fake.subscriptions == 1, "subscribed again")
    ticks: list[object] = []

    def told() -> bool:
        ticks.extend(tick for tick in desk.gateway.ticks() if isinstance(tick, QuoteTick) and tick.bid == 1.03)
        return bool(ticks)

    desk.until(told, "the new bid")


def test_a_stop_leaves_no_thread_and_no_connection(connect: Connect, fake: FakeGateway) -> None:
    before = threading.active_count()
    desk = connect()
    desk.gateway.stop()
    assert threading.active_count() == before
    desk.until(lambda: fake.clients == (), "hung up")
    with pytest.raises(BrokerUnavailable, match="stopped"):
        desk.gateway.server_time(1)


def test_reconnects_leave_no_descriptor_and_no_task_behind(desk: Desk, fake: FakeGateway) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("descriptors are counted in /proc, which this system has not")
    fake.drop()
    desk.await_state(ConnectionState.READY, times=2)
    before, tasks = len(list(descriptors.iterdir())), _tasks(desk)
    for times in range(3, 11):
        fake.drop()
        desk.await_state(ConnectionState.READY, times=times)
        desk.gateway.quotes((FRONT, BACK), 1.0)
    assert len(list(descriptors.iterdir())) <= before
    assert _tasks(desk) == tasks


def _tasks(desk: Desk) -> int:
    async def count() -> int:
        return len(asyncio.all_tasks())

    return desk.gateway._thread.run(count(), 1)


def test_a_listener_that_fails_does_not_end_the_connection(connect: Connect, fake: FakeGateway, caplog: pytest.LogCaptureFixture) -> None:
    desk = connect(ready=False)

    def fail(event: object) -> None:
        desk.events.append(event)  # type: ignore[arg-type]  # whatever is told
        raise ValueError("a mistake of the caller's")

    desk.gateway._listener = fail
    desk.ready()
    fake.drop()
    desk.await_state(ConnectionState.READY, times=1)
    desk.until(lambda: desk.gateway.state is ConnectionState.READY, "ready again")
    assert "the listener of the gateway's events failed" in caplog.text


def test_many_threads_ask_at_once(desk: Desk) -> None:
    threads = 6  # with what a start sends they stay below the library's 45 messages a second, which could part two legs
    told: list[float] = []

    def ask() -> None:
        told.extend(quote.bid for quote in desk.gateway.quotes((FRONT, BACK), 3.0))

    running = [threading.Thread(target=ask) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert sorted(told) == [1.0] * threads + [2.0] * threads


def test_waits_grow_to_their_bound_and_are_not_all_alike() -> None:
    backoff = Backoff(1.0, 60.0)
    waits = [backoff.next() for _ in range(2_000)]
    assert all(1.0 <= wait <= min(60.0, max(1.0, 2.0**n)) for n, wait in enumerate(waits[:6]))
    assert max(waits) <= 60.0
    late = waits[10:]
    assert len(set(late)) == len(late)
    assert 28 < sum(late) / len(late) < 33  # uniform from 1 to 60: mean 30.5, standard error 0.4


def test_a_placed_order_survives_a_drop_right_behind_it(desk: Desk, fake: FakeGateway) -> None:
    fake.plan("rests")
    desk.place()
    desk.until(lambda: len(desk.sent(3)) == 1, "it arrived")
    fake.drop()
    desk.await_state(ConnectionState.READY, times=2)
    assert desk.gateway.picture(1).open_orders == frozenset({"K|1"})
    desk.gateway.cancel("K|1")
    desk.await_event(Event.CONFIRM_CANCEL)
