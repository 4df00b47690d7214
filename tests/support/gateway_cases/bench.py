"""A fake gateway, our connection to it, a journal and the order book between them: the bench on which faults are played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from time import monotonic, sleep
from typing import Self

from fake_gateway import FakeGateway

from alaris.broker import (
    BrokerEvent,
    ComboOrder,
    ConnectionChanged,
    ConnectionState,
    Gateway,
    GatewayAddress,
    QuoteProblem,
    QuoteUnavailable,
    Timeouts,
)
from alaris.broker.contracts import contract_name, instrument_of
from alaris.domain import Leg
from alaris.journal.store import Journal
from alaris.operations.desk import Desk
from alaris.records.positions import positions_of
from alaris.workflow.order_state import Order, OrderState

FRONT_ID, BACK_ID = 1006, 1016  # the calls at 67.5 of the fake's small market: 1.00-1.10 and 2.00-2.15
FRONT, BACK = "YUM 170217C67.5", "YUM 170317C67.5"
NATURAL = Decimal("1.15")
FAST = Timeouts(
    connect=0.6,
    resync=0.6,
    question=0.4,
    send=1.0,
    liveness=0.5,
    liveness_every=0.2,
    first_backoff=0.02,
    last_backoff=0.05,
    occupied=0.25,
)
ORDER_ID, ORDER_REF, PLACE = 1, 26, 3  # of a placeOrder message
CLIENT = 33


class Bench:
    """One fault's own gateway, connection and journal; use it in a `with` block."""

    def __init__(self, folder: Path, *, account: str = "DU1234567", spare_ids: tuple[int, ...] = ()) -> None:
        self.fake = FakeGateway(account=account)
        self.seen: list[BrokerEvent] = []
        self.left_to_a_person: dict[str, int] = {}
        self._events: SimpleQueue[BrokerEvent] = SimpleQueue()
        self._folder, self._spare_ids = folder, spare_ids
        self._numbers = count(1)
        self._started = False

    def __enter__(self) -> Self:
        """Listen; the client comes with `start` or `ready`."""
        self.fake.__enter__()
        self.journal = Journal(str(self._folder / "journal.db"), environment={})
        address = GatewayAddress(port=self.fake.port, client_id=CLIENT, spare_ids=self._spare_ids)
        self.gateway = Gateway(address, self._listen, timeouts=FAST)
        self.desk = Desk(self.gateway, self.journal, self._events, lambda: datetime.now(UTC))
        return self

    def __exit__(self, *error: object) -> None:
        """Hang up and close everything."""
        if self._started:
            self.gateway.stop()
        self.journal.close()
        self.fake.__exit__()

    def start(self) -> None:
        """Let the client come."""
        self._started = True
        self.gateway.start()

    def ready(self, seconds: float = 5.0) -> None:
        """Be connected, with the account read."""
        if not self._started:
            self.start()
        assert self.gateway.wait_ready(seconds), f"not ready after {seconds} s: {self.gateway.state}"

    def reaches(self, state: ConnectionState, seconds: float = 3.0) -> bool:
        """Whether the connection comes to a state."""
        return self.until(lambda: self.gateway.state is state, seconds)

    def until(self, holds: Callable[[], bool], seconds: float = 3.0) -> bool:
        """Hear what comes until something holds."""
        deadline = monotonic() + seconds
        while monotonic() < deadline:
            self.desk.hear()
            if holds():
                return True
            sleep(0.004)
        return False

    def intend(self, contracts: int = 2) -> str:
        """A calendar to buy, in the journal; its key."""
        key = f"run|YUM|enter|{next(self._numbers)}"
        self.desk.book.intend(Order(key, {FRONT: -1, BACK: 1}, contracts), f"trade of {key}", {"symbol": "YUM"})
        return key

    def send(self, key: str, limit: Decimal = NATURAL) -> None:
        """Hand an intended order over."""
        order = self.desk.book.send(key, datetime.now(UTC), limit, "BUY")
        legs = tuple((instrument_of(name), ratio) for name, ratio in order.legs.items())
        self.gateway.place(ComboOrder(key, legs, order.contracts, limit))

    def enter(self, plan: str = "market", limit: Decimal = NATURAL, contracts: int = 2) -> str:
        """Intend and send an order that goes on by a plan of the fake's; its key."""
        self.fake.plan(plan)
        key = self.intend(contracts)
        self.send(key, limit)
        assert self.until(lambda: self.arrived(key)), "the order never came to the gateway"
        return key

    def arrived(self, key: str) -> bool:
        """Whether the gateway was sent an order under a key."""
        return any(frame[ORDER_REF] == key for frame in self.fake.sent(PLACE))

    def state(self, key: str) -> OrderState:
        """Where an order stands by our book."""
        return self.desk.order(key).state

    def comes_to(self, key: str, state: OrderState, seconds: float = 3.0) -> bool:
        """Whether an order comes to a state by what is heard."""
        return self.until(lambda: self.desk.book.order(key).state is state, seconds)

    def problem(self, seconds: float = 0.4) -> QuoteProblem | None:
        """Why the two legs have no quote; None where they have one."""
        legs = tuple(leg for leg in (instrument_of(FRONT, -1), instrument_of(BACK, 1)) if isinstance(leg, Leg))
        try:
            self.gateway.quotes(legs, seconds)
        except QuoteUnavailable as error:
            return error.problem
        return None

    def drop(self) -> None:
        """Lose the connection, and see that it is lost."""
        before = len(self.seen)
        self.fake.drop()
        lost = (ConnectionState.DOWN, ConnectionState.CONNECTING)
        assert self.until(lambda: any(isinstance(event, ConnectionChanged) and event.state in lost for event in self.seen[before:]))

    def lost(self) -> None:
        """What our side does when a connection is gone: nobody knows what became of the open orders."""
        self.desk.book.declare_unknown(datetime.now(UTC), "the connection was lost")

    def back(self) -> None:
        """And when it is there again: reconcile."""
        self.ready()
        self.desk.reconcile()

    def prove(self, *, trades: bool) -> None:
        """That the fault is over: one more calendar is bought, nothing was sent twice, positions and orders are the broker's."""
        if trades:
            self.ready()
            key = self.enter()
            assert self.comes_to(key, OrderState.FILLED), f"no trading after it: {self.state(key)}"
            self.desk.reconcile()
            ours = positions_of(self.journal)
            brokers = brokers_positions(self.fake)
            assert {**ours, **self.left_to_a_person} == brokers, f"ours {ours}, the broker's {brokers}"
            working = self.desk.picture().open_orders or frozenset()
            loose = [order.key for order in self.desk.book.open() if order.key not in working and order.state is not OrderState.UNKNOWN]
            assert not loose, f"neither ended nor unknown nor at the broker: {loose}"
        assert not sent_twice(self.fake), f"sent twice: {sent_twice(self.fake)}"

    def _listen(self, event: BrokerEvent) -> None:
        self.seen.append(event)
        self._events.put(event)


@dataclass(frozen=True)
class Fault:
    """One fault: what is played, giving in words what was done about it; whether trading goes on after it."""

    group: str
    name: str
    play: Callable[[Bench], str]
    account: str = "DU1234567"
    spare_ids: tuple[int, ...] = ()
    trades: bool = True

    def survived(self, folder: Path) -> str:
        """Play it and prove that it is over; AssertionError where it is not."""
        with Bench(folder, account=self.account, spare_ids=self.spare_ids) as bench:
            done = self.play(bench)
            bench.prove(trades=self.trades)
        return done


def sent_twice(gateway: FakeGateway) -> list[str]:
    """Keys under which a gateway was sent more than one order."""
    numbers: dict[str, set[str]] = {}
    for frame in gateway.sent(PLACE):
        numbers.setdefault(frame[ORDER_REF], set()).add(frame[ORDER_ID])
    return [key for key, ids in numbers.items() if len(ids) > 1]


def brokers_positions(gateway: FakeGateway) -> dict[str, int]:
    """Positions at a fake gateway under our names."""
    held = {gateway.market.contracts[number]: count for number, count in gateway.positions.items() if count}
    return {_name(one.symbol, one.expiry, one.right, one.strike): count for one, count in held.items()}


def _name(symbol: str, expiry: str, right: str, strike: float) -> str:
    return contract_name(instrument_of(f"{symbol} {expiry[2:]}{right}{strike:g}")) if expiry else symbol
