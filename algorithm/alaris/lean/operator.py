"""Commands of a person to a running algorithm, from halt to emergency stop; `lean live command` brings them to `on_command`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alaris.domain import InvalidInput
from alaris.risk.breakers import Breaker

if TYPE_CHECKING:
    from AlgorithmImports import QCAlgorithm

    from alaris.lean.order_desk import OrderDesk
    from alaris.lean.safeguards import Safeguards


@dataclass(frozen=True, slots=True)
class _Command:
    """Who asks for what and why; `close` is of an emergency stop."""

    who: str
    why: str
    breaker: str
    close: bool

    @classmethod
    def of(cls, data: Any) -> _Command:
        return cls(_text(data, "who") or "operator", _text(data, "why"), _text(data, "breaker"), _text(data, "close").lower() == "true")

    def breaker_or(self, default: Breaker) -> Breaker:
        try:
            return Breaker(self.breaker or default)
        except ValueError:
            raise InvalidInput("breaker", f"expected one of {', '.join(Breaker)}, was {self.breaker!r}") from None


class Operator:
    """Takes commands; every answer goes to LEAN's log, and a refused one says why.

    Halting is always possible and never closes anything; exits stay allowed. A halt named MARKET_HALT also cancels what would open a
    position. `flatten` halts first and then closes at the next look at the market. `emergency-stop` halts, cancels, closes where
    `close` is true, and ends the algorithm.
    """

    def __init__(self, algorithm: QCAlgorithm, desk: OrderDesk, safeguards: Safeguards, clock: Callable[[], datetime]) -> None:
        self._algorithm = algorithm
        self._desk = desk
        self._safeguards = safeguards
        self._now = clock
        self._ending = ""
        self._actions = {
            "halt": self._halt,
            "resume": self._resume,
            "cancel-all": self._cancel_all,
            "flatten": self._flatten,
            "emergency-stop": self._stop,
            "status": self._status,
        }

    def on_command(self, data: Any) -> bool:
        """Do what `{"action": "halt", "who": "a name", "why": "a reason"}` asks; whether it was done."""
        action = _text(data, "action")
        if action not in self._actions:
            self._algorithm.error(f"command {action!r} is unknown; there are {', '.join(self._actions)}")
            return False
        try:
            answer = self._actions[action](_Command.of(data))
        except InvalidInput as error:
            self._algorithm.error(f"command {action}: {error}")
            return False
        self._algorithm.log(f"command {action}: {answer}")
        return True

    def end_if_asked(self) -> None:
        """Behind an emergency stop that closes: end the algorithm once nothing is held any more."""
        if self._ending and not self._desk.busy_symbols():
            self._algorithm.quit(self._ending)

    def _halt(self, command: _Command) -> str:
        breaker = command.breaker_or(Breaker.OPERATOR)
        self._safeguards.halt(command.who, command.why, self._now(), breaker)
        cancelled = self._desk.cancel_entries(command.why) if breaker is Breaker.MARKET_HALT else 0
        return f"no new positions until resume; exits go on{f'; {cancelled} entries cancelled' if cancelled else ''}"

    def _cancel_all(self, command: _Command) -> str:
        return f"{self._desk.cancel_entries(command.why or 'cancel-all')} entries are being cancelled; exits go on"

    def _stop(self, command: _Command) -> str:
        self._safeguards.halt(command.who, command.why, self._now())
        cancelled = self._desk.cancel_entries(command.why)
        if command.close:
            closing = self._desk.flatten(f"OPERATOR: {command.why}")
            self._ending = f"emergency stop by {command.who}: {command.why}"
            return f"{cancelled} entries cancelled; {closing} positions are being closed, then the algorithm ends"
        self._algorithm.quit(f"emergency stop by {command.who}: {command.why}")
        return f"{cancelled} entries cancelled; the algorithm ends and must be started by hand"

    def _resume(self, command: _Command) -> str:
        chosen = command.breaker_or(Breaker.OPERATOR)
        self._safeguards.resume(chosen, command.who, command.why, self._now())
        left = ", ".join(halt.breaker for halt in self._safeguards.state.active)
        return f"{chosen} ended; still active: {left or 'none'}"

    def _flatten(self, command: _Command) -> str:
        self._safeguards.halt(command.who, command.why, self._now())
        closing = self._desk.flatten(f"OPERATOR: {command.why}")
        return f"{closing} positions will be closed at the next look at the market; no new ones until resume"

    def _status(self, _command: _Command) -> str:
        return json.dumps({**self._desk.status(), "halts": [halt.breaker for halt in self._safeguards.state.active]})


def _text(data: Any, name: str) -> str:
    """A field of a command, which LEAN hands over as an object or a mapping."""
    value = data.get(name) if isinstance(data, Mapping) else getattr(data, name, None)
    return "" if value is None else str(value)
