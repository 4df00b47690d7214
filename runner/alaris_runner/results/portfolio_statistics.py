"""Portfolio statistics (returns, risk, win rates) from the equity curve, the daily returns and the profit and loss records."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate, groupby, pairwise
from math import isfinite, sqrt

from .decimals import ZERO, cast, exact, rounded, text
from .moments import (
    FIVE_PERCENT_QUANTILE,
    ONE_PERCENT_QUANTILE,
    Returns,
    annual_growth,
    covariance,
    probabilistic_sharpe_ratio,
    value_at_risk,
    variance,
)
from .profit_loss import ProfitLoss

Point = tuple[int, float]  # unix seconds, value
DAY = 86_400
YEAR = Decimal(365)
FEWEST_RETURNS = 2


@dataclass(frozen=True, slots=True)
class Series:
    """What the statistics read, all from the charts (after chart rounding).

    Parameters
    ----------
    equity :
        Time and close of every point of Strategy Equity / Equity.
    returns :
        Points of Strategy Equity / Return, percent.
    benchmark :
        Points of Benchmark / Benchmark, price.
    turnover :
        Points of Portfolio Turnover, fraction a day.
    """

    equity: Sequence[Point]
    returns: Sequence[Point]
    benchmark: Sequence[Point]
    turnover: Sequence[Point]

    def daily_returns(self) -> list[float]:
        """Returns as fractions without the first two points, aligned with `benchmark_returns`."""
        return [value / 100 for _, value in self.returns[2:]]

    def benchmark_returns(self) -> list[float]:
        """Relative changes of the benchmark without the first one; 0 after a zero price."""
        values = [value for _, value in self.benchmark]
        changes = [(now - before) / before if before else 0.0 for before, now in pairwise(values)]
        return changes[1:]

    def between(self, first: date, last: date) -> Series:
        """Keep the points whose UTC date lies from `first` to `last`, both included."""
        start, end = _midnight(first), _midnight(last) + DAY

        def inside(points: Sequence[Point]) -> Sequence[Point]:
            return points[bisect_left(points, start, key=_time) : bisect_left(points, end, key=_time)]

        return Series(inside(self.equity), inside(self.returns), inside(self.benchmark), inside(self.turnover))


@dataclass(frozen=True, slots=True)
class PortfolioStatistics:
    """LEAN's portfolio statistics; fractions (0.01 is one percent) where not a ratio, in the order of the result file."""

    average_win_rate: Decimal = ZERO
    average_loss_rate: Decimal = ZERO
    profit_loss_ratio: Decimal = ZERO
    win_rate: Decimal = ZERO
    loss_rate: Decimal = ZERO
    expectancy: Decimal = ZERO
    start_equity: Decimal = ZERO
    end_equity: Decimal = ZERO
    compounding_annual_return: Decimal = ZERO
    drawdown: Decimal = ZERO
    total_net_profit: Decimal = ZERO
    sharpe_ratio: Decimal = ZERO
    probabilistic_sharpe_ratio: Decimal = ZERO
    sortino_ratio: Decimal = ZERO
    alpha: Decimal = ZERO
    beta: Decimal = ZERO
    annual_standard_deviation: Decimal = ZERO
    annual_variance: Decimal = ZERO
    information_ratio: Decimal = ZERO
    tracking_error: Decimal = ZERO
    treynor_ratio: Decimal = ZERO
    portfolio_turnover: Decimal = ZERO
    value_at_risk_99: Decimal = ZERO
    value_at_risk_95: Decimal = ZERO
    drawdown_recovery: int = 0

    def as_json(self) -> dict[str, str]:
        """Return the result file's object: every number a string of at most four fraction digits."""
        return {_camel(f.name): _four_digits(getattr(self, f.name)) for f in fields(self)}


def portfolio_statistics(
    series: Series,
    records: Sequence[ProfitLoss],
    start_capital: Decimal,
    rate: Decimal,
    trading_days: int = 252,
) -> PortfolioStatistics:
    """Compute the statistics of a period.

    Parameters
    ----------
    series :
        The period's chart points.
    records :
        The period's profit and loss records in order of time.
    start_capital :
        Portfolio value at the start of the period, USD.
    rate :
        Annual risk-free rate of the period, a fraction (see `AverageRate`).
    trading_days :
        Trading days a year.

    Returns
    -------
    PortfolioStatistics
        With fewer than two returns (four points) or no capital, all but start and end equity and turnover stays 0.
    """
    end = exact(series.equity[-1][1]) if series.equity else ZERO
    turnover = _mean(exact(value) for _, value in series.turnover)
    returns, benchmark = series.daily_returns(), series.benchmark_returns()
    if start_capital == 0 or len(returns) < FEWEST_RETURNS or len(benchmark) < FEWEST_RETURNS:
        return PortfolioStatistics(start_equity=start_capital, end_equity=end, portfolio_turnover=turnover)
    tail = returns[-trading_days:]
    return PortfolioStatistics(
        **_win_rates(records, start_capital),
        **_risk(returns, benchmark, rate, trading_days),
        start_equity=start_capital,
        end_equity=end,
        compounding_annual_return=_compounding(start_capital, end, series.equity),
        drawdown=maximum_drawdown(series.equity),
        total_net_profit=end / start_capital - 1,
        probabilistic_sharpe_ratio=cast(probabilistic_sharpe_ratio(returns, float(rate), trading_days)),
        portfolio_turnover=turnover,
        value_at_risk_99=rounded(cast(value_at_risk(tail, ONE_PERCENT_QUANTILE)), 3),
        value_at_risk_95=rounded(cast(value_at_risk(tail, FIVE_PERCENT_QUANTILE)), 3),
        drawdown_recovery=drawdown_recovery(series.equity),
    )


class AverageRate:
    """Mean annual rate over the equity points of a period: days with more samples weigh more.

    Parameters
    ----------
    equity :
        Points of the whole run.
    risk_free_rate :
        Annual rate (fraction) at a UTC date.
    """

    def __init__(self, equity: Sequence[Point], risk_free_rate: Callable[[date], float]) -> None:
        self._times = [time for time, _ in equity]
        self._sums = [ZERO]
        for day, points in groupby(self._times, lambda time: time // DAY):
            rate = exact(risk_free_rate(utc_date(day * DAY)))
            self._sums.extend(accumulate((rate for _ in points), initial=self._sums.pop()))

    def of(self, equity: Sequence[Point]) -> Decimal:
        """Mean over a stretch of the run's points; 0 of none."""
        if not equity:
            return ZERO
        first = bisect_left(self._times, equity[0][0])
        return (self._sums[first + len(equity)] - self._sums[first]) / len(equity)


def maximum_drawdown(equity: Sequence[Point]) -> Decimal:
    """Deepest fall below the running peak as a positive fraction, rounded to three digits."""
    peak, deepest, at = 0.0, 0.0, (1.0, 1.0)
    for _, value in equity:
        if value >= peak:
            peak = value
        elif value / peak - 1 < deepest:
            deepest, at = value / peak - 1, (value, peak)
    return rounded(1 - exact(at[0]) / exact(at[1]), 3) if deepest else ZERO


def drawdown_recovery(equity: Sequence[Point]) -> int:
    """Whole days of the longest drawdown that was recovered, from its peak to the point that regained it."""
    if not equity:
        return 0
    peak_time, peak = equity[0]
    under, longest = False, 0
    for time, value in equity[1:]:
        if value < peak:
            under = True
            continue
        if under:
            longest = max(longest, time - peak_time)
        peak_time, peak, under = time, value, False
    return longest // DAY


def _win_rates(records: Sequence[ProfitLoss], start_capital: Decimal) -> dict[str, Decimal]:
    capital = start_capital
    gains: list[Decimal] = []
    losses: list[Decimal] = []
    for record in records:
        (gains if record.amount > 0 else losses).append(record.amount / capital)
        capital += record.amount
    win, loss, count = _mean(gains), _mean(losses), Decimal(len(records))
    ratio = win / abs(loss) if loss else ZERO
    won = sum(record.is_win for record in records)
    win_rate, loss_rate = (won / count, (count - won) / count) if records else (ZERO, ZERO)
    return {
        "average_win_rate": win,
        "average_loss_rate": loss,
        "profit_loss_ratio": ratio,
        "win_rate": win_rate,
        "loss_rate": loss_rate,
        "expectancy": win_rate * ratio - loss_rate,
    }


def _risk(returns: Returns, benchmark: Returns, rate: Decimal, days: int) -> dict[str, Decimal]:
    growth, benchmark_growth = cast(annual_growth(returns, days)), cast(annual_growth(benchmark, days))
    excess = growth - rate
    annual = cast(variance(returns) * days)
    deviation = cast(sqrt(float(annual)))
    downside = _annual_deviation([value for value in returns if value < 0], days)
    spread = variance(benchmark)
    beta = cast(covariance(returns, benchmark) / spread) if spread > 0 else ZERO
    tracking = _annual_deviation([a - b for a, b in zip(returns, benchmark, strict=True)], days)
    return {
        "annual_variance": annual,
        "annual_standard_deviation": deviation,
        "sharpe_ratio": excess / deviation if deviation else ZERO,
        "sortino_ratio": excess / downside if downside else ZERO,
        "alpha": growth - (rate + beta * (benchmark_growth - rate)) if beta else ZERO,
        "beta": beta,
        "tracking_error": tracking,
        "information_ratio": (growth - benchmark_growth) / tracking if tracking else ZERO,
        "treynor_ratio": excess / beta if beta else ZERO,
    }


def _annual_deviation(values: Returns, days: int) -> Decimal:
    spread = variance(values)
    return cast(sqrt(spread * days)) if isfinite(spread) else ZERO


def _compounding(start: Decimal, end: Decimal, equity: Sequence[Point]) -> Decimal:
    years = cast((equity[-1][0] - equity[0][0]) / DAY) / YEAR
    if years == 0 or end <= 0:
        return ZERO
    try:
        return cast((float(end) / float(start)) ** (1 / float(years)) - 1)
    except OverflowError:  # days of a run shorter than a few minutes; LEAN's infinity becomes 0 as well
        return ZERO


def _mean(values: Iterable[Decimal]) -> Decimal:
    listed = list(values)
    return sum(listed, ZERO) / len(listed) if listed else ZERO


def _four_digits(value: Decimal | int) -> str:
    return text(rounded(value, 4)) if isinstance(value, Decimal) else str(value)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _time(point: Point) -> int:
    return point[0]


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def utc_date(seconds: int) -> date:
    """Return the UTC date of a unix time."""
    return date(1970, 1, 1) + timedelta(seconds=seconds)
