"""Whole runs on a folder written by hand: what an algorithm sees, how a run ends, and what it is told when something is not there."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from small_data_folder import write_zip

from alaris_runner.__main__ import main
from alaris_runner.errors import AlgorithmLoadError, DataFileError
from alaris_runner.run import run_backtest

from .conftest import Run


def test_daily_bars_arrive_at_the_close_and_half_days_at_one(run: Run) -> None:
    finished = run(
        "self.stock = self.add_equity('ABC', Resolution.DAILY).symbol",
        "def on_data(self, data):\n    self.log(f'{data.bars[self.stock].close}')",
    )
    assert finished.outcome.completed
    assert finished.log[0] == "2024-01-02 16:00:00 98.0"
    assert "2024-01-12 13:00:00 106.0" in finished.log  # the half day
    assert not any(line.startswith("2024-01-15") for line in finished.log)  # the holiday
    assert len(finished.log) == 13


def test_a_chain_shows_quotes_and_open_contracts(run: Run) -> None:
    finished = run(
        "self.option = self.add_option('ABC', Resolution.DAILY)\nself.option.set_filter(lambda u: u.strikes(-5, 5).expiration(0, 30))",
        """
        def on_data(self, data):
            chain = data.option_chains.get(self.option.symbol)
            if chain is not None and self.time.day == 4:
                self.log(str(sorted((c.strike, str(c.right), c.bid_price, c.ask_price, c.days_to_expiry) for c in chain)))
                self.log(f"{chain.underlying.close} {len(chain)} {self.securities[self.option.symbol].symbol.value}")
        """,
    )
    # 2024-01-04 closes at 100: the 95 call is 5.00 in the money, quoted 0.10 around intrinsic value plus one dollar
    assert finished.said[1:] == [
        "[(95.0, 'CALL', 5.9, 6.1, 15), (95.0, 'PUT', 0.9, 1.1, 15), (100.0, 'CALL', 0.9, 1.1, 15), (100.0, 'PUT', 0.9, 1.1, 15)]",
        "100.0 4 ?ABC",
    ]


def test_an_error_ends_the_run_with_the_users_own_traceback(run: Run) -> None:
    finished = run(
        "self.add_equity('ABC', Resolution.DAILY)\nself.seen = 0",
        "def on_data(self, data):\n    self.log('seen')\n    self.seen += 1\n    return 1 / (3 - self.seen)",
    )
    state = finished.result["state"]
    assert (finished.outcome.status, state["Status"], state["RuntimeError"]) == (
        "RuntimeError",
        "RuntimeError",
        "ZeroDivisionError: division by zero",
    )
    assert "tried.py" in state["StackTrace"]
    assert "alaris_runner" not in state["StackTrace"]
    assert [text for text in finished.said if text == "seen"] == ["seen"] * 3


def test_leaving_the_process_is_an_error_of_the_algorithm(run: Run) -> None:
    finished = run("self.add_equity('ABC', Resolution.DAILY)", "def on_data(self, data):\n    sys.exit(3)")
    assert (finished.outcome.status, finished.result["state"]["RuntimeError"]) == ("RuntimeError", "SystemExit: 3")


def test_no_data_is_no_error(run: Run) -> None:
    finished = run(
        "self.stock = self.add_equity('NONE', Resolution.DAILY).symbol\nself.option = self.add_option('NONE', Resolution.DAILY)",
        """
        def on_end_of_algorithm(self):
            bars = self.history[TradeBar](self.stock, 5, Resolution.DAILY)
            self.log(f"{self.securities[self.stock].price} {len(self.option_chain(self.stock))} {len(bars)}")
        """,
    )
    assert finished.outcome.completed
    assert finished.said[-1] == "0.0 0 0"


def test_what_is_not_supported_says_so_when_it_is_used(run: Run) -> None:
    finished = run("self.add_future('ES')")
    assert "QCAlgorithm.add_future is not supported by the embedded runner" in finished.outcome.error
    assert "lean backtest" in finished.outcome.error


def test_pascal_case_is_the_same_interface(run: Run) -> None:
    finished = run(
        "self.stock = self.AddEquity('ABC', Resolution.Daily).Symbol",
        "def OnData(self, data):\n    self.Log(f'{data.ContainsKey(self.stock)} {self.Portfolio.Cash} {self.Securities[\"ABC\"].Price}')",
    )
    assert finished.log[0] == "2024-01-02 16:00:00 True 10000.0 98.0"


def test_quit_ends_the_run_as_completed(run: Run) -> None:
    finished = run("self.add_equity('ABC', Resolution.DAILY)", "def on_data(self, data):\n    self.quit('enough')")
    assert finished.outcome.completed
    assert finished.log == ["2024-01-02 16:00:00 Quit(): enough", "2024-01-02 16:00:00 Algorithm Stopped"]


def test_parameters_take_the_type_of_their_default(run: Run) -> None:
    finished = run(
        """self.log(f"{self.get_parameter('n', 1) + 1} {self.get_parameter('x', 0.5)} {self.get_parameter('none')}")""",
        parameters={"n": "41", "x": "2"},
    )
    assert finished.said == ["42 2.0 None"]


def test_the_object_store_keeps_texts(run: Run, tmp_path: Path) -> None:
    finished = run("self.object_store.save('a/b.json', '{}')\nself.log(f\"{self.object_store.keys} {self.object_store.read('a/b.json')}\")")
    assert finished.said == ["['a/b.json'] {}"]
    assert (tmp_path / "output" / "storage" / "a" / "b.json").read_text() == "{}"


def test_a_held_stock_earns_what_its_price_does(run: Run) -> None:
    finished = run(
        "self.stock = self.add_equity('ABC', Resolution.DAILY).symbol",
        """
        def on_data(self, data):
            if not self.portfolio.invested and not self.transactions.get_open_orders():
                self.market_order(self.stock, 10)
        """,
    )
    # bought at the next open (2024-01-03: 99 - 0.5), one dollar of fees, last close 110
    assert float(finished.result["statistics"]["End Equity"]) == pytest.approx(10000 - 10 * 98.5 - 1 + 10 * 110)


def test_a_stock_that_leaves_its_exchange_is_sold_at_its_last_price(run: Run, data_folder: Path) -> None:
    (data_folder / "equity/usa/map_files/abc.csv").write_text("20100104,abc,N\n20240109,abc,N\n")
    finished = run(
        "self.stock = self.add_equity('ABC', Resolution.DAILY).symbol\nself.sent = False",
        """
        def on_data(self, data):
            if not self.sent:
                self.sent = True
                self.market_order(self.stock, 10)
            for symbol, event in data.delistings.items():
                self.log(f"{event.type} {event.price}")
        def on_securities_changed(self, changes):
            self.log(str(changes))
        """,
    )
    said = [line for line in finished.log if "Warning:" not in line]
    assert said == [
        "2024-01-02 00:00:00 Added: ['ABC'] Removed: []",
        "2024-01-09 00:00:00 WARNING 102.0",
        "2024-01-10 00:00:00 Added: [] Removed: ['ABC']",
        "2024-01-10 00:00:00 DELISTED 103.0",
    ]
    orders = finished.result["orders"]
    assert [(order["quantity"], order["price"]) for order in orders.values()] == [(10.0, 98.5), (-10.0, 103.0)]


def test_a_contract_expires_in_the_money(run: Run) -> None:
    finished = run(
        """
        self.option = self.add_option('ABC', Resolution.DAILY)
        self.option.set_filter(lambda u: u.calls_only().expiration(0, 30))
        self.set_end_date(2024, 1, 23)
        """,
        """
        def on_data(self, data):
            chain = data.option_chains.get(self.option.symbol)
            if chain is not None and self.time.day == 16 and self.time.hour == 16:
                cheap = min(chain, key=lambda c: c.strike)
                self.combo_market_order([Leg.create(cheap.symbol, 1)], 1)
        def on_order_event(self, event):
            self.log(f"{event.symbol.value} {event.status} {event.fill_quantity} @ {event.fill_price}")
        """,
    )
    # bought on 2024-01-16 at the ask of the 95 call (107 - 95 + 1.1), exercised after 2024-01-19: 100 shares at the strike
    assert [text for text in finished.said if "FILLED" in text] == [
        "ABC   240119C00095000 FILLED 1.0 @ 13.1",
        "ABC   240119C00095000 FILLED -1.0 @ 0.0",
        "ABC FILLED 100.0 @ 95.0",
    ]


def test_two_algorithms_in_one_process_have_their_own_neighbours(data_folder: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        helper = f"def said(): return f'{name} {{Globals.results_destination_folder}}'"
        (folder / "helper.py").write_text(f"from AlgorithmImports import *\n{helper}\n")
        (folder / "random.py").write_text(
            "from AlgorithmImports import *\nimport helper\nclass Named(QCAlgorithm):\n    def initialize(self):\n"
            "        self.set_start_date(2024, 1, 2)\n        self.set_end_date(2024, 1, 3)\n        self.log(helper.said())\n"
        )
        outcome = run_backtest(folder / "random.py", data_folder, folder / "output")
        assert outcome.completed, outcome.error
        assert f"{name} {folder / 'output'}" in (folder / "output" / "run-log.txt").read_text()


def test_a_run_repeats_itself_byte_for_byte(run: Run, tmp_path: Path) -> None:
    setup, methods = (
        "self.stock = self.add_equity('ABC', Resolution.DAILY).symbol",
        "def on_data(self, data):\n    self.market_order(self.stock, 1)",
    )
    first = {k: v for k, v in run(setup, methods).result.items() if k not in ("state", "serverStatistics")}
    second = {k: v for k, v in run(setup, methods).result.items() if k not in ("state", "serverStatistics")}
    assert first == second


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = 1", "expected exactly one class derived from QCAlgorithm, found none"),
        ("from AlgorithmImports import *\nclass A(QCAlgorithm): pass\nclass B(QCAlgorithm): pass", "found A, B"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_file_without_one_algorithm_is_refused(tmp_path: Path, data_folder: Path, text: str, problem: str) -> None:
    file = tmp_path / "other.py"
    file.write_text(text)
    with pytest.raises(AlgorithmLoadError, match=problem):
        run_backtest(file, data_folder, tmp_path / "output")


def test_a_missing_data_folder_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="does not exist"):
        run_backtest(tmp_path / "any.py", tmp_path / "nowhere", tmp_path / "output")


def test_a_broken_row_ends_the_run_naming_file_and_line(run: Run, data_folder: Path) -> None:
    write_zip(data_folder / "equity/usa/daily/abc.zip", {"abc.csv": "20240102 00:00,1,2,3,4,5\n20240103 00:00,1,x,3,4,5"})
    finished = run("self.add_equity('ABC', Resolution.DAILY)")
    assert finished.outcome.status == "RuntimeError"
    assert "abc.zip#abc.csv, line 2" in finished.outcome.error
    assert "Traceback" not in finished.outcome.error


def test_the_command_line_answers_with_its_exit_code(tmp_path: Path, data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "quiet.py"
    file.write_text(
        "from AlgorithmImports import *\nclass Quiet(QCAlgorithm):\n    def initialize(self):\n"
        "        self.set_start_date(2024, 1, 2)\n        self.set_end_date(2024, 1, 3)\n"
    )
    common = ["--data-folder", str(data_folder), "--output", str(tmp_path / "output")]
    assert main([str(file), *common, "--parameter", "a", "b"]) == 0
    assert main([str(tmp_path / "absent.py"), *common]) == 1
    assert "there is no such algorithm file" in capsys.readouterr().err


def test_option_indicators_agree_with_the_chain(run: Run) -> None:
    pytest.importorskip("alaris.pricing")
    finished = run(
        """
        self.set_end_date(2024, 1, 4)
        self.option = self.add_option('ABC', Resolution.DAILY)
        stock = self.securities['ABC'].symbol
        contract = Symbol.create_option(stock, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 100, datetime(2024, 1, 19))
        self.contract = self.add_option_contract(contract, Resolution.DAILY).symbol
        self.figures = [self.iv(self.contract), self.d(self.contract), self.t(self.contract)]
        """,
        """
        def on_data(self, data):
            chain = data.option_chains[self.option.symbol]
            c = next(c for c in chain if c.symbol == self.contract)
            shown = [c.implied_volatility, c.greeks.delta, c.greeks.theta_per_day]
            self.log(str([abs(f.current.value - s) < 1e-12 and s != 0 for f, s in zip(self.figures, shown)]))
        """,
    )
    assert finished.outcome.completed, finished.outcome.error
    assert [text for text in finished.said if text.startswith("[")] == ["[True, True, True]"] * 3


def test_what_only_a_live_run_does_answers_no(run: Run) -> None:
    finished = run(
        "self.add_equity('ABC')\nself.log(f\"{self.notify.email('a', 'b', 'c')} {self.live_mode} {self.is_market_open('ABC')}\")"
    )
    assert finished.said[0] == "False False False"


def test_a_change_of_ticker_is_told_and_data_goes_on(shared: Path, tmp_path: Path) -> None:
    # GOOCV became GOOG on 2014-04-03 (map file goog.csv)
    file = tmp_path / "renamed.py"
    file.write_text(
        dedent("""
        from AlgorithmImports import *
        class Renamed(QCAlgorithm):
            def initialize(self):
                self.set_start_date(2014, 4, 1)
                self.set_end_date(2014, 4, 4)
                self.stock = self.add_equity("GOOG", Resolution.DAILY).symbol
            def on_symbol_changed_events(self, changes):
                self.log(f"{[(c.old_symbol, c.new_symbol) for c in changes.values()]}")
            def on_data(self, data):
                if self.stock in data.bars:
                    self.log(f"bar {data.bars[self.stock].close > 500}")
        """)
    )
    outcome = run_backtest(file, shared / "data" / "lean", tmp_path / "output")
    lines = (tmp_path / "output" / "run-log.txt").read_text().splitlines()[1:-1]
    assert outcome.completed, outcome.error
    assert "2014-04-03 00:00:00 [('GOOCV', 'GOOG')]" in lines
    assert len([line for line in lines if line.endswith("bar True")]) == 4


def test_a_universe_by_date_can_be_ended_and_steps_are_told(run: Run) -> None:
    finished = run(
        """
        self.steps = 0
        self.universe_settings.resolution = Resolution.DAILY
        self.names = self.add_universe('names', Resolution.DAILY, lambda day: ['ABC'])
        """,
        """
        def on_securities_changed(self, changes):
            self.log(str(changes))
        def on_data(self, data):
            if self.time.day == 4:
                self.remove_universe(self.names)
        def on_end_of_time_step(self):
            self.steps += 1
        def on_end_of_algorithm(self):
            self.log(f"{self.steps > 3} {self.securities.count}")
        """,
    )
    assert finished.log == [
        "2024-01-02 00:00:00 Added: ['ABC'] Removed: []",
        "2024-01-04 16:00:00 Added: [] Removed: ['ABC']",
        "2024-01-19 00:00:00 True 0",
    ]
