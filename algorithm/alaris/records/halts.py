"""The breakers of an account in its journal: their newest state, and each change with who, when and why, across restarts and processes.

A change is made from the newest state inside one transaction, so that an operator's halt and a running algorithm cannot undo each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alaris.risk.breakers import CALM, Breaker, BreakerState, HaltRecord

if TYPE_CHECKING:
    from alaris.journal.records import Record
    from alaris.journal.store import Journal

KIND = "breakers"
Entry = tuple[str, dict[str, Any]]


class BreakerBook:
    """The breakers as the journal has them."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def state(self) -> BreakerState:
        """The newest state; calm where none was recorded.

        Raises
        ------
        InvalidInput
            What was recorded is no state of the breakers.
        """
        return _state_of(self._journal.latest(KIND))

    def change(self, step: Callable[[BreakerState], BreakerState], command: Mapping[str, Any] | None = None) -> BreakerState:
        """Take one step from the newest state and record it: the command that asked for it, each halt or end, and the new state.

        A step that changes nothing records nothing but the command.
        """
        after: list[BreakerState] = []

        def follow(newest: Record | None) -> list[Entry]:
            before = _state_of(newest)
            after.append(step(before))
            return [*_command(command), *_changes(before, after[-1])]

        self._journal.append_after(KIND, follow)
        return after[-1]

    def halt(self, who: str, why: str, now: datetime) -> BreakerState:
        """An operator forbids new positions."""
        command = {"command": "halt", "arguments": {}, "who": who, "why": why, "at": now}
        return self.change(lambda state: state.halted(Breaker.OPERATOR, who, why, now), command)

    def resume(self, breaker: Breaker, who: str, why: str, now: datetime) -> BreakerState:
        """A person ends a halt after review."""
        command = {"command": "resume", "arguments": {"breaker": breaker.value}, "who": who, "why": why, "at": now}
        return self.change(lambda state: state.approved(breaker, who, why, now), command)


def _state_of(record: Record | None) -> BreakerState:
    return CALM if record is None else BreakerState.from_dict(record.entry)


def _command(command: Mapping[str, Any] | None) -> Iterator[Entry]:
    if command is not None:
        yield "command", dict(command)


def _changes(before: BreakerState, after: BreakerState) -> Iterator[Entry]:
    for record in after.history[len(before.history) :]:
        yield "halt", _halt(record)
    if after != before:
        yield KIND, after.to_dict()


def _halt(record: HaltRecord) -> dict[str, Any]:
    return {"breaker": record.breaker.value, "action": record.action, "who": record.who, "why": record.why, "at": record.when}
