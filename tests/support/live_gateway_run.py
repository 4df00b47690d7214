"""What a live run over a real socket needs in a test: a clock that steps while it waits, and a gateway with short waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from fake_gateway import FakeGateway

from alaris.broker import BrokerEvent, Gateway, GatewayAddress, Timeouts

WAITS = Timeouts(connect=2, first_backoff=0.05, last_backoff=0.1)


class SteppingWall:
    """A wall clock that steps while somebody waits: `step` seconds in two real milliseconds, and much slower while an order works.

    So the gateway has time to answer, however busy the machine is, and a quiet day is short.
    """

    def __init__(self, start: datetime, gateway: FakeGateway | None, step: float = 20) -> None:
        self.time, self._gateway, self._step = start, gateway, step

    def now(self) -> datetime:
        return self.time

    def at(self, real: datetime) -> datetime:
        del real  # the gateway's own clock is years away
        return self.time

    def real_seconds(self, seconds: float) -> float:
        works = self._works()
        longest = 10 if works else self._step
        self.time += timedelta(seconds=min(seconds, longest) if works or seconds < 300 else seconds - 120)
        return 0.08 if works else 0.002

    def _works(self) -> bool:
        """Whether an order of ours was sent and neither executed nor cancelled."""
        if self._gateway is None:  # it is another process's: take it that one does
            return True
        done = {one.order.key for one in self._gateway.executions}
        return len({frame[26] for frame in self._gateway.sent(3)} - done) > len(self._gateway.sent(4))


def made(address: GatewayAddress, listener: Callable[[BrokerEvent], None]) -> Gateway:
    """A gateway with short waits."""
    return Gateway(address, listener, timeouts=WAITS)
