"""One calendar from its order to its last fill, as the engine's order events tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from alaris.domain import Calendar, Decision, Execution, Fill, Leg

if TYPE_CHECKING:
    from AlgorithmImports import OrderEvent, Symbol


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

    Whatever fills after the entry belongs to the exit: its combo, an assignment and the stock it delivers, an expiry.
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

    @property
    def is_open(self) -> bool:
        """Both legs of the entry stand in full."""
        return sum(abs(move.quantity) for move in self.entries) == 2 * self.decision.contracts

    def concerns(self, event: OrderEvent) -> bool:
        """Whether an event is of this trade: its entry's, or once it is open anything in its contracts."""
        return event.order_id in self.entry_orders or (self.is_open and event.symbol in tuple(self.contracts))

    def note_fill(self, event: OrderEvent, when: datetime) -> None:
        """Take a fill to the entry or to the exit, by the order it belongs to."""
        move = Movement(event.symbol, float(event.fill_quantity), float(event.fill_price), float(event.order_fee.value.amount), when)
        (self.entries if event.order_id in self.entry_orders else self.exits).append(move)

    def entry_execution(self) -> Execution:
        """The entry at the net debit a share that was paid."""
        fills = (self._fill(self.calendar.front.leg, self.entries, 1), self._fill(self.calendar.back.leg, self.entries, 1))
        return self._execution(fills, self.entries, self.calendar, self.decision.spot, net=1)

    def exit_execution(self, spot: float) -> Execution:
        """The exit at the net credit a share; stock that an assignment delivered counts with the leg that delivered it."""
        fills = (self._fill(self.calendar.front.leg, self.exits, -1), self._fill(self.calendar.back.leg, self.exits, -1))
        delivered = any(move.symbol == self.contracts.stock for move in self.exits)
        return self._execution(fills, self.exits, None if delivered else self.exit_calendar, spot, net=-1)

    def _fill(self, leg: Leg, moves: list[Movement], direction: int) -> Fill:
        """All movements of one leg as one fill of the whole leg."""
        mine = [move for move in moves if self._leg_of(move) is leg]
        contracts = direction * leg.ratio * self.decision.contracts
        paid = sum(move.quantity * move.price * self._shares(move) for move in mine)
        when = max((move.when for move in mine), default=moves[-1].when)
        return Fill(leg, contracts, paid / (contracts * self.multiplier), sum(move.fee for move in mine), when)

    def _leg_of(self, move: Movement) -> Leg:
        return self.calendar.back.leg if move.symbol == self.contracts.back else self.calendar.front.leg

    def _shares(self, move: Movement) -> int:
        return 1 if move.symbol == self.contracts.stock else self.multiplier

    def _execution(self, fills: tuple[Fill, ...], moves: list[Movement], calendar: Calendar | None, spot: float, *, net: int) -> Execution:
        price = net * sum(fill.contracts * fill.price for fill in fills) / self.decision.contracts
        return Execution(max(move.when for move in moves), price, fills, calendar, spot, "; ".join(self.notes))
