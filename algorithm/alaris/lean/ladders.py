"""A combo on its way up (or down) a ladder of limits: which rung is due, and when the next one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from AlgorithmImports import OrderStatus

from alaris.domain import PriceLadder, Rejection

if TYPE_CHECKING:
    from AlgorithmImports import OrderTicket

ENDED = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID)


@dataclass(frozen=True, slots=True)
class Climb:
    """A ladder that was begun at a time."""

    ladder: PriceLadder
    started: datetime

    def rung(self, now: datetime) -> int | None:
        """Index of the limit that should stand now; None once the last one has had its time."""
        return next((index for index, end in enumerate(self._ends()) if now < end), None)

    def next_change(self, now: datetime) -> datetime:
        """When the next limit is due, or the order's end."""
        return next((end for end in self._ends() if now < end), now)

    def _ends(self) -> list[datetime]:
        return [self.started + timedelta(seconds=passed) for passed in accumulate(self.ladder.seconds)]


@dataclass(slots=True)
class WorkingOrder:
    """A combo that the engine has: its tickets (one a leg), its ladder, and why it is being cancelled, if it is."""

    tickets: Sequence[OrderTicket]
    climb: Climb
    contracts: int
    rung: int = 0
    cancelled_at: datetime | None = None
    refusal: Rejection | None = None
    overdue_told: bool = False

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
