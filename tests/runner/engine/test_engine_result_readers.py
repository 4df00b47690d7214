"""What tools that read LEAN's result files take from ours: equity, returns and drawdown as series, orders, trades, `lean report`'s keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from .conftest import Finished, Run

TRADE = """
def on_data(self, data):
    if self.time.day == 3:
        self.market_order(self.stock, 50)
    if self.time.day == 10:
        self.liquidate()
"""
#: What QuantConnect/Lean's Report project reads of a backtest's result (its `BacktestResult` and the charts it draws).
REPORT_KEYS = {
    "rollingWindow",
    "totalPerformance",
    "charts",
    "orders",
    "profitLoss",
    "statistics",
    "runtimeStatistics",
    "algorithmConfiguration",
}
REPORT_SERIES = {
    "Strategy Equity": {"Equity", "Return"},
    "Benchmark": {"Benchmark"},
    "Drawdown": {"Equity Drawdown"},
    "Portfolio Turnover": {"Portfolio Turnover"},
    "Exposure": {"Equity - Long Ratio", "Equity - Short Ratio"},
}


@pytest.fixture
def finished(run: Run) -> Finished:
    return run("self.stock = self.add_equity('ABC', Resolution.DAILY).symbol", TRADE)


def series(result: dict[str, Any], chart: str, name: str) -> list[tuple[datetime, float]]:
    """One series as (UTC time, last number of the point): what a script makes a pandas series of."""
    values = result["charts"][chart]["series"][name]["values"]
    return [(datetime.fromtimestamp(point[0], UTC), float(point[-1])) for point in values]


def test_equity_is_a_series_in_time_from_the_first_dollar_to_the_last(finished: Finished) -> None:
    equity = series(finished.result, "Strategy Equity", "Equity")
    times = [moment for moment, _ in equity]
    assert times == sorted(set(times))
    assert (equity[0][1], f"{equity[-1][1]:g}") == (10_000.0, finished.result["statistics"]["End Equity"])
    # bought 50 at the open of 4 January (99.5), sold at the open of 11 January (104.5), a dollar each way
    assert equity[-1][1] == pytest.approx(10_000 + 50 * (104.5 - 99.5) - 2)


def test_returns_and_drawdown_follow_from_equity(finished: Finished) -> None:
    equity, returns = series(finished.result, "Strategy Equity", "Equity"), series(finished.result, "Strategy Equity", "Return")
    value = 10_000.0
    for _, percent in returns:
        value *= 1 + percent / 100
    assert value == pytest.approx(equity[-1][1], rel=1e-8)
    at = dict(equity)
    for (before, _), (after, percent) in pairwise(returns):
        assert percent == pytest.approx((at[after] / at[before] - 1) * 100, abs=1e-6)
    peak, deepest = 0.0, 0.0
    for moment, percent in series(finished.result, "Drawdown", "Equity Drawdown"):
        peak = max(peak, at[moment])
        deepest = min(deepest, percent)
        assert percent == pytest.approx((at[moment] / peak - 1) * 100, abs=0.0051)  # two decimals
    assert deepest <= 0


def test_a_report_finds_its_keys(finished: Finished) -> None:
    result = finished.result
    assert set(result) >= REPORT_KEYS
    for chart, names in REPORT_SERIES.items():
        assert names <= set(result["charts"][chart]["series"]), chart
    assert {"startDate", "endDate", "parameters", "accountCurrency", "tradingDaysPerYear"} <= set(result["algorithmConfiguration"])
    performance = result["totalPerformance"]
    assert {"tradeStatistics", "portfolioStatistics", "closedTrades"} <= set(performance)
    assert {"sharpeRatio", "compoundingAnnualReturn", "drawdown", "probabilisticSharpeRatio"} <= set(performance["portfolioStatistics"])
    assert all({"tradeStatistics", "portfolioStatistics"} <= set(window) for window in result["rollingWindow"].values())


def test_orders_trades_and_events_tell_one_story(finished: Finished) -> None:
    result = finished.result
    events = json.loads((finished.outcome.output / "run-order-events.json").read_text())
    filled = {event["orderId"]: event for event in events if event["status"] == "filled"}
    for key, order in result["orders"].items():
        assert int(key) == order["id"]
        assert (order["price"], order["quantity"]) == (filled[order["id"]]["fillPrice"], filled[order["id"]]["fillQuantity"])
        moment = datetime.fromtimestamp(filled[order["id"]]["time"], UTC)
        assert datetime.fromisoformat(order["lastFillTime"]) == moment
    (trade,) = result["totalPerformance"]["closedTrades"]
    assert trade["profitLoss"] - trade["totalFees"] == pytest.approx(50 * (104.5 - 99.5) - 2)
    assert (trade["entryPrice"], trade["exitPrice"], trade["orderIds"]) == (99.5, 104.5, [1, 2])
    assert sum(result["profitLoss"].values()) == pytest.approx(50 * (104.5 - 99.5) - 2 * 1.0)  # LEAN counts the closing fee twice
