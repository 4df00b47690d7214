"""Indicators by hand and against their definitions; the golden case indicators_aapl holds them to LEAN's values."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris_runner.api.bars import TradeBar
from alaris_runner.api.enums import MovingAverageType
from alaris_runner.api.indicator_averages import ExponentialMovingAverage, SimpleMovingAverage, WilderMovingAverage
from alaris_runner.api.indicator_ranges import AverageTrueRange, BollingerBands, StandardDeviation
from alaris_runner.api.indicator_trends import (
    AverageDirectionalIndex,
    MovingAverageConvergenceDivergence,
    RelativeStrengthIndex,
    Stochastic,
)
from alaris_runner.api.indicator_windows import Maximum, Minimum, Momentum, OnBalanceVolume, RateOfChange
from alaris_runner.api.indicators import Indicator
from alaris_runner.api.symbols import SecurityIdentifier, Symbol
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

SYMBOL = Symbol(SecurityIdentifier.parse("YUM R735QTJ8XC9X"), "YUM")
START = datetime(2017, 3, 1)
prices = st.lists(st.floats(1, 1000), min_size=20, max_size=60)


def feed(indicator: Indicator, values: list[float]) -> list[float]:
    seen = []
    for day, value in enumerate(values):
        indicator.update(START + timedelta(days=day), value)
        seen.append(indicator.current.value)
    return seen


def bars(rows: list[tuple[float, float, float, float]]) -> list[TradeBar]:
    return [TradeBar(START + timedelta(days=n), SYMBOL, c, h, low, c, volume) for n, (h, low, c, volume) in enumerate(rows)]


def test_simple_average_starts_with_what_it_has() -> None:
    average = SimpleMovingAverage(3)
    assert feed(average, [3, 6, 9, 12]) == [3, 4.5, 6, 9]
    assert average.is_ready
    assert average.samples == 4


def test_exponential_average_is_zero_then_the_mean_then_smooths() -> None:
    # golden case indicators_aapl: the MACD's signal shows 0 until its ninth value
    assert feed(ExponentialMovingAverage(3), [3, 6, 9, 12]) == [0, 0, 6, 9]


def test_wilder_average() -> None:
    assert feed(WilderMovingAverage(2), [2, 4, 7]) == pytest.approx([2, 3, 5])


def test_relative_strength() -> None:
    # changes +1, -1, +2: gains 1, 0, 2, losses 0, 1, 0; simple averages of two: 1 and 0.5
    values = feed(RelativeStrengthIndex(2, MovingAverageType.SIMPLE), [10, 11, 10, 12])
    assert values[-1] == pytest.approx(100 - 100 / (1 + 1 / 0.5))


def test_bollinger_bands() -> None:
    bands = BollingerBands(2, 2)
    feed(bands, [1, 3])
    assert (bands.middle_band.current.value, bands.upper_band.current.value, bands.lower_band.current.value) == (2, 4, 0)


def test_bars() -> None:
    rows = bars([(10, 8, 9, 100), (12, 9, 11, 50), (11, 7, 8, 30)])
    true_range, volume, oscillator = AverageTrueRange(2, MovingAverageType.SIMPLE), OnBalanceVolume(), Stochastic(2, 1, 1)
    for bar in rows:
        for indicator in (true_range, volume, oscillator):
            indicator.update(bar)
    assert true_range.current.value == pytest.approx((3 + 4) / 2)  # max(12-9, |12-9|, |9-9|) = 3; max(11-7, 0, |7-11|) = 4
    assert volume.current.value == 100 + 50 - 30
    assert oscillator.current.value == pytest.approx(100 * (8 - 7) / (12 - 7))


def test_a_trend_has_direction() -> None:
    rising = AverageDirectionalIndex(3)
    for bar in bars([(10.0 + n, 9.0 + n, 9.5 + n, 1) for n in range(12)]):
        rising.update(bar)
    assert rising.positive_directional_index.current.value > rising.negative_directional_index.current.value
    assert rising.current.value == pytest.approx(100)


@given(prices)
def test_windows_of_values(values: list[float]) -> None:
    last = values[-5:]
    mean = sum(last) / 5
    for indicator, want in (
        (SimpleMovingAverage(5), mean),
        (Maximum(5), max(last)),
        (Minimum(5), min(last)),
        (StandardDeviation(5), sqrt(sum((value - mean) ** 2 for value in last) / 5)),
        (Momentum(5), values[-1] - values[-6]),
        (RateOfChange(5), values[-1] / values[-6] - 1),
    ):
        feed(indicator, values)
        assert indicator.is_ready
        assert indicator.current.value == pytest.approx(want, rel=1e-7, abs=1e-4 if isinstance(indicator, StandardDeviation) else 1e-9)


@given(prices)
def test_strength_and_histogram(values: list[float]) -> None:
    strength, trend = RelativeStrengthIndex(5), MovingAverageConvergenceDivergence(3, 6, 4)
    feed(strength, values)
    feed(trend, values)
    assert 0 <= strength.current.value <= 100
    assert trend.histogram.current.value == pytest.approx(trend.current.value - trend.signal.current.value, abs=1e-9)


def test_nonsense_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="period must be at least 1"):
        SimpleMovingAverage(0)
    with pytest.raises(InvalidRequest, match=r"fast_period \(26\) must be shorter"):
        MovingAverageConvergenceDivergence(26, 12, 9)
    with pytest.raises(NotSupportedByRunner, match=r"MovingAverageType\.HULL"):
        RelativeStrengthIndex(14, MovingAverageType.HULL)
