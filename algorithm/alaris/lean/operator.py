"""Commands of a person to a running algorithm: halt, resume, flatten, status. `lean live command` brings them to `on_command`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alaris.domain import InvalidInput
from alaris.risk.breakers import Breaker

if TYPE_CHECKING:
    from AlgorithmImports import QCAlgorithm

    from alaris.lean.order_desk import OrderDesk
    from alaris.lean.safeguards import Safeguards


class Operator:
    """Takes commands; every answer goes to LEAN's log, and a refused one says why.

    Halting is always possible and never closes anything; exits stay allowed. `flatten` halts first and then closes at the next close.
    """

    def __init__(self, algorithm: QCAlgorithm, desk: OrderDesk, safeguards: Safeguards, clock: Callable[[], datetime]) -> None:
        self._algorithm = algorithm
        self._desk = desk
        self._safeguards = safeguards
        self._now = clock
        self._actions = {"halt": self._halt, "resume": self._resume, "flatten": self._flatten, "status": self._status}

    def on_command(self, data: Any) -> bool:
        """Do what `{"action": "halt", "who": "a name", "why": "a reason"}` asks; whether it was done."""
        action = _text(data, "action")
        if action not in self._actions:
            self._algorithm.error(f"command {action!r} is unknown; there are {', '.join(self._actions)}")
            return False
        try:
            answer = self._actions[action](_text(data, "who") or "operator", _text(data, "why"), _text(data, "breaker"))
        except InvalidInput as error:
            self._algorithm.error(f"command {action}: {error}")
            return False
        self._algorithm.log(f"command {action}: {answer}")
        return True

    def _halt(self, who: str, why: str, _breaker: str) -> str:
        self._safeguards.halt(who, why, self._now())
        return "no new positions until resume; exits go on"

    def _resume(self, who: str, why: str, breaker: str) -> str:
        try:
            chosen = Breaker(breaker or Breaker.OPERATOR)
        except ValueError:
            raise InvalidInput("breaker", f"expected one of {', '.join(Breaker)}, was {breaker!r}") from None
        self._safeguards.resume(chosen, who, why, self._now())
        left = ", ".join(halt.breaker for halt in self._safeguards.state.active)
        return f"{chosen} ended; still active: {left or 'none'}"

    def _flatten(self, who: str, why: str, _breaker: str) -> str:
        self._safeguards.halt(who, why, self._now())
        return f"{self._desk.flatten(f'OPERATOR: {why}')} positions will be closed at the next close; no new ones until resume"

    def _status(self, _who: str, _why: str, _breaker: str) -> str:
        return json.dumps({**self._desk.status(), "halts": [halt.breaker for halt in self._safeguards.state.active]})


def _text(data: Any, name: str) -> str:
    """A field of a command, which LEAN hands over as an object or a mapping."""
    value = data.get(name) if isinstance(data, Mapping) else getattr(data, name, None)
    return "" if value is None else str(value)
