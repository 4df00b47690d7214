"""What moves time: in a backtest the data does, in a live run the wall clock, which lets late ticks arrive before it closes a bar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Decides when a time step may begin; times are naive UTC."""

    is_real_time: bool

    def now(self) -> datetime:
        """Present moment."""

    def wait_until(self, utc: datetime) -> bool:
        """Return True when the step of a moment may be taken, False where something else wants attention before."""


class BacktestClock:
    """Never waits: the next step is when the next data is."""

    is_real_time = False

    def now(self) -> datetime:
        """Before every step: the data alone moves time."""
        return datetime.min

    def wait_until(self, utc: datetime) -> bool:
        """Return at once."""
        del utc  # any moment is as good
        return True


class RealTimeClock:
    """Waits for the wall clock.

    Parameters
    ----------
    now : callable
        Present moment, naive UTC.
    sleep : callable
        Waits for a number of seconds; answers true where it was woken before. A test moves its own time instead.
    allowance : timedelta
        How long after the end of a bar ticks that belong to it may still arrive.
    """

    is_real_time = True

    def __init__(self, now: Callable[[], datetime], sleep: Callable[[float], object], allowance: timedelta = timedelta(seconds=2)) -> None:
        self._now = now
        self._sleep = sleep
        self._allowance = allowance

    def now(self) -> datetime:
        """Present moment."""
        return self._now()

    def wait_until(self, utc: datetime) -> bool:
        """Sleep until a moment and the allowance have passed, or until somebody wakes it."""
        while (left := (utc + self._allowance - self._now()).total_seconds()) > 0:
            if self._sleep(left):
                return False
        return True
