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
        self.closes: tuple[tuple[datetime, float], ...] = ()
        self.connected = True
        self.state = CALM

    def standing(self, now: datetime) -> BreakerState:
        """What an entry meets now: this run's own breakers, and the halts that a person put into the journal until then."""
        return replace(self.state, active=(*self.state.active, *(halt for halt in self._halts() if halt.since <= now)))

    def restore(self, state: BreakerState, closes: tuple[tuple[datetime, float], ...] = ()) -> None:
        """Take over what an earlier run halted, and the closes it compared with; it was told then."""
        self.state, self.closes = state, closes

    def see_equity(self, equity: float, now: datetime) -> None:
        """Compare the account at a close with the close before and with the last close of the week before."""
        self.watch_equity(equity, now)
        self.closes = (*self.closes[-7:], (now, equity))

    def watch_equity(self, equity: float, now: datetime) -> None:
        """Compare the account between two closes; what is seen first of all is what a loss is counted from."""
        if not self.closes:
            self.closes = ((now, equity),)
        day = [value for when, value in self.closes if when.date() < now.date()]
        week = [value for when, value in self.closes if when.isocalendar()[:2] != now.isocalendar()[:2]]
        first = self.closes[0][1]
        daily, weekly = (day[-1] if day else first) - equity, (week[-1] if week else first) - equity
        self._become(self.state.after_losses(daily, weekly, self._settings, now))

    def see_execution(self, succeeded: bool, now: datetime) -> None:
        """An entry filled, or it was rejected or ran out of time."""
        self._become(self.state.after_execution(succeeded, self._settings, now))

    def see_data(self, decision: Decision, now: datetime) -> None:
        """Whether the data of one decision passed; a decision that ended before its data says nothing."""
        if decision.rejected_phase not in BEFORE_DATA:
            self._become(self.state.after_validations([decision.rejected_phase is not Phase.MARKET_DATA], self._settings, now))

    def see_volatility(self, vix: float, now: datetime) -> None:
        """The newest close of the volatility index that is known; NaN changes nothing."""
        self._become(self.state.after_volatility(vix, self._settings, now))

    def retry(self, now: datetime) -> None:
        """Let a halt for execution failures end after its time, while the brokerage is connected."""
        self._become(self.state.after_waiting(self.connected, self._settings, now))

    def halt(self, who: str, why: str, now: datetime, breaker: Breaker = Breaker.OPERATOR) -> None:
        """An operator, or a halt of the exchange, forbids new positions."""
        self._become(self.state.halted(breaker, who, why, now))

    def resume(self, breaker: Breaker, who: str, why: str, now: datetime) -> None:
        """A person ends a halt after review."""
        self._become(self.state.approved(breaker, who, why, now))

    def _become(self, state: BreakerState) -> None:
        news = state.history[len(self.state.history) :]
        self.state = state
        for record in news:
            self._tell(record)
