"""Performance of each past one, three, six and twelve months, and of the whole run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from .decimals import exact
from .portfolio_statistics import AverageRate, PortfolioStatistics, Series, portfolio_statistics, utc_date
from .profit_loss import ProfitLoss
from .trade_statistics import trade_statistics
from .trades import Trade

MONTHS = (1, 3, 6, 12)


@dataclass(frozen=True, slots=True)
class Performance:
    """Statistics of one period."""

    portfolio: PortfolioStatistics = field(default_factory=PortfolioStatistics)
    trades: dict[str, object] = field(default_factory=lambda: trade_statistics(()))


@dataclass(frozen=True, slots=True)
class History:
    """Everything that a run's performance is computed from.

    Parameters
    ----------
    series :
        The chart points.
    records, trades :
        Profit and loss by time; closed trades by exit.
    start_capital :
        Portfolio value at the start, USD.
    risk_free_rate :
        Annual rate (fraction) at a UTC date.
    trading_days :
        Trading days a year.
    """

    series: Series
    records: Sequence[ProfitLoss]
    trades: Sequence[Trade]
    start_capital: Decimal
    risk_free_rate: Callable[[date], float]
    trading_days: int = 252

    @property
    def dates(self) -> tuple[date, date]:
        """First and last UTC date of the equity curve."""
        return utc_date(self.series.equity[0][0]), utc_date(self.series.equity[-1][0])

    def performance(self) -> Performance:
        """Return the performance of the whole run."""
        rate = AverageRate(self.series.equity, self.risk_free_rate).of(self.series.equity)
        portfolio = portfolio_statistics(self.series, self.records, self.start_capital, rate, self.trading_days)
        return Performance(portfolio, trade_statistics(self.trades))

    def rolling_windows(self) -> dict[str, Performance]:
        """Return the windows by LEAN's keys, "M3_20170331" for the three months to the end of March."""
        if not self.series.equity:
            return {}
        first, last = self.dates
        rates = AverageRate(self.series.equity, self.risk_free_rate)
        ranges = {f"M{months}_{end:%Y%m%d}": (start, end) for months in MONTHS for start, end in window_ranges(first, last, months)}
        known = {period: self._between(*period, rates) for period in dict.fromkeys(ranges.values())}
        return {name: known[period] for name, period in ranges.items()}

    def _between(self, first: date, last: date, rates: AverageRate) -> Performance:
        """Return the performance from `first` to `last` (UTC dates, both included); zeros where there is no equity."""
        series = self.series.between(first, last)
        if not series.equity:
            return Performance()
        whole = len(series.equity) == len(self.series.equity)
        capital = self.start_capital if whole else exact(series.equity[0][1])
        records = [record for record in self.records if first <= record.time.date() <= last]
        trades = [trade for trade in self.trades if first <= trade.exit_time.date() <= last]
        portfolio = portfolio_statistics(series, records, capital, rates.of(series.equity), self.trading_days)
        return Performance(portfolio, trade_statistics(trades))


def window_ranges(first: date, last: date, months: int) -> list[tuple[date, date]]:
    """Return the windows' first and last dates, ascending: they end with each month and with the run.

    The first window reaches from the first date to the first end; each later one starts `months - 1` months before the
    day after the previous end, but never before the first date.
    """
    ends = [last]
    while (before := ends[-1].replace(day=1) - timedelta(days=1)) >= first:
        ends.append(before)
    ends.reverse()
    starts = [first] + [max(first, months_before(end + timedelta(days=1), months - 1)) for end in ends[:-1]]
    return list(zip(starts, ends, strict=True))


def months_before(day: date, months: int) -> date:
    """Return the first of a month, `months` earlier."""
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)
