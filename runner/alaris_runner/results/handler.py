"""Collect a running backtest (messages, samples, plots, fills) and write it as LEAN's result files.

The engine calls, in this order::

    results = ResultHandler("run", output)
    results.log(text, algorithm_time)             # any time, also in initialize; debug and error alike
    results.begin(description, engine, utc_start) # after initialize, before the first time step
    for each time step:
        results.on_market_price(symbol, price)    # each security with any data in the slice, before that slice's fills
        results.on_order_event(order, event)      # every order event, before the algorithm sees it
        results.on_daily_sample(utc)              # 00:00 algorithm time of every calendar day, start date included
        results.on_step_end(utc)                  # end of every time step, also of those without on_data
    results.on_warm_up_finished()                 # when a warm-up ends; until then nothing is sampled
    results.finish(utc_of_last_step, algorithm_time)
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from alaris_runner.api.charts import Chart, ChartBook
from alaris_runner.api.order_enums import OrderStatus, OrderType
from alaris_runner.errors import RunnerError

from .decimals import exact, money, signed_percent
from .fills import Fill, Settlement
from .messages import MessageLog
from .profit_loss import ProfitLossBook
from .result_files import RunDescription, RunResult
from .rolling_windows import History, Performance
from .sampling import Sampler, sampling_period
from .summary import summary_statistics
from .trades import TradeBuilder

if TYPE_CHECKING:
    from alaris_runner.api.order_events import OrderEvent
    from alaris_runner.api.orders import Order
    from alaris_runner.api.symbols import Symbol

    from .views import Engine, SecurityView

FILLS = (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED)
STANDARD_CHARTS = ("Strategy Equity", "Benchmark", "Drawdown", "Portfolio Turnover", "Exposure", "Assets Sales Volume", "Portfolio Margin")


class ResultHandler:
    """The results of one run.

    Parameters
    ----------
    algorithm_id :
        Stem of the file names.
    output :
        Folder of the files; made when they are written.
    clock :
        Wall clock for the state block, UTC.
    """

    def __init__(self, algorithm_id: str, output: Path, clock: Callable[[], datetime] | None = None) -> None:
        self._algorithm_id = algorithm_id
        self._output = output
        self._clock = clock or (lambda: datetime.now(UTC))
        self._started = self._clock()
        self._messages = MessageLog()
        self._charts = ChartBook()
        self._trades = TradeBuilder()
        self._records = ProfitLossBook()
        self._events: list[OrderEvent] = []
        self._runtime: dict[str, str] = {}
        self._summary: dict[str, str] = {}
        self._description: RunDescription | None = None
        self._engine: Engine | None = None
        self._sampler: Sampler | None = None
        self._warming_up = False
        self._period = timedelta(0)
        self._next_sample: datetime | None = None
        self.listeners: list[Callable[[str], None]] = []  # hear each message at once

    def log(self, text: str, algorithm_time: datetime) -> None:
        """Take a line of `self.log`; `algorithm_time` naive, in the algorithm's zone."""
        self._messages.log(text, algorithm_time)
        self._tell(text)

    def debug(self, text: str, algorithm_time: datetime) -> None:
        """Take a debug line (the engine's notices too)."""
        self._messages.debug(text, algorithm_time)
        self._tell(text)

    def error(self, text: str, algorithm_time: datetime) -> None:
        """Take an error line."""
        self._messages.error(text, algorithm_time)
        self._tell(text)

    def _tell(self, text: str) -> None:
        for listener in self.listeners:
            listener(text)

    def plot(self, chart: str, series: str, utc: datetime, *values: float) -> None:
        """Plot one value, or open, high, low and close, at a naive UTC time.

        Raises
        ------
        ValueError
            Neither one nor four values, a value that is not finite, or the chart and series are the run's own.
        """
        if chart in STANDARD_CHARTS and series in ("Equity", "Return", "Benchmark", "Equity Drawdown", "Portfolio Turnover"):
            raise ValueError(f"series '{series}' of chart '{chart}' is sampled by the engine: plot under another name")
        if not all(map(isfinite, values)):
            raise ValueError(f"plot of '{series}' got {values}: only finite numbers can be drawn; leave the point out instead")
        if len(values) == 1:
            self._charts.chart(chart).line(series).add_point(utc, values[0])
        elif len(values) == 4:
            self._charts.chart(chart).candles(series).add_point(utc, *values)
        else:
            raise ValueError(f"plot of '{series}' takes one value, or open, high, low and close; got {len(values)}")

    def add_chart(self, chart: Chart) -> None:
        """Take a chart the algorithm made, with its series."""
        self._charts.add(chart)

    def set_runtime_statistic(self, name: str, value: object) -> None:
        """Show a figure in the runtime statistics."""
        self._runtime[name] = str(value)

    def set_summary_statistic(self, name: str, value: object) -> None:
        """Add a figure to the statistics; LEAN's own keys are never overwritten."""
        self._summary[name] = str(value)

    def begin(self, description: RunDescription, engine: Engine, utc_start: datetime, *, warming_up: bool = False) -> None:
        """Start sampling: after `initialize`, with the midnight of the first day in naive UTC."""
        self._description = description
        self._engine = engine
        self._warming_up = warming_up
        self._period = sampling_period(description.start, description.end)
        self._sampler = Sampler(self._charts, engine.portfolio, engine.present_securities, engine.benchmark_price, utc_start)

    def on_warm_up_finished(self) -> None:
        """Take the start value anew and sample from now on."""
        self._warming_up = False
        if self._sampler is not None:
            self._sampler.restart()

    @property
    def has_open_trades(self) -> bool:
        """Whether any trade waits for its exit, so that prices matter."""
        return self._trades.has_open

    @property
    def traded(self) -> list[Symbol]:
        """Securities with open trades."""
        return self._trades.open_symbols

    def on_market_price(self, symbol: Symbol, price: float) -> None:
        """Show a security's price to its open trades."""
        self._trades.see(symbol.id, price)

    def on_split(self, symbol: Symbol, factor: float) -> None:
        """Rescale what is held of a raw-priced security; `factor` multiplies the price."""
        self._trades.split(symbol.id, factor)
        self._records.split(symbol.id, factor)

    def on_order_event(self, order: Order, event: OrderEvent) -> None:
        """Keep an order event; a fill also moves the trades and the profit and loss records."""
        self._events.append(event)
        if event.status in FILLS and event.fill_quantity and self._engine is not None:
            security = self._engine.security(event.symbol)
            if security is None:
                raise RunnerError(f"order {order.id} filled {event.symbol.value}, unknown to this run: report this as a bug")
            fill = _fill(order, event, security)
            self._records.add(fill)
            self._trades.add(fill)

    def on_daily_sample(self, utc: datetime) -> None:
        """Sample the day: 00:00 algorithm time of every calendar day."""
        if self._sampler is not None and not self._warming_up:
            self._sampler.sample_day(utc)

    def on_step_end(self, utc: datetime) -> None:
        """Feed the equity candle; when a sample is due, emit it and flush the messages."""
        sampler = self._sampler
        if sampler is None:
            return
        sampling = not self._warming_up
        if sampling:
            sampler.update_equity()
        if self._next_sample is None or utc > self._next_sample:
            self._next_sample = utc + self._period
            if sampling:
                sampler.sample_equity(utc)
            self._messages.flush()

    def finish(
        self, utc: datetime, algorithm_time: datetime, *, status: str = "Completed", error: str = "", stack_trace: str = ""
    ) -> RunResult:
        """Take the final samples and write the result files.

        Parameters
        ----------
        utc, algorithm_time :
            Time of the last step, naive.
        status, error, stack_trace :
            "Completed", or "RuntimeError" with its text.

        Returns
        -------
        RunResult
            What was written.
        """
        self.on_daily_sample(utc)
        self._next_sample = None
        self.on_step_end(utc)
        self._messages.flush()
        result = self._result(algorithm_time, self._state(status, error, stack_trace))
        result.write(self._output, self._algorithm_id)
        return result

    def write(self, algorithm_time: datetime) -> None:
        """Write the result files of a run that goes on."""
        self._messages.flush()
        self._result(algorithm_time, self._state("Running", "", "")).write(self._output, self._algorithm_id)

    def _result(self, algorithm_time: datetime, state: dict[str, str]) -> RunResult:
        total, windows, statistics, runtime = Performance(), {}, {}, dict(self._runtime)
        orders = self._engine.orders() if self._engine is not None else ()
        if self._engine is not None and self._sampler is not None and self._description is not None:
            history = self._history(self._engine, self._sampler, self._description)
            total, windows = history.performance(), history.rolling_windows()
            statistics = summary_statistics(total.portfolio, len(orders), self._engine.portfolio.total_fees)
            runtime |= _runtime_statistics(self._engine, self._sampler.start_value, statistics)
        return RunResult(
            description=self._description,
            charts=self._charts.charts,
            orders=orders,
            events=self._events,
            records=self._records.records,
            trades=self._trades.closed,
            statistics=statistics | {name: value for name, value in self._summary.items() if name not in statistics},
            runtime_statistics=dict(sorted(runtime.items())),
            state=state | {"OrderCount": str(len(orders)), "LogCount": str(len(self._messages.lines))},
            server_statistics={"Hostname": os.uname().nodename, "Up Time": _up_time(self._clock() - self._started)},
            total=total,
            windows=windows,
            log_lines=self._log_lines(algorithm_time),
        )

    def _history(self, engine: Engine, sampler: Sampler, description: RunDescription) -> History:
        return History(
            series=sampler.statistics_series(),
            records=self._records.records,
            trades=self._trades.closed,
            start_capital=exact(sampler.start_value),
            risk_free_rate=engine.risk_free_rate,
            trading_days=description.trading_days,
        )

    def _state(self, status: str, error: str, stack_trace: str) -> dict[str, str]:
        return {
            "StartTime": f"{self._started:%Y-%m-%d %H:%M:%S}",
            "EndTime": f"{self._clock():%Y-%m-%d %H:%M:%S}",
            "RuntimeError": error,
            "StackTrace": stack_trace,
            "LogCount": "0",
            "OrderCount": "0",
            "InsightCount": "0",
            "Name": self._description.name if self._description is not None else "",
            "Hostname": os.uname().nodename,
            "Status": status,
        }

    def _log_lines(self, algorithm_time: datetime) -> list[str]:
        seconds = (self._clock() - self._started).total_seconds()
        start = self._description.start if self._description is not None else algorithm_time
        return [
            f"{start:%Y-%m-%d %H:%M:%S} Launching analysis for {self._algorithm_id} with the Alaris runner",
            *self._messages.lines,
            f"{algorithm_time:%Y-%m-%d %H:%M:%S} Algorithm Id:({self._algorithm_id}) completed in {seconds:.2f} seconds.",
        ]


def _fill(order: Order, event: OrderEvent, security: SecurityView) -> Fill:
    settlement = None
    underlying = security.underlying
    if order.type == OrderType.OPTION_EXERCISE and underlying is not None:
        contract = event.symbol.id
        settlement = Settlement(int(contract.option_right) == 0, contract.strike_price, underlying.price, event.is_in_the_money)
    return Fill(
        time=event.utc_time,
        symbol=event.symbol,
        order_id=event.order_id,
        price=event.fill_price,
        quantity=event.fill_quantity,
        fee=event.order_fee.value.amount,
        multiplier=security.symbol_properties.contract_multiplier,
        settlement=settlement,
    )


def _runtime_statistics(engine: Engine, start_value: float, statistics: dict[str, str]) -> dict[str, str]:
    portfolio = engine.portfolio
    value = portfolio.total_portfolio_value
    return {
        "Equity": money(value),
        "Fees": f"-{money(portfolio.total_fees)}",
        "Holdings": money(portfolio.total_holdings_value),
        "Net Profit": money(portfolio.total_net_profit),
        "Probabilistic Sharpe Ratio": statistics.get("Probabilistic Sharpe Ratio", "0%"),
        "Return": signed_percent((value - start_value) / start_value if start_value > 0 else 0.0),
        "Unrealized": money(portfolio.total_unrealized_profit),
        "Volume": money(portfolio.total_sale_volume),
    }


def _up_time(elapsed: timedelta) -> str:
    seconds = int(elapsed.total_seconds())
    return f"{elapsed.days}d {seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
