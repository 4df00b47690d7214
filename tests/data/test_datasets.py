"""Facts in the store: revisions stay, nothing is seen early, two writers lose nothing, and a query sees every data set."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alaris.data.datasets import BARS, BILLS, CONTRACTS, DATASETS, DIVIDENDS, EARNINGS, RATES, SPLITS, Facts, facts
from alaris.data.store import Store
from alaris.domain import DataError, InvalidInput

SEEN = datetime(2017, 1, 3, 21, tzinfo=UTC)


def stated(day: date, seen: datetime, source: str = "wire", timing: str = "BEFORE_OPEN") -> dict[str, object]:
    return {"report_date": day, "timing": timing, "quarter": "16-Dec", "observed_at": seen, "available_at": seen, "source": source}


def one_of_each(symbol: str) -> list[Facts]:
    about = {"observed_at": SEEN, "available_at": SEEN, "source": "wire"}
    day = date(2017, 1, 3)
    prices = {"open": 50.0, "high": 51.2345, "low": 49.5, "close": 51.0, "volume": 1e6}
    rows = {
        BARS: {"day": day, **prices},
        EARNINGS: {"report_date": day, "timing": "AFTER_CLOSE", "quarter": ""},
        DIVIDENDS: {"ex_date": day, "amount": 0.2875},
        SPLITS: {"day": day, "ratio": 1.5},
        RATES: {"day": day, "rate": 0.0052},
        CONTRACTS: {"day": day, "expiry": date(2017, 3, 17), "strike": 52.5, "is_call": True},
    }
    return [facts(dataset, symbol, [{**row, **about}]) for dataset, row in rows.items()]


def test_every_data_set_comes_back_and_is_kept_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for one in one_of_each("ZQAB"):
        assert (store.add(one), store.add(one)) == (1, 0)
        back = store.facts(one.dataset, "ZQAB", date(2017, 1, 1), date(2017, 12, 31))
        assert {name: column.tolist() for name, column in back.columns.items()} == {
            name: column.tolist() for name, column in one.columns.items()
        }
        assert not len(store.facts(one.dataset, "ZQAB", date(2017, 1, 4), date(2017, 12, 31)))
        assert not len(store.facts(one.dataset, "ZQAB", date(2017, 1, 1), date(2017, 1, 31), as_of=SEEN - timedelta(microseconds=1)))
        assert not len(store.facts(one.dataset, "ZQCE", date(2017, 1, 1), date(2017, 1, 31)))
    assert {name: len(store.parts(name)) for name in DATASETS} == dict.fromkeys(DATASETS, 1)


def test_a_query_sees_every_data_set(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for one in one_of_each(BILLS):
        store.add(one)
    for name, dataset in DATASETS.items():
        columns, rows = store.query(f"select * from {name}")  # noqa: S608 - our own names
        assert set(columns) == {*dataset.kinds, "symbol"}
        assert len(rows) == 1
    assert store.query("select amount, rate from dividends, rates")[1] == [(0.2875, 0.0052)]


def test_a_revised_date_is_seen_from_when_it_was_said_and_the_first_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(facts(EARNINGS, "GOOG", [stated(date(2016, 1, 28), SEEN)]))
    store.add(facts(EARNINGS, "GOOG", [stated(date(2016, 2, 1), SEEN + timedelta(days=9), timing="AFTER_CLOSE")]))
    window = (date(2016, 1, 1), date(2016, 3, 1))
    before = store.facts(EARNINGS, "GOOG", *window, as_of=SEEN + timedelta(days=8))
    assert before["report_date"].tolist() == [date(2016, 1, 28)]
    after = store.facts(EARNINGS, "GOOG", *window, as_of=SEEN + timedelta(days=9))
    assert list(zip(after["report_date"].tolist(), after["timing"], strict=True)) == [
        (date(2016, 1, 28), "BEFORE_OPEN"),
        (date(2016, 2, 1), "AFTER_CLOSE"),
    ]


def test_the_newest_statement_of_a_fact_counts(tmp_path: Path) -> None:
    days = [date(2017, 1, 3), date(2017, 1, 4), date(2017, 1, 3)]
    times = [SEEN, SEEN, SEEN + timedelta(days=2)]
    rows = [
        {"ex_date": day, "amount": amount, "observed_at": seen, "available_at": seen, "source": "wire"}
        for day, seen, amount in zip(days, times, [0.3, 0.5, 0.32], strict=True)
    ]
    newest = facts(DIVIDENDS, "ZQAB", rows).newest()
    assert list(zip(newest["ex_date"].tolist(), newest["amount"].tolist(), strict=True)) == [
        (date(2017, 1, 3), 0.32),
        (date(2017, 1, 4), 0.5),
    ]
    assert len(facts(DIVIDENDS, "ZQAB", []).newest()) == 0


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 400), st.sampled_from(["one", "two"])), max_size=8), st.integers(-1, 410))
def test_no_fact_is_seen_before_its_time_and_none_is_lost(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[int, int, str]], asked: int
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    for day, hours, source in told:
        row = stated(date(2016, 12, 15) + timedelta(days=day), SEEN + timedelta(hours=hours), source)
        store.add(facts(EARNINGS, "ZQAB", [row]))
    found = store.facts(EARNINGS, "ZQAB", date(2016, 1, 1), date(2017, 12, 31), as_of=SEEN + timedelta(hours=asked))
    assert len(found) == len({one for one in told if one[1] <= asked})


WRITER = """
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from alaris.data.datasets import DIVIDENDS, facts
from alaris.data.store import Store

seen = datetime(2017, 1, 1, tzinfo=UTC)
sys.stdin.readline()
for number in range(20):
    row = {"ex_date": date(2017, 1, 1) + timedelta(days=number), "amount": 1.0, "observed_at": seen, "available_at": seen}
    Store(Path(sys.argv[1])).add(facts(DIVIDENDS, "ZQAB", [{**row, "source": sys.argv[2]}]))
"""


def test_two_processes_that_write_one_year_lose_nothing(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name], stdin=subprocess.PIPE)  # noqa: S603 - our own words
        for name in ("first", "second")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0]
    found = Store(tmp_path).facts(DIVIDENDS, "ZQAB", date(2017, 1, 1), date(2017, 12, 31))
    assert {name: int((found["source"] == name).sum()) for name in ("first", "second")} == {"first": 20, "second": 20}


@pytest.mark.parametrize("symbol", ["../outside", "", "a/b", ".locks", "A B"])
def test_a_symbol_that_leads_elsewhere_is_refused(tmp_path: Path, symbol: str) -> None:
    with pytest.raises(DataError, match="is no ticker"):
        Store(tmp_path / "store").add(one_of_each(symbol)[0])
    assert not (tmp_path / "outside").exists()


def test_facts_of_another_shape_are_refused() -> None:
    columns = dict(one_of_each("ZQAB")[0].columns)
    with pytest.raises(InvalidInput, match="equal lengths"):
        Facts(BARS, "ZQAB", {**columns, "close": np.array([1.0, 2.0])})
    with pytest.raises(InvalidInput, match="bars has"):
        Facts(BARS, "ZQAB", {name: column for name, column in columns.items() if name != "close"})
