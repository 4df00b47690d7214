"""Faults of the connection itself: starting, versions, identities, drops, silence, garbage, and the broker's servers behind it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from time import sleep

from alaris.broker import BrokerUnavailable, ConnectionChanged, ConnectionState, NotSent, QuoteProblem
from alaris.workflow.order_state import OrderState
from gateway_cases.bench import CLIENT, Bench, Fault

AGAIN = "tried again until it was there, account read anew"


def refused(bench: Bench) -> str:
    bench.fake.refuse()
    bench.start()
    assert not bench.gateway.wait_ready(0.2)
    bench.fake.accept()
    bench.ready()
    return AGAIN


def until_over(fault: str, value: object = True) -> Callable[[Bench], str]:
    """A fault of the start that ends after a while."""

    def play(bench: Bench) -> str:
        bench.fake.fault(fault, value)
        bench.start()
        assert not bench.gateway.wait_ready(0.8)
        bench.fake.fault(fault, None)
        bench.ready()
        return AGAIN

    return play


def speaks(version: int) -> Callable[[Bench], str]:
    """A gateway of one version."""

    def play(bench: Bench) -> str:
        bench.fake.fault("version", version)
        bench.ready()
        key = bench.enter()
        assert bench.comes_to(key, OrderState.FILLED)
        assert bench.problem() is None
        return "spoke that version: quoted, ordered, filled"

    return play


def cannot_speak(version: int) -> Callable[[Bench], str]:
    """A gateway of a version that the library does not know, until it is replaced."""

    def play(bench: Bench) -> str:
        bench.fake.fault("version", version)
        bench.start()
        assert not bench.gateway.wait_ready(0.8)
        assert bench.fake.sent(3) == []
        bench.fake.fault("version", None)
        bench.ready()
        return "never ready, nothing sent; ready once the version was spoken"

    return play


def halves(bench: Bench) -> str:
    bench.fake.fault("halves", True)
    bench.ready()
    key = bench.enter()
    assert bench.comes_to(key, OrderState.FILLED)
    assert bench.problem(1.0) is None
    return "put together; quoted, ordered, filled"


def occupied(bench: Bench) -> str:
    bench.fake.fault("occupied", {CLIENT: 2})
    bench.ready()
    return "code 326 twice: tried the same id again"


def zombie(bench: Bench) -> str:
    bench.fake.fault("occupied", {CLIENT: 10_000})
    bench.ready()
    assert bench.fake.clients == (CLIENT + 1,)
    return "code 326 for good: took the spare id"


def wrong_account(bench: Bench) -> str:
    bench.start()
    assert not bench.gateway.wait_ready(0.5)
    assert bench.fake.sent(3) == []
    return "never ready, nothing sent"


def dropped(*, reset: bool) -> Callable[[Bench], str]:
    """An idle connection is lost."""

    def play(bench: Bench) -> str:
        bench.ready()
        before = len(bench.seen)
        bench.fake.drop(reset=reset)
        assert bench.until(lambda: any(isinstance(event, ConnectionChanged) for event in bench.seen[before:]))
        bench.ready()
        return "seen at once; connected again"

    return play


def half_open(bench: Bench) -> str:
    bench.ready()
    bench.fake.half_open()
    assert bench.until(lambda: bench.gateway.state is not ConnectionState.READY)
    bench.fake.fault("half_open", None)
    bench.ready()
    return "silence seen by asking the time; connected again"


def restarted(bench: Bench) -> str:
    bench.ready()
    bench.fake.restart(0.3)
    assert bench.until(lambda: bench.gateway.state is not ConnectionState.READY)
    bench.ready()
    return "connected again after its restart"


def nightly_reset(bench: Bench) -> str:
    bench.ready()
    bench.fake.inject_error(-1, 1100, "Connectivity between IB and TWS has been lost.")
    assert bench.reaches(ConnectionState.DEGRADED)
    bench.fake.refuse()
    assert bench.reaches(ConnectionState.DOWN) or bench.reaches(ConnectionState.CONNECTING)
    bench.fake.fault("not_ready", True)
    bench.fake.restart(0.0)
    sleep(0.7)
    assert bench.gateway.state is not ConnectionState.READY
    bench.fake.fault("not_ready", None)
    bench.ready()
    return "1100, drop, refused, not logged in, back: followed step by step"


def mute(*numbers: int) -> Callable[[Bench], str]:
    """Questions of the start that are never answered, until they are."""

    def play(bench: Bench) -> str:
        bench.fake.fault("mute", set(numbers))
        bench.start()
        assert not bench.gateway.wait_ready(0.9), "ready though a part of the account was never told"
        bench.fake.fault("mute", None)
        bench.ready()
        return "not ready until the account was told whole"

    return play


def silent_picture(bench: Bench) -> str:
    bench.ready()
    bench.fake.fault("mute", {61})
    assert bench.gateway.picture(0.3).positions is None
    try:
        bench.desk.reconcile()
    except BrokerUnavailable:
        said = "no picture: nothing concluded, no empty account"
    else:
        raise AssertionError("a silent question was taken for an answer")
    bench.fake.fault("mute", None)
    return said


def slow(bench: Bench) -> str:
    bench.fake.fault("slow", {61: 0.25, 7: 0.25, 3: 0.25})
    bench.ready()
    key = bench.enter()
    assert bench.comes_to(key, OrderState.FILLED)
    return "waited; filled"


def garbage(content: bytes) -> Callable[[Bench], str]:
    """A frame that means nothing."""

    def play(bench: Bench) -> str:
        bench.ready()
        bench.fake.inject_bytes(struct.pack(">I", len(content)) + content)
        key = bench.enter()
        assert bench.comes_to(key, OrderState.FILLED)
        return "skipped, the connection lived"

    return play


def cut_frame(bench: Bench) -> str:
    bench.ready()
    bench.fake.inject_bytes(struct.pack(">I", 400) + b"5\x0012\x00")
    bench.drop()
    assert bench.until(lambda: bench.gateway.state is not ConnectionState.READY)
    bench.ready()
    return "thrown away with its connection; connected again"


def endless_frame(bench: Bench) -> str:
    bench.ready()
    bench.fake.inject_bytes(struct.pack(">I", 900_000_000))
    assert bench.until(lambda: bench.gateway.state is not ConnectionState.READY)
    bench.ready()
    return "silence behind it seen by asking the time; connected again"


def lost_servers(code: int) -> Callable[[Bench], str]:
    """1100 or 2110: the socket stays, the broker behind it is gone; then restored."""

    def play(bench: Bench) -> str:
        bench.ready()
        bench.fake.inject_error(-1, code, "Connectivity has been lost.")
        assert bench.reaches(ConnectionState.DEGRADED)
        assert bench.problem() is QuoteProblem.DEGRADED
        key = bench.intend()
        try:
            bench.send(key)
        except NotSent:
            bench.desk.reconcile() if bench.gateway.state is ConnectionState.READY else None
        else:
            raise AssertionError("an order left while the broker's servers were away")
        assert bench.fake.sent(3) == []
        bench.fake.inject_error(-1, 1102, "Connectivity has been restored - data maintained.")
        bench.back()
        assert bench.state(key) is OrderState.ABSENT
        return "no quote, no order; read anew when restored"

    return play


def restored(code: int, *, data_lost: bool) -> Callable[[Bench], str]:
    """1101 or 1102 after 1100."""

    def play(bench: Bench) -> str:
        bench.ready()
        bench.fake.inject_error(-1, 1100, "Connectivity between IB and TWS has been lost.")
        assert bench.reaches(ConnectionState.DEGRADED)
        bench.fake.inject_error(-1, code, "Connectivity between IB and TWS has been restored.")
        bench.ready()
        changes = [event for event in bench.seen if isinstance(event, ConnectionChanged) and event.state is ConnectionState.READY]
        assert changes[-1].data_lost is data_lost
        return "ready again, account read anew" + (", data asked for again" if data_lost else "")

    return play


def port_reset(bench: Bench) -> str:
    bench.ready()
    before = len(bench.seen)
    bench.fake.inject_error(-1, 1300, "TWS socket port has been reset and this connection is being dropped.")
    assert bench.until(lambda: any(isinstance(event, ConnectionChanged) for event in bench.seen[before:]))
    bench.ready()
    return "hung up and connected again"


def farm_broken(bench: Bench) -> str:
    bench.ready()
    bench.fake.inject_error(-1, 2103, "Market data farm connection is broken:usopt")
    assert bench.until(lambda: bench.problem() is QuoteProblem.DEGRADED)
    bench.fake.inject_error(-1, 2104, "Market data farm connection is OK:usopt")
    assert bench.until(lambda: bench.problem() is None)
    return "no quotes, so no new orders, until 2104"


def noted(code: int, text: str) -> Callable[[Bench], str]:
    """A code that changes nothing."""

    def play(bench: Bench) -> str:
        bench.ready()
        bench.fake.inject_error(-1, code, text)
        assert bench.until(lambda: any(getattr(event, "code", 0) == code for event in bench.seen))
        assert bench.gateway.state is ConnectionState.READY
        assert bench.problem() is None
        return "written down; trading went on"

    return play


def clock_skew(bench: Bench) -> str:
    bench.fake.fault("clock_skew", 3600.0)
    bench.ready()
    key = bench.enter()
    assert bench.comes_to(key, OrderState.FILLED)
    skew = (bench.gateway.server_time(0.5) - bench.desk.now()).total_seconds()
    assert 3598 < skew < 3602
    return f"{skew:,.0f} s seen by server_time; orders kept their order by facts"


CONNECTION = (
    Fault("connection", "refused, then accepted", refused),
    Fault("connection", "accepted, no handshake", until_over("no_handshake")),
    Fault("connection", "handshake, not logged in yet", until_over("not_ready")),
    Fault("connection", "every message in two halves", halves),
    Fault("connection", "version 157", speaks(157)),
    Fault("connection", "version 163", speaks(163)),
    Fault("connection", "version 170", speaks(170)),
    Fault("connection", "version 100, too old", cannot_speak(100)),
    Fault("connection", "326, then free", occupied),
    Fault("connection", "326 for good, a zombie", zombie, spare_ids=(CLIENT + 1,)),
    Fault("connection", "a live login, paper asked for", wrong_account, account="U7654321", trades=False),
    Fault("connection", "several accounts, none named", wrong_account, account="DU1,DU2", trades=False),
    Fault("connection", "dropped by a reset", dropped(reset=True)),
    Fault("connection", "closed cleanly", dropped(reset=False)),
    Fault("connection", "half open: up and silent", half_open),
    Fault("connection", "gateway restarted", restarted),
    Fault("connection", "nightly reset, whole", nightly_reset),
    Fault("connection", "positions never told at the start", mute(61)),
    Fault("connection", "executions never told at the start", mute(7)),
    Fault("connection", "open orders never told at the start", mute(16)),
    Fault("connection", "positions silent later", silent_picture),
    Fault("connection", "slow answers", slow),
    Fault("connection", "unknown message id", garbage(b"4711\x001\x00x\x00")),
    Fault("connection", "bytes that are no message", garbage(b"\xff\xfe\x00\x01")),
    Fault("connection", "message of too few fields", garbage(b"5\x0012\x00")),
    Fault("connection", "frame cut by the drop", cut_frame),
    Fault("connection", "frame that never ends", endless_frame),
    Fault("servers", "1100 lost", lost_servers(1100)),
    Fault("servers", "2110 lost", lost_servers(2110)),
    Fault("servers", "1101 restored, data lost", restored(1101, data_lost=True)),
    Fault("servers", "1102 restored, data kept", restored(1102, data_lost=False)),
    Fault("servers", "1300 port reset", port_reset),
    Fault("servers", "2103 farm broken, 2104 back", farm_broken),
    Fault("servers", "2105 historical farm broken", noted(2105, "HMDS data farm connection is broken:ushmds")),
    Fault("servers", "2107 historical farm idle", noted(2107, "HMDS data farm connection is inactive but should be available")),
    Fault("servers", "2108 farm idle", noted(2108, "Market data farm connection is inactive but should be available")),
    Fault("servers", "2157 contract farm broken", noted(2157, "Sec-def data farm connection is broken:secdefnj")),
    Fault("servers", "2199, a warning nobody knows", noted(2199, "something new")),
    Fault("servers", "100 pacing", noted(100, "Max rate of messages per second has been exceeded")),
    Fault("servers", "clock an hour off", clock_skew),
)
