"""The clock of a live process: it waits for the wall, wakes for whatever comes from outside, and knows the moment the engine lives in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Protocol

from alaris.live.tape import Tape

LONGEST_NAP = 0.25  # real seconds between two looks at what has no bell of its own: deadlines and the command socket


class Wall(Protocol):
    """The wall clock; a test's may run faster."""

    def now(self) -> datetime:
        """Present moment, aware UTC."""
        ...

    def at(self, real: datetime) -> datetime:
        """What this wall shows at a real moment."""
        ...

    def real_seconds(self, seconds: float) -> float:
        """How long some seconds of this wall really last."""
        ...


class RealWall:
    """The real one."""

    def now(self) -> datetime:
        """Present moment, aware UTC."""
        return datetime.now(UTC)

    def at(self, real: datetime) -> datetime:
        """The same."""
        return real

    def real_seconds(self, seconds: float) -> float:
        """The same."""
        return seconds


@dataclass(frozen=True, slots=True)
class Ears:
    """Whom the clock asks and tells.

    Parameters
    ----------
    pending : callable
        Whether anything waits for the engine's thread at a moment.
    keep : callable
        Is called before each waiting: what the process said since is kept then.
    over : callable
        Is called when the record that is replayed has come to its end.
    """

    pending: Callable[[datetime], bool]
    keep: Callable[[], None]
    over: Callable[[], None]


class LiveClock:
    """The engine's clock (`alaris_runner.engine.clock.Clock`).

    Parameters
    ----------
    wall : Wall
    tape : Tape
        Keeps how each waiting ended; in a replay it says so.
    ears : Ears
    allowance : timedelta
        How long after the end of a bar ticks that belong to it may still arrive.
    """

    is_real_time = True

    def __init__(self, wall: Wall, tape: Tape, ears: Ears, allowance: timedelta) -> None:
        self._wall = wall
        self._tape = tape
        self._ears = ears
        self._allowance = allowance
        self._bell = Event()
        self.moment = wall.now()

    def now(self) -> datetime:
        """The moment the engine lives in, naive UTC: of the last step, or of what woke it since."""
        return self.moment.replace(tzinfo=None)

    def ring(self) -> None:
        """Wake it; from any thread."""
        self._bell.set()

    def wait_until(self, utc: datetime) -> bool:
        """Wait for a moment and the allowance; False where something from outside came before."""
        target = utc.replace(tzinfo=UTC)
        self._ears.keep()
        self._tape.flush(self.moment)
        ended = self._tape.take("wait", lambda: self._wait(target + self._allowance))
        if ended is None:
            self._ears.over()
            return False
        self.moment = max(self.moment, datetime.fromisoformat(ended["woken"]) if "woken" in ended else target)
        return "woken" not in ended

    def _wait(self, until: datetime) -> dict[str, str]:
        while (now := self._wall.now()) < until:
            if self._ears.pending(now):
                return {"woken": now.isoformat()}
            self._bell.wait(min(self._wall.real_seconds((until - now).total_seconds()), LONGEST_NAP))
            self._bell.clear()
        return {"at": until.isoformat()}
