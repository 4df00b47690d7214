"""How an account stands: its process, halts, open orders and positions; from the process where it answers, else from the journal alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alaris.operations.control import Running, running
from alaris.operations.emergency import EmergencyStop, standing_stop
from alaris.operations.reaching import engine_seconds, tell
from alaris.records.halts import BreakerBook
from alaris.records.order_book import OrderBook
from alaris.records.positions import account_positions
from alaris.risk.breakers import BreakerState

if TYPE_CHECKING:
    from alaris.journal.store import Journal


@dataclass(frozen=True, slots=True)
class Situation:
    """One account at one time.

    `answered` is what its process says of itself, None where there is none or it does not answer; `trouble` is why it could not say it.
    """

    breakers: BreakerState
    stopped: EmergencyStop | None
    process: Running | None
    engine_seconds: float | None
    answered: dict[str, Any] | None
    trouble: str
    orders: dict[str, str]
    positions: dict[str, int]

    @property
    def entries_allowed(self) -> bool:
        """Whether a new position may be opened."""
        return self.breakers.entry_halt() is None and self.stopped is None

    @property
    def process_text(self) -> str:
        """The process in a sentence."""
        if self.process is None:
            return "no process trades this account"
        since = f"process {self.process.process} since {self.process.since:%Y-%m-%d %H:%M} UTC"
        if self.engine_seconds is None:
            return f"{since} DOES NOT ANSWER"
        if self.answered is None:
            return f"{since}, engine last seen {self.engine_seconds:.0f} s ago, IN TROUBLE: {self.trouble}"
        return f"{since}, answers"

    @property
    def connection_text(self) -> str:
        """The connection to the broker, as the process sees it."""
        return str(self.answered.get("connection", "not said")) if self.answered is not None else "not known"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        stopped = self.stopped and {"who": self.stopped.who, "why": self.stopped.why, "at": self.stopped.at.isoformat()}
        process = self.process and {
            "process": self.process.process,
            "since": self.process.since.isoformat(),
            "engine_seconds": self.engine_seconds,
        }
        return {
            "entries_allowed": self.entries_allowed,
            "process": process,
            "says": self.answered,
            "trouble": self.trouble,
            "emergency_stop": stopped,
            "orders": self.orders,
            "positions": self.positions,
            **self.breakers.to_dict(),
        }


def situation(journal: Journal, address: str) -> Situation:
    """Look at an account; changes nothing."""
    process = running(address)
    answered, trouble = _answered(address) if process else (None, "")
    return Situation(
        breakers=BreakerBook(journal).state(),
        stopped=standing_stop(journal),
        process=process,
        engine_seconds=engine_seconds(address) if process else None,
        answered=answered,
        trouble=trouble,
        orders={order.key: order.state.value for order in OrderBook(journal).open()},
        positions=account_positions(journal),
    )


def _answered(address: str) -> tuple[dict[str, Any] | None, str]:
    """What the process says of itself, or why it does not."""
    answer = tell(address, "status", {})
    if answer is None or not answer.done:
        return None, answer.text if answer is not None else ""
    try:
        entry = json.loads(answer.text)
    except ValueError:
        return {"text": answer.text}, ""
    return (entry, "") if isinstance(entry, dict) else ({"text": answer.text}, "")
