"""Chains in LEAN's minute files: the bar that ends with the observation, and all of it back."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import numpy as np
import pytest
from shell import Answer, shell

from alaris.data.chain_table import COLUMNS, NUMBERS, ChainTable, joined, moments, table
from alaris.data.lean_minutes import option_minutes, read_minute_chains, share_minutes, write_minute_chains
from alaris.data.vendor_chains import read_vendor_chains
from alaris.domain import DataError

DAYS = np.array(["2017-02-08", "2017-07-05"], dtype="datetime64[D]")  # winter and summer time


def chains(at: time = time(15, 45)) -> ChainTable:
    day = np.repeat(DAYS, 4)
    stood = moments(day, at)
    columns = {
        "observed_at": stood,
        "available_at": stood,
        "expiry": np.full(8, np.datetime64("2017-08-18")),
        "is_call": np.tile([True, True, False, False], 2),
        "strike": np.tile([50.0, 52.5, 50.0, 52.5], 2),
        "bid": np.tile([2.1, np.nan, 1.25, 0.05], 2),
        "ask": np.tile([2.3, 0.4, 1.35, 0.15], 2),
        "last": np.tile([2.2, np.nan, 1.3, np.nan], 2),
        "volume": np.tile([5.0, 0, 3, 0], 2),
        "open_interest": np.tile([10.0, 12, 0, 7], 2),
        "spot": np.repeat([51.25, 53.0], 4),
        "implied_volatility": np.tile([0.24, 0.25, 0.26, np.nan], 2),
        "theta": np.tile([-3.1, -2, -1, np.nan], 2),
        "source": np.full(8, "lean"),
    }
    return table("ZQAB", columns).ordered()


def same(first: ChainTable, second: ChainTable) -> None:
    assert (first.symbol, len(first)) == (second.symbol, len(second))
    for name in COLUMNS:
        one, other = getattr(first.ordered(), name), getattr(second.ordered(), name)
        if name in NUMBERS:
            np.testing.assert_allclose(one, other, rtol=1e-12, err_msg=name)
        else:
            assert (one == other).all(), name


@pytest.mark.parametrize("at", [time(9, 31), time(15, 45), time(16)])
def test_minutes_and_back(tmp_path: Path, at: time) -> None:
    assert write_minute_chains(tmp_path, chains(at)) == 8
    same(read_minute_chains(tmp_path, "zqab"), chains(at))


def test_leans_own_form(tmp_path: Path) -> None:
    write_minute_chains(tmp_path, chains())
    with zipfile.ZipFile(option_minutes(tmp_path, "ZQAB") / "20170208_quote_american.zip") as archive:
        names = archive.namelist()
        text = archive.read("20170208_zqab_minute_quote_american_call_525000_20170818.csv")
    assert len(names) == 4
    # a bar has the time of its start: 15:44 is 15 * 3,600,000 + 44 * 60,000 ms after midnight; a side that is not quoted is empty
    assert text == b"56640000,,,,,0,4000,4000,4000,4000,1\n"
    with zipfile.ZipFile(share_minutes(tmp_path, "ZQAB") / "20170705_trade.zip") as archive:
        assert archive.read("20170705_zqab_minute_trade.csv") == b"56640000,530000,530000,530000,530000,0\n"


def test_several_observations_of_one_session(tmp_path: Path) -> None:
    """Greeks and volumes of a session are those of its last observation, since a universe file has one; quotes keep their minute."""
    both = joined([chains(time(10)), chains(time(15, 45))])
    write_minute_chains(tmp_path, both)
    found = read_minute_chains(tmp_path, "ZQAB")
    np.testing.assert_array_equal(found.bid, both.ordered().bid)
    assert (found.observed_at == both.ordered().observed_at).all()
    with pytest.raises(DataError, match="observed twice in one minute of 2017-02-08"):
        write_minute_chains(tmp_path, joined([chains(), replace(chains(), source=np.full(8, "other"))]))


def test_a_share_that_has_minutes_keeps_them(tmp_path: Path) -> None:
    kept = share_minutes(tmp_path, "ZQAB") / "20170208_trade.zip"
    kept.parent.mkdir(parents=True)
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("20170208_zqab_minute_trade.csv", "34200000,510000,510000,510000,510000,7\n")
    write_minute_chains(tmp_path, chains())
    found = read_minute_chains(tmp_path, "ZQAB")
    assert found.spot[0] == 51.0  # the last bar of the share before


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no minute option rows of ZQAB"):
        read_minute_chains(tmp_path, "ZQAB")
    write_minute_chains(tmp_path, chains())
    path = option_minutes(tmp_path, "ZQAB") / "20170208_quote_american.zip"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"20170208_quote_american\.zip: cannot be read"):
        read_minute_chains(tmp_path, "ZQAB")


def test_leans_own_minutes(shared: Path) -> None:
    """GOOG's half day in the LEAN sample: its rows as counted in the archive (providers.md 3), and a quote by eye."""
    found = read_minute_chains(shared / "data/lean", "GOOG")
    half = found.where(found.session == np.datetime64("2015-12-24"))
    assert len(half) == 275_552
    deep = (half.strike == 1000) & half.is_call & (half.expiry == np.datetime64("2015-12-24"))
    first = half.where(deep & (half.observed_at == half.observed_at[deep].min()))
    assert str(first.observed_at[0]).startswith("2015-12-24T14:31")  # the bar that began at 9:30
    assert (first.ask[0], np.isnan(first.bid[0])) == (0.5, True)


ALGORITHM = """
from AlgorithmImports import *


class Count(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2014, 12, 31)
        self.set_end_date(2015, 1, 7)
        self.set_cash(100000)
        option = self.add_option("AAPL", Resolution.MINUTE)
        option.set_filter(lambda universe: universe.include_weeklys().strikes(-3, 3).expiration(0, 60))
        self.chain = option.symbol
        self.seen = set()

    def on_data(self, data):
        chain = data.option_chains.get(self.chain)
        if chain:
            self.seen.add(str(self.time))
            quoted = [c for c in chain if c.bid_price > 0 and c.ask_price > c.bid_price]
            if quoted and not self.portfolio.invested:
                self.market_order(max(quoted, key=lambda c: c.open_interest).symbol, 1)

    def on_end_of_algorithm(self):
        self.set_runtime_statistic("Chains", str(len(self.seen)))
        self.set_runtime_statistic("First", min(self.seen))
"""


@pytest.fixture
def alaris(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    monkeypatch.chdir(tmp_path)
    return shell(capsys)


def test_an_algorithm_runs_on_the_vendors_chains_by_the_minute(alaris: Callable[..., Answer], tmp_path: Path, shared: Path) -> None:
    source = shared / "data/chains/AAPL_2014-12-30_2015-01-07.csv.gz"
    command = ["data", "import", "--from", "vendor-eod", str(source), "--into", "lean", "--to", "lean", "--resolution", "minute"]
    done = alaris(*command, "--at", "15:45", "--json")
    assert json.loads(done.output)[0]["rows"] == 8988
    (whole,) = read_vendor_chains(source, time(15, 45))
    same(read_minute_chains(tmp_path / "lean", "AAPL", source="vendor-eod"), whole)
    for name in ("aapl", "spy"):  # a chain tells no bars: those are LEAN's own
        for part in (f"equity/usa/daily/{name}.zip", f"equity/usa/map_files/{name}.csv", f"equity/usa/factor_files/{name}.csv"):
            (tmp_path / "lean" / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(shared / "data/lean" / part, tmp_path / "lean" / part)
    shutil.copy(shared / "data/lean/market-hours/market-hours-database.json", tmp_path / "lean/market-hours/market-hours-database.json")
    (tmp_path / "count.py").write_text(ALGORITHM)
    run = alaris("backtest", "count.py", "--data-folder", "lean", "--output", "out")
    assert run.code == 0, run.errors + run.output
    result = json.loads((tmp_path / "out/run.json").read_text())
    assert result["runtimeStatistics"]["First"].startswith("2014-12-31 15:45:00")
    assert int(result["runtimeStatistics"]["Chains"]) > 5  # the minutes after it repeat the last quotes, as LEAN has it
    (order,) = result["orders"].values()
    assert order["status"] == 3  # filled
    assert date.fromisoformat(order["time"][:10]) == date(2014, 12, 31)
