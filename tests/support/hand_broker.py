"""A broker without a socket for a person's commands: positions, working orders, and a plan for what becomes of each order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from queue import SimpleQueue

from alaris.broker import BrokerEvent, BrokerUnavailable, ComboOrder, Instrument, NotSent, OrderFill, OrderStatement, contract_name
from alaris.broker.values import QuoteProblem, QuoteUnavailable
from alaris.domain import Leg, LegQuote
from alaris.records.reconciliation import BrokerPicture
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import Event

NAN = float("nan")


@dataclass
class HandBroker:
    """What a gateway does, at once and by a plan: fills (at its first limit), last (at its last), rests, one_leg, rejects, deaf (takes an
    order and answers nothing), refuses (NotSent); `keeps` are keys whose cancellation the broker ignores."""

    quoted: Mapping[str, tuple[float, float]]
    positions: dict[str, int] = field(default_factory=dict)
    plan: str = "fills"
    is_open: bool = True
    last_at: Decimal = Decimal(10)
    account_id: str = "DU1234567"
    working: dict[str, ComboOrder] = field(default_factory=dict)
    ended: dict[str, Event] = field(default_factory=dict)
    executions: list[tuple[str, ExecutionReport]] = field(default_factory=list)
    keeps: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    events: SimpleQueue[BrokerEvent] = field(default_factory=SimpleQueue)
    placed: list[ComboOrder] = field(default_factory=list)
    limits: list[Decimal] = field(default_factory=list)

    def quotes(self, legs: Sequence[Leg], seconds: float) -> tuple[LegQuote, ...]:
        """Of each leg, or why not."""
        missing = [contract_name(leg) for leg in legs if contract_name(leg) not in self.quoted]
        if missing:
            raise QuoteUnavailable(QuoteProblem.NOT_SUBSCRIBED, missing[0])
        return tuple(LegQuote(leg, *self.quoted[contract_name(leg)], 0, 0, NAN, NAN, NAN, NAN, NAN, _now()) for leg in legs)

    def trading_hours(self, instrument: Instrument, seconds: float) -> tuple[tuple[datetime, datetime], ...]:
        """Open for an hour, or closed for good."""
        if "hours" in self.silent:
            raise BrokerUnavailable("no answer")
        return ((_now() - timedelta(hours=1), _now() + timedelta(hours=1)),) if self.is_open else ()

    def place(self, order: ComboOrder) -> None:
        """Take an order and go on by the plan."""
        self.placed.append(order)
        if self.plan == "refuses":
            raise NotSent("the socket is gone")
        self.working[order.key] = order
        if self.plan == "deaf":
            return
        self.state(order.key, Event.REJECT if self.plan == "rejects" else Event.ACKNOWLEDGE)
        self.reach(order.key, order.limit)

    def replace(self, key: str, limit: Decimal) -> None:
        """Another limit."""
        self.reach(key, limit)

    def cancel(self, key: str) -> None:
        """Cancel, unless this one is kept."""
        if key in self.working and key not in self.keeps:
            self.state(key, Event.CONFIRM_CANCEL)

    def cancel_everything(self) -> None:
        """Whoever placed it."""
        for key in list(self.working):
            self.cancel(key)

    def picture(self, seconds: float) -> BrokerPicture:
        """All there is; silent parts are None."""
        parts = {
            "open_orders": frozenset(self.working),
            "ended": dict(self.ended),
            "executions": list(self.executions),
            "positions": {contract: count for contract, count in self.positions.items() if count},
        }
        if self.silent == frozenset({"all"}):
            raise BrokerUnavailable("no answer")
        return BrokerPicture(_now(), **{name: None if name in self.silent else part for name, part in parts.items()})  # type: ignore[arg-type]

    def state(self, key: str, event: Event) -> None:
        """State something of an order."""
        if event is not Event.ACKNOWLEDGE:
            self.working.pop(key, None)
            self.ended[key] = event
        self.events.put(OrderStatement(key, event, _now()))

    def reach(self, key: str, limit: Decimal) -> None:
        """Fill by the plan when the limit is high enough."""
        self.limits.append(limit)
        if key not in self.working or self.plan in ("rests", "deaf"):
            return
        if self.plan == "last" and limit < self.last_at:
            return
        order = self.working[key]
        if self.plan == "one_leg" and any(of == key for of, _ in self.executions):
            return
        self.fill(order, order.legs[:1] if self.plan == "one_leg" else order.legs)
        if self.plan != "one_leg":
            self.working.pop(key, None)

    def fill(self, order: ComboOrder, legs: Sequence[tuple[object, int]]) -> None:
        """Execute some legs, each reported twice."""
        for number, (leg, ratio) in enumerate(legs, len(self.executions)):
            assert isinstance(leg, Leg)
            name, contracts = contract_name(leg), ratio * order.contracts
            report = ExecutionReport(f"{order.key}.{number}.01", name, contracts, Decimal("1.00"), _now())
            self.executions.append((order.key, report))
            self.positions[name] = self.positions.get(name, 0) + contracts
            for _ in range(2):
                self.events.put(OrderFill(order.key, report))


def _now() -> datetime:
    return datetime.now(UTC)
