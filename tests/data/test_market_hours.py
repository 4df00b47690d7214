"""Sessions: the year 2017 as the exchange published it, and LEAN's own database read by the same reader."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alaris.data.market_hours import read_calendar, us_calendar, us_database
from alaris.domain import DataError, Sessions

NEW_YORK = ZoneInfo("America/New_York")


def test_2017_has_251_sessions_and_two_half_days() -> None:
    calendar = us_calendar()  # NYSE: 251 trading days in 2017
    assert len(calendar.sessions(date(2017, 1, 1), date(2017, 12, 31))) == 251
    assert calendar.close_of(date(2017, 7, 3)) == datetime(2017, 7, 3, 13, tzinfo=NEW_YORK)
    assert calendar.close_of(date(2017, 11, 24)).hour == 13
    assert calendar.close_of(date(2017, 7, 5)).hour == 16
    assert calendar.open_of(date(2017, 7, 5)) == datetime(2017, 7, 5, 9, 30, tzinfo=NEW_YORK)


def test_good_friday_moves_the_weekly_expiry_to_thursday() -> None:
    calendar: Sessions = us_calendar()
    assert not calendar.is_session(date(2017, 4, 14))
    assert calendar.previous_session(date(2017, 4, 14)) == date(2017, 4, 13)
    assert calendar.next_session(date(2017, 4, 13)) == date(2017, 4, 17)
    assert us_calendar().last_session(date(2017, 4, 14)) == date(2017, 4, 13)


def test_our_sessions_are_those_of_leans_database(shared: Path) -> None:
    theirs = read_calendar(shared / "data/lean/market-hours/market-hours-database.json")
    first, last = date(2015, 1, 1), date(2018, 12, 31)
    assert us_calendar().sessions(first, last) == theirs.sessions(first, last)
    assert all(us_calendar().close_of(day) == theirs.close_of(day) for day in theirs.sessions(first, last))


def test_a_written_database_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "market-hours.json"
    path.write_text(json.dumps(us_database()))
    assert read_calendar(path) == us_calendar()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"entries": {}}', '{"entries": {"Equity-usa-[*]": {"holidays": ["2017-01-02"]}}}', '{"entries": null}']
)
def test_another_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "market-hours.json"
    path.write_text(content)
    with pytest.raises(DataError, match="not a market-hours database"):
        read_calendar(path)


def test_a_missing_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no market-hours database"):
        read_calendar(tmp_path / "absent.json")
