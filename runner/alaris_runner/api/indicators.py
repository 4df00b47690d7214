"""Indicators as LEAN computes them: the points they take and give, and what all of them share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alaris_runner.api.consolidators import EventHandlers, RollingWindow
from alaris_runner.api.spelling import PascalCase
from alaris_runner.errors import InvalidRequest


class IndicatorDataPoint(PascalCase):
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


class Indicator(PascalCase):
    """A number computed from a stream of bars or values.

    Attributes
    ----------
    current : IndicatorDataPoint
        Latest value.
    samples : int
        Points seen.
    """

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
        value = self.next_value(point)
        self.previous = self.current
        self.current = IndicatorDataPoint(point.end_time, value, getattr(point, "symbol", None))
        self.window.add(self.current)
        self.updated(self, self.current)
        return self.is_ready

    def next_value(self, data: Any) -> float:
        """Value after one more point."""
        raise NotImplementedError(f"{type(self).__name__} must define next_value(data)")

    def __float__(self) -> float:
        return self.current.value


class Identity(Indicator):
    """The value itself."""

    def __init__(self, name: str = "identity") -> None:
        super().__init__(name, 1)

    def next_value(self, data: Any) -> float:
        """The value."""
        return float(data.value)
