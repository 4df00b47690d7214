"""What a live run over a real socket needs in a test: a clock that steps while it waits, and a gateway with short waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from alaris.broker import BrokerEvent, Gateway, GatewayAddress, Timeouts

WAITS = Timeouts(connect=2, first_backoff=0.05, last_backoff=0.1)


class SteppingWall:
    """A wall clock that steps while somebody waits: twenty seconds in three real milliseconds, so that the gateway can answer."""

    def __init__(self, start: datetime) -> None:
        self.time = start

    def now(self) -> datetime:
        return self.time

    def at(self, real: datetime) -> datetime:
        del real  # the gateway's own clock is years away
        return self.time

    def real_seconds(self, seconds: float) -> float:
        self.time += timedelta(seconds=min(seconds, 20) if seconds < 300 else seconds - 120)
        return 0.003


def made(address: GatewayAddress, listener: Callable[[BrokerEvent], None]) -> Gateway:
    """A gateway with short waits."""
    return Gateway(address, listener, timeouts=WAITS)
