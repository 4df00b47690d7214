"""Small readers: real files give public facts, and no bytes make them fail otherwise than with file, line and column."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.data import lean_folder
from alaris.data.lean_writer import SessionBars, write_daily_bars, write_factor_file
from alaris.domain import DataError, Dividend


def test_yum_paid_thirty_cents_a_quarter_in_2017(shared: Path) -> None:
    paid = [d for d in lean_folder.dividends(shared / "data/lean", "YUM") if d.ex_date.year == 2017]
    # Yum! Brands, investor relations: ex-dates 2017-01-11, 04-11, 07-12, 11-14, 0.30 USD each
    assert paid == [Dividend(date(2017, month, day), 0.30) for month, day in ((1, 11), (4, 11), (7, 12), (11, 14))]


def test_apple_split_seven_to_one_in_2014(shared: Path) -> None:
    assert (date(2014, 6, 9), 7.0) in lean_folder.splits(shared / "data/lean", "AAPL")


def test_yum_closed_at_66_59_before_its_report(shared: Path) -> None:
    bars = lean_folder.daily_bars(shared / "data/lean", "YUM")
    eve = np.flatnonzero(bars.day == np.datetime64("2017-02-08"))[0]
    assert bars.close[eve] == 66.59  # strategy.md 7
    assert bars.volume[eve] == 2_477_900  # the underlying's line of the universe file


def test_rates_are_a_step_function(shared: Path) -> None:
    rates = lean_folder.interest_rates(shared / "data/lean")  # Federal Reserve primary credit: 1.50 % from 2017-03-16
    assert (rates.on(date(2017, 3, 15)), rates.on(date(2017, 3, 16))) == (0.0125, 0.015)
    assert rates.on(date(1990, 1, 1)) is None


def test_bars_round_trip(tmp_path: Path) -> None:
    columns = [np.array([6_059, 6_101]), np.array([6_150, 6_120]), np.array([6_001, 6_090]), np.array([6_100, 6_110]), np.array([10, 0])]
    write_daily_bars(tmp_path, "zqab", SessionBars.of([date(2017, 1, 3), date(2017, 1, 4)], columns))
    bars = lean_folder.daily_bars(tmp_path, "ZQAB")
    read = [bars.open, bars.high, bars.low, bars.close]
    assert [column.tolist() for column in read] == [[60.59, 61.01], [61.50, 61.20], [60.01, 60.90], [61.00, 61.10]]
    assert bars.day.astype(str).tolist() == ["2017-01-03", "2017-01-04"]
    assert bars.volume.tolist() == [10, 0]


def test_factor_rows_round_trip_and_a_missing_file_has_none(tmp_path: Path) -> None:
    write_factor_file(tmp_path, "zqab", [(date(2017, 6, 9), 0.99, 0.5, 160.12)])
    assert lean_folder.factor_rows(tmp_path, "ZQAB") == [
        lean_folder.FactorRow(date(2017, 6, 9), 0.99, 0.5, 160.12),
        lean_folder.FactorRow(date(2050, 12, 31), 1, 1, 0),
    ]
    assert lean_folder.factor_rows(tmp_path, "ZQCD") == []
    assert lean_folder.interest_rates(tmp_path).on(date(2017, 1, 3)) is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("20170103 00:00,1,2,3,4", "5 columns, expected 6"),
        ("20170103,1,2,3,4,5", "column time: '20170103'"),
        ("20171303 00:00,1,2,3,4,5", "column time: '20171303' is not a date"),
        ("20170103 00:00,1,2,x,4,5", "column low: 'x' is not a number"),
        ("20170103 00:00,1,2,nan,4,5", "column low: 'nan' is not a number"),
    ],
)
def test_a_bad_bar_is_named_by_line_and_column(tmp_path: Path, line: str, message: str) -> None:
    _write_bars(tmp_path, f"20161230 00:00,1,2,1,2,5\n{line}\n".encode())
    with pytest.raises(DataError) as caught:
        lean_folder.daily_bars(tmp_path, "ZQAB")
    assert message in str(caught.value)
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [("20170103,1", "2 columns"), ("x,1,1,1", "column date"), ("20170103,0,1,1", "column price factor: '0' is not positive")],
)
def test_a_bad_factor_is_named_by_line_and_column(tmp_path: Path, line: str, message: str) -> None:
    path = lean_folder.factor_path(tmp_path, "zqab")
    path.parent.mkdir(parents=True)
    path.write_text(line)
    with pytest.raises(DataError, match=message):
        lean_folder.factor_rows(tmp_path, "ZQAB")


@given(st.binary(max_size=200))
def test_no_bytes_of_an_entry_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    _write_bars(folder, content)
    _reads_or_says(folder)


@given(st.integers(0, 10_000), st.binary(max_size=8))
def test_no_damaged_archive_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    path = _write_bars(folder, b"20161230 00:00,1,2,1,2,5\n" * 20)
    whole = path.read_bytes()
    cut = place % (len(whole) + 1)
    path.write_bytes(whole[:cut] + damage)
    _reads_or_says(folder)
    path.write_bytes(whole[:cut] + damage + whole[cut + len(damage) :])
    _reads_or_says(folder)


def _reads_or_says(folder: Path) -> None:
    place, message = str(lean_folder.daily_bars_path(folder, "zqab")), None
    try:
        lean_folder.daily_bars(folder, "ZQAB")
    except DataError as error:
        message = str(error)
    assert message is None or place in message


def _write_bars(folder: Path, content: bytes) -> Path:
    path = lean_folder.daily_bars_path(folder, "zqab")
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zqab.csv", content)
    path.write_bytes(buffer.getvalue())
    return path
