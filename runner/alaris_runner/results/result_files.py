"""LEAN's four result files: `<id>.json`, `<id>-summary.json`, `<id>-order-events.json`, `<id>-log.txt`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from alaris_runner.api.charts import Candlestick, CandlestickSeries, Chart

from .json_text import compact_json, json_text
from .portfolio_statistics import DAY
from .profit_loss import ProfitLoss
from .records import Json, chart_json, event_json, order_json, series_json, stamp, trade_json
from .rolling_windows import Performance
from .trades import Trade

if TYPE_CHECKING:
    from alaris_runner.api.order_events import OrderEvent
    from alaris_runner.api.orders import Order

LONGEST_STEP = 7  # days between the candles of the summary
POINTS_A_DAY = 100  # one more day a step for each hundred points


@dataclass(frozen=True, slots=True)
class RunDescription:
    """What the result files say about the run itself.

    Parameters
    ----------
    name, tags, parameters :
        As the algorithm and the command line gave them.
    brokerage, account_type :
        LEAN's numbers: 0 default, 1 Interactive Brokers; 0 margin, 1 cash.
    start, end :
        First and last date of the run, naive algorithm time (00:00:00 and 23:59:59).
    """

    name: str
    start: datetime
    end: datetime
    tags: Sequence[str] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    account_currency: str = "USD"
    brokerage: int = 0
    account_type: int = 0
    trading_days: int = 252

    def as_json(self) -> Json:
        """Return the object `algorithmConfiguration`."""
        return {
            "name": self.name,
            "tags": list(self.tags),
            "accountCurrency": self.account_currency,
            "brokerage": self.brokerage,
            "accountType": self.account_type,
            "parameters": dict(self.parameters),
            "outOfSampleMaxEndDate": None,
            "outOfSampleDays": 0,
            "startDate": stamp(self.start),
            "endDate": stamp(self.end),
            "tradingDaysPerYear": self.trading_days,
        }


@dataclass(frozen=True, slots=True)
class RunResult:
    """Everything a finished (or failed) run leaves."""

    description: RunDescription | None
    charts: Mapping[str, Chart]
    orders: Sequence[Order]
    events: Sequence[OrderEvent]
    records: Sequence[ProfitLoss]
    trades: Sequence[Trade]
    statistics: Mapping[str, str]
    runtime_statistics: Mapping[str, str]
    state: Mapping[str, str]
    server_statistics: Mapping[str, str]
    total: Performance
    windows: Mapping[str, Performance]
    log_lines: Sequence[str]

    def write(self, output: Path, algorithm_id: str) -> None:
        """Write the four files into a folder; without order events their file is not written."""
        output.mkdir(parents=True, exist_ok=True)
        (output / f"{algorithm_id}.json").write_text(json_text(self._main()), encoding="utf-8")
        (output / f"{algorithm_id}-summary.json").write_text(json_text(self._summary()), encoding="utf-8")
        if self.events:
            events: object = [event_json(event, algorithm_id) for event in self.events]
            (output / f"{algorithm_id}-order-events.json").write_text(compact_json(events), encoding="utf-8")
        (output / f"{algorithm_id}-log.txt").write_text("".join(f"{line}\n" for line in self.log_lines), encoding="utf-8")

    def _main(self) -> Json:
        windows = {id(window): performance_json(window, []) for window in self.windows.values()}
        closed: list[object] = [trade_json(trade, number) for number, trade in enumerate(self.trades, 1)]
        return {
            "rollingWindow": {name: windows[id(window)] for name, window in self.windows.items()},
            "charts": {name: chart_json(chart) for name, chart in self.charts.items()},
            "orders": {str(order.id): order_json(order) for order in self.orders},
            "profitLoss": {stamp(record.time): record.amount for record in self.records},
            **self._common(),
            "totalPerformance": performance_json(self.total, closed),
            "analysis": [],
        }

    def _summary(self) -> Json:
        charts, performance = summary_charts(self.charts), performance_json(self.total, [])
        return {"rollingWindow": {}, "charts": charts, **self._common(), "totalPerformance": performance}

    def _common(self) -> Json:
        blocks: Json = {
            "statistics": dict(self.statistics),
            "runtimeStatistics": dict(self.runtime_statistics),
            "state": dict(self.state),
            "serverStatistics": dict(self.server_statistics),
        }
        if self.description is not None:
            blocks["algorithmConfiguration"] = self.description.as_json()
        return blocks


def performance_json(performance: Performance, closed_trades: list[object]) -> Json:
    """Return the object of one period."""
    return {
        "tradeStatistics": performance.trades,
        "portfolioStatistics": performance.portfolio.as_json(),
        "closedTrades": closed_trades,
    }


def summary_charts(charts: Mapping[str, Chart]) -> Json:
    """Return the only chart of the summary: the equity in candles of at most a week."""
    chart = charts.get("Strategy Equity")
    series = chart.series.get("Equity") if chart is not None else None
    if not isinstance(series, CandlestickSeries) or not series.values:
        return {}
    candles = [point for point in series.values if isinstance(point, Candlestick)]
    thin = CandlestickSeries(series.name, series.index, series.unit)
    step = min(LONGEST_STEP, len(candles) // POINTS_A_DAY)
    thin.values.extend(resampled(candles, step * DAY) if step > 1 else candles)
    return {"Strategy Equity": {"name": "Strategy Equity", "chartType": 0, "series": {"Equity": series_json(thin)}}}


def resampled(candles: Sequence[Candlestick], step: int) -> list[Candlestick]:
    """Thin candles to one every `step` seconds from the first: extremes whole dollars, close interpolated in time."""
    thin = [candles[0]]
    due = candles[0].time + step
    bar: list[Candlestick] = []
    for before, now in pairwise(candles):
        bar.append(now)
        while now.time >= due:
            share = (due - before.time) / (now.time - before.time)
            close = before.close + (now.close - before.close) * share
            high, low = max(one.high for one in bar), min(one.low for one in bar)
            thin.append(Candlestick(due, float(int(bar[0].open)), float(int(high)), float(int(low)), round(close, 4)))
            due += step
            bar = [now]
    return thin
