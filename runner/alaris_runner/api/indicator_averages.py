"""Moving averages as LEAN computes them: each starts from what it has seen, not from zero."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from alaris_runner.api.enums import MovingAverageType
from alaris_runner.api.indicators import Indicator, IndicatorDataPoint
from alaris_runner.errors import NotSupportedByRunner


class SimpleMovingAverage(Indicator):
    """Mean of the last values."""

    def __init__(self, *arguments: Any) -> None:
        period = int(arguments[-1])
        super().__init__(f"SMA({period})", period)
        self._values: deque[float] = deque(maxlen=period)
        self.rolling_sum = IndicatorDataPoint(datetime.min, 0.0)

    def next_value(self, data: Any) -> float:
        """Mean of what was seen, at most `period` values."""
        self._values.append(float(data.value))
        total = sum(self._values)
        self.rolling_sum = IndicatorDataPoint(data.end_time, total)
        return total / len(self._values)


class ExponentialMovingAverage(Indicator):
    """Exponential average, started from the simple average of the first `period` values."""

    def __init__(self, period: int, smoothing_factor: float | None = None, name: str | None = None) -> None:
        super().__init__(name or f"EMA({period})", period)
        self._factor = smoothing_factor if smoothing_factor is not None else 2.0 / (period + 1)
        self._total = 0.0

    def next_value(self, data: Any) -> float:
        """Average with the smoothing factor, default 2 / (period + 1)."""
        value = float(data.value)
        if self.samples <= self.period:
            self._total += value
            return self._total / self.period if self.is_ready else self._unready_value()
        return value * self._factor + self.current.value * (1 - self._factor)

    def _unready_value(self) -> float:
        """LEAN shows 0 until the first average is complete."""
        return 0.0


class WilderMovingAverage(ExponentialMovingAverage):
    """Exponential average with the factor 1 / period."""

    def __init__(self, period: int) -> None:
        super().__init__(period, 1.0 / period, f"WWMA({period})")

    def _unready_value(self) -> float:
        """Mean of what was seen."""
        return self._total / self.samples


def moving_average(kind: MovingAverageType, period: int) -> Indicator:
    """Average of a kind."""
    makers: dict[int, Callable[[int], Indicator]] = {
        MovingAverageType.SIMPLE: SimpleMovingAverage,
        MovingAverageType.EXPONENTIAL: ExponentialMovingAverage,
        MovingAverageType.WILDERS: WilderMovingAverage,
    }
    if kind not in makers:
        raise NotSupportedByRunner(f"MovingAverageType.{MovingAverageType(kind)}", "Use SIMPLE, EXPONENTIAL or WILDERS.")
    return makers[kind](period)
