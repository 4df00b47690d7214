"""A small run through the result handler: sampling times, messages, trades, files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alaris_runner.api.charts import Candlestick, Chart, ChartPoint, Series, SeriesType, unix_seconds
from alaris_runner.api.enums import SecurityType
from alaris_runner.api.order_enums import OrderDirection, OrderStatus
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import CashAmount, MarketOrder, Order, OrderFee
from alaris_runner.api.symbols import SecurityIdentifier, Symbol
from alaris_runner.results.handler import ResultHandler
from alaris_runner.results.messages import MessageLog
from alaris_runner.results.result_files import RunDescription, resampled
from alaris_runner.results.sampling import sampling_period

START = datetime(2017, 3, 1)
UTC_START = datetime(2017, 3, 1, 5)
SYMBOL = Symbol(SecurityIdentifier.parse("YUM R735QTJ8XC9X"), "YUM")
FILES = {"run.json", "run-summary.json", "run-order-events.json", "run-log.txt"}


@dataclass
class Holding:
    quantity: float = 0.0
    holdings_value: float = 0.0
    total_sale_volume: float = 0.0


@dataclass
class Properties:
    contract_multiplier: float = 1.0


@dataclass
class Stock:
    symbol: Symbol = SYMBOL
    type: int = SecurityType.EQUITY
    price: float = 50.0
    holdings: Holding = field(default_factory=Holding)
    symbol_properties: Properties = field(default_factory=Properties)
    underlying: None = None


@dataclass
class Portfolio:
    total_portfolio_value: float = 100_000.0
    total_holdings_value: float = 0.0
    total_sale_volume: float = 0.0
    total_fees: float = 0.0
    total_net_profit: float = 0.0
    total_unrealized_profit: float = 0.0
    total_margin_used: float = 0.0
    margins: dict[str, float] = field(default_factory=dict)

    def margin_by_group(self) -> list[tuple[str, float]]:
        return list(self.margins.items())


class FakeEngine:
    """An engine whose numbers the test sets."""

    def __init__(self) -> None:
        self.portfolio = Portfolio()
        self.stock = Stock()
        self.made: list[Order] = []

    def security(self, symbol: Symbol, /) -> Stock:
        assert symbol == SYMBOL
        return self.stock

    def present_securities(self) -> list[Stock]:
        return [self.stock]

    def benchmark_price(self, utc: datetime, /) -> float:
        return 200.0 + utc.day

    def risk_free_rate(self, _day: date, /) -> float:
        return 0.01

    def orders(self) -> Sequence[Order]:
        return self.made


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def results(tmp_path: Path) -> ResultHandler:
    return ResultHandler("run", tmp_path)


def begin(results: ResultHandler, engine: FakeEngine, *, warming_up: bool = False) -> None:
    description = RunDescription("local", START, datetime(2017, 3, 31, 23, 59, 59), tags=["a"], parameters={"cash": "5"}, brokerage=1)
    results.begin(description, engine, UTC_START, warming_up=warming_up)


def fill(engine: FakeEngine, results: ResultHandler, quantity: float, price: float, utc: datetime) -> None:
    order = MarketOrder(SYMBOL, quantity, utc)
    order.id = len(engine.made) + 1
    order.status, order.price, order.last_fill_time = OrderStatus.FILLED, price, utc
    engine.made.append(order)
    event = OrderEvent(
        order.id, SYMBOL, utc, OrderStatus.FILLED, OrderDirection.of(quantity), price, quantity, OrderFee(CashAmount(1.0)), id=1
    )
    results.on_order_event(order, event)
    engine.portfolio.total_fees += 1
    engine.portfolio.total_sale_volume += abs(quantity) * price
    engine.stock.holdings.total_sale_volume += abs(quantity) * price
    engine.stock.holdings.quantity += quantity
    engine.stock.holdings.holdings_value = engine.stock.holdings.quantity * price


def trade_a_week(results: ResultHandler, engine: FakeEngine) -> datetime:
    """Buy ten on the first close, sell them on the fourth; the value moves a little every day."""
    begin(results, engine)
    utc = UTC_START
    for day in range(5):
        midnight = UTC_START + timedelta(days=day)
        results.on_daily_sample(midnight)
        utc = midnight + timedelta(hours=16)
        results.on_market_price(SYMBOL, 50.0 + day)
        if day in (0, 3):
            fill(engine, results, 10.0 if day == 0 else -10.0, 50.0 + day, utc)
        engine.portfolio.total_portfolio_value = 100_000.0 + 10 * min(day, 3) + (0, 3, -4, 0, 0)[day]
        results.on_step_end(utc)
    return utc


def read(folder: Path, name: str = "run.json") -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / name).read_text())
    return loaded


def test_sampling_period_is_the_run_over_four_thousand() -> None:
    assert sampling_period(START, START + timedelta(days=1)) == timedelta(minutes=4)
    assert sampling_period(START, START + timedelta(days=4000)) == timedelta(days=1)


def test_the_four_files(results: ResultHandler, engine: FakeEngine, tmp_path: Path) -> None:
    utc = trade_a_week(results, engine)
    results.finish(utc, utc - timedelta(hours=5))
    assert {path.name for path in tmp_path.iterdir()} == FILES
    got = read(tmp_path)
    assert list(got) == [
        "rollingWindow", "charts", "orders", "profitLoss", "statistics", "runtimeStatistics", "state", "serverStatistics",
        "algorithmConfiguration", "totalPerformance", "analysis",
    ]  # fmt: skip
    assert got["profitLoss"] == {"2017-03-04T21:00:00Z": 28.0}  # (53 - 50) * 10 - 2 * 1.00
    assert got["statistics"]["Total Orders"] == "2"
    assert got["statistics"]["Total Fees"] == "$2.00"
    assert got["statistics"]["Win Rate"] == "100%"
    assert got["totalPerformance"]["closedTrades"][0]["profitLoss"] == 30.0
    assert got["totalPerformance"]["closedTrades"][0]["orderIds"] == [1, 2]
    assert got["algorithmConfiguration"]["outOfSampleMaxEndDate"] is None
    assert got["algorithmConfiguration"]["endDate"] == "2017-03-31T23:59:59Z"
    assert got["state"]["Status"] == "Completed"
    assert got["state"]["OrderCount"] == "2"
    assert list(got["rollingWindow"]) == ["M1_20170305", "M3_20170305", "M6_20170305", "M12_20170305"]
    summary = read(tmp_path, "run-summary.json")
    assert list(summary["charts"]) == ["Strategy Equity"]
    assert summary["totalPerformance"]["closedTrades"] == []
    events = json.loads((tmp_path / "run-order-events.json").read_text())
    assert [event["id"] for event in events] == ["run-1-1", "run-2-1"]


def test_charts_hold_a_sample_a_day_and_a_final_one(results: ResultHandler, engine: FakeEngine, tmp_path: Path) -> None:
    utc = trade_a_week(results, engine)
    results.finish(utc, utc - timedelta(hours=5))
    charts = read(tmp_path)["charts"]
    returns = charts["Strategy Equity"]["series"]["Return"]["values"]
    assert [time for time, _ in returns] == [unix_seconds(UTC_START) + day * 86400 for day in range(5)] + [unix_seconds(utc)]
    # value before each midnight: start, 100000 (day 0), 100013, 100016, 100030, and 100030 at the end
    assert [value for _, value in returns] == pytest.approx([0, 0, 0.013, 100 * 3 / 100013, 100 * 14 / 100016, 0], abs=1e-7)
    turnover = charts["Portfolio Turnover"]["series"]["Portfolio Turnover"]["values"]
    assert [value for _, value in turnover] == pytest.approx([0.005, 0, 0, 530 / 100030, 0], rel=1e-6)
    drawdown = charts["Drawdown"]["series"]["Equity Drawdown"]["values"]
    assert [value for _, value in drawdown] == [0, 0, 0, 0, 0, 0]
    assert charts["Benchmark"]["series"]["Benchmark"]["values"][0][1] == 201.0
    assert charts["Exposure"]["series"]["Equity - Long Ratio"]["values"][1][1] == 0.005
    assert charts["Assets Sales Volume"]["series"]["YUM"]["seriesType"] == SeriesType.TREEMAP
    assert list(charts["Strategy Equity"]["series"]) == ["Equity", "Return"]


def test_margin_is_drawn_by_group_with_one_gap_and_the_smallest_together(
    results: ResultHandler, engine: FakeEngine, tmp_path: Path
) -> None:
    begin(results, engine)
    days = [
        {"A": 500.0, "B, C": 12_345.67},
        {"A": 500.0},
        {"A": 500.0},
        {},  # an account without positions leaves no gap
        {name: 1000.0 * number for number, name in enumerate("ABCDEFG", 1)},
    ]
    for day, margins in enumerate(days):
        engine.portfolio.margins = margins
        results.on_daily_sample(UTC_START + timedelta(days=day))
    results.finish(UTC_START + timedelta(days=4), START + timedelta(days=4))
    series = read(tmp_path)["charts"]["Portfolio Margin"]["series"]
    shown = {name: [point[1] for point in one["values"]] for name, one in series.items()}
    assert shown["A"] == [0.5, 0.5, 0.5, None]  # then the smallest but one: part of the others
    assert shown["B, C"] == [12.35, None]  # four significant digits of 0.1234567, in percent
    assert {name: shown[name] for name in "CDEFG"} == {name: [float(number)] for number, name in enumerate("CDEFG", 3)}
    assert shown["OTHERS"] == [3.0]
    assert (series["OTHERS"]["color"], series["A"]["unit"], series["A"]["indexName"]) == ("#808080", "%", "Margin Used (%)")


def test_final_turnover_on_a_midnight_replaces_the_one_before(results: ResultHandler, engine: FakeEngine, tmp_path: Path) -> None:
    begin(results, engine)
    results.on_daily_sample(UTC_START)
    midnight = UTC_START + timedelta(days=1)
    engine.portfolio.total_sale_volume = 1000.0
    results.on_daily_sample(midnight)
    engine.portfolio.total_sale_volume = 3000.0
    results.finish(midnight, midnight)
    (point,) = read(tmp_path)["charts"]["Portfolio Turnover"]["series"]["Portfolio Turnover"]["values"]
    assert point == [unix_seconds(midnight), 0.03]


def test_candles_open_with_the_value_and_span_their_steps(results: ResultHandler, engine: FakeEngine, tmp_path: Path) -> None:
    begin(results, engine)
    values = (100_000, 100_010, 99_990, 100_005, 100_002)
    for minute, value in enumerate(values):
        engine.portfolio.total_portfolio_value = value
        results.on_step_end(UTC_START + timedelta(hours=10, minutes=minute * 3))
    results.finish(UTC_START + timedelta(hours=10, minutes=15), START)
    candles = read(tmp_path)["charts"]["Strategy Equity"]["series"]["Equity"]["values"]
    # period is 31 days / 4000 = 11.16 minutes: 10:00 always, then 10:12, then the end
    assert [time - unix_seconds(UTC_START) for time, *_ in candles] == [36000, 36000 + 720, 36000 + 900]
    assert candles[1][1:] == [100_010, 100_010, 99_990, 100_002]


def test_nothing_is_sampled_while_warming_up(results: ResultHandler, engine: FakeEngine, tmp_path: Path) -> None:
    begin(results, engine, warming_up=True)
    results.on_daily_sample(UTC_START - timedelta(days=3))
    results.on_step_end(UTC_START - timedelta(days=3))
    engine.portfolio.total_portfolio_value = 50_000.0
    results.on_warm_up_finished()
    results.finish(UTC_START + timedelta(hours=16), START)
    got = read(tmp_path)
    assert len(got["charts"]["Strategy Equity"]["series"]["Return"]["values"]) == 1
    assert got["statistics"]["Start Equity"] == "50000"


def test_user_charts_and_statistics(results: ResultHandler, engine: FakeEngine, tmp_path: Path) -> None:
    chart = Chart("Signal")
    chart.add_series(Series("ratio", SeriesType.SCATTER, "x"))
    results.add_chart(chart)
    begin(results, engine)
    results.plot("Signal", "ratio", UTC_START, 1.0)
    results.plot("Signal", "ratio", UTC_START, 0.123456789)
    results.plot("Loose", "bar", UTC_START, 1, 3, 0.5, 2)
    results.set_runtime_statistic("Trades seen", 20)
    results.set_summary_statistic("Crush captured", "0.61")
    results.set_summary_statistic("Net Profit", "mine")
    results.finish(UTC_START + timedelta(hours=16), START)
    got = read(tmp_path)
    ratio = got["charts"]["Signal"]["series"]["ratio"]
    assert ratio == {
        "name": "ratio", "unit": "x", "index": 0, "seriesType": 1,
        "values": [{"x": unix_seconds(UTC_START), "y": 0.1234568}], "color": "", "scatterMarkerSymbol": "none",
    }  # fmt: skip
    assert "color" not in got["charts"]["Loose"]["series"]["bar"]
    assert got["runtimeStatistics"]["Trades seen"] == "20"
    assert list(got["runtimeStatistics"]) == sorted(got["runtimeStatistics"])
    assert got["statistics"]["Crush captured"] == "0.61"
    assert got["statistics"]["Net Profit"] == "0%"


def test_the_engines_own_series_are_refused(results: ResultHandler) -> None:
    with pytest.raises(ValueError, match="sampled by the engine"):
        results.plot("Strategy Equity", "Equity", UTC_START, 1.0)
    with pytest.raises(ValueError, match="one value, or open, high, low and close"):
        results.plot("Mine", "bar", UTC_START, 1.0, 2.0)
    with pytest.raises(ValueError, match="only finite numbers"):
        results.plot("Mine", "line", UTC_START, float("nan"))
    results.plot("Mine", "bar", UTC_START, 1, 2, 0, 1)
    with pytest.raises(TypeError, match="holds candles"):
        results.plot("Mine", "bar", UTC_START, 1.0)


def test_a_run_that_failed_before_it_began(results: ResultHandler, tmp_path: Path) -> None:
    results.error("Runtime Error: no such symbol", START)
    results.finish(START, START, status="RuntimeError", error="no such symbol", stack_trace="at initialize")
    got = read(tmp_path)
    assert got["state"]["Status"] == "RuntimeError"
    assert got["state"]["RuntimeError"] == "no such symbol"
    assert got["charts"] == got["orders"] == got["statistics"] == {}
    assert "Runtime Error: no such symbol" in (tmp_path / "run-log.txt").read_text()


def test_two_runs_write_the_same(tmp_path: Path) -> None:
    for name in ("first", "second"):
        handler, engine = ResultHandler("run", tmp_path / name), FakeEngine()
        utc = trade_a_week(handler, engine)
        handler.finish(utc, utc)
    first, second = (read(tmp_path / name) for name in ("first", "second"))
    for wall_clock in ("state", "serverStatistics"):
        del first[wall_clock], second[wall_clock]
    assert first == second


def test_a_flush_writes_debug_then_error_then_log() -> None:
    messages = MessageLog()
    messages.log("one", START)
    messages.error("bad", START)
    messages.debug("note", START + timedelta(minutes=1))
    messages.debug("note", START + timedelta(minutes=2))  # a repeated debug text is dropped
    messages.log("one", START)  # a repeated log line is not
    messages.log("", START)
    messages.flush()
    messages.error("bad", START)
    messages.debug("late", START)
    messages.flush()
    assert messages.lines == [
        "2017-03-01 00:01:00 note",
        "2017-03-01 00:00:00 bad",
        "2017-03-01 00:00:00 one",
        "2017-03-01 00:00:00 one",
        "2017-03-01 00:00:00 late",
    ]


def test_messages_wait_for_the_next_sample(results: ResultHandler, engine: FakeEngine, tmp_path: Path) -> None:
    begin(results, engine)
    results.on_step_end(UTC_START)
    results.log("early log", START)
    results.on_step_end(UTC_START + timedelta(minutes=5))
    results.debug("late debug", START)
    results.finish(UTC_START + timedelta(minutes=6), START)
    lines = (tmp_path / "run-log.txt").read_text().splitlines()
    assert [line[20:] for line in lines[1:-1]] == ["late debug", "early log"]


def test_summary_candles_are_thinned_to_whole_dollars() -> None:
    day = 86400
    candles = [Candlestick(n * day // 2, 100.5 + n, 101.5 + n, 99.5 + n, 100.5 + n) for n in range(9)]
    thin = resampled(candles, 2 * day)
    assert thin == [candles[0], Candlestick(2 * day, 101.0, 105.0, 100.0, 104.5), Candlestick(4 * day, 104.0, 109.0, 103.0, 108.5)]


def test_points_of_a_series_are_points() -> None:
    series = Series("x")
    series.add_point(date(2017, 3, 1), 2.5)
    series.add_point(ChartPoint(unix_seconds(START), None))
    assert series.values == [ChartPoint(unix_seconds(START), None)]
    with pytest.raises(ValueError, match="already has a series 'x'"):
        chart_with(series).add_series(Series("x"))


def chart_with(series: Series) -> Chart:
    chart = Chart("c")
    chart.add_series(series)
    return chart
