"""Strength and direction of a move: RSI, MACD, stochastic oscillator, directional index."""

from __future__ import annotations

from collections import deque
from typing import Any

from alaris_runner.api.enums import MovingAverageType
from alaris_runner.api.indicator_averages import WilderMovingAverage, moving_average
from alaris_runner.api.indicators import Identity, Indicator
from alaris_runner.errors import InvalidRequest


class RelativeStrengthIndex(Indicator):
    """RSI: 100 - 100 / (1 + average gain / average loss)."""

    def __init__(self, period: int, moving_average_type: MovingAverageType = MovingAverageType.WILDERS) -> None:
        super().__init__(f"RSI({period})", period)
        self.average_gain = moving_average(moving_average_type, period)
        self.average_loss = moving_average(moving_average_type, period)
        self._last: float | None = None

    @property
    def is_ready(self) -> bool:
        """Whether both averages are."""
        return self.average_gain.is_ready and self.average_loss.is_ready

    @property
    def warm_up_period(self) -> int:
        """One more than the period: changes need two values."""
        return self.period + 1

    def next_value(self, data: Any) -> float:
        """RSI; 50 before the first change, 100 while nothing fell."""
        value = float(data.value)
        if self._last is not None:
            change = value - self._last
            self.average_gain.update(data.end_time, max(change, 0.0))
            self.average_loss.update(data.end_time, max(-change, 0.0))
        self._last = value
        if abs(self.average_loss.current.value) < 1e-10:
            return 100.0
        return 100 - 100 / (1 + self.average_gain.current.value / self.average_loss.current.value)


class MovingAverageConvergenceDivergence(Indicator):
    """MACD: fast average less slow average, with its signal line and histogram."""

    def __init__(
        self,
        fast_period: int,
        slow_period: int,
        signal_period: int,
        type: MovingAverageType = MovingAverageType.EXPONENTIAL,  # noqa: A002 - LEAN's name
    ) -> None:
        if fast_period >= slow_period:
            raise InvalidRequest(f"MACD: fast_period ({fast_period}) must be shorter than slow_period ({slow_period})")
        super().__init__(f"MACD({fast_period},{slow_period},{signal_period})", slow_period)
        self.fast = moving_average(type, fast_period)
        self.slow = moving_average(type, slow_period)
        self.signal = moving_average(type, signal_period)
        self.histogram = Identity("histogram")

    @property
    def is_ready(self) -> bool:
        """Whether the signal line is."""
        return self.signal.is_ready

    @property
    def warm_up_period(self) -> int:
        """Slow and signal periods less one."""
        return self.slow.period + self.signal.period - 1

    def next_value(self, data: Any) -> float:
        """Difference of the averages; signal and histogram start when both are ready."""
        fast_ready, slow_ready = self.fast.update(data.end_time, data.value), self.slow.update(data.end_time, data.value)
        value = self.fast.current.value - self.slow.current.value
        if fast_ready and slow_ready and self.signal.update(data.end_time, value):
            self.histogram.update(data.end_time, value - self.signal.current.value)
        return value


class Stochastic(Indicator):
    """Stochastic oscillator: fast K over `period`, slow K and D as sums over their periods."""

    def __init__(self, period: int, k_period: int, d_period: int) -> None:
        super().__init__(f"STO({period},{k_period},{d_period})", period)
        self._highs: deque[float] = deque(maxlen=period)
        self._lows: deque[float] = deque(maxlen=period)
        self._fast: deque[float] = deque(maxlen=k_period)
        self._slow: deque[float] = deque(maxlen=d_period)
        self._k, self._d = k_period, d_period
        self.fast_stoch, self.stoch_k, self.stoch_d = Identity("fast"), Identity("K"), Identity("D")

    @property
    def is_ready(self) -> bool:
        """Whether K and D have their full periods."""
        return self.samples >= self.warm_up_period

    @property
    def warm_up_period(self) -> int:
        """All three periods together, less two."""
        return self.period + self._k + self._d - 2

    def next_value(self, data: Any) -> float:
        """Slow K of the slow series; 0 until each part is ready."""
        self._highs.append(float(data.high))
        self._lows.append(float(data.low))
        low, spread = min(self._lows), max(self._highs) - min(self._lows)
        fast = (float(data.close) - low) / spread if self.samples >= self.period and spread else 0.0
        self._fast.append(fast)
        slow = sum(self._fast) / self._k if self.samples >= self.period + self._k - 1 else 0.0
        self._slow.append(slow)
        slow_d = sum(self._slow) / self._d if self.samples >= self.warm_up_period else 0.0
        self.fast_stoch.update(data.end_time, fast * 100)
        self.stoch_k.update(data.end_time, slow * 100)
        self.stoch_d.update(data.end_time, slow_d * 100)
        return fast * 100


class AverageDirectionalIndex(Indicator):
    """ADX of Wilder: smoothed distance between the directional indices."""

    def __init__(self, period: int) -> None:
        super().__init__(f"ADX({period})", period)
        self._average = WilderMovingAverage(period)
        self._last: Any = None
        self._range = self._plus = self._minus = 0.0
        self.positive_directional_index, self.negative_directional_index = Identity("+DI"), Identity("-DI")

    @property
    def is_ready(self) -> bool:
        """Whether the average of the directional index is."""
        return self._average.is_ready

    @property
    def warm_up_period(self) -> int:
        """Twice the period."""
        return self.period * 2

    def _movements(self, data: Any) -> tuple[float, float, float]:
        last, self._last = self._last, data
        if last is None:
            return 0.0, 0.0, 0.0
        up, down = float(data.high - last.high), float(last.low - data.low)
        spread = max(float(data.high - data.low), abs(float(data.high - last.close)), abs(float(data.low - last.close)))
        return spread, up if up >= down and data.high > last.high else 0.0, down if down > up and data.low < last.low else 0.0

    def _smooth(self, smoothed: float, value: float) -> float:
        return smoothed + value if self.samples <= self.period + 1 else smoothed - smoothed / self.period + value

    def next_value(self, data: Any) -> float:
        """Average directional index, 0 to 100; 50 until both indices are known."""
        spread, plus, minus = self._movements(data)
        self._range, self._plus, self._minus = (
            self._smooth(self._range, spread),
            self._smooth(self._plus, plus),
            self._smooth(self._minus, minus),
        )
        if self.samples > self.period and self._range:
            self.positive_directional_index.update(data.end_time, 100 * self._plus / self._range)
            self.negative_directional_index.update(data.end_time, 100 * self._minus / self._range)
            total = self.positive_directional_index.current.value + self.negative_directional_index.current.value
            if total == 0:
                return 50.0
            self._average.update(
                data.end_time,
                100 * abs(self.positive_directional_index.current.value - self.negative_directional_index.current.value) / total,
            )
        return self._average.current.value
