"""Every figure of the statistics against its formula (`lean-statistics.md` 3), written with NumPy and SciPy, on any curve."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from alaris_runner.results.portfolio_statistics import Series, portfolio_statistics

DAY, DAYS = 86_400, 252
changes = st.floats(-0.08, 0.08).map(lambda x: round(x, 6))


def points(values: np.ndarray) -> list[tuple[int, float]]:
    return [(day * DAY, float(value)) for day, value in enumerate(values)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(changes, changes, st.floats(0, 2)), min_size=6, max_size=80), st.sampled_from([0.0, 0.005, 0.05]))
def test_every_figure_is_its_formula(days: list[tuple[float, float, float]], rate: float) -> None:
    own, market, turnover = (np.array(column) for column in zip(*days, strict=True))
    own[0] = market[0] = 0.0  # the first point is the start
    r, b = own[2:], market[2:]
    assume(r.std() > 1e-4)
    assume(b.std() > 1e-4)
    equity, prices = 100_000 * np.cumprod(1 + own), 50 * np.cumprod(1 + market)
    series = Series(points(equity), points(100 * own), points(prices), points(turnover))
    found = portfolio_statistics(series, [], Decimal(100_000), Decimal(str(rate)))

    growth, benchmark_growth = (1 + r.mean()) ** DAYS - 1, (1 + b.mean()) ** DAYS - 1
    deviation, tracking = r.std(ddof=1) * np.sqrt(DAYS), (r - b).std(ddof=1) * np.sqrt(DAYS)
    beta = np.cov(r, b, ddof=1)[0, 1] / b.var(ddof=1)
    losses = r[r < 0]
    years = (len(days) - 1) / 365
    sharpe = (r.mean() - rate / DAYS) / r.std(ddof=1)
    spread = (1 - stats.skew(r, bias=False) * sharpe + (stats.kurtosis(r, bias=False) - 1) / 4 * sharpe**2) / (len(r) - 1)
    wanted = {
        "total_net_profit": equity[-1] / 100_000 - 1,
        "compounding_annual_return": (equity[-1] / 100_000) ** (1 / years) - 1,
        "drawdown": np.round(1 - equity / np.maximum.accumulate(equity), 3).max(),
        "sharpe_ratio": (growth - rate) / deviation,
        "annual_standard_deviation": deviation,
        "annual_variance": deviation**2,
        "beta": beta,
        "portfolio_turnover": turnover.mean(),
        "value_at_risk_99": round(r.mean() + r.std(ddof=1) * stats.norm.ppf(0.01), 3),
        "value_at_risk_95": round(r.mean() + r.std(ddof=1) * stats.norm.ppf(0.05), 3),
    }
    if len(losses) > 1 and losses.std() > 1e-5:
        wanted["sortino_ratio"] = (growth - rate) / (losses.std(ddof=1) * np.sqrt(DAYS))
    if tracking > 1e-3:
        wanted |= {"tracking_error": tracking, "information_ratio": (growth - benchmark_growth) / tracking}
    if abs(beta) > 1e-3:
        wanted |= {"alpha": growth - (rate + beta * (benchmark_growth - rate)), "treynor_ratio": (growth - rate) / beta}
    if spread > 1e-6:
        wanted["probabilistic_sharpe_ratio"] = stats.norm.cdf((sharpe - 1 / np.sqrt(DAYS)) / np.sqrt(spread))
    for name, value in wanted.items():
        tolerance = 0.0011 if name in ("drawdown", "value_at_risk_99", "value_at_risk_95") else 1e-7
        assert float(getattr(found, name)) == pytest.approx(float(value), rel=1e-6, abs=tolerance), name
