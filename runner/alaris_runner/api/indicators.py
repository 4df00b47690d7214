"""Indicators as LEAN computes them: the points they take and give, and what all of them share."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from alaris_runner.api.consolidators import EventHandlers, RollingWindow
from alaris_runner.api.spelling import PascalCase
from alaris_runner.errors import InvalidRequest

_KEPT = ("name", "updated", "detached")  # what a reset leaves


class Comparable(PascalCase):
    """Stands for its number in comparisons: `fast > slow`, `rsi.current < 30`."""

    __slots__ = ()

    def __float__(self) -> float:
        raise NotImplementedError

    def __lt__(self, other: Any) -> bool:
        return float(self) < float(other)

    def __le__(self, other: Any) -> bool:
        return float(self) <= float(other)

    def __gt__(self, other: Any) -> bool:
        return float(self) > float(other)

    def __ge__(self, other: Any) -> bool:
        return float(self) >= float(other)


class IndicatorDataPoint(Comparable):
    """A value and the time it belongs to."""

    __slots__ = ("end_time", "symbol", "time", "value")

    def __init__(self, time: datetime, value: float, symbol: Any = None) -> None:
        self.time = time
        self.end_time = time
        self.value = value
        self.symbol = symbol

    @property
    def price(self) -> float:
        """The value."""
        return self.value

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        return f"{self.end_time} {self.value}"


class Passing:
    """A consolidator that hands on every bar as it is."""

    input_type = None

    def __init__(self) -> None:
        self.data_consolidated = EventHandlers()

    def update(self, data: Any) -> None:
        """Hand on a bar."""
        self.data_consolidated(self, data)

    def scan(self, current_local_time: datetime) -> None:
        """Nothing is kept back."""


class Indicator(Comparable):
    """A number computed from a stream of bars or values.

    Attributes
    ----------
    current : IndicatorDataPoint
        Latest value.
    samples : int
        Points seen.
    window : RollingWindow
        Latest points; `indicator[1]` is the one before the latest, and asking for an older one makes the window larger.
    """

    _made_with: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *arguments: Any, **named: Any) -> Self:
        """Remember how the indicator was made, so that `reset` can start anew."""
        made = super().__new__(cls)
        made._made_with = (arguments, named)
        return made

    def __init__(self, name: str, period: int) -> None:
        if period < 1:
            raise InvalidRequest(f"{name}: the period must be at least 1, got {period}")
        self.name = name
        self.period = period
        self.samples = 0
        self.detached = False
        self.current = IndicatorDataPoint(datetime.min, 0.0)
        self.previous = self.current
        self.window = RollingWindow(2)
        self.updated = EventHandlers()

    @property
    def warm_up_period(self) -> int:
        """Points needed until the indicator is ready."""
        return self.period

    @property
    def is_ready(self) -> bool:
        """Whether enough points were seen."""
        return self.samples >= self.period

    def update(self, *data: Any) -> bool:
        """Take a bar, a data point, or a time and a value; returns whether the indicator is ready."""
        if self.detached:
            return self.is_ready
        point = data[0] if len(data) == 1 else IndicatorDataPoint(data[0], float(data[1]))
        self.samples += 1
        self._show(point, self.next_value(point))
        return self.is_ready

    def _show(self, point: Any, value: float) -> None:
        """Make a value the current one and tell those who listen."""
        self.previous = self.current
        self.current = IndicatorDataPoint(point.end_time, value, getattr(point, "symbol", None))
        self.window.add(self.current)
        self.updated(self, self.current)

    def reset(self) -> None:
        """Forget all points, in parts and bands too; name, size of the window and listeners stay."""
        arguments, named = self._made_with
        fresh = type(self)(*arguments, **named)
        for name, value in vars(fresh).items():
            own = getattr(self, name, None)
            if isinstance(own, (Indicator, RollingWindow)):
                own.reset()
            elif name not in _KEPT:
                setattr(self, name, value)

    def next_value(self, data: Any) -> float:
        """Value after one more point."""
        raise NotImplementedError(f"{type(self).__name__} must define next_value(data)")

    def __getitem__(self, index: int) -> IndicatorDataPoint | None:
        found: IndicatorDataPoint | None = self.window[index]
        return found

    def __float__(self) -> float:
        return self.current.value


class PythonIndicator(Indicator):
    """A user's own indicator: it defines `update(input)`, sets `value` there, and answers whether it is ready.

    A constructor of the user's own needs to call no other. A user's `is_ready` may take the place of ours.
    """

    value: float
    _ready = False
    _warm_up = 0

    def __new__(cls, *arguments: Any, **named: Any) -> Self:
        """Give the user's object what every indicator has, before its own constructor runs."""
        made = super().__new__(cls, *arguments, **named)
        Indicator.__init__(made, cls.__name__, 1)
        made.value = 0.0
        return made

    def __init__(self, *arguments: Any) -> None:
        """Take what the user's class passes on; nothing is needed."""

    @property
    def is_ready(self) -> bool:
        """What the last `update` answered."""
        return self._ready

    @property
    def warm_up_period(self) -> int:
        """Points needed until the indicator is ready: the user's constructor says it."""
        return self._warm_up

    @warm_up_period.setter
    def warm_up_period(self, value: int) -> None:
        self._warm_up = value

    def take(self, point: Any) -> None:
        """Feed the user's `update` and show the value that it set."""
        if self.detached:
            return
        self._ready = bool(self.update(point))
        self.samples += 1
        self._show(point, float(self.value))


def feed(indicator: Any, point: Any) -> None:
    """Give a point to an indicator: ours, one of the user's, or any object with `update`."""
    if isinstance(indicator, PythonIndicator):
        indicator.take(point)
    else:
        indicator.update(point)


class Identity(Indicator):
    """The value itself."""

    def __init__(self, name: str = "identity") -> None:
        super().__init__(name, 1)

    def next_value(self, data: Any) -> float:
        """The value."""
        return float(data.value)
