"""One thread at a time in the strategy: LEAN live calls back from several, and an order speaks up while it is being placed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from AlgorithmImports import OrderEvent


class Turns:
    """Lets one caller in at a time. An order event never waits for its turn, since the one who has it may be waiting for that order.

    Events of the thread that has the turn are taken at once, as in a backtest; those of another thread when the turn ends.
    """

    def __init__(self, take: Callable[[OrderEvent], None]) -> None:
        self._take = take
        self._lock = RLock()
        self._events: deque[OrderEvent] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The strategy for oneself; events that came meanwhile are taken at the end."""
        with self._lock:
            yield
        self._drain()

    def note(self, event: OrderEvent) -> None:
        """Take an order event now, or leave it to the one who has the turn."""
        self._events.append(event)
        self._drain()

    def _drain(self) -> None:
        while self._events and self._lock.acquire(blocking=False):
            try:
                while self._events:
                    self._take(self._events.popleft())
            finally:
                self._lock.release()
