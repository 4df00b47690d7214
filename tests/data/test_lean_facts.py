"""Facts from the store to a LEAN folder and back: nothing lost that the folder can say, and what LEAN reads of it is right."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from alaris.data import imports, lean_facts, lean_folder
from alaris.data.datasets import BARS, BILLS, DIVIDENDS, EARNINGS, RATES, SPLITS, Facts, facts
from alaris.data.store import Store
from alaris.domain import DataError

NEW_YORK = ZoneInfo("America/New_York")
DAYS = [date(2017, 2, day) for day in (6, 7, 8, 9, 10)]
CLOSE = [100.0, 104.0, 52.0, 53.0, 50.25]  # two for one from the 8th, a dividend of 0.2875 from the 10th


def known(moment: datetime, source: str = "lean") -> dict[str, object]:
    return {"observed_at": moment, "available_at": moment, "source": source}


def at(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), NEW_YORK)


def some_facts() -> list[Facts]:
    bars = [
        {"day": day, "open": close, "high": close + 1.2345, "low": close - 1, "close": close, "volume": 1000.0, **known(at(day, 16))}
        for day, close in zip(DAYS, CLOSE, strict=True)
    ]
    told = datetime(2017, 1, 20, 13, tzinfo=UTC)
    reports = [
        {"report_date": date(2017, 2, 9), "timing": "BEFORE_OPEN", "quarter": "16-Dec", **known(told, "wire")},
        {"report_date": date(2017, 2, 10), "timing": "UNKNOWN", "quarter": "16-Dec", **known(told + timedelta(days=3), "wire")},
    ]
    return [
        facts(BARS, "ZQAB", bars),
        facts(SPLITS, "ZQAB", [{"day": DAYS[2], "ratio": 2.0, **known(at(DAYS[2]))}]),
        facts(DIVIDENDS, "ZQAB", [{"ex_date": DAYS[4], "amount": 0.2875, **known(told)}]),
        facts(EARNINGS, "ZQAB", reports),
        facts(RATES, BILLS, [{"day": DAYS[0], "rate": 0.0052, **known(at(DAYS[1]))}]),
    ]


def same(first: Facts, second: Facts) -> None:
    assert (first.dataset, first.symbol, len(first)) == (second.dataset, second.symbol, len(second))
    for name, kind in first.dataset.kinds.items():
        if name == "source" and first.dataset is not EARNINGS:
            continue
        if kind == "number":
            np.testing.assert_allclose(first[name], second[name], rtol=1e-12, err_msg=name)
        else:
            assert first[name].tolist() == second[name].tolist(), name


def test_store_to_lean_to_store_loses_nothing(tmp_path: Path) -> None:
    store, back = Store(tmp_path / "store"), Store(tmp_path / "back")
    for one in some_facts():
        store.add(one)
    imports.store_into_lean(store, tmp_path / "lean", ["ZQAB"])
    imports.facts_into_store(tmp_path / "lean", back, ["ZQAB"])
    for one in some_facts():
        found = back.facts(one.dataset, one.symbol, date(2000, 1, 1), date(2020, 1, 1))
        same(found, one)


def test_what_lean_reads_of_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for one in some_facts():
        store.add(one)
    imports.store_into_lean(store, tmp_path, ["ZQAB"])
    assert lean_folder.splits(tmp_path, "ZQAB") == [(DAYS[2], 2.0)]
    (paid,) = lean_folder.dividends(tmp_path, "ZQAB")
    assert (paid.ex_date, paid.amount) == (DAYS[4], 0.29)  # as LEAN does, to the cent
    first, split, dividend = lean_folder.factor_rows(tmp_path, "ZQAB")[:3]
    # by hand: 1 - 0.2875 / 53 = 0.994575..., and a half before the split
    assert dividend.price == pytest.approx(0.99457547, abs=1e-8)
    assert (dividend.day, dividend.split, dividend.reference) == (DAYS[3], 1, 53)
    assert (split.day, split.price, split.split, split.reference) == (DAYS[1], dividend.price, 0.5, 104)
    assert (first.day, first.split) == (date(1998, 1, 2), 0.5)
    assert lean_folder.interest_rates(tmp_path).on(DAYS[1]) == pytest.approx(0.005213544, abs=1e-9)  # e^0.0052 - 1


def test_what_is_there_stays_and_nothing_is_there_twice(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for one in some_facts():
        store.add(one)
    calendar = lean_folder.earnings_path(tmp_path)
    calendar.parent.mkdir(parents=True)
    calendar.write_text("symbol,date,qtr,release_time,source,available_at\nZQCE,2017-03-01,,pre,mine,2017-01-01T00:00:00+00:00\n")
    imports.store_into_lean(store, tmp_path, ["ZQAB"])
    once = calendar.read_text()
    imports.store_into_lean(store, tmp_path, ["ZQAB"])
    assert calendar.read_text() == once
    assert [line.split(",")[0] for line in once.splitlines()[1:]] == ["ZQCE", "ZQAB", "ZQAB"]


def test_a_calendar_seen_today_counts_as_known_before_only_where_it_is_asked_for(tmp_path: Path) -> None:
    reports = some_facts()[3]
    lean_facts.write_calendar(tmp_path, [reports], known_before=timedelta(days=90))
    lines = lean_folder.earnings_path(tmp_path).read_text().splitlines()
    assert lines[1] == "ZQAB,2017-02-09,16-Dec,pre,wire,2016-11-11T00:00:00-05:00"


def test_a_price_finer_than_leans_is_refused(tmp_path: Path) -> None:
    bars = some_facts()[0]
    fine = Facts(BARS, "ZQAB", {**bars.columns, "close": bars["close"] + 0.00001})
    with pytest.raises(DataError, match="finer than LEAN keeps"):
        lean_facts.write_bars(tmp_path, fine)
