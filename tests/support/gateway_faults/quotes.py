"""Faults of a quote, and of the connection while one is wanted: each ends in a quote that was stated, or in a reason."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from fake_gateway import Contract, FakeGateway

from alaris.broker import Caps, ConnectionState, GatewayAddress, QuoteMode, QuoteRules, SnapshotCosts
from gateway_faults.playing import BACK, BACK_ID, FRONT, FRONT_ID, Played, Stage

GOOD = (("kind", 1), ("price", 1, 1.00, 10), ("price", 2, 1.10, 10))
FAILED = "API connection failed"
Act = Callable[[Stage], str]


def _asked(stage: Stage) -> str:
    stage.ready()
    return stage.quote()


def _ticks(*steps: tuple[object, ...]) -> Act:
    def act(stage: Stage) -> str:
        stage.fake.script(FRONT_ID, *steps)
        return _asked(stage)

    return act


def _last(*steps: tuple[object, ...]) -> Act:
    """These ticks, and the gateway's word that no more will come."""
    return _ticks(*steps, ("end",))


def _during(act: Callable[[FakeGateway], None]) -> Act:
    """Both legs silent, and something happens while they are awaited."""

    def work(stage: Stage) -> str:
        stage.fake.script(FRONT_ID, ("kind", 1))
        stage.ready()
        stage.quote_seconds = 2.0
        stage.meanwhile(lambda: act(stage.fake))
        return stage.quote()

    return work


def _not_ready(stage: Stage) -> str:
    assert not stage.gateway.wait_ready(0.15)
    return stage.quote()


def _system(code: int, text: str) -> Act:
    def act(stage: Stage) -> str:
        stage.ready()
        stage.fake.inject_error(-1, code, text)
        stage.until(lambda: any(getattr(event, "code", 0) == code for event in stage.events), f"code {code} heard")
        return stage.quote()

    return act


def _code(code: int) -> Act:
    return _ticks(("error", code, "as the gateway words it"))


def _again(stage: Stage) -> str:
    stage.ready()
    assert stage.quote() == "quote"
    stage.fake.script(FRONT_ID, ("kind", 1), ("end",))
    stage.fake.script(BACK_ID, ("kind", 1), ("end",))
    return stage.quote()


def _late_ticks(stage: Stage) -> str:
    stage.ready()
    stage.fake.script(FRONT_ID, ("wait", 0.35), *GOOD)
    assert stage.quote() == "TIMEOUT"
    stage.fake.script(FRONT_ID)
    return stage.quote()


def _halves(stage: Stage) -> str:
    stage.fake.fault("halves")
    stage.quote_seconds = 2.0
    return _asked(stage)


def _garbage(content: bytes) -> Act:
    def act(stage: Stage) -> str:
        stage.ready()
        stage.fake.inject_bytes(struct.pack(">I", len(content)) + content)
        return stage.quote()

    return act


def _ambiguous(fake: FakeGateway) -> None:
    fake.add(Contract(5001, "YUM", "OPT", "20170217", 67.5, "C", "100", "YUM"))


def _unlisted(fake: FakeGateway) -> None:
    del fake.market.contracts[BACK_ID]


def _expiring(hour: str) -> Callable[[FakeGateway], None]:
    def change(fake: FakeGateway) -> None:
        known = fake.market.contracts[BACK_ID]
        fake.market.contracts[BACK_ID] = replace(known, expiry=known.expiry + hour)

    return change


def _paid(cap: str) -> SnapshotCosts:
    folder = Path(tempfile.mkdtemp())
    return SnapshotCosts(folder / "costs.sqlite", Caps(Decimal(cap), Decimal(10), Decimal(10)))


def _regulatory(stage: Stage) -> str:
    stage.mode = QuoteMode.REGULATORY
    told = _asked(stage)
    assert told == "quote" or not stage.fake.sent(1), "a paid request was sent all the same"
    return told


def _full(stage: Stage) -> str:
    stage.ready()
    stage.gateway.subscribe(FRONT)
    stage.gateway.subscribe(BACK)
    return stage.quote()


def _skewed(stage: Stage) -> str:
    stage.fake.fault("clock_skew", 600.0)
    stage.ready()
    before = stage.gateway.quotes((FRONT, BACK), 1.0)[0].observed_at
    assert abs((stage.gateway.server_time(1) - before).total_seconds() - 600) < 5
    return stage.quote()


def _half_open(stage: Stage) -> str:
    stage.ready()
    assert stage.quote() == "quote"
    stage.fake.half_open()
    return stage.quote()


def _forgotten(stage: Stage) -> str:
    """Nothing of a request is left behind, whatever came of it."""
    stage.ready()
    for _ in range(5):
        stage.quote()
    stage.until(lambda: stage.fake.subscriptions == 0, "all lines free")
    return stage.quote()


def _restored(stage: Stage) -> str:
    stage.ready()
    stage.fake.inject_error(-1, 1100, "Connectivity between IB and Trader Workstation has been lost.")
    stage.until(lambda: stage.is_in(ConnectionState.DEGRADED), "degraded")
    stage.fake.inject_error(-1, 1102, "Connectivity between IB and Trader Workstation has been restored - data maintained.")
    stage.until(lambda: stage.is_in(ConnectionState.READY), "ready again")
    return stage.quote()


def _mute(*messages: int) -> Callable[[FakeGateway], None]:
    return lambda fake: fake.fault("mute", messages)


def _fault(name: str, value: object = True) -> Callable[[FakeGateway], None]:
    return lambda fake: fake.fault(name, value)


REFUSED, SILENT = "no quote, reason told", "given up at the deadline, request cancelled"
WAITS = "no quote; tries again with backoff and jitter"
LARGEST = 1.7976931348623157e308

QUOTE_FAULTS: tuple[Played, ...] = (
    Played("connection refused", "NOT_CONNECTED", WAITS, _not_ready, (FAILED, "Make sure API port"), before=FakeGateway.refuse),
    Played("accepted, no handshake", "NOT_CONNECTED", WAITS, _not_ready, (FAILED,), before=_fault("no_handshake")),
    Played("handshake, not logged in", "NOT_CONNECTED", WAITS, _not_ready, (FAILED,), before=_fault("not_ready")),
    Played("protocol version too old", "NOT_CONNECTED", WAITS, _not_ready, (FAILED, "version must be"), before=_fault("version", 150)),
    Played("client id occupied", "NOT_CONNECTED", "fails at once, waits", _not_ready, (FAILED,), before=_fault("occupied", {33: 99})),
    Played("live account, paper wanted", "NOT_CONNECTED", "hangs up, sends nothing", _not_ready, account="U1234567"),
    Played(
        "paper account, live wanted",
        "NOT_CONNECTED",
        "hangs up, sends nothing",
        _not_ready,
        address=GatewayAddress(client_id=33, paper=False),
    ),
    Played("several accounts, none named", "NOT_CONNECTED", "hangs up, asks for a name", _not_ready, account="DU1,DU2"),
    Played("positions never answered at start", "NOT_CONNECTED", "connected is not ready", _not_ready, before=_mute(61)),
    Played("executions never answered at start", "NOT_CONNECTED", "connected is not ready", _not_ready, before=_mute(7)),
    Played("1100 servers lost", "DEGRADED", "no quotes, no new orders", _system(1100, "Connectivity has been lost.")),
    Played("1100 then 1102", "quote", "account read again, then ready", _restored),
    Played("2103 option farm broken", "DEGRADED", "no quotes until 2104", _system(2103, "Market data farm connection is broken:usopt")),
    Played("2103 of another market", "quote", "noted", _system(2103, "Market data farm connection is broken:eufarm")),
    Played("2105 history farm broken", "quote", "noted", _system(2105, "HMDS data farm connection is broken:ushmds")),
    Played("2107 farm idle", "quote", "noted", _system(2107, "HMDS data farm connection is inactive:ushmds")),
    Played("reset during the request", "CONNECTION_LOST", "fails at once, reconnects", _during(FakeGateway.drop)),
    Played("clean close during the request", "CONNECTION_LOST", "fails at once, reconnects", _during(lambda fake: fake.drop(reset=False))),
    Played("half-open socket", "TIMEOUT", SILENT, _half_open),
    Played("contract never answered", "TIMEOUT", SILENT, _asked, before=_mute(9)),
    Played("no ticks at all", "TIMEOUT", SILENT, _ticks(("kind", 1))),
    Played("ticks after the deadline", "TIMEOUT", SILENT, _ticks(("wait", 0.5), *GOOD)),
    Played("ticks late but in time", "quote", "waited for", _ticks(("wait", 0.1), *GOOD)),
    Played("snapshot ends with nothing", "TIMEOUT", "ends at once", _ticks(("kind", 1), ("end",))),
    Played("second snapshot says nothing", "TIMEOUT", "the first one's numbers are not used", _again),
    Played("late ticks of a cancelled request", "quote", "not taken for the next one's", _late_ticks),
    Played("unknown contract", "NO_CONTRACT", REFUSED, _asked, before=_unlisted),
    Played("ambiguous contract", "NO_CONTRACT", REFUSED, _asked, before=_ambiguous),
    Played("expiry with time and zone", "quote", "read as its day", _asked, before=_expiring(" 16:00:00 US/Eastern")),
    Played("200 on one leg", "NO_CONTRACT", "the other leg is cancelled", _code(200)),
    Played("354 not subscribed", "NOT_SUBSCRIBED", REFUSED, _code(354)),
    Played("10089 not subscribed for the API", "NOT_SUBSCRIBED", REFUSED, _code(10089)),
    Played("10168 delayed data off", "NOT_SUBSCRIBED", REFUSED, _code(10168)),
    Played("10197 competing session", "COMPETING_SESSION", REFUSED, _code(10197)),
    Played("101 too many tickers", "TOO_MANY_LINES", REFUSED, _code(101)),
    Played("100 too many messages", "PACING", REFUSED, _code(100)),
    Played("321 request not valid", "REFUSED", REFUSED, _code(321)),
    Played("a code nobody knows", "REFUSED", REFUSED, _code(19999)),
    Played("10090 part not subscribed", "quote", "bid and ask waited for", _ticks(("error", 10090, "part"), ("wait", 0.05), *GOOD)),
    Played("10091 part not subscribed", "quote", "bid and ask waited for", _ticks(("error", 10091, "part"), ("wait", 0.05), *GOOD)),
    Played(
        "10167 delayed instead", "NOT_LIVE", REFUSED, _ticks(("error", 10167, "delayed"), ("price", 66, 1.00, 10), ("price", 67, 1.10, 10))
    ),
    Played("delayed ticks", "NOT_LIVE", REFUSED, _ticks(("kind", 3), ("price", 66, 1.00, 10), ("price", 67, 1.10, 10))),
    Played(
        "delayed ticks that say they are live", "TIMEOUT", SILENT, _ticks(("kind", 1), ("price", 66, 1.00, 10), ("price", 67, 1.10, 10))
    ),
    Played("frozen", "NOT_LIVE", REFUSED, _ticks(("kind", 2), *GOOD[1:])),
    Played("delayed and frozen", "NOT_LIVE", REFUSED, _ticks(("kind", 4), *GOOD[1:])),
    Played("kind of data never said", "KIND_UNKNOWN", REFUSED, _last(*GOOD[1:])),
    Played("ask only", "ONE_SIDED", REFUSED, _last(("kind", 1), ("price", 2, 1.10, 10))),
    Played("bid only", "ONE_SIDED", REFUSED, _last(("kind", 1), ("price", 1, 1.00, 10))),
    Played("bid -1", "ONE_SIDED", "-1 is no price", _last(("kind", 1), ("price", 1, -1, 0), ("price", 2, 1.10, 10))),
    Played("ask 0", "ONE_SIDED", REFUSED, _last(("kind", 1), ("price", 1, 0.0, 10), ("price", 2, 0.0, 10))),
    Played("blank price", "ONE_SIDED", "counts as nothing", _last(("kind", 1), ("price", 1, "", 10), ("price", 2, 1.10, 10))),
    Played("price NaN", "IMPLAUSIBLE", REFUSED, _last(("kind", 1), ("price", 1, "NaN", 10), ("price", 2, 1.10, 10))),
    Played("price infinite", "IMPLAUSIBLE", REFUSED, _last(("kind", 1), ("price", 1, 1.0, 10), ("price", 2, "Infinity", 10))),
    Played("largest double", "IMPLAUSIBLE", REFUSED, _last(("kind", 1), ("price", 1, LARGEST, 10), ("price", 2, LARGEST, 10))),
    Played("negative price", "IMPLAUSIBLE", REFUSED, _last(("kind", 1), ("price", 1, -0.5, 10), ("price", 2, 1.10, 10))),
    Played(
        "price that is text", "ONE_SIDED", REFUSED, _last(("kind", 1), ("price", 1, "abc", 10), ("price", 2, 1.1, 10)), ("Error handling",)
    ),
    Played("crossed", "CROSSED", REFUSED, _last(("kind", 1), ("price", 1, 1.2, 10), ("price", 2, 1.1, 10))),
    Played("size 0", "NO_SIZE", REFUSED, _last(("kind", 1), ("price", 1, 1.0, 10), ("price", 2, 1.1, 0))),
    Played("size blank", "NO_SIZE", REFUSED, _last(("kind", 1), ("price", 1, 1.0, ""), ("price", 2, 1.1, 10))),
    Played("size of half a contract", "NO_SIZE", REFUSED, _last(("kind", 1), ("price", 1, 1.0, 0.5), ("price", 2, 1.1, 10))),
    Played(
        "size comes later",
        "quote",
        "waited for",
        _ticks(("kind", 1), ("price", 1, 1.0, 0), ("price", 2, 1.1, 10), ("wait", 0.05), ("size", 0, 10)),
    ),
    Played(
        "crossed for a moment",
        "quote",
        "waited for",
        _ticks(("kind", 1), ("price", 1, 1.2, 10), ("price", 2, 1.1, 10), ("wait", 0.05), ("price", 1, 1.0, 10)),
    ),
    Played("halted", "HALTED", REFUSED, _last(("generic", 49, 1), *GOOD)),
    Played("legs quoted apart", "LEGS_APART", REFUSED, _ticks(("wait", 0.23), *GOOD)),
    Played(
        "Greeks that are sentinels", "quote", "not read", _ticks(("raw", 21, "{request}", 13, 1, -1, -2, -1, -1, -2, -2, -2, -1), *GOOD)
    ),
    Played("unknown message id", "quote", "skipped", _garbage(b"999\x001\x00"), ("Error handling fields",)),
    Played("frame of nonsense", "quote", "skipped", _garbage(b"\xff\xfe\x00nonsense\x00"), ("Error handling fields",)),
    Played("empty frame", "quote", "skipped", _garbage(b"\x00"), ("Error handling fields",)),
    Played("every message in two halves", "quote", "joined", _halves),
    Played("gateway's clock 10 minutes off", "quote", "dated by our own", _skewed),
    Played("all lines in use", "TOO_MANY_LINES", "nothing is sent", _full, rules=QuoteRules(lines=3)),
    Played("lines are given back", "quote", "every request is cancelled", _forgotten),
    Played("paid snapshot within its cap", "quote", "0.06 USD counted before it is sent", _regulatory, costs=lambda: _paid("0.06")),
    Played("paid snapshot beyond its cap", "COST_CAP", "nothing is sent", _regulatory, costs=lambda: _paid("0.02")),
    Played("paid snapshot without a counter", "COST_CAP", "nothing is sent", _regulatory),
)
