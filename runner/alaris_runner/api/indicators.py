"""Indicators in daily use, each value as LEAN computes it (averages start from what they have seen, not from zero)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from math import sqrt
from typing import Any

from alaris_runner.api.consolidators import EventHandlers, RollingWindow
from alaris_runner.api.enums import MovingAverageType
from alaris_runner.api.spelling import PascalCase
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner


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


class Identity(Indicator):
    """The value itself."""

    def __init__(self, name: str = "identity") -> None:
        super().__init__(name, 1)

    def next_value(self, data: Any) -> float:
        """The value."""
        return float(data.value)


class TrueRange(Indicator):
    """Greatest of the bar's range and its distances from the previous close."""

    def __init__(self) -> None:
        super().__init__("TR", 2)
        self._last: Any = None

    def next_value(self, data: Any) -> float:
        """True range; 0 for the first bar."""
        last, self._last = self._last, data
        if last is None:
            return 0.0
        return max(float(data.high - data.low), abs(float(data.high - last.close)), abs(float(data.low - last.close)))


class AverageTrueRange(Indicator):
    """Average of the true range."""

    def __init__(self, period: int, moving_average_type: MovingAverageType = MovingAverageType.WILDERS) -> None:
        super().__init__(f"ATR({period})", period)
        self.true_range = TrueRange()
        self._average = moving_average(moving_average_type, period)

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def next_value(self, data: Any) -> float:
        """Average over the bars from the first on."""
        self.true_range.update(data)
        self._average.update(data.end_time, self.true_range.current.value)
        return self._average.current.value


class StandardDeviation(Indicator):
    """Population standard deviation of the last values."""

    def __init__(self, period: int) -> None:
        super().__init__(f"STD({period})", period)
        self._values: deque[float] = deque(maxlen=period)

    def next_value(self, data: Any) -> float:
        """Square root of the mean squared deviation; 0 for one value."""
        self._values.append(float(data.value))
        mean = sum(self._values) / len(self._values)
        return sqrt(sum((v - mean) ** 2 for v in self._values) / len(self._values))


class BollingerBands(Indicator):
    """Average with bands of k standard deviations."""

    def __init__(self, period: int, k: float, moving_average_type: MovingAverageType = MovingAverageType.SIMPLE) -> None:
        super().__init__(f"BB({period},{k})", period)
        self._k = float(k)
        self.middle_band = moving_average(moving_average_type, period)
        self.standard_deviation = StandardDeviation(period)
        self.upper_band, self.lower_band = Identity("upper band"), Identity("lower band")
        self.band_width, self.percent_b = Identity("band width"), Identity("percent b")
        self.price = Identity("price")

    @property
    def is_ready(self) -> bool:
        """Whether the average and the deviation are."""
        return self.middle_band.is_ready and self.standard_deviation.is_ready

    def next_value(self, data: Any) -> float:
        """Value of the input; the bands are members."""
        when, value = data.end_time, float(data.value)
        self.standard_deviation.update(when, value)
        self.middle_band.update(when, value)
        self.price.update(when, value)
        middle, width = self.middle_band.current.value, self._k * self.standard_deviation.current.value
        self.upper_band.update(when, middle + width)
        self.lower_band.update(when, middle - width)
        self.band_width.update(when, 2 * width / middle * 100 if middle else 0.0)
        self.percent_b.update(when, (value - middle + width) / (2 * width) if width else 0.0)
        return value


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
