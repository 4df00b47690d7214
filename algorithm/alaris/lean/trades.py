"""One calendar from its order to its last fill, as the engine's order events tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from alaris.domain import Calendar, Decision, Execution, Fill, Leg

if TYPE_CHECKING:
    from AlgorithmImports import OrderEvent, Symbol

    from alaris.lean.ladders import WorkingOrder


@dataclass(frozen=True, slots=True)
class Contracts:
    """The engine's symbols of a calendar's two legs and of its stock."""

    front: Symbol
    back: Symbol
    stock: Symbol

    def __iter__(self) -> Iterator[Symbol]:
        return iter((self.front, self.back, self.stock))


@dataclass(frozen=True, slots=True)
class Movement:
    """A fill as the engine reported it: signed contracts or shares, USD a share, fee in USD."""

    symbol: Symbol
    quantity: float
    price: float
    fee: float
    when: datetime


@dataclass(slots=True)
class Trade:
    """A decision being carried out.

    Whatever fills after the entry belongs to the exit: its combo, an assignment and the stock it delivers, an expiry. What trims half an
    entry belongs to the entry, so that its price holds what the half has cost.
    """

    decision: Decision
    calendar: Calendar
    contracts: Contracts
    multiplier: int
    entry_orders: frozenset[int] = frozenset()
    exit_reason: str = ""
    exit_calendar: Calendar | None = None
    notes: list[str] = field(default_factory=list)
    entries: list[Movement] = field(default_factory=list)
    exits: list[Movement] = field(default_factory=list)
    working: WorkingOrder | None = None
    asked_at: datetime | None = None
    exit_tries: int = 0
    next_check: datetime | None = None
    not_before: datetime | None = None
    flat_since: datetime | None = None
    unrealized: float = 0.0

    @property
    def is_open(self) -> bool:
        """Both legs of the entry stand in full."""
        size = self.decision.contracts
        return size > 0 and self.entered == (-size, size)

    @property
    def entered(self) -> tuple[int, int]:
        """Contracts of front and back that the entry has brought so far, signed."""
        front, back = (sum(move.quantity for move in self.entries if move.symbol == symbol) for symbol in list(self.contracts)[:2])
        return int(front), int(back)

    @property
    def whole(self) -> int:
        """Spreads of the entry that stand on both legs."""
        front, back = self.entered
        return max(0, min(-front, back))

    def concerns(self, event: OrderEvent) -> bool:
        """Whether an event is of this trade: its entry's, or once it is open anything in its contracts."""
        return event.order_id in self.entry_orders or (self.is_open and event.symbol in tuple(self.contracts))

    def note_fill(self, event: OrderEvent, when: datetime) -> None:
        """Take a fill to the entry or to the exit, by the order it belongs to."""
        move = Movement(event.symbol, float(event.fill_quantity), float(event.fill_price), float(event.order_fee.value.amount), when)
        (self.entries if event.order_id in self.entry_orders else self.exits).append(move)

    def entry_execution(self, contracts: int | None = None) -> Execution:
        """The entry at the net debit a share that was paid; `contracts` where fewer spreads stand than were decided."""
        size = self.decision.contracts if contracts is None else contracts
        fills = (self._fill(self.calendar.front.leg, self.entries, size), self._fill(self.calendar.back.leg, self.entries, size))
        return self._execution(fills, self.entries, self.calendar, self.decision.spot, size)

    def exit_execution(self, spot: float) -> Execution:
        """The exit at the net credit a share; stock that an assignment delivered counts with the leg that delivered it."""
        size = -self.decision.contracts
        fills = (self._fill(self.calendar.front.leg, self.exits, size), self._fill(self.calendar.back.leg, self.exits, size))
        delivered = any(move.symbol == self.contracts.stock for move in self.exits)
        return self._execution(fills, self.exits, None if delivered else self.exit_calendar, spot, size)

    def _fill(self, leg: Leg, moves: list[Movement], size: int) -> Fill:
        """All movements of one leg as one fill of the whole leg; a negative size turns the legs round."""
        mine = [move for move in moves if self._leg_of(move) is leg]
        contracts = leg.ratio * size
        paid = sum(move.quantity * move.price * self._shares(move) for move in mine)
        when = max((move.when for move in mine), default=moves[-1].when)
        return Fill(leg, contracts, paid / (contracts * self.multiplier), sum(move.fee for move in mine), when)

    def _leg_of(self, move: Movement) -> Leg:
        return self.calendar.back.leg if move.symbol == self.contracts.back else self.calendar.front.leg

    def _shares(self, move: Movement) -> int:
        return 1 if move.symbol == self.contracts.stock else self.multiplier

    def _execution(self, fills: tuple[Fill, ...], moves: list[Movement], calendar: Calendar | None, spot: float, size: int) -> Execution:
        price = sum(fill.contracts * fill.price for fill in fills) / size
        return Execution(max(move.when for move in moves), price, fills, calendar, spot, "; ".join(self.notes))
