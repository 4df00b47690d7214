"""Moments and the probabilistic Sharpe ratio against SciPy and by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from math import sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alaris_runner.results.moments import (
    FIVE_PERCENT_QUANTILE,
    ONE_PERCENT_QUANTILE,
    covariance,
    excess_kurtosis,
    probabilistic_sharpe_ratio,
    skewness,
    value_at_risk,
    variance,
)
from alaris_runner.results.portfolio_statistics import AverageRate, Series, drawdown_recovery, maximum_drawdown, portfolio_statistics
from alaris_runner.results.rolling_windows import History, window_ranges

DAY = 86_400
returns = st.lists(st.floats(-0.2, 0.2), min_size=4, max_size=60).filter(lambda values: variance(values) > 1e-8)


def test_quantiles() -> None:
    assert pytest.approx(NormalDist().inv_cdf(0.01), abs=1e-14) == ONE_PERCENT_QUANTILE
    assert pytest.approx(NormalDist().inv_cdf(0.05), abs=1e-14) == FIVE_PERCENT_QUANTILE


@given(returns)
def test_shape_as_scipy_corrects_bias(values: list[float]) -> None:
    assert skewness(values) == pytest.approx(float(stats.skew(values, bias=False)), rel=1e-6, abs=1e-8)
    assert excess_kurtosis(values) == pytest.approx(float(stats.kurtosis(values, bias=False)), rel=1e-6, abs=1e-8)


@given(returns)
def test_covariance_with_oneself_is_variance(values: list[float]) -> None:
    assert covariance(values, values) == pytest.approx(variance(values), rel=1e-12)


@given(returns, st.floats(0, 0.1))
def test_a_probability(values: list[float], rate: float) -> None:
    assert 0 <= probabilistic_sharpe_ratio(values, rate, 252) <= 1


def test_probabilistic_sharpe_ratio_by_hand() -> None:
    values = [0.01, -0.01, 0.02, -0.01]
    mean, deviation = 0.0025, sqrt(0.000675 / 3)
    ratio = mean / deviation
    error = sqrt((1 - stats.skew(values, bias=False) * ratio + (stats.kurtosis(values, bias=False) - 1) / 4 * ratio**2) / 3)
    assert probabilistic_sharpe_ratio(values, 0.0, 252) == pytest.approx(stats.norm.cdf((ratio - 1 / sqrt(252)) / error), rel=1e-9)


def test_undefined_is_zero() -> None:
    assert probabilistic_sharpe_ratio([0.01, 0.01, 0.01, 0.01], 0.0, 252) == 0
    assert probabilistic_sharpe_ratio([0.01, 0.02, 0.03], 0.0, 252) == 0
    assert value_at_risk([0.1], ONE_PERCENT_QUANTILE) == 0


def curve(*values: float) -> list[tuple[int, float]]:
    return [(day * DAY, value) for day, value in enumerate(values)]


def test_drawdown_rounds_before_it_is_shown() -> None:
    assert maximum_drawdown(curve(100, 110, 99, 120, 119)) == Decimal("0.100")
    assert str(maximum_drawdown(curve(25000, 24997.8))) == "0.000"
    assert str(maximum_drawdown(curve(100, 101))) == "0"


def test_recovery_counts_only_what_was_recovered() -> None:
    assert drawdown_recovery(curve(100, 90, 95, 100, 80, 70)) == 3
    assert drawdown_recovery(curve(100, 100, 90, 110)) == 2
    assert drawdown_recovery([]) == drawdown_recovery(curve(100, 99)) == 0


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=50))
def test_drawdown_is_a_fraction(values: list[float]) -> None:
    assert 0 <= maximum_drawdown(curve(*values)) <= 1


def test_too_few_returns_leave_zeros() -> None:
    flat = curve(100, 101, 102)
    figures = portfolio_statistics(Series(flat, flat, flat, []), [], Decimal(100), Decimal("0.01"))
    assert figures.end_equity == 102
    assert figures.total_net_profit == figures.drawdown == 0


def test_rates_weigh_by_points() -> None:
    points = [(0, 1.0), (3600, 1.0), (7200, 1.0), (DAY, 1.0)]
    rates = AverageRate(points, lambda day: 0.01 if day == date(1970, 1, 1) else 0.05)
    assert rates.of(points) == Decimal("0.02")
    assert rates.of(points[2:]) == Decimal("0.03")
    assert rates.of([]) == 0


def test_benchmark_alone_has_beta_one() -> None:
    prices = [100.0, 102.0, 101.0, 103.0, 99.0, 104.0]
    changes = [0.0] + [100 * (b - a) / a for a, b in pairwise(prices)]
    figures = portfolio_statistics(Series(curve(*prices), curve(*changes), curve(*prices), []), [], Decimal(100), Decimal(0))
    assert float(figures.beta) == pytest.approx(1, abs=1e-12)
    assert float(figures.alpha) == pytest.approx(0, abs=1e-9)
    assert float(figures.tracking_error) == pytest.approx(0, abs=1e-9)


def test_windows_end_with_the_months() -> None:
    first, last = date(2017, 1, 15), date(2017, 4, 10)
    ends = [date(2017, 1, 31), date(2017, 2, 28), date(2017, 3, 31), last]
    assert window_ranges(first, last, 1) == list(zip([first, date(2017, 2, 1), date(2017, 3, 1), date(2017, 4, 1)], ends, strict=True))
    assert window_ranges(first, last, 3) == list(zip([first, first, first, date(2017, 2, 1)], ends, strict=True))
    assert window_ranges(first, first, 12) == [(first, first)]


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 1500), st.sampled_from([1, 3, 6, 12]))
def test_windows_cover_the_run(first: date, days: int, months: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    ranges = window_ranges(first, last, months)
    assert ranges[0][0] == first
    assert ranges[-1][1] == last
    assert all(first <= start <= end for start, end in ranges)
    assert [end for _, end in ranges] == sorted({end for _, end in ranges})


def test_windows_hold_their_own_points() -> None:
    days = [datetime(2017, 1, 30), datetime(2017, 1, 31), datetime(2017, 2, 1), datetime(2017, 2, 2)]
    start = (datetime(2017, 1, 30) - datetime(1970, 1, 1)).days
    points = [((start + n) * DAY, 100.0 + n) for n in range(len(days))]
    windows = History(Series(points, points, points, []), [], [], Decimal(100), lambda _: 0.0).rolling_windows()
    assert list(windows) == [f"M{months}_{end}" for months in (1, 3, 6, 12) for end in ("20170131", "20170202")]
    assert windows["M1_20170202"].portfolio.start_equity == 102
    assert windows["M3_20170202"].portfolio.start_equity == 100
