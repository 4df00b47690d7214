"""Sessions: the year 2017 as the exchange published it, and LEAN's own database read by the same reader."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alaris.data import exchange_rules
from alaris.data.market_hours import calendar_of, read_calendar, ruled_database, us_calendar, us_database
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


def test_the_exchanges_rules_give_leans_own_days(shared: Path) -> None:
    """Every closed weekday from 1998 to 2028 and every early close from 1999 to 2025 of the database that LEAN ships."""
    theirs = read_calendar(shared / "data/lean/market-hours/market-hours-database.json")
    assert set(exchange_rules.holidays(1998, 2028)) == {day for day in theirs.holidays if day.weekday() < 5}
    early = {day for day in theirs.early_closes if theirs.is_session(day) and day.year <= 2025}
    assert set(exchange_rules.early_closes(1999, 2025)) == early


def test_a_folder_of_any_year_knows_its_holidays() -> None:
    calendar = calendar_of(ruled_database()["entries"]["Equity-usa-[*]"])
    assert len(calendar.sessions(date(2017, 1, 1), date(2017, 12, 31))) == 251  # NYSE
    assert len(calendar.sessions(date(2024, 1, 1), date(2024, 12, 31))) == 252  # NYSE
    assert not calendar.is_session(date(2024, 6, 19))
    assert calendar.close_of(date(2024, 11, 29)).hour == 13
