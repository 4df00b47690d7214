"""Sample moments of daily returns and the probabilistic Sharpe ratio, as LEAN computes them in doubles."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, fsum, nan, sqrt

Returns = Sequence[float]

# Quantiles of the standard normal distribution (Abramowitz and Stegun, table 26.5, to double precision)
ONE_PERCENT_QUANTILE = -2.3263478740408408
FIVE_PERCENT_QUANTILE = -1.6448536269514722


def mean(values: Returns) -> float:
    """Arithmetic mean; NaN of nothing."""
    return fsum(values) / len(values) if values else nan


def variance(values: Returns) -> float:
    """Sample variance (n - 1); NaN below two values."""
    if len(values) < 2:
        return nan
    centre = mean(values)
    return fsum([(value - centre) ** 2 for value in values]) / (len(values) - 1)


def covariance(left: Returns, right: Returns) -> float:
    """Sample covariance (n - 1) of two equally long series; NaN below two values."""
    if len(left) < 2:
        return nan
    left_mean, right_mean = mean(left), mean(right)
    return fsum([(a - left_mean) * (b - right_mean) for a, b in zip(left, right, strict=True)]) / (len(left) - 1)


def annual_growth(returns: Returns, days: int) -> float:
    """Return (1 + mean daily return)^days - 1."""
    return float((1 + mean(returns)) ** days - 1)


def _central(values: Returns, *powers: int) -> list[float]:
    """Central moments over n."""
    centre = mean(values)
    distances = [value - centre for value in values]
    return [fsum([distance**power for distance in distances]) / len(values) for power in powers]


def skewness(values: Returns) -> float:
    """Bias-corrected sample skewness; NaN below three values or without spread."""
    count = len(values)
    second, third = _central(values, 2, 3)
    if count < 3 or second == 0:
        return nan
    return float(sqrt(count * (count - 1)) / (count - 2) * third / second**1.5)


def excess_kurtosis(values: Returns) -> float:
    """Bias-corrected sample excess kurtosis; NaN below four values or without spread."""
    count = len(values)
    second, fourth = _central(values, 2, 4)
    if count < 4 or second == 0:
        return nan
    scale = (count - 1) / ((count - 2) * (count - 3))
    return float(scale * ((count + 1) * (fourth / second**2 - 3) + 6))


def probabilistic_sharpe_ratio(returns: Returns, annual_rate: float, days: int) -> float:
    """Probability that the daily Sharpe ratio exceeds 1/sqrt(days), i.e. one a year.

    Bailey and Lopez de Prado (2012), equation 11, with LEAN's use of excess kurtosis in its place; 0 where it is undefined.
    """
    deviation = sqrt(variance(returns)) if len(returns) > 1 else 0.0
    if deviation == 0 or len(returns) < 4:
        return 0.0
    observed = (mean(returns) - annual_rate / days) / deviation
    spread = 1 - skewness(returns) * observed + (excess_kurtosis(returns) - 1) / 4 * observed**2
    if not spread > 0:
        return 0.0
    error = sqrt(spread / (len(returns) - 1))
    return erfc(-(observed - 1 / sqrt(days)) / error / sqrt(2)) / 2


def value_at_risk(returns: Returns, quantile: float) -> float:
    """Daily return at a quantile of the standard normal, mean + deviation x quantile; 0 of fewer than two returns."""
    return mean(returns) + sqrt(variance(returns)) * quantile if len(returns) > 1 else 0.0
