"""A combo that works: its tickets, its ladder, and why it is being cancelled, if it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from AlgorithmImports import OrderStatus

from alaris.domain import Rejection
from alaris.workflow.execution import Climb

if TYPE_CHECKING:
    from AlgorithmImports import OrderTicket

ENDED = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID)


@dataclass(slots=True)
class WorkingOrder:
    """A combo that the engine has: its tickets (one a leg), its ladder, and why it is being cancelled, if it is.

    `send` places it anew at another limit, and `steps` says that its cancel is on the way to the next one.
    """

    tickets: Sequence[OrderTicket]
    climb: Climb
    contracts: int
    rung: int = 0
    cancelled_at: datetime | None = None
    refusal: Rejection | None = None
    overdue_told: bool = False
    send: Callable[[float], Sequence[OrderTicket]] | None = None
    steps: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether the engine has stated the end of every leg; a cancel that was only asked for is no end."""
        return all(ticket.status in ENDED for ticket in self.tickets)

    @property
    def is_refused(self) -> bool:
        """Whether the engine or the broker refused it."""
        return any(ticket.status == OrderStatus.INVALID for ticket in self.tickets)

    @property
    def limit(self) -> float:
        """The limit that stands now, USD a share."""
        return self.climb.ladder.prices[self.rung]

    def overdue(self, now: datetime, seconds: float) -> bool:
        """Whether a cancel has gone unanswered for too long, once."""
        late = self.cancelled_at is not None and (now - self.cancelled_at).total_seconds() > seconds and not self.overdue_told
        self.overdue_told = self.overdue_told or late
        return late
