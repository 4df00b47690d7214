"""Wake-ups between data: single moments at which a running algorithm is called, by LEAN's own schedule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from AlgorithmImports import QCAlgorithm, ScheduledEvent

SECOND = timedelta(seconds=1)


class Wakeups:
    """Calls `work` at the whole second after each moment asked for, once."""

    def __init__(self, algorithm: QCAlgorithm, work: Callable[[], None]) -> None:
        self._algorithm = algorithm
        self._work = work
        self._waiting: dict[datetime, ScheduledEvent] = {}

    def at(self, moment: datetime) -> None:
        """Ask for one call; a moment that is already waited for, or has passed, is called at most once more."""
        local, now = moment.replace(tzinfo=None), self._algorithm.time.replace(tzinfo=None)
        soon = max(local, now + SECOND)
        due = soon.replace(microsecond=0) + (SECOND if soon.microsecond else timedelta())
        if due not in self._waiting:
            rules, times = self._algorithm.date_rules, self._algorithm.time_rules
            when = (rules.on(due.year, due.month, due.day), times.at(due.hour, due.minute, due.second))
            self._waiting[due] = self._algorithm.schedule.on(*when, self._called)

    def _called(self) -> None:
        now = self._algorithm.time.replace(tzinfo=None)
        for due in [due for due in self._waiting if due <= now]:
            self._algorithm.schedule.remove(self._waiting.pop(due))
        self._work()
