"""Parts of the interface that an algorithm leans on beside trading: indicators of its own, history in every form, universes, charts."""

from __future__ import annotations

from pathlib import Path

import pytest

from alaris_runner.errors import AlgorithmLoadError

from .conftest import HEADER, Run

STOCK = "self.stock = self.add_equity('ABC', Resolution.DAILY).symbol\n"  # closes 98 on 2024-01-02, a dollar more each trading day

OWN = """
class Mean(PythonIndicator):
    def __init__(self, name, period):
        self.name = name
        self.warm_up_period = period
        self.seen = []
    def update(self, input):
        self.seen = (self.seen + [input.value])[-self.warm_up_period:]
        self.value = sum(self.seen) / len(self.seen)
        return len(self.seen) == self.warm_up_period
"""


def test_a_users_own_indicator_is_fed_shown_and_plotted(run: Run) -> None:
    finished = run(
        f"{OWN}\n{STOCK}self.own = Mean('own', 3)\nself.register_indicator(self.stock, self.own, Resolution.DAILY)\n"
        "self.plot_indicator('averages', True, self.own, self.identity(self.stock))",
        """
        def on_data(self, data):
            if self.time.day in (3, 4):
                self.log(f"{self.own.value} {self.own.is_ready} {self.own.current.value} {self.own.samples} {self.own > 98.9}")
        """,
    )
    assert finished.said == ["98.5 False 98.5 2 False", "99.0 True 99.0 3 True"]
    series = finished.result["charts"]["averages"]["series"]
    assert set(series) == {"own", "(value)(ABC_day)".replace(")(", ",")}
    assert series["own"]["values"][0][1] == 99.0  # not before it is ready


def test_indicators_look_back_are_reset_and_warm_up_by_themselves(run: Run) -> None:
    finished = run(
        f"self.set_start_date(2024, 1, 8)\nself.settings.automatic_indicator_warm_up = True\n{STOCK}"
        "self.mean = self.sma(self.stock, 3, selector=Field.HIGH)\n"
        "self.fast = self.ema(self.stock, 2, resolution=Resolution.DAILY)\n"
        "self.log(f'{self.mean.name} {self.mean.is_ready} {self.mean.current.value} {self.fast.is_ready}')",
        """
        def on_end_of_algorithm(self):
            self.log(f"{self.mean[0].value} {self.mean[1].value} {self.mean.previous.value} {self.mean[5]} {self.mean.window.size}")
            self.mean.reset()
            self.log(f"{self.mean.is_ready} {self.mean.current.value} {self.mean.samples} {self.mean.name}")
        """,
    )
    # highs are a quarter above the closes 99, 100 and 101 of 3 to 5 January
    assert finished.said == [
        "SMA(3,ABC_day) True 100.25 True",
        "109.25 108.25 108.25 None 6",
        "False 0.0 0 SMA(3,ABC_day)",
    ]


def test_a_span_warms_an_indicator_with_longer_bars(run: Run) -> None:
    finished = run(
        f"self.set_start_date(2024, 1, 9)\n{STOCK}mean = SimpleMovingAverage(2)\n"
        "self.warm_up_indicator(self.stock, mean, timedelta(days=2))\nself.log(f'{mean.samples} {mean.current.value}')"
    )
    # closes 99, 100, 101 and 102 of 3, 4, 5 and 8 January in spans of two days from the first: 3 and 4, 5, and 8 is not over
    assert finished.said == ["2 100.5"]


def test_past_values_of_an_indicator(run: Run) -> None:
    finished = run(
        STOCK,
        """
        def on_end_of_algorithm(self):
            bands = self.indicator_history(BollingerBands(2, 2), self.stock, 3, Resolution.DAILY)
            self.log(f"{[p.value for p in bands]} {[p.value for p in bands['middle_band']]} {list(bands.data_frame.columns)}")
            span = self.indicator_history(SimpleMovingAverage(2), self.stock, datetime(2024, 1, 8), datetime(2024, 1, 11))
            self.log(f"{[p.value for p in span.current]} {span.data_frame.shape}")
        """,
    )
    assert finished.outcome.completed, finished.outcome.error
    columns = ["bandwidth", "current", "lowerband", "middleband", "percentb", "price", "standarddeviation", "upperband"]
    assert finished.said == [
        f"[108.0, 109.0, 110.0] [107.5, 108.5, 109.5] {columns}",
        "[101.5, 102.5, 103.5] (3, 2)",  # warmed up by the close of the day before
    ]


HISTORIES = {
    "self.history(self.stock, 3)": 3,
    "self.history(self.stock, 3, Resolution.DAILY, False)": 3,
    "self.history(TradeBar, self.stock, 3, Resolution.DAILY)": 3,
    "self.history([self.stock], timedelta(5), Resolution.DAILY)": 4,  # 15 January was a holiday
    "self.history(self.stock, datetime(2024, 1, 3), datetime(2024, 1, 8), Resolution.DAILY)": 3,
    "self.history(self.stock, date(2024, 1, 3), date(2024, 1, 8), Resolution.DAILY)": 3,
    "self.history('ABC', 3)": 3,
    "self.history(['ABC'], 3, Resolution.DAILY)": 3,
    "self.history(symbol=self.stock, periods=3, resolution=Resolution.DAILY)": 3,
    "self.history(tickers=['ABC'], start=datetime(2024, 1, 3), end=datetime(2024, 1, 8))": 3,
    "self.history(type=TradeBar, symbols=[self.stock], span=timedelta(5))": 4,
    "self.history(self.securities.keys(), 3, Resolution.DAILY, fill_forward=False, extended_market_hours=False)": 3,
    "self.history(self.securities['ABC'], 3, Resolution.DAILY, True, False, None, DataNormalizationMode.RAW, 0)": 3,
    "list(self.history(3, Resolution.DAILY))": 3,
    "list(self.history(timedelta(5), Resolution.DAILY))": 4,
    "self.history[TradeBar](self.stock, 3)": 3,
    "self.history(QuoteBar, self.stock, 3, Resolution.DAILY)": 0,  # stocks have no daily quotes
    "self.history[TradeBar]([self.stock], 3, Resolution.DAILY)": 3,
    "self.history[TradeBar](self.stock, datetime(2024, 1, 3), datetime(2024, 1, 8))": 3,
}


def test_every_overload_of_history(run: Run) -> None:
    calls = "\n".join(f"    self.log(str(len({call})))" for call in HISTORIES)
    finished = run(STOCK, f"def on_end_of_algorithm(self):\n{calls}\n")
    assert finished.outcome.completed, finished.outcome.error
    assert dict(zip(HISTORIES, finished.said, strict=True)) == {call: str(rows) for call, rows in HISTORIES.items()}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("self.history(Tick, self.stock, 3)", "Tick"),
        ("self.history(self.stock, 3, colour=1)", "history(colour=...)"),
        ("self.history(self.stock)", "history needs a number of bars"),
        ("self.add_universe('x', Resolution.HOUR, lambda day: [])", "add_universe with Resolution.HOUR"),
        ("self.add_universe(lambda coarse: [])", "add_universe with fundamental or custom data"),
        ("ScheduledUniverse(lambda day: [])", "ScheduledUniverse takes a date rule, a time rule"),
        ("Series('s', SeriesType.LINE, '$', Color.CORNSILK)", "Color.CORNSILK is not supported"),
        ("Color.from_argb(1, 2)", "Color.from_argb takes red, green and blue"),
        ("HullMovingAverage(3)", "HullMovingAverage is not supported by the embedded runner"),
        ("self.transactions.transaction_record", "SecurityTransactionManager.transaction_record is not supported"),
        ("self.schedule.training_now(lambda: 0)", "ScheduleManager.training_now is not supported"),
    ],
)
def test_what_cannot_be_done_says_its_name(run: Run, call: str, words: str) -> None:
    finished = run(f"{STOCK}{call}")
    assert finished.outcome.status == "RuntimeError"
    assert words in finished.outcome.error.splitlines()[-1]
    assert "tried.py" in finished.outcome.error


def test_a_base_class_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    with pytest.raises(AlgorithmLoadError, match="AlphaModel is not supported by the embedded runner"):
        run("pass", "class Mine(AlphaModel): pass")
    assert HEADER in (tmp_path / "tried.py").read_text()


def test_a_universe_follows_rules_of_date_and_time(run: Run) -> None:
    finished = run(
        """
        self.universe_settings.resolution = Resolution.DAILY
        rules = self.date_rules.on(datetime(2024, 1, 4), datetime(2024, 1, 9)), self.time_rules.at(8, 0)
        self.add_universe(ScheduledUniverse(*rules, self.choose))
        self.add_equity('SPY', Resolution.DAILY)
        """,
        """
        def choose(self, utc):
            self.log(f"{utc:%m-%d %H:%M}")
            return [Symbol.create('ABC', SecurityType.EQUITY, Market.USA)] if utc.day == 4 else []
        def on_securities_changed(self, changes):
            if changes.count and 'SPY' not in str(changes):
                self.log(str(changes))
        """,
    )
    assert finished.outcome.completed, finished.outcome.error
    assert finished.log == [
        "2024-01-04 08:00:00 01-04 13:00",  # the function is given UTC, as on LEAN
        "2024-01-04 08:00:00 Added: ['ABC'] Removed: []",
        "2024-01-09 08:00:00 01-09 13:00",
        "2024-01-09 08:00:00 Added: [] Removed: ['ABC']",
    ]


def test_several_chains_share_a_frame(run: Run) -> None:
    finished = run(
        STOCK,
        """
        def on_end_of_algorithm(self):
            whole, flat = self.option_chains([self.stock]), self.option_chains([self.stock], flatten=True)
            frame = flat.data_frame
            self.log(f"{whole.data_frame.shape} {frame.index.names} {len(frame)} {self.option_chains([]).data_frame.empty}")
        """,
    )
    assert finished.said == ["(1, 2) ['canonical', 'symbol'] 4 True"]


def test_code_is_trained_at_once_or_by_rule(run: Run) -> None:
    finished = run(
        f"{STOCK}self.train(lambda: self.log('now'))\n"
        "self.train(self.date_rules.week_start('ABC'), self.time_rules.at(8, 0), lambda: self.log('by rule'))"
    )
    assert finished.log[:2] == ["2024-01-02 00:00:00 now", "2024-01-08 08:00:00 by rule"]


def test_series_have_colours(run: Run) -> None:
    finished = run(
        f"{STOCK}chart = Chart('mine')\nchart.add_series(Series('red', SeriesType.LINE, '$', Color.Red))\n"
        "chart.add_series(Series('own', SeriesType.SCATTER, '%', Color.from_argb(1, 2, 255), ScatterMarkerSymbol.CIRCLE))\n"
        "self.add_chart(chart)\nself.add_series('added', 'bars', SeriesType.BAR, '%')",
        "def on_data(self, data):\n    self.plot('mine', 'red', 1)\n    self.plot('mine', 'own', 2)\n    self.plot('added', 'bars', 3)",
    )
    mine, added = finished.result["charts"]["mine"]["series"], finished.result["charts"]["added"]["series"]["bars"]
    assert (mine["red"]["color"], mine["own"]["color"], mine["own"]["scatterMarkerSymbol"]) == ("#FF0000", "#0102FF", "circle")
    assert (added["seriesType"], added["unit"], added["values"][0][1]) == (3, "%", 3.0)


def test_names_of_python_that_leans_imports_give(run: Run) -> None:
    finished = run("counts: Dict[str, Optional[int]] = {'a': 1}\nself.log(f\"{json.dumps(counts)} {os.sep} {math.pi:.2f} {List[int]}\")")
    assert finished.said == ['{"a": 1} / 3.14 typing.List[int]']


def test_new_securities_are_given_the_brokers_models_and_a_first_price(run: Run) -> None:
    finished = run(
        """
        class Mine(BrokerageModelSecurityInitializer):
            def initialize(self, security):
                super().initialize(security)
                security.set_fee_model(ConstantFeeModel(3))

        self.set_start_date(2024, 1, 8)
        self.set_brokerage_model(BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, AccountType.MARGIN)
        self.set_security_initializer(Mine(self.brokerage_model, FuncSecuritySeeder(self.get_last_known_prices)))
        self.add_security_initializer(CompositeSecurityInitializer(FuncSecurityInitializer(lambda s: self.log(s.symbol.value))))
        stock = self.add_equity('ABC', Resolution.DAILY)
        self.log(f"{stock.price} {type(stock.fill_model).__name__} {type(stock.fee_model).__name__} {stock.leverage}")
        """,
    )
    assert finished.outcome.completed, finished.outcome.error
    assert finished.said == ["ABC", "101.0 EquityFillModel ConstantFeeModel 2.0"]  # Friday's close


def test_prices_can_be_known_from_the_start(run: Run) -> None:
    finished = run(
        "self.set_start_date(2024, 1, 8)\nself.settings.seed_initial_prices = True\n"
        "self.log(str(self.add_equity('ABC', Resolution.DAILY).price))"
    )
    assert finished.said == ["101.0"]


def test_the_older_liquidate_takes_its_tag(run: Run) -> None:
    finished = run(
        STOCK,
        """
        def on_data(self, data):
            if self.time.day == 3:
                self.market_order(self.stock, 10)
            if self.time.day == 5:
                self.liquidate(self.stock, "because")
        def on_end_of_algorithm(self):
            self.log(str([order.tag for order in self.transactions.get_orders()]))
        """,
    )
    assert finished.said[-1] == "['', 'because']"


def test_overloads_are_called_by_leans_names_too(run: Run) -> None:
    finished = run(
        """
        self.set_start_date(year=2024, month=1, day=3)
        self.set_end_date(end=datetime(2024, 1, 5))
        self.set_cash(starting_cash=500)
        stock = self.add_equity(ticker='ABC', resolution=Resolution.DAILY).symbol
        day, hour = self.date_rules.week_end(symbol='ABC', days_offset=1), self.time_rules.at(hour=9, minute=31)
        self.schedule.on(date_rule=day, time_rule=hour, callback=lambda: self.log('before the last'))
        self.schedule.on(self.date_rules.on(year=2024, month=1, day=5),
                         self.time_rules.before_market_close('ABC', minutes_before_close=10, extended_market_close=False),
                         lambda: self.log('ten minutes left'))
        self.consolidate(symbol=stock, period=timedelta(days=1), handler=lambda bar: self.log(f"{bar.close}"))
        self.log(f"{self.start_date:%m-%d} {self.end_date:%m-%d} {self.portfolio.cash}")
        """,
        "def on_data(self, data):\n    self.plot(chart='mine', series='line', value=2)",
    )
    assert finished.outcome.completed, finished.outcome.error
    assert finished.log[0] == "2024-01-03 00:00:00 01-03 01-05 500.0"
    assert "2024-01-04 09:31:00 before the last" in finished.log
    assert "2024-01-05 15:50:00 ten minutes left" in finished.log
    assert "2024-01-04 00:00:00 99.0" in finished.log
    assert finished.result["charts"]["mine"]["series"]["line"]["values"][0][1] == 2.0
    wrong = run("self.time_rules.at(hours=9)")
    assert "at has no parameter hours; it takes hour, minute, second, time_of_day, time_zone" in wrong.outcome.error
    assert "a time of day is an hour and a minute" in run("self.time_rules.at(time(9, 31))").outcome.error
