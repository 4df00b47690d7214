"""Our connection to a fake gateway with everything it told: waits for what must happen, and sums what was filled."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Protocol, TypeVar

from fake_gateway import FakeGateway
from gateway_faults.playing import BACK, FRONT, QUICK

from alaris.broker import (
    BrokerEvent,
    ComboOrder,
    ConnectionChanged,
    ConnectionState,
    Gateway,
    GatewayAddress,
    OrderFee,
    OrderFill,
    OrderStatement,
    QuoteRules,
    Timeouts,
)
from alaris.domain import Leg
from alaris.workflow.order_state import Event, Order

T = TypeVar("T", bound=BrokerEvent)
PATIENCE = 5.0  # seconds after which something that must happen has not
NAMES = ("YUM 170217C67.5", "YUM 170317C67.5")
CALENDAR: tuple[tuple[Leg, int], ...] = ((FRONT, -1), (BACK, 1))


class Connect(Protocol):
    """Makes connections of ours that end with the test."""

    def __call__(
        self,
        client_id: int = 33,
        *,
        timeouts: Timeouts = QUICK,
        rules: QuoteRules | None = None,
        spare_ids: tuple[int, ...] = (),
        ready: bool = True,
    ) -> Desk:
        """One connection, ready unless told otherwise."""
        ...


class Desk:
    """One connection and its events."""

    def __init__(self, fake: FakeGateway, address: GatewayAddress, timeouts: Timeouts, rules: QuoteRules | None = None) -> None:
        self.fake = fake
        self.events: list[BrokerEvent] = []
        self.gateway = Gateway(address, self.events.append, timeouts=timeouts, rules=rules)

    def ready(self) -> None:
        """Wait for the connection."""
        assert self.gateway.wait_ready(PATIENCE), f"{self.gateway.state}: {self.gateway.problem}"

    def until(self, happened: Callable[[], bool], what: str) -> None:
        """Wait for something that must happen."""
        end = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < end, f"did not happen within {PATIENCE:g} s: {what}; heard {self.events}"
            time.sleep(0.002)

    def heard(self, kind: type[T]) -> list[T]:
        """Events of one kind so far."""
        return [event for event in list(self.events) if isinstance(event, kind)]

    def states(self) -> list[ConnectionState]:
        """What the connection was told to be, in order."""
        return [changed.state for changed in self.heard(ConnectionChanged)]

    def await_state(self, state: ConnectionState, times: int = 1) -> None:
        """Wait until the connection was in a state so often."""
        self.until(lambda: self.states().count(state) >= times, f"{state} {times} times")

    def sent(self, message: int) -> list[list[str]]:
        """What clients sent of one message, after all that this one sent so far has arrived: a socket keeps the order."""
        self.gateway.server_time(PATIENCE)
        return self.fake.sent(message)

    def place(self, key: str = "K|1", limit: str = "1.15", contracts: int = 2) -> None:
        """Open a calendar."""
        self.gateway.place(ComboOrder(key, CALENDAR, contracts, Decimal(limit)))

    def await_event(self, event: Event, key: str = "K|1") -> OrderStatement:
        """Wait until the broker stated something of an order."""
        self.until(lambda: any(one.event is event and one.key == key for one in self.heard(OrderStatement)), f"{event} of {key}")
        return next(one for one in self.heard(OrderStatement) if one.event is event and one.key == key)

    def order(self, key: str = "K|1", contracts: int = 2) -> Order:
        """The workflow's own order after all that was told of it."""
        order = Order(key, dict(zip(NAMES, (-1, 1), strict=True)), contracts)
        for event in list(self.events):
            if isinstance(event, OrderStatement) and event.key == key:
                order = order.after(event.event, event.at)
            elif isinstance(event, OrderFill) and event.key == key:
                order = order.filled(event.report)
            elif isinstance(event, OrderFee) and event.key == key:
                order = order.charged(event.execution_id, event.fee)
        return order
