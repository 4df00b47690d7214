"""Playing one fault: a fake gateway, our own connection to it, what was heard, and whether it came out as promised."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from fake_gateway import FakeGateway

from alaris.broker import (
    BrokerEvent,
    ConnectionState,
    Gateway,
    GatewayAddress,
    QuoteMode,
    QuoteRules,
    QuoteUnavailable,
    SnapshotCosts,
    Timeouts,
)
from alaris.broker.library import require_library
from alaris.domain import Leg, Right

FRONT = Leg("YUM", Right.CALL, 67.5, date(2017, 2, 17), -1)
BACK = Leg("YUM", Right.CALL, 67.5, date(2017, 3, 17), 1)
FRONT_ID, BACK_ID = 1006, 1016
QUICK = Timeouts(
    connect=0.6,
    resync=0.5,
    question=1,
    send=1,
    liveness=0.15,
    liveness_every=30,
    first_backoff=0.02,
    last_backoff=0.05,
    occupied=0.2,
    legs_apart=0.2,
)
LIBRARY_LOGGERS = ("ib_insync", "ib_async")
# a drop in three wordings, and our own stop while it connects
HARMLESS = ("Peer closed connection", "[Errno 104]", "[Errno 32]", "API connection failed: CancelledError")
PATIENCE = 5.0  # seconds after which something that must happen has not


def spoken_version() -> int:
    """The newest protocol version that the installed library speaks."""
    return 176 if require_library() == "ib_insync" else 178


@dataclass
class Stage:
    """What a fault is played on."""

    fake: FakeGateway
    gateway: Gateway
    events: list[BrokerEvent] = field(default_factory=list)
    quote_seconds: float = 0.25
    mode: QuoteMode = QuoteMode.SNAPSHOT

    def ready(self) -> None:
        """Wait for the connection."""
        assert self.gateway.wait_ready(PATIENCE), f"not ready: {self.gateway.state} {self.gateway.problem}"

    def until(self, happened: Callable[[], bool], what: str) -> None:
        """Wait for something that must happen."""
        end = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < end, f"did not happen within {PATIENCE:g} s: {what}; heard {self.events}"
            time.sleep(0.002)

    def is_in(self, state: ConnectionState) -> bool:
        """Whether the connection is in a state now."""
        return self.gateway.state is state

    def quote(self) -> str:
        """Ask for both legs: `quote` where both came right, or the reason."""
        try:
            front, back = self.gateway.quotes((FRONT, BACK), self.quote_seconds, self.mode)
        except QuoteUnavailable as refused:
            return refused.problem.value
        assert (front.leg, back.leg) == (FRONT, BACK)
        assert (front.bid, front.ask, back.bid, back.ask) == (1.00, 1.10, 2.00, 2.15), "a quote came that nobody stated"
        return "quote"

    def meanwhile(self, act: Callable[[], None], seconds: float = 0.04) -> None:
        """Do something a moment later, while the caller waits for an answer."""
        threading.Timer(seconds, act).start()


@dataclass(frozen=True)
class Played:
    """A fault: `act` brings it about and says what was seen, which must be `expected`; `logged` are texts the library may log as errors."""

    name: str
    expected: str
    done: str
    act: Callable[[Stage], str]
    logged: tuple[str, ...] = ()
    address: GatewayAddress | None = None
    timeouts: Timeouts = QUICK
    rules: QuoteRules | None = None
    costs: Callable[[], SnapshotCosts] | None = None
    before: Callable[[FakeGateway], None] = lambda _: None
    account: str = "DU1234567"


@dataclass(frozen=True)
class Outcome:
    """What came of a fault."""

    name: str
    expected: str
    told: str
    done: str
    errors: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it came out as promised, and nothing but the expected was logged."""
        return self.told == self.expected and not self.errors


def play(played: Played) -> Outcome:
    """Bring one fault about and say what came of it; an error the library logs unexpectedly fails it."""
    with library_errors() as logged, FakeGateway(version=spoken_version(), account=played.account) as fake:
        played.before(fake)
        events: list[BrokerEvent] = []
        address = played.address or GatewayAddress(client_id=33)
        own = GatewayAddress(address.host, fake.port, address.client_id, address.paper, address.spare_ids, address.account)
        costs = played.costs() if played.costs else None
        with Gateway(own, events.append, timeouts=played.timeouts, rules=played.rules, costs=costs) as gateway:
            told = played.act(Stage(fake, gateway, events))
    unexpected = [text for text in logged if not any(known in text for known in (*played.logged, *HARMLESS))]
    return Outcome(played.name, played.expected, told, played.done, tuple(unexpected))


@contextmanager
def library_errors() -> Iterator[list[str]]:
    """Texts that the client libraries log as errors meanwhile: a message decoded wrongly shows nowhere else."""
    found: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    keeper = Keeper(logging.ERROR)
    loggers = [logging.getLogger(name) for name in LIBRARY_LOGGERS]
    for logger in loggers:
        logger.addHandler(keeper)
        logger.propagate = False
    try:
        yield found
    finally:
        for logger in loggers:
            logger.removeHandler(keeper)
            logger.propagate = True
