"""Earnings calendars: the real one, the demo's point in time, and rows that must be refused by line and column."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.domain import DataError, Timing
from alaris.plugins import earnings_csv

HEADER = "symbol,date,qtr,eps_est,eps,release_time,surp\n"


def test_yum_reports_four_times_before_the_open_in_2017(shared: Path) -> None:
    path = shared / "data/calendar/earnings_2012_2017.csv.gz"
    events = [e for e in earnings_csv.read_earnings(path, symbols={"YUM"}) if e.report_date.year == 2017]
    days = [date(2017, 2, 9), date(2017, 5, 3), date(2017, 8, 3), date(2017, 11, 2)]  # strategy.md 7
    assert [(e.report_date, e.timing) for e in events] == [(day, Timing.BEFORE_OPEN) for day in days]
    assert {e.source for e in events} == {"earnings_2012_2017.csv.gz"}
    assert not earnings_csv.EarningsFile(path).dated


def test_without_available_at_a_date_counts_as_known_the_given_time_before(tmp_path: Path) -> None:
    path = _write(tmp_path, "ZQAB,2017-02-09,16-Dec,0.7,0.8,pre,0.1\n")
    (event,) = earnings_csv.read_earnings(path, notice=timedelta(days=10))
    assert event.available_at == datetime(2017, 1, 30, 5, tzinfo=UTC)  # midnight in New York


def test_source_and_time_of_knowledge_are_read(tmp_path: Path) -> None:
    path = tmp_path / "calendar.csv"
    path.write_text("symbol,date,release_time,source,available_at\nzqab,2017-02-09,,wire,2017-01-02T08:00:00-05:00\n")
    (event,) = earnings_csv.read_earnings(path)
    assert (event.symbol, event.source, event.timing) == ("ZQAB", "wire", Timing.UNKNOWN)
    assert event.available_at == datetime(2017, 1, 2, 13, tzinfo=UTC)


def test_gzip_and_plain_give_the_same(tmp_path: Path) -> None:
    path = _write(tmp_path, "ZQAB,2017-02-09,16-Dec,0.7,0.8,post,0.1\n")
    packed = tmp_path / "calendar.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    facts = [[(e.symbol, e.report_date, e.timing, e.available_at) for e in earnings_csv.read_earnings(each)] for each in (packed, path)]
    assert facts[0] == facts[1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ZQAB,2017-02-30,16-Dec,,,pre,", "column date: '2017-02-30'"),
        ("ZQAB,02/09/2017,16-Dec,,,pre,", "column date"),
        ("ZQAB,2017-02-09,16-Dec,,,noon,", "column release_time: 'noon'"),
        (",2017-02-09,16-Dec,,,pre,", "column symbol: empty"),
        ("ZQAB,2017-02-09,pre", "3 columns, the header has 7"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(tmp_path: Path, row: str, message: str) -> None:
    path = _write(tmp_path, f"ZQAB,2017-01-09,16-Dec,,,pre,\n{row}\n")
    with pytest.raises(DataError) as caught:
        earnings_csv.read_earnings(path)
    assert message in str(caught.value)
    assert (caught.value.path, caught.value.line) == (path, 3)
    file = earnings_csv.EarningsFile(path)
    assert (len(file.statements("ZQAB")), len(file.errors)) == (1, 1)


@pytest.mark.parametrize("told", ["2017-01-02", "2017-01-02T08:00:00", "yesterday"])
def test_a_time_of_knowledge_needs_a_zone(tmp_path: Path, told: str) -> None:
    path = tmp_path / "calendar.csv"
    path.write_text(f"symbol,date,release_time,available_at\nZQAB,2017-02-09,pre,{told}\n")
    with pytest.raises(DataError, match="column available_at"):
        earnings_csv.read_earnings(path)


def test_missing_files_and_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="missing"):
        earnings_csv.read_earnings(tmp_path / "absent.csv")
    path = tmp_path / "calendar.csv"
    path.write_text("symbol,day\n")
    with pytest.raises(DataError, match="no column date, release_time"):
        earnings_csv.read_earnings(path)


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes, packed: bool) -> None:
    path = tmp_path_factory.mktemp("fuzz") / ("calendar.csv.gz" if packed else "calendar.csv")
    for body in (content, HEADER.encode() + content, gzip.compress(HEADER.encode() * 40)[: len(content)]):
        path.write_bytes(body)
        message = None
        try:
            earnings_csv.read_earnings(path)
        except DataError as error:
            message = str(error)
        assert message is None or str(path) in message


def _write(folder: Path, rows: str) -> Path:
    path = folder / "calendar.csv"
    path.write_text(HEADER + rows)
    return path
