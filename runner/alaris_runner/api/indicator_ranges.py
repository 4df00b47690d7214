"""How far prices swing: true range, standard deviation, Bollinger bands."""

from __future__ import annotations

from collections import deque
from math import sqrt
from typing import Any

from alaris_runner.api.enums import MovingAverageType
from alaris_runner.api.indicator_averages import moving_average
from alaris_runner.api.indicators import Identity, Indicator


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
