"""Calendar and bars from a user's files: point in time, revisions, and errors that name the line."""

from __future__ import annotations

import gzip
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.domain import DataError, Dividend, EarningsEvent, Timing
from alaris_plugins.bars_csv import BarsFile
from alaris_plugins.calendar_csv import CalendarFile
from alaris_plugins.dividends_csv import DividendsFile

NEW_YORK = ZoneInfo("America/New_York")
HEADER = "symbol,date,qtr,eps_est,eps,release_time,surp"
HISTORY = f"""{HEADER}
YUM,2016-10-05,16-Sep,1.09,1.09,post,0.0
YUM,2017-02-09,16-Dec,0.73,0.79,pre,0.06
yum,2017-05-03,17-Mar,0.6,0.65,,0.05
"""
REVISED = f"""{HEADER},source,available_at
ABC,2017-02-14,16-Dec,1,,pre,,one,2016-12-01T08:00:00-05:00
ABC,2017-02-14,16-Dec,1,,pre,,two,2016-12-02T08:00:00-05:00
ABC,2017-02-21,16-Dec,1,,post,,one,2017-01-15T08:00:00-05:00
"""
BARS = """symbol,date,open,high,low,close,adj_close,volume
ABC,2017-02-08,10,11,9,10.5,10.5,1000
ABC,2017-02-07,10,11,9,10.1,10.1,900
XYZ,2017-02-08,5,6,4,5.5,5.5,100
"""


@pytest.fixture(scope="module")
def revised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file for all examples of a property."""
    return written(tmp_path_factory.mktemp("calendar"), REVISED)


def new_york(day: str, hour: int = 0, minute: int = 0) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, minute=minute, tzinfo=NEW_YORK)


def written(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def told(path: Path, as_of: datetime, symbol: str = "ABC") -> list[EarningsEvent]:
    return CalendarFile(path, 90).earnings_events(symbol, date(2016, 1, 1), date(2017, 12, 31), as_of)


@pytest.mark.parametrize("name", ["calendar.csv", "calendar.csv.gz"])
def test_a_history_is_known_from_ninety_days_before(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, HISTORY, name)
    known = [event.report_date for event in told(path, new_york("2016-11-11"), "YUM")]
    assert known == [date(2016, 10, 5), date(2017, 2, 9)]  # 2017-02-09 - 90 days = 2016-11-11
    assert [event.report_date for event in told(path, new_york("2016-11-10", 23), "YUM")] == [date(2016, 10, 5)]


def test_release_times(tmp_path: Path) -> None:
    events = told(written(tmp_path, HISTORY), new_york("2017-03-01"), "yum")
    assert [event.timing for event in events] == [Timing.AFTER_CLOSE, Timing.BEFORE_OPEN, Timing.UNKNOWN]
    assert {event.source for event in events} == {"file.csv"}


def test_a_revision_replaces_its_sources_earlier_statement_when_it_becomes_known(tmp_path: Path) -> None:
    path = written(tmp_path, REVISED)
    before = told(path, new_york("2017-01-14"))
    assert [(event.source, event.report_date) for event in before] == [("one", date(2017, 2, 14)), ("two", date(2017, 2, 14))]
    after = told(path, new_york("2017-01-15", 8))
    assert [(event.source, event.report_date, event.timing) for event in after] == [
        ("one", date(2017, 2, 21), Timing.AFTER_CLOSE),
        ("two", date(2017, 2, 14), Timing.BEFORE_OPEN),
    ]


def test_a_date_revised_out_of_the_window_leaves_it(tmp_path: Path) -> None:
    calendar = CalendarFile(written(tmp_path, REVISED), 90)
    window = (date(2017, 2, 10), date(2017, 2, 15))
    assert {event.source for event in calendar.earnings_events("ABC", *window, new_york("2017-02-01"))} == {"two"}


@given(days=st.integers(-800, 100))
def test_nothing_is_known_early(revised: Path, days: int) -> None:
    as_of = new_york("2017-02-01") + timedelta(days=days)
    assert all(event.available_at <= as_of for event in told(revised, as_of))


def test_another_symbol_and_no_file_are_nothing_known(tmp_path: Path) -> None:
    assert told(written(tmp_path, HISTORY), new_york("2017-01-01"), "NONE") == []
    assert CalendarFile(None, 90).earnings_events("YUM", date(2016, 1, 1), date(2017, 12, 31), new_york("2017-01-01")) == []
    assert CalendarFile(written(tmp_path, HISTORY), 90).symbols == ("YUM",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: no column symbol, date, release_time; an earnings calendar has"),
        ("symbol,day\n", ":1: no column date, release_time"),
        (HISTORY + "YUM,2017-13-01,q,,,pre,\n", ":5: column date: '2017-13-01' is not a date yyyy-mm-dd"),
        (HISTORY + "YUM,2017-12-01\n", ":5: 2 columns, the header has 7"),
        (HISTORY + "YUM,2017-12-01,q,,,noon,\n", ":5: column release_time: 'noon' is not pre, post or empty"),
        (REVISED + "ABC,2017-05-14,q,,,pre,,one,yesterday\n", ":5: column available_at: 'yesterday' is not an ISO time with a zone"),
        (REVISED + "ABC,2017-05-14,q,,,pre,,one,2017-01-01T00:00:00\n", ":5: column available_at: '2017-01-01T00:00:00' is not"),
    ],
)
def test_a_broken_calendar_is_one_error_that_names_the_line(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DataError) as error:
        CalendarFile(path, 90)
    assert str(error.value).startswith(f"{path}{message}" if message.startswith(":") else f"{path}: {message}")


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08truncated", gzip.compress(HISTORY.encode(), mtime=0)[:60], b"\xff\xfe\x00"])
def test_a_file_that_is_no_text_is_one_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calendar.csv.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as CSV, plain or gzip"):
        CalendarFile(path, 90)


def test_the_public_calendar(shared: Path) -> None:
    """YUM reports before the open in 2017 (`../shared/data/README.md`)."""
    calendar = CalendarFile(shared / "data/calendar/earnings_2012_2017.csv.gz", 90)
    events = calendar.earnings_events("YUM", date(2017, 1, 1), date(2017, 12, 31), new_york("2017-12-31"))
    assert [str(event.report_date) for event in events] == ["2017-02-09", "2017-05-03", "2017-08-03", "2017-11-02"]
    assert {event.timing for event in events} == {Timing.BEFORE_OPEN}
    assert len(calendar.symbols) == 3_581  # counted in the file itself


def test_a_bar_is_known_from_its_close(tmp_path: Path) -> None:
    bars = BarsFile(written(tmp_path, BARS))
    assert bars.daily_bars("ABC", 90, new_york("2017-02-07", 15, 59)) is None
    first = bars.daily_bars("ABC", 90, new_york("2017-02-08", 15, 59))
    both = bars.daily_bars("abc", 90, new_york("2017-02-08", 16))
    assert first is not None
    assert both is not None
    assert list(first.value.close) == [10.1]
    assert list(both.value.close) == [10.1, 10.5]
    assert (both.available_at, both.source) == (new_york("2017-02-08", 16), "file.csv")
    newest = bars.daily_bars("ABC", 1, new_york("2017-02-09", 9, 31))
    assert newest is not None
    assert [str(day) for day in newest.value.day] == ["2017-02-08"]


def test_bars_of_another_symbol_and_no_file_are_nothing_known(tmp_path: Path) -> None:
    now = new_york("2017-03-01")
    assert BarsFile(written(tmp_path, BARS)).daily_bars("NONE", 90, now) is None
    assert BarsFile(None).daily_bars("ABC", 90, now) is None
    assert BarsFile(written(tmp_path, BARS.partition("\n")[0])).daily_bars("ABC", 90, now) is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ABC,2017-02-09,10,11,9,0,0,5", ":5: prices must be above zero"),
        ("ABC,2017-02-09,10,11,nan,9,9,5", ":5: prices must be above zero"),
        ("ABC,2017-02-09,10,11,9,10,10,-5", ":5: prices must be above zero"),
        ("ABC,2017-02-09,10,11,,9,9,5", "holds a price or volume that is no number"),
        ("ABC,2017-02-30,10,11,9,10,10,5", ":5: date must be like"),
        ("ABC,2017-02-08,10,11,9,10,10,5", "lists ABC on 2017-02-08 twice"),
    ],
)
def test_broken_bars_are_one_error(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        BarsFile(written(tmp_path, BARS + row + "\n"))


DIVIDENDS = """symbol,ex_date,amount,announced_at
ABC,2017-02-16,0.30,2017-01-26T08:00:00-05:00
abc,2017-02-16,0.31,2017-02-01T08:00:00-05:00
ABC,2016-11-17,0.30,
"""


def test_a_dividend_is_known_from_its_announcement_and_a_later_one_replaces_it(tmp_path: Path) -> None:
    file = DividendsFile(written(tmp_path, DIVIDENDS))
    window = (date(2016, 1, 1), date(2017, 12, 31))
    assert file.dividends("ABC", *window, new_york("2016-11-16", 23)) == []
    paid = Dividend(date(2016, 11, 17), 0.30)  # without announced_at: from its ex-date
    assert file.dividends("ABC", *window, new_york("2017-01-26", 7)) == [paid]
    assert file.dividends("abc", *window, new_york("2017-01-26", 8)) == [paid, Dividend(date(2017, 2, 16), 0.30)]
    assert file.dividends("ABC", *window, new_york("2017-02-01", 8)) == [paid, Dividend(date(2017, 2, 16), 0.31)]
    assert file.dividends("XYZ", *window, new_york("2017-02-01")) is None
    assert DividendsFile(None).dividends("ABC", *window, new_york("2017-02-01")) is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ABC,2017-05-18,some,", ":5: column amount: 'some' is not USD a share"),
        ("ABC,2017-05-18,-1,", ":5: column amount: '-1'"),
        ("ABC,2017-05-18,1,today", ":5: column announced_at: 'today' is not an ISO time with a zone"),
        ("ABC,2017-05-18,1,2017-01-01T08:00:00", ":5: column announced_at"),
        ("ABC,never,1,", ":5: ex_date must be like 2017-02-09"),
    ],
)
def test_broken_dividends_are_one_error(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        DividendsFile(written(tmp_path, DIVIDENDS + row + "\n"))
