"""Statistics recomputed from what the real engine recorded, to the printed digit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from alaris_runner.results.portfolio_statistics import AverageRate, PortfolioStatistics, portfolio_statistics
from alaris_runner.results.rolling_windows import History
from alaris_runner.results.summary import summary_statistics
from alaris_runner.results.trade_statistics import trade_statistics

# Every golden case whose charts are recorded whole; the others keep 300 + 300 points of a longer curve.
WHOLE = (
    "chain_callcalendar", "chain_calls", "chain_contracts", "chain_default", "chain_delta", "chain_front", "chain_strikes", "chain_weeklys",
    "chain_weeklysonly", "combo_calendar_daily", "custom_data", "custom_models", "dynamic_subscriptions", "equity_orders_daily_default",
    "equity_orders_daily_ib", "equity_orders_minute_default", "equity_orders_minute_ib", "expiry_and_assignment_default",
    "expiry_and_assignment_ib", "greeks_goog_minute", "greeks_yum_daily", "history_frames", "margin_rules_5000", "margin_rules_50000",
    "margin_rules_cash", "option_orders_goog_default", "option_orders_goog_ib", "option_strategies", "quant_book", "results_and_store",
    "scheduled_universe", "slices_daily", "slices_dividend_aapl", "slices_hour_spy", "slices_minute_goog", "slices_split_aapl",
    "time_in_force_default", "time_in_force_ib",
)  # fmt: skip
TRADED = (
    "combo_calendar_daily", "custom_models", "earnings_rotation_2017", "equity_orders_daily_default", "equity_orders_daily_ib",
    "equity_orders_minute_default", "equity_orders_minute_ib", "eve_calendar_2017", "expiry_and_assignment_default",
    "expiry_and_assignment_ib", "margin_rules_5000", "margin_rules_50000", "margin_rules_cash", "option_orders_goog_default",
    "option_orders_goog_ib", "option_strategies", "statistics_2014_2015", "statistics_benchmark",
)  # fmt: skip
NOT_ESTIMATED = {"Estimated Strategy Capacity", "Lowest Capacity Asset", "Crush captured"}
# reference/lean-statistics.md, end of section 6: the last digit of a growth of 4.7e12 % differs.
LAST_DIGIT = {("margin_rules_50000", "Compounding Annual Return"), ("margin_rules_50000", "compoundingAnnualReturn")}

Rate = Callable[[date], float]


def whole_run(case: Any, start: Decimal, rate: Rate) -> PortfolioStatistics:
    series = case.series()
    return portfolio_statistics(series, case.records(), start, AverageRate(series.equity, rate).of(series.equity))


def differences(name: str, want: dict[str, Any], got: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    known = {key for case, key in LAST_DIGIT if case == name}
    return {key: (value, got.get(key)) for key, value in want.items() if got.get(key) != value and key not in known | NOT_ESTIMATED}


@pytest.mark.parametrize("name", WHOLE)
def test_statistics_of_whole_curves(golden: Callable[[str], Any], risk_free_rate: Rate, name: str) -> None:
    case = golden(name)
    assert case.is_whole
    start = Decimal(case.statistics["Start Equity"])
    got = whole_run(case, start, risk_free_rate)
    want = case.performance("portfolioStatistics")
    assert list(got.as_json()) == list(want)
    assert differences(name, want, got.as_json()) == {}
    fees = sum(fill.fee for fill in case.fills())
    printed = summary_statistics(got, len(case.data["orders"]), fees)
    assert list(printed) == [key for key in case.statistics if key != "Crush captured"]
    assert differences(name, case.statistics, printed) == {}


@pytest.mark.parametrize("name", ["earnings_rotation_2017", "eve_calendar_2017", "statistics_2014_2015", "statistics_benchmark"])
def test_win_rates_of_long_runs(golden: Callable[[str], Any], risk_free_rate: Rate, name: str) -> None:
    case = golden(name)
    start = Decimal(case.statistics["Start Equity"])
    printed = summary_statistics(whole_run(case, start, risk_free_rate), 0, 0.0)
    for key in (
        "Average Win",
        "Average Loss",
        "Expectancy",
        "Win Rate",
        "Loss Rate",
        "Profit-Loss Ratio",
        "Net Profit",
        "Compounding Annual Return",
    ):
        assert printed[key] == case.statistics[key], key


@pytest.mark.parametrize("name", TRADED)
def test_profit_and_loss_records(golden: Callable[[str], Any], name: str) -> None:
    case = golden(name)
    got = {record.time: float(record.amount) for record in case.records()}
    from_json = {key.removesuffix("Z"): value for key, value in case.data["profitLoss"].items()}
    want = {time: from_json[_trimmed(time.isoformat())] for time in got}
    assert len(from_json) == len(got)
    assert got == pytest.approx(want, abs=1e-9)


@pytest.mark.parametrize("name", TRADED)
def test_closed_trades(golden: Callable[[str], Any], name: str) -> None:
    case = golden(name)
    got, want = case.trades(), case.recorded_trades()
    assert len(got) == len(want)
    for ours, theirs in zip(got, want, strict=True):
        assert (ours.symbol, ours.is_long, ours.quantity, ours.is_win, ours.order_ids) == (
            theirs.symbol, theirs.is_long, theirs.quantity, theirs.is_win, theirs.order_ids,
        )  # fmt: skip
        assert (ours.entry_time, ours.exit_time) == (theirs.entry_time, theirs.exit_time)
        assert (ours.entry_price, ours.exit_price, ours.profit_loss) == (theirs.entry_price, theirs.exit_price, theirs.profit_loss)
        assert float(ours.total_fees) == pytest.approx(float(theirs.total_fees), abs=1e-9)


@pytest.mark.parametrize("name", TRADED)
def test_trade_statistics(golden: Callable[[str], Any], name: str) -> None:
    case = golden(name)
    want = case.performance("tradeStatistics")
    got = trade_statistics(case.recorded_trades())
    assert list(got) == list(want)
    for key, value in want.items():
        if isinstance(value, str) and key not in ("startDateTime", "endDateTime") and ":" not in value:
            # recorded trades have lost their scales ("-100.0" or "-100.00"), never their values
            assert Decimal(str(got[key])) == Decimal(value), key
        else:
            assert got[key] == value, key


@pytest.mark.parametrize("name", TRADED)
def test_profits_print_with_their_scale(golden: Callable[[str], Any], name: str) -> None:
    case = golden(name)
    want = case.performance("tradeStatistics")
    got = trade_statistics(case.trades())
    for key in ("totalProfitLoss", "totalProfit", "totalLoss", "largestProfit", "largestLoss", "averageProfitLoss", "totalFees"):
        assert got[key] == want[key], key


@pytest.mark.parametrize("name", ["combo_calendar_daily", "expiry_and_assignment_ib", "equity_orders_daily_ib"])
def test_the_last_twelve_months_of_a_short_run_are_the_run(golden: Callable[[str], Any], risk_free_rate: Rate, name: str) -> None:
    case = golden(name)
    start = Decimal(case.statistics["Start Equity"])
    history = History(case.series(), case.records(), case.recorded_trades(), start, risk_free_rate)
    windows = history.rolling_windows()
    last = max(key for key in windows if key.startswith("M12_"))
    assert windows[last].portfolio == history.performance().portfolio
    assert windows[last].trades == history.performance().trades


def _trimmed(time: str) -> str:
    return time.rstrip("0") if "." in time else time
