"""Merge all subscriptions into time steps: at each instant, the points that are known then."""

from __future__ import annotations

import heapq
from datetime import datetime
from operator import attrgetter
from typing import Any

from alaris_runner.engine.subscriptions import Subscription

_SEQUENCE = attrgetter("sequence")


class Synchronizer:
    """Subscriptions waiting in buckets by the time of their next point."""

    def __init__(self) -> None:
        self._buckets: dict[datetime, list[Subscription]] = {}
        self._times: list[datetime] = []

    def add(self, subscription: Subscription) -> None:
        """Take part from now on."""
        if subscription.advance() is not None:
            self.wait(subscription)

    def wait(self, subscription: Subscription) -> None:
        """Let a subscription wait for its time; without one it has ended."""
        time = subscription.time
        if time is None:
            return
        bucket = self._buckets.get(time)
        if bucket is None:
            self._buckets[time] = [subscription]
            heapq.heappush(self._times, time)
        else:
            bucket.append(subscription)

    def next_time(self) -> datetime | None:
        """Time of the next step, None at the end of all data."""
        while self._times:
            bucket = self._buckets[self._times[0]]
            if any(s.is_due() for s in bucket):
                return self._times[0]
            del self._buckets[heapq.heappop(self._times)]
            for subscription in bucket:
                if not subscription.removed:
                    subscription.advance()
                    self.wait(subscription)
        return None

    def take(self, until: datetime) -> list[tuple[Subscription, Any]]:
        """Points up to an instant, in the order of the subscriptions within a time."""
        taken: list[tuple[Subscription, Any]] = []
        buckets = self._buckets
        while self._times and self._times[0] <= until:
            bucket = buckets.pop(heapq.heappop(self._times))
            bucket.sort(key=_SEQUENCE)
            for subscription in bucket:
                if subscription.removed:
                    continue
                time: datetime | None = until
                while time is not None and time <= until:
                    taken.append((subscription, subscription.data))
                    time = subscription.advance()
                waiting = buckets.get(time) if time is not None else None
                if waiting is not None:
                    waiting.append(subscription)
                else:
                    self.wait(subscription)
        return taken
