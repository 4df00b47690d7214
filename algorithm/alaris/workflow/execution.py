"""Phase 9, order execution: the intent that is recorded before an order leaves, with a trade_id that a repeated run gives again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from alaris.domain import Calendar, Decision, Intent, PriceLadder


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


def trade_id(symbol: str, reaction: date, preset: str, as_of: datetime, settings_hash: str) -> str:
    """Name of one decision from signal to profit: readable, and different for each day, preset and settings; never random."""
    stated = f"{symbol}|{reaction}|{preset}|{as_of.isoformat()}|{settings_hash}"
    return f"{symbol}-{reaction:%Y%m%d}-{preset}-{hashlib.sha256(stated.encode()).hexdigest()[:8]}"


def intent_of(decision: Decision, calendar: Calendar, contracts: int, ladder: PriceLadder, as_of: datetime) -> Intent:
    """The combo as decided: ratios -1 front and +1 back under one global quantity."""
    return Intent(
        trade_id=decision.trade_id,
        symbol=decision.symbol,
        legs=(calendar.front.leg, calendar.back.leg),
        contracts=contracts,
        ladder=ladder,
        settings_hash=decision.settings_hash,
        created_at=as_of,
    )
