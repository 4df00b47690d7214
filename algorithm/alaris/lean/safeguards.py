"""The breakers of one account, fed by what the engine shows: equity at each close, orders, data. Each change is told at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from alaris.domain import Decision, Phase
from alaris.lean.journal_halts import HaltReader, no_halts
from alaris.risk.breakers import CALM, Breaker, BreakerState, HaltRecord
from alaris.settings import Breakers

BEFORE_DATA = frozenset({Phase.UNIVERSE})


class Safeguards:
    """The breakers' state and how it moves; `tell` hears of each halt and each end of one, `halts` reads those of the account's journal."""

    def __init__(self, settings: Breakers, tell: Callable[[HaltRecord], None], halts: HaltReader = no_halts) -> None:
        self._settings = settings
        self._tell = tell
        self._halts = halts
        self._closes: list[tuple[datetime, float]] = []
        self.state = CALM

    def standing(self, now: datetime) -> BreakerState:
        """What an entry meets now: this run's own breakers, and the halts that a person put into the journal until then."""
        return replace(self.state, active=(*self.state.active, *(halt for halt in self._halts() if halt.since <= now)))

    def restore(self, state: BreakerState) -> None:
        """Take over what an earlier run halted; it was told then."""
        self.state = state

    def see_equity(self, equity: float, now: datetime) -> None:
        """Compare the account at a close with the close before and with the last close of the week before."""
        if self._closes:
            week = [value for when, value in self._closes if when.isocalendar()[:2] != now.isocalendar()[:2]]
            start = week[-1] if week else self._closes[0][1]
            self._become(self.state.after_losses(self._closes[-1][1] - equity, start - equity, self._settings, now))
        self._closes = [*self._closes[-7:], (now, equity)]

    def see_execution(self, succeeded: bool, now: datetime) -> None:
        """An entry filled, or it was rejected or ran out of time."""
        self._become(self.state.after_execution(succeeded, self._settings, now))

    def see_data(self, decision: Decision, now: datetime) -> None:
        """Whether the data of one decision passed; a decision that ended before its data says nothing."""
        if decision.rejected_phase not in BEFORE_DATA:
            self._become(self.state.after_validations([decision.rejected_phase is not Phase.MARKET_DATA], self._settings, now))

    def retry(self, now: datetime) -> None:
        """Let a halt for execution failures end after its time; the engine that asks is connected."""
        self._become(self.state.after_waiting(True, self._settings, now))

    def halt(self, who: str, why: str, now: datetime) -> None:
        """An operator forbids new positions."""
        self._become(self.state.halted(Breaker.OPERATOR, who, why, now))

    def resume(self, breaker: Breaker, who: str, why: str, now: datetime) -> None:
        """A person ends a halt after review."""
        self._become(self.state.approved(breaker, who, why, now))

    def _become(self, state: BreakerState) -> None:
        news = state.history[len(self.state.history) :]
        self.state = state
        for record in news:
            self._tell(record)
