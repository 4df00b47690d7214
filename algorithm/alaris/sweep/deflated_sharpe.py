"""The deflated Sharpe ratio: how likely the best of many trials is better than the best that luck alone would have brought.

D. H. Bailey and M. López de Prado, "The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting, and Non-Normality",
The Journal of Portfolio Management 40(5), 2014, pages 94-107; below [DSR]. The probabilistic Sharpe ratio in it is from the same authors'
"The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2), 2012; below [SREF].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import e, isfinite, nan, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from alaris.domain import InvalidInput

Floats = NDArray[np.float64]
EULER_MASCHERONI = 0.5772156649015329
SESSIONS_A_YEAR = 252
ROUNDING = 1e-12  # returns that vary less do not vary
LEAST_OBSERVATIONS = 3  # two for a standard deviation, and one to have a shape at all


@dataclass(frozen=True, slots=True)
class Moments:
    """Sample moments of a series of returns.

    Parameters
    ----------
    observations : int
        How many returns.
    sharpe : float
        Mean over standard deviation (n - 1), per observation; not annualised.
    skewness, kurtosis : float
        Of the sample; the kurtosis of a normal distribution is 3.
    """

    observations: int
    sharpe: float
    skewness: float
    kurtosis: float


@dataclass(frozen=True, slots=True)
class DeflatedSharpe:
    """The selected trial held against the expected best of as many worthless ones.

    Parameters
    ----------
    probability : float
        The deflated Sharpe ratio itself, 0 to 1; authors and journals ask for 0.95.
    benchmark : float
        Expected largest Sharpe ratio under the hypothesis that none has an edge, per observation.
    variance : float
        Variance of the Sharpe ratios over the trials.
    trials : int
        Trials that have a Sharpe ratio.
    independent_trials : float
        Their number without what their correlation repeats.
    selected : Moments
        The trial that was chosen.
    """

    probability: float
    benchmark: float
    variance: float
    trials: int
    independent_trials: float
    selected: Moments


def moments(returns: Sequence[float] | Floats) -> Moments | None:
    """Moments of returns; None where there are too few, or where they never change.

    Parameters
    ----------
    returns : array_like, shape (n,)
        Simple returns of equal periods, 0.01 for 1 %.

    Raises
    ------
    InvalidInput
        A return is not finite.
    """
    sample = np.asarray(returns, dtype=float)
    if not np.isfinite(sample).all():
        raise InvalidInput("returns", "must be finite; leave out the runs without an equity curve")
    if sample.size < LEAST_OBSERVATIONS or sample.std() <= ROUNDING:
        return None
    centred = sample - sample.mean()
    variance = float(np.mean(centred**2))
    skewness, kurtosis = (float(np.mean(centred**power) / variance ** (power / 2)) for power in (3, 4))
    return Moments(sample.size, float(sample.mean() / sample.std(ddof=1)), skewness, kurtosis)


def probabilistic_sharpe(found: Moments, benchmark: float) -> float:
    """Probability that the true Sharpe ratio is above `benchmark` (per observation), [SREF]."""
    spread = 1 - found.skewness * found.sharpe + (found.kurtosis - 1) / 4 * found.sharpe**2
    if spread <= 0:
        return nan
    return NormalDist().cdf((found.sharpe - benchmark) * sqrt(found.observations - 1) / sqrt(spread))


def expected_maximum(trials: float, variance: float) -> float:
    """Expected largest of `trials` independent Sharpe ratios around zero with a `variance`, [DSR] equation (1) with a mean of 0.

    Raises
    ------
    InvalidInput
        Fewer than one trial, or a variance that is negative or not finite.
    """
    if not trials >= 1:
        raise InvalidInput("trials", f"must be 1 or more, was {trials}")
    if not (isfinite(variance) and variance >= 0):
        raise InvalidInput("variance", f"must be 0 or more, was {variance}")
    if trials == 1:
        return 0.0  # one trial was not selected; the approximation has no number there
    quantile = NormalDist().inv_cdf
    best = (1 - EULER_MASCHERONI) * quantile(1 - 1 / trials) + EULER_MASCHERONI * quantile(1 - 1 / (trials * e))
    return sqrt(variance) * max(best, 0.0)  # below about 1.5 trials the approximation falls under the mean


def independent_trials(returns: Floats) -> float:
    """Trials that correlated ones amount to: rho + (1 - rho) m with the average correlation rho, [DSR] appendix 3.

    Parameters
    ----------
    returns : ndarray, shape (m, n)
        One row a trial; rows that never change are left out. A negative average counts as none.
    """
    moving = returns[returns.std(axis=1) > ROUNDING]
    count = len(moving)
    if count < 2:
        return float(count)
    correlation = np.corrcoef(moving)
    average = (correlation.sum() - count) / (count * (count - 1))
    share = min(max(float(average), 0.0), 1.0)
    return share + (1 - share) * count


def deflated_sharpe(found: Moments, sharpes: Sequence[float] | Floats, trials: float) -> DeflatedSharpe:
    """Deflate the selected trial's Sharpe ratio, [DSR] equation (2).

    Parameters
    ----------
    found : Moments
        Of the selected trial.
    sharpes : array_like, shape (m,)
        Sharpe ratios of all trials, per observation, the selected one among them.
    trials : float
        How many independent trials they amount to.
    """
    ratios = np.asarray(sharpes, dtype=float)
    variance = float(np.var(ratios, ddof=1)) if ratios.size > 1 else 0.0
    benchmark = expected_maximum(max(trials, 1.0), variance)
    return DeflatedSharpe(probabilistic_sharpe(found, benchmark), benchmark, variance, ratios.size, trials, found)


def annualised(sharpe: float) -> float:
    """Sharpe ratio of daily returns in the usual yearly unit."""
    return sharpe * sqrt(SESSIONS_A_YEAR)
