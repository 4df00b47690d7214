"""Sample the running portfolio: equity candles, daily returns, drawdown, turnover, exposure, sales volume, margin, benchmark."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from alaris_runner.api.charts import Candlestick, ChartBook, ChartPoint, Series, SeriesType, unix_seconds

from .decimals import exact, rounded, smart
from .margin_chart import MarginChart
from .portfolio_statistics import Series as StatisticsSeries
from .views import PortfolioView, SecurityView

SHORTEST_PERIOD = timedelta(minutes=4)
SAMPLES = 4000  # LEAN spreads this many equity samples over a backtest
LARGEST_SALES = 30  # securities shown by sales volume
SECURITY_TYPES = (
    "Base", "Equity", "Option", "Commodity", "Forex", "Future", "Cfd", "Crypto", "FutureOption", "Index", "IndexOption", "CryptoFuture",
)  # fmt: skip


def sampling_period(start: datetime, end: datetime) -> timedelta:
    """Time between equity samples: the backtest over 4000, at least four minutes."""
    return max(SHORTEST_PERIOD, (end - start) / SAMPLES)


class Sampler:
    """Follow the portfolio from step to step and keep LEAN's standard charts.

    Parameters
    ----------
    charts :
        Where the series are kept.
    portfolio :
        The portfolio's totals.
    securities :
        Returns the securities of the portfolio, in the order they were added.
    benchmark_price :
        Price of the benchmark at a UTC time.
    start :
        Midnight of the first day, naive UTC; the turnover has no point there.
    """

    def __init__(
        self,
        charts: ChartBook,
        portfolio: PortfolioView,
        securities: Callable[[], Iterable[SecurityView]],
        benchmark_price: Callable[[datetime], float],
        start: datetime,
    ) -> None:
        self._charts = charts
        self._portfolio = portfolio
        self._securities = securities
        self._benchmark_price = benchmark_price
        self._start = unix_seconds(start)
        equity = charts.chart("Strategy Equity")
        self._equity = equity.candles("Equity", 0, "$")
        self._returns = equity.line("Return", SeriesType.BAR, 1, "%")
        self._benchmark = charts.chart("Benchmark").line("Benchmark", SeriesType.LINE, 0, "$")
        self._drawdown = charts.chart("Drawdown").line("Equity Drawdown", SeriesType.LINE, 0, "%")
        self._turnover = charts.chart("Portfolio Turnover").line("Portfolio Turnover", SeriesType.LINE, 0, "%")
        self._margin = MarginChart(charts.chart("Portfolio Margin"))
        self._bar: tuple[float, float, float, float] | None = None
        self._sales = [0.0, 0.0]  # cumulated volume at the last sample and at the one before
        self.restart()

    def restart(self) -> None:
        """Take the start value anew, as at the start and at the end of a warm-up."""
        self.start_value = self._portfolio.total_portfolio_value
        self._daily_value = self._highest = self.start_value

    def update_equity(self) -> None:
        """Feed the portfolio value of this step to the running candle."""
        value = round(self._portfolio.total_portfolio_value, 4)
        if self._bar is None:
            self._bar = (value, value, value, value)
            return
        opened, high, low, close = self._bar
        if value != close:
            self._bar = (opened, max(high, value), min(low, value), value)

    def sample_equity(self, utc: datetime) -> None:
        """Emit the running candle and start another; a time not after the last candle's is dropped."""
        time, values = unix_seconds(utc), self._equity.values
        if self._bar is not None and (not values or time > values[-1][0]):
            opened, high, low, close = map(smart, self._bar)
            values.append(Candlestick(time, opened, high, low, close))
        self._bar = None

    def sample_day(self, utc: datetime) -> None:
        """Take the daily sample: midnight of the algorithm, and once more at the end."""
        time, value = unix_seconds(utc), self._portfolio.total_portfolio_value
        self._highest = max(self._highest, value)
        self.update_equity()
        self.sample_equity(utc)
        _append(self._benchmark, time, self._benchmark_price(utc))
        _append(self._returns, time, _change(value, self._daily_value))
        if self._highest:
            down = float(rounded((exact(value) / exact(self._highest) - 1) * 100, 2)) if value < self._highest else 0.0
            _append(self._drawdown, time, down)
        self._sample_securities(time, value)
        self._sample_turnover(time, value)
        self._margin.sample(time, value, self._portfolio.margin_by_group())
        self._daily_value = value

    def statistics_series(self) -> StatisticsSeries:
        """Return the points the statistics are made of."""
        return StatisticsSeries(
            equity=[(point[0], _number(point[-1])) for point in self._equity.values],
            returns=_values(self._returns),
            benchmark=_values(self._benchmark),
            turnover=_values(self._turnover),
        )

    def _sample_turnover(self, time: int, value: float) -> None:
        if time == self._start or not value:
            return
        values, volume = self._turnover.values, self._portfolio.total_sale_volume
        again = bool(values) and values[-1][0] == time
        before = self._sales[1] if again else self._sales[0]
        point = ChartPoint(time, smart((volume - before) / value))
        if again:
            values[-1] = point
        else:
            values.append(point)
        self._sales = [volume, self._sales[0]]

    def _sample_securities(self, time: int, value: float) -> None:
        """Sample the largest sales volumes and, per security type, what is held long and short."""
        securities = list(self._securities())
        traded = [security for security in securities if security.holdings.total_sale_volume] if self._portfolio.total_sale_volume else []
        held = {kind: [0.0, 0.0] for kind in {security.type for security in securities}}
        for security in traded:
            amount = security.holdings.holdings_value
            held[security.type][0 if amount > 0 else 1] += amount
        for security in sorted(traded, key=lambda one: -one.holdings.total_sale_volume)[:LARGEST_SALES]:
            series = self._charts.chart("Assets Sales Volume").line(security.symbol.value, SeriesType.TREEMAP)
            _append(series, time, security.holdings.total_sale_volume)
        if not value:
            return
        for kind, sides in held.items():
            for side, amount in zip(("Long", "Short"), sides, strict=True):
                name = f"{SECURITY_TYPES[kind]} - {side} Ratio"
                _append(self._charts.chart("Exposure").line(name, unit=""), time, round(amount / value, 4))


def _append(series: Series, time: int, value: float) -> None:
    """Add a point unless its time is not after the last one's."""
    if not series.values or time > series.values[-1][0]:
        series.values.append(ChartPoint(time, smart(value)))


def _change(value: float, before: float) -> float:
    """Percent from the value before, ten digits."""
    return round((value - before) * 100 / before, 10) if before else 0.0


def _values(series: Series) -> list[tuple[int, float]]:
    return [(point[0], _number(point[1])) for point in series.values]


def _number(value: float | None) -> float:
    return 0.0 if value is None else value
