"""What moves time: in a backtest the data does, in a live run the wall clock, which lets late ticks arrive before it closes a bar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Decides when a time step may begin; times are naive UTC."""

    is_real_time: bool

    def wait_until(self, utc: datetime) -> None:
        """Return when the step of a moment may be taken."""


class BacktestClock:
    """Never waits: the next step is when the next data is."""

    is_real_time = False

    def wait_until(self, utc: datetime) -> None:
        """Return at once."""


class RealTimeClock:
    """Waits for the wall clock.

    Parameters
    ----------
    now : callable
        Present moment, naive UTC.
    sleep : callable
        Waits for a number of seconds; a test moves its own time instead.
    allowance : timedelta
        How long after the end of a bar ticks that belong to it may still arrive.
    """

    is_real_time = True

    def __init__(self, now: Callable[[], datetime], sleep: Callable[[float], None], allowance: timedelta = timedelta(seconds=2)) -> None:
        self.now = now
        self._sleep = sleep
        self._allowance = allowance

    def wait_until(self, utc: datetime) -> None:
        """Sleep until a moment and the allowance have passed."""
        while (left := (utc + self._allowance - self.now()).total_seconds()) > 0:
            self._sleep(left)
