"""A gateway without a socket: what it is told is kept, what it tells is what a test says, on the engine's own thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from alaris.broker import (
    AccountFigures,
    BrokerEvent,
    ComboOrder,
    ConnectionState,
    Instrument,
    MarketTick,
    OrderFee,
    OrderFill,
    OrderStatement,
    contract_name,
)
from alaris.records.reconciliation import BrokerPicture
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import Event


@dataclass
class MemoryGateway:
    """The part of `alaris.broker.Gateway` that a live run uses; `tell` is the listener it would have been made with."""

    tell: Callable[[BrokerEvent], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    state: ConnectionState = ConnectionState.READY
    problem: str = ""
    account_id: str = "DU1"
    cash: float = 100_000.0
    orders: dict[str, ComboOrder] = field(default_factory=dict)
    limits: dict[str, list[Decimal]] = field(default_factory=dict)
    cancels: list[str] = field(default_factory=list)
    streams: list[Instrument] = field(default_factory=list)
    waiting_ticks: list[MarketTick] = field(default_factory=list)
    executions: list[tuple[str, ExecutionReport]] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    ended: dict[str, Event] = field(default_factory=dict)
    on_place: Callable[[ComboOrder], None] = lambda _: None
    on_cancel: Callable[[str], None] = lambda _: None
    answers: bool = True

    def wait_ready(self, seconds: float) -> bool:
        """Whether it is ready."""
        return self.state is ConnectionState.READY and seconds > 0

    def place(self, order: ComboOrder) -> None:
        """Keep an order, then do what the test says."""
        if order.key in self.orders:
            raise AssertionError(f"{order.key} was sent twice")
        self.orders[order.key] = order
        self.limits[order.key] = [order.limit]
        self.on_place(order)

    def replace(self, key: str, limit: Decimal) -> None:
        """Keep another limit."""
        self.limits[key].append(limit)

    def cancel(self, key: str) -> None:
        """Keep the wish, then do what the test says."""
        self.cancels.append(key)
        self.on_cancel(key)

    def subscribe(self, instrument: Instrument) -> None:
        """Keep a stream."""
        self.streams.append(instrument)

    def unsubscribe(self, instrument: Instrument) -> None:
        """Forget a stream."""
        self.streams.remove(instrument)

    def ticks(self) -> list[MarketTick]:
        """What waits."""
        ticks, self.waiting_ticks = self.waiting_ticks, []
        return ticks

    def watched_quotes(self, instruments: Sequence[Instrument], seconds: float) -> tuple[tuple[float, float, float, float] | None, ...]:
        """Quotes at once; this gateway has none but by ticks."""
        assert seconds > 0
        return tuple(None for _ in instruments)

    def picture(self, seconds: float) -> BrokerPicture:
        """The whole account, or nothing where it does not answer."""
        if not self.answers or seconds <= 0:
            return BrokerPicture(self.now(), None, None, None, None)
        done = {key for key, order in self.orders.items() if self._filled(key) >= order.contracts}
        working = frozenset(self.orders.keys() - self.ended.keys() - done)
        return BrokerPicture(self.now(), working, dict(self.ended), list(self.executions), {k: v for k, v in self.positions.items() if v})

    def account(self, seconds: float) -> AccountFigures:
        """Its money."""
        assert seconds > 0
        return AccountFigures("DU1", self.cash, self.cash, self.cash, 0.0, 0.0, self.now())

    # What a test says

    def acknowledge(self, key: str) -> None:
        """The broker works the order."""
        self.state_of(key, Event.ACKNOWLEDGE)

    def state_of(self, key: str, event: Event, text: str = "") -> None:
        """The broker states something of an order."""
        if event in (Event.CONFIRM_CANCEL, Event.REJECT, Event.EXPIRE):
            self.ended[key] = event
        self.tell(OrderStatement(key, event, self.now(), text))

    def fill(self, key: str, contracts: int | None = None, *, fees: bool = True, heard: bool = True) -> None:
        """Execute some of an order, all legs; `heard` False for callbacks that are lost."""
        order = self.orders[key]
        for place, (instrument, ratio) in enumerate(order.legs):
            self.fill_leg(key, place, (contracts or order.contracts) * ratio, fees=fees, heard=heard)
            _ = instrument

    def fill_leg(self, key: str, place: int, count: int, *, price: str = "1.00", fees: bool = True, heard: bool = True) -> str:
        """Execute one leg; the execution's id."""
        name = contract_name(self.orders[key].legs[place][0])
        execution_id = f"{len(self.executions):04d}.{place}.01"
        report = ExecutionReport(execution_id, name, count, Decimal(price), self.now())
        self.executions.append((key, report))
        self.positions[name] = self.positions.get(name, 0) + count
        if heard:
            self.tell(OrderFill(key, report))
            if fees:
                self.tell(OrderFee(key, execution_id, Decimal("0.65") * abs(count)))
        return execution_id

    def _filled(self, key: str) -> int:
        first = contract_name(self.orders[key].legs[0][0])
        return sum(abs(report.contracts) for of, report in self.executions if of == key and report.contract == first)
