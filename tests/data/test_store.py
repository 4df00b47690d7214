"""The point-in-time store and the ways into it and out of it: nothing lost, nothing early, nothing half written."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alaris.data import lean_folder, parquet_files
from alaris.data.chain_table import COLUMNS, NUMBERS, ChainTable, closes, instant, joined, table
from alaris.data.lean_chains import read_chains, write_chains
from alaris.data.store import Store
from alaris.data.vendor_chains import read_vendor_chains
from alaris.domain import ConfigurationError, DataError

VENDOR = """option_id,symbol,strike,expiration,option_type,spot_price,bid,ask,price,delta,gamma,theta,vega,\
open_interest,volume,implied_volatility,data_date
x,ZQAB,50.0,2017-03-17,call,51.25,2.1,2.3,2.2,0.6,0.03,-3.1,6.2,10,5,0.24,2017-02-08
x,ZQAB,50.0,2017-03-17,put,51.25,0.0,0.05,0.025,-0.1,0.01,-1.1,2.2,0,0,0.31,2017-02-08
x,ZQAB,50.0,2017-03-17,call,52.5,3.0,3.3,3.15,0.7,0.03,-3.0,6.0,12,0,0.22,2017-02-09
"""


def chains(days: int = 3, symbol: str = "ZQAB") -> ChainTable:
    day = np.repeat(np.arange("2016-12-30", days, dtype="datetime64[D]") if days == 0 else np.datetime64("2016-12-30") + np.arange(days), 4)
    count, stood = len(day), closes(day)
    numbers = {name: np.round(np.linspace(1, 2, count), 4) for name in NUMBERS}
    numbers["strike"] = np.tile([50.0, 52.5, 50.0, 52.5], days)
    numbers["volume"], numbers["open_interest"] = np.tile([0.0, 3, 5, 0], days), np.tile([7.0, 3, 5, 0], days)
    numbers["last"] = np.where(numbers["volume"] > 0, 1.25, np.nan)
    numbers["bid"] = np.tile([1.0, np.nan, 1.25, 0.05], days)
    numbers["ask"] = numbers["bid"] + 0.1
    numbers["spot"] = np.repeat(51.25 + np.arange(days), 4)
    fixed = {
        "observed_at": stood,
        "available_at": stood,
        "expiry": np.full(count, np.datetime64("2017-03-17")),
        "is_call": np.tile([True, True, False, False], days),
        "source": np.full(count, "lean"),
    }
    return table(symbol, {**numbers, **fixed}).ordered()


def same(first: ChainTable, second: ChainTable) -> None:
    """Equal, but for the rounding noise in a vendor's file, which whole ten-thousandths do not keep."""
    assert (first.symbol, len(first)) == (second.symbol, len(second))
    for name in COLUMNS:
        one, other = getattr(first.ordered(), name), getattr(second.ordered(), name)
        if name in NUMBERS:
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=0, err_msg=name)
        else:
            assert (one == other).all(), name


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    assert kept.add_chains(chains()) == 12
    assert [(part.symbol, part.year) for part in kept.parts()] == [("ZQAB", 2016), ("ZQAB", 2017)]
    found = kept.chains("ZQAB", date(2016, 12, 1), date(2017, 1, 31))
    assert found is not None
    same(found, chains())
    assert kept.add_chains(chains()) == 0
    assert kept.chains("ZQCE", date(2016, 12, 1), date(2017, 1, 31)) is None
    assert kept.chains("ZQAB", date(2018, 1, 1), date(2018, 1, 31)) is None


def test_a_later_statement_is_not_seen_before_its_time_and_the_earlier_stays(tmp_path: Path) -> None:
    kept, first = Store(tmp_path), chains(1)
    later = replace(first, bid=first.bid + 1, available_at=first.available_at + np.timedelta64(1, "D"))
    kept.add_chains(first)
    kept.add_chains(later)
    window = (date(2016, 12, 30), date(2016, 12, 30))
    close = datetime(2016, 12, 30, 21, tzinfo=UTC)
    assert kept.chains("ZQAB", *window, as_of=close - timedelta(seconds=1)) is None
    then = kept.chains("ZQAB", *window, as_of=close)
    assert then is not None
    same(then, first)
    both = kept.chains("ZQAB", *window, as_of=close + timedelta(days=1))
    assert both is not None
    assert len(both) == 8


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=6), st.integers(-1, 210))
def test_nothing_is_read_before_it_was_available(tmp_path_factory: pytest.TempPathFactory, delays: list[int], asked: int) -> None:
    kept, one = Store(tmp_path_factory.mktemp("store")), chains(1)
    for delay in delays:
        kept.add_chains(replace(one, available_at=one.available_at + np.timedelta64(delay, "h")))
    as_of = datetime(2016, 12, 30, 21, tzinfo=UTC) + timedelta(hours=asked)
    found = kept.chains("ZQAB", date(2016, 12, 30), date(2016, 12, 30), as_of=as_of)
    assert (0 if found is None else len(found)) == 4 * len({delay for delay in delays if delay <= asked})


def test_a_write_that_breaks_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Store(tmp_path)
    kept.add_chains(chains(1))
    before = kept.parts()[0].path.read_bytes()

    def broken(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("alaris.data.parquet_files.os.fsync", broken)
    with pytest.raises(OSError, match="full"):
        kept.add_chains(replace(chains(1), bid=chains(1).bid + 1, source=np.full(4, "other")))
    assert kept.parts()[0].path.read_bytes() == before
    assert [path.name for path in kept.parts()[0].path.parent.iterdir()] == ["year=2016.parquet"]


def test_another_schema_and_a_broken_file_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Store(tmp_path)
    kept.add_chains(chains(1))
    window = (date(2016, 12, 1), date(2016, 12, 31))
    monkeypatch.setattr(parquet_files, "VERSION", b"2")
    with pytest.raises(DataError, match="has the schema b'1', this Alaris reads b'2'"):
        kept.chains("ZQAB", *window)
    kept.parts()[0].path.write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        kept.chains("ZQAB", *window)


def test_a_number_finer_than_the_store_keeps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="bid: holds a number finer"):
        Store(tmp_path).add_chains(replace(chains(1), bid=chains(1).bid + 0.00001))


def test_questions_in_sql(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    with pytest.raises(ConfigurationError, match="holds no data yet"):
        kept.query("select 1")
    kept.add_chains(chains())
    names, rows = kept.query("select symbol, count(*) as n, min(strike) as low from chains group by symbol")
    assert (names, rows) == (["symbol", "n", "low"], [("ZQAB", 12, 50.0)])
    with pytest.raises(ConfigurationError, match=r"query: .*nothing_of_that_name"):
        kept.query("select nothing_of_that_name from chains")
    with pytest.raises(ConfigurationError, match="Permission Error"):
        kept.query("select * from read_csv('/etc/passwd')")


def test_the_store_to_lean_and_back(tmp_path: Path) -> None:
    write_chains(tmp_path, chains())
    same(read_chains(tmp_path, "ZQAB"), chains())
    assert lean_folder.option_tickers(tmp_path) == ["ZQAB"]


def test_a_vendors_rows_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "chains.csv.gz"
    path.write_bytes(gzip.compress(VENDOR.encode()))
    (found,) = read_vendor_chains(path)
    assert (found.symbol, len(found)) == ("ZQAB", 3)
    eve = found.where(found.session == np.datetime64("2017-02-08"))
    assert list(eve.is_call) == [False, True]
    assert np.isnan(eve.bid[0])  # a bid of 0 is none
    assert (eve.ask[0], eve.last[1], eve.theta[1]) == (0.05, 2.2, -3.1)
    assert np.isnan(eve.last[0])  # the vendor's price of a contract that did not trade is no trade
    chain = found.at(instant(datetime(2017, 2, 9, 20, tzinfo=UTC)))
    assert chain is not None
    assert (len(chain), chain.spot, chain.as_of) == (2, 51.25, datetime(2017, 2, 8, 21, tzinfo=UTC))
    assert chain.days[0] == 37


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("data_date\n", "day\n", ":1: no column data_date"),
        (",2.1,2.3,", ",high,2.3,", ":2: column bid: 'high' is not a number"),
        (",2.1,2.3,", ",-2.1,2.3,", ":2: column bid: '-2.1' is not possible"),
        (",51.25,2.1", ",0,2.1", ":2: column spot_price: '0' is not possible"),
        (",put,", ",straddle,", ":3: column option_type: 'straddle' is not call or put"),
        ("0.22,2017-02-09", "0.22,2017-02-08", ": lists a contract twice|:4: lists a contract twice"),
        ("2017-03-17,put", "someday,put", ":3: column expiration: 'someday'"),
        ("0.31,2017", "0.31,7,2017", ":3: 18 columns, the header has 17"),
    ],
)
def test_a_broken_vendor_file_is_one_error_that_names_the_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "chains.csv"
    path.write_text(VENDOR.replace(old, new))
    with pytest.raises(DataError, match=message):
        read_vendor_chains(path)


def test_daily_files_hold_one_observation_a_session(tmp_path: Path) -> None:
    twice = joined([chains(1), replace(chains(1), observed_at=chains(1).observed_at - np.timedelta64(1, "h"))])
    with pytest.raises(DataError, match="several observations on 2016-12-30"):
        write_chains(tmp_path, twice)


def test_a_price_of_a_trade_stays_where_the_universe_counts_no_volume(tmp_path: Path) -> None:
    """As 29 rows of GOOG in LEAN's sample: a trade bar, and a universe file of another source that says 0."""
    odd = replace(chains(1), volume=np.zeros(4))
    write_chains(tmp_path, odd)
    same(read_chains(tmp_path, "ZQAB"), odd)


def test_leans_own_chains_through_the_store_and_back(tmp_path: Path, shared: Path) -> None:
    for name in ("GOOG", "TWX"):
        found = read_chains(shared / "data/lean", name)
        kept = Store(tmp_path / name)
        kept.add_chains(found)
        stored = kept.chains(name, date(2000, 1, 1), date(2020, 1, 1))
        assert stored is not None
        write_chains(tmp_path / "lean", stored)
        same(read_chains(tmp_path / "lean", name), found)


def test_a_trade_without_a_price_has_no_bar_and_keeps_its_volume(tmp_path: Path) -> None:
    silent = replace(chains(1), last=np.full(4, np.nan))
    write_chains(tmp_path, chains(1))  # whose trades are gone then
    write_chains(tmp_path, silent)
    assert not lean_folder.option_path(tmp_path, "ZQAB", 2016, "trade").exists()
    same(read_chains(tmp_path, "ZQAB"), silent)


def test_the_vendors_year_of_apple_through_store_and_lean(tmp_path: Path, shared: Path) -> None:
    (found,) = read_vendor_chains(shared / "data/chains/AAPL_2014-12-30_2015-01-07.csv.gz")
    assert (len(found), len(np.unique(found.session))) == (8988, 6)  # counted in the file
    kept = Store(tmp_path / "store")
    assert kept.add_chains(found) == 8988
    stored = kept.chains("AAPL", date(2014, 1, 1), date(2015, 12, 31))
    assert stored is not None
    same(stored, found)
    write_chains(tmp_path / "lean", stored)
    same(read_chains(tmp_path / "lean", "AAPL", source="vendor-eod"), stored)


def test_a_year_of_yum_packs_well(tmp_path: Path, shared: Path) -> None:
    kept = Store(tmp_path)
    found = read_chains(shared / "data/lean", "YUM")
    assert kept.add_chains(found) == len(found) == 194_086  # lines of the quote archive
    size = sum(part.path.stat().st_size for part in kept.parts())
    assert size / len(found) < 25e6 / 381_228  # the promise is 25 MB for 381,228 rows
