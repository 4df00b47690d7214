"""Figures of the last values: extremes, changes, volume on rising and falling closes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from alaris_runner.api.indicators import Indicator


class _Extreme(Indicator):
    def __init__(self, name: str, period: int, choose: Callable[[deque[float]], float]) -> None:
        super().__init__(f"{name}({period})", period)
        self._values: deque[float] = deque(maxlen=period)
        self._choose = choose

    def next_value(self, data: Any) -> float:
        """Extreme of the last values."""
        self._values.append(float(data.value))
        return self._choose(self._values)


class Maximum(_Extreme):
    """Highest of the last values."""

    def __init__(self, period: int) -> None:
        super().__init__("MAX", period, max)


class Minimum(_Extreme):
    """Lowest of the last values."""

    def __init__(self, period: int) -> None:
        super().__init__("MIN", period, min)


class _Lagged(Indicator):
    def __init__(self, name: str, period: int) -> None:
        super().__init__(f"{name}({period})", period)
        self._values: deque[float] = deque(maxlen=period + 1)

    @property
    def is_ready(self) -> bool:
        """Whether a value `period` points back is known."""
        return self.samples > self.period

    @property
    def warm_up_period(self) -> int:
        """One more than the period."""
        return self.period + 1

    def next_value(self, data: Any) -> float:
        """Compare with the oldest value kept."""
        self._values.append(float(data.value))
        return self.compare(self._values[0], self._values[-1])

    def compare(self, old: float, new: float) -> float:
        """Figure of an old and a new value."""
        raise NotImplementedError


class RateOfChange(_Lagged):
    """Relative change over `period` points; 0.01 means 1 %."""

    def __init__(self, period: int) -> None:
        super().__init__("ROC", period)

    def compare(self, old: float, new: float) -> float:
        """Relative change, 0 if the old value is 0."""
        return (new - old) / old if old else 0.0


class Momentum(_Lagged):
    """Change over `period` points."""

    def __init__(self, period: int) -> None:
        super().__init__("MOM", period)

    def compare(self, old: float, new: float) -> float:
        """Difference."""
        return new - old


class OnBalanceVolume(Indicator):
    """Volume added on rising closes and taken away on falling ones; the first bar's volume starts it."""

    def __init__(self) -> None:
        super().__init__("OBV", 1)
        self._last: float | None = None

    def next_value(self, data: Any) -> float:
        """Running volume."""
        last, self._last = self._last, float(data.value)
        volume = float(data.volume)
        if last is None:
            return volume
        return self.current.value + (volume if data.value > last else -volume if data.value < last else 0.0)
