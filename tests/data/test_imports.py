"""Other people's files in LEAN's folder: what LEAN needs is there, and an algorithm runs on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from shell import Answer, shell

from alaris.data import imports, lean_folder
from alaris.data.check import Severity, check_folder
from alaris.domain import DataError

BARS = """symbol,date,open,high,low,close,adj_close,volume
zqab,2017-02-08,50.5,51.2345,50,51,51,1000
ZQAB,2017-02-07,50,51,49.5,50.25,50.25,900
ZQCE,2017-02-08,5,6,4,5.5,5.5,100
"""
ALGORITHM = """
from AlgorithmImports import *


class Count(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2014, 12, 31)
        self.set_end_date(2015, 1, 7)
        self.set_cash(100000)
        self.universe_settings.resolution = Resolution.DAILY
        option = self.add_option("AAPL", Resolution.DAILY)
        option.set_filter(lambda universe: universe.include_weeklys().strikes(-3, 3).expiration(0, 60))
        self.chain = option.symbol
        self.seen = 0

    def on_data(self, data):
        chain = data.option_chains.get(self.chain)
        if chain:
            self.seen += 1
            quoted = [c for c in chain if c.bid_price > 0 and c.ask_price > c.bid_price]
            if quoted and not self.portfolio.invested:
                self.market_order(max(quoted, key=lambda c: c.open_interest).symbol, 1)

    def on_end_of_algorithm(self):
        self.set_runtime_statistic("Chains", str(self.seen))
"""


@pytest.fixture
def alaris(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    monkeypatch.chdir(tmp_path)
    return shell(capsys)


def test_bars_in_leans_form(tmp_path: Path) -> None:
    (tmp_path / "bars.csv").write_text(BARS)
    done = imports.bars_into_lean(tmp_path / "bars.csv", tmp_path / "lean", ["ZQAB"])
    assert [(one.symbol, one.rows, one.first, one.last) for one in done] == [("ZQAB", 2, date(2017, 2, 7), date(2017, 2, 8))]
    bars = lean_folder.daily_bars(tmp_path / "lean", "ZQAB")
    assert list(bars.close) == [50.25, 51.0]
    assert bars.high[1] == 51.2345
    assert (tmp_path / "lean/equity/usa/map_files/zqab.csv").read_text().startswith("19980102,zqab,N\n")
    found = check_folder(tmp_path / "lean", symbols=["ZQAB"])
    assert not [one for one in found if "equity" in str(one.path) and one.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ZQAB,2017-02-09,50,49,48,50,50,5", ":5: a bar that cannot be:"),
        ("ZQAB,2017-02-09,50,51,nan,50,50,5", ":5: a bar that cannot be:"),
        ("ZQAB,2017-02-09,50,51,x,50,50,5", ":5: a bar that cannot be read"),
        ("ZQAB,2017-02-08,50,51,49,50,50,5", ":5: lists ZQAB on 2017-02-08 twice"),
        ("ZQAB,2017-02-09", ":5: not as many columns as the header's 8"),
    ],
)
def test_a_broken_bar_is_one_error_and_nothing_is_written(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "bars.csv").write_text(BARS + row + "\n")
    with pytest.raises(DataError, match=message):
        imports.bars_into_lean(tmp_path / "bars.csv", tmp_path / "lean")
    assert not (tmp_path / "lean").exists()


def test_a_calendar_where_the_product_looks_for_it(tmp_path: Path) -> None:
    (tmp_path / "calendar.csv").write_text(
        "symbol,date,release_time,source,available_at\nzqab,2017-02-09,pre,wire,2017-01-02T08:00:00-05:00\n"
    )
    imports.calendar_into_lean(tmp_path / "calendar.csv", tmp_path / "lean")
    written = lean_folder.earnings_path(tmp_path / "lean").read_text().splitlines()[1]
    assert written == "ZQAB,2017-02-09,,pre,wire,2017-01-02T08:00:00-05:00"


def test_an_algorithm_runs_on_the_vendors_chains(alaris: Callable[..., Answer], tmp_path: Path, shared: Path) -> None:
    source = shared / "data/chains/AAPL_2014-12-30_2015-01-07.csv.gz"
    done = alaris("data", "import", "--from", "vendor-eod", str(source), "--into", "lean", "--to", "lean", "--json")
    assert json.loads(done.output) == [
        {"symbol": "AAPL", "kind": "chains", "rows": 8988, "new": 8988, "first": "2014-12-30", "last": "2015-01-07"}
    ]
    for name in ("aapl", "spy"):  # a chain tells no bars: those are LEAN's own
        for part in (f"equity/usa/daily/{name}.zip", f"equity/usa/map_files/{name}.csv", f"equity/usa/factor_files/{name}.csv"):
            (tmp_path / "lean" / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(shared / "data/lean" / part, tmp_path / "lean" / part)
    shutil.copy(shared / "data/lean/market-hours/market-hours-database.json", tmp_path / "lean/market-hours/market-hours-database.json")
    (tmp_path / "count.py").write_text(ALGORITHM)
    run = alaris("backtest", "count.py", "--data-folder", "lean", "--output", "out")
    assert run.code == 0, run.errors + run.output
    result = json.loads((tmp_path / "out/run.json").read_text())
    assert result["runtimeStatistics"]["Chains"] == "5"  # sessions of the run
    (order,) = result["orders"].values()
    assert order["status"] == 3  # filled


@pytest.mark.parametrize("symbol", ["../up", "ZQ\0AB", "A/B", ""])
def test_a_symbol_that_leads_elsewhere_is_refused(tmp_path: Path, symbol: str) -> None:
    (tmp_path / "bars.csv").write_text(BARS.replace("zqab", symbol).replace("ZQAB", symbol))
    with pytest.raises(DataError, match="is no ticker"):
        imports.bars_into_lean(tmp_path / "bars.csv", tmp_path / "lean")
    assert not (tmp_path / "lean").exists()
