"""Circuit breakers: what trips one, what it stops, who ends it. The state is a value, and survives a restart as a plain dict.

Exits stay allowed in every halt. A halt, its approval and its end are records with who, when and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from alaris.domain import InvalidInput
from alaris.settings import Breakers

SYSTEM = "alaris"
WATCHED_VALIDATIONS = 100  # the share of failed validations is that of the newest hundred
FEWEST_VALIDATIONS = 10  # one failure among fewer says nothing


class Breaker(StrEnum):
    """What can stop new positions."""

    DAILY_LOSS = "DAILY_LOSS"
    WEEKLY_LOSS = "WEEKLY_LOSS"
    EXECUTION_FAILURES = "EXECUTION_FAILURES"
    DATA_QUALITY = "DATA_QUALITY"
    VOLATILITY_SPIKE = "VOLATILITY_SPIKE"
    MARKET_HALT = "MARKET_HALT"
    OPERATOR = "OPERATOR"


RAISES_COSTS_ONLY = frozenset({Breaker.VOLATILITY_SPIKE})


@dataclass(frozen=True, slots=True)
class Halt:
    """A tripped breaker: since when, by whom, why, and the number against its limit where there is one."""

    breaker: Breaker
    since: datetime
    who: str
    why: str
    value: float | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class HaltRecord:
    """One line of a halt's history; `action` is tripped or ended."""

    breaker: Breaker
    action: str
    when: datetime
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class BreakerState:
    """All breakers at one time. Every method gives the next state; none reads a clock."""

    active: tuple[Halt, ...] = ()
    history: tuple[HaltRecord, ...] = ()
    failures_in_a_row: int = 0
    validations: tuple[bool, ...] = ()

    def entry_halt(self) -> Halt | None:
        """The halt that forbids new positions, if any does; the oldest first."""
        return next((halt for halt in self.active if halt.breaker not in RAISES_COSTS_ONLY), None)

    def halt_of(self, breaker: Breaker) -> Halt | None:
        """The halt of one breaker, where it is tripped."""
        return next((halt for halt in self.active if halt.breaker is breaker), None)

    def is_active(self, breaker: Breaker) -> bool:
        """Whether a breaker is tripped."""
        return self.halt_of(breaker) is not None

    def cost_factor(self, settings: Breakers) -> float:
        """By how much expected costs are multiplied: more than 1 while volatility is spiking."""
        return 1 + settings.cost_buffer if self.is_active(Breaker.VOLATILITY_SPIKE) else 1.0

    def after_losses(self, daily: float, weekly: float, settings: Breakers, as_of: datetime) -> BreakerState:
        """Portfolio losses of the day and the week, USD, positive; ends only by approval."""
        state = self
        for breaker, loss, limit in (
            (Breaker.DAILY_LOSS, daily, settings.daily_loss),
            (Breaker.WEEKLY_LOSS, weekly, settings.weekly_loss),
        ):
            if loss > limit:
                state = state.tripped(Halt(breaker, as_of, SYSTEM, f"loss of {loss:,.0f} USD", loss, limit))
        return state

    def after_execution(self, succeeded: bool, settings: Breakers, as_of: datetime) -> BreakerState:
        """An order that filled ends the row of failures; too long a row halts."""
        row = 0 if succeeded else self.failures_in_a_row + 1
        state = replace(self, failures_in_a_row=row)
        if row > settings.execution_failures:
            why = f"{row} execution failures in a row"
            return state.tripped(Halt(Breaker.EXECUTION_FAILURES, as_of, SYSTEM, why, row, settings.execution_failures))
        return state.ended(Breaker.EXECUTION_FAILURES, SYSTEM, "an order filled", as_of) if succeeded else state

    def after_waiting(self, connected: bool, settings: Breakers, as_of: datetime) -> BreakerState:
        """End a halt for execution failures after the retry time, if the broker is connected; the row starts anew."""
        waited = [halt for halt in self.active if halt.breaker is Breaker.EXECUTION_FAILURES]
        if not (connected and waited and as_of - waited[0].since >= timedelta(minutes=settings.retry_minutes)):
            return self
        return replace(self, failures_in_a_row=0).ended(Breaker.EXECUTION_FAILURES, SYSTEM, "retry time passed and connected", as_of)

    def after_validations(self, passed: Iterable[bool], settings: Breakers, as_of: datetime) -> BreakerState:
        """Count validations; too many failures stop signals until enough pass again."""
        seen = (*self.validations, *passed)[-WATCHED_VALIDATIONS:]
        state = replace(self, validations=seen)
        if len(seen) < FEWEST_VALIDATIONS:
            return state
        share = seen.count(False) / len(seen)
        if share > settings.validation_failures:
            why = f"{share:.0%} of the last {len(seen)} validations failed"
            return state.tripped(Halt(Breaker.DATA_QUALITY, as_of, SYSTEM, why, share, settings.validation_failures))
        if 1 - share > settings.validation_passes:
            return state.ended(Breaker.DATA_QUALITY, SYSTEM, f"{1 - share:.0%} of validations pass", as_of)
        return state

    def after_volatility(self, vix: float, settings: Breakers, as_of: datetime) -> BreakerState:
        """Raise expected costs while the VIX is above its limit; an unknown VIX (NaN) changes nothing."""
        if vix > settings.vix:
            return self.tripped(Halt(Breaker.VOLATILITY_SPIKE, as_of, SYSTEM, f"VIX at {vix:.1f}", vix, settings.vix))
        return self.ended(Breaker.VOLATILITY_SPIKE, SYSTEM, f"VIX at {vix:.1f}", as_of) if vix <= settings.vix else self

    def halted(self, breaker: Breaker, who: str, why: str, as_of: datetime) -> BreakerState:
        """An exchange halt or an operator's command."""
        return self.tripped(Halt(breaker, as_of, _named(who, "who"), _named(why, "why")))

    def approved(self, breaker: Breaker, who: str, why: str, as_of: datetime) -> BreakerState:
        """A person ends a halt after review.

        Raises
        ------
        InvalidInput
            The approval does not say who or why.
        """
        return self.ended(breaker, _named(who, "who"), _named(why, "why"), as_of)

    def tripped(self, halt: Halt) -> BreakerState:
        """Add a halt; one that is active already stays as it was."""
        if self.is_active(halt.breaker):
            return self
        record = HaltRecord(halt.breaker, "tripped", halt.since, halt.who, halt.why)
        return replace(self, active=(*self.active, halt), history=(*self.history, record))

    def ended(self, breaker: Breaker, who: str, why: str, as_of: datetime) -> BreakerState:
        """Remove a halt; nothing happens where it is not active."""
        if not self.is_active(breaker):
            return self
        left = tuple(halt for halt in self.active if halt.breaker is not breaker)
        return replace(self, active=left, history=(*self.history, HaltRecord(breaker, "ended", as_of, who, why)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file or LEAN's object store."""
        return {
            "active": [_plain(halt, ("breaker", "since", "who", "why", "value", "limit")) for halt in self.active],
            "history": [_plain(record, ("breaker", "action", "when", "who", "why")) for record in self.history],
            "failures_in_a_row": self.failures_in_a_row,
            "validations": list(self.validations),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> BreakerState:
        """State as `to_dict` wrote it.

        Raises
        ------
        InvalidInput
            It is not such a state. Do not trade on: a halt could be lost.
        """
        try:
            return cls(
                active=tuple(Halt(**_timed(entry, "since")) for entry in stored["active"]),
                history=tuple(HaltRecord(**_timed(entry, "when")) for entry in stored["history"]),
                failures_in_a_row=int(stored["failures_in_a_row"]),
                validations=tuple(bool(passed) for passed in stored["validations"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput("stored", f"not the state of the breakers ({error!r}); review it by hand before trading") from error


CALM = BreakerState()


def _plain(value: Halt | HaltRecord, names: tuple[str, ...]) -> dict[str, Any]:
    fields = {name: getattr(value, name) for name in names}
    return {name: field.isoformat() if isinstance(field, datetime) else field for name, field in fields.items()}


def _timed(entry: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**entry, "breaker": Breaker(entry["breaker"]), name: datetime.fromisoformat(entry[name])}


def _named(text: str, field: str) -> str:
    if not text.strip():
        raise InvalidInput(field, "a halt and its approval must say who and why")
    return text
