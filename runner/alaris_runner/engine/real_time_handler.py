"""Scheduled events: which are due at or before a moment, in the order LEAN calls them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from alaris_runner.api.named_arguments import named_arguments
from alaris_runner.api.schedule import DateRule, ScheduledEvent, TimeRule
from alaris_runner.api.spelling import PascalCase


class RealTimeHandler:
    """A queue of events by (time, order of arrival); a recurring event queues anew behind those that wait for the same time."""

    def __init__(self) -> None:
        self._queue: list[tuple[datetime, int, ScheduledEvent]] = []
        self._arrivals = 0
        self._removed: set[int] = set()

    def add(self, event: ScheduledEvent) -> None:
        """Queue an event for its next moment."""
        event.move_on()
        if event.next_event_utc_time is not None:
            self._arrivals += 1
            heapq.heappush(self._queue, (event.next_event_utc_time, self._arrivals, event))

    def remove(self, event: ScheduledEvent) -> None:
        """Forget an event."""
        self._removed.add(id(event))

    def next_time(self) -> datetime | None:
        """Moment of the next event, None if there is none."""
        return self._queue[0][0] if self._queue else None

    def due(self, until: datetime, *, inclusive: bool) -> Iterator[tuple[datetime, ScheduledEvent]]:
        """Events before (or at) a moment, each with its time; the caller calls them one by one."""
        while self._queue and (self._queue[0][0] < until or (inclusive and self._queue[0][0] == until)):
            when, _, event = heapq.heappop(self._queue)
            if id(event) in self._removed:
                continue
            self.add(event)
            if event.enabled:
                yield when, event


class ScheduleManager(PascalCase):
    """`self.schedule`: binds rules to functions."""

    def __init__(self, handler: RealTimeHandler, period: Callable[[], tuple[date, date]], utc_now: Callable[[], datetime]) -> None:
        self._handler = handler
        self._period = period
        self._utc_now = utc_now
        self._waiting: list[ScheduledEvent] | None = []

    def start(self) -> None:
        """Begin: events written before the run are queued now that its period is known."""
        waiting, self._waiting = self._waiting or [], None
        for event in waiting:
            self._handler.add(event)

    @named_arguments("name", "date_rule", "time_rule", "callback")
    def on(self, *arguments: Any) -> ScheduledEvent:
        """Call a function by rules: `on(date_rule, time_rule, fn)` or `on(name, date_rule, time_rule, fn)`."""
        name = arguments[0] if isinstance(arguments[0], str) else "scheduled event"
        dates, times, callback = arguments[-3:]
        event = ScheduledEvent(name, self._times(dates, times), callback)
        if self._waiting is None:
            self._handler.add(event)
        else:
            self._waiting.append(event)
        return event

    def remove(self, scheduled_event: ScheduledEvent) -> None:
        """Forget an event."""
        self._handler.remove(scheduled_event)

    def _times(self, dates: DateRule, times: TimeRule) -> Iterator[datetime]:
        first, last = self._period()
        now = self._utc_now()
        for utc in times.create_utc_event_times(dates.get_dates(first, last)):
            if utc >= now:
                yield utc
