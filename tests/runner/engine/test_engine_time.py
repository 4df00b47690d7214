"""Exchange hours, time zones and schedules: hand-checked days of 2017, and what must hold on every day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alaris_runner.api.enums import DayOfWeek, SecurityType
from alaris_runner.api.schedule import DateRules, TimeRules
from alaris_runner.engine.market_hours import MarketHoursDatabase, SecurityExchangeHours
from alaris_runner.engine.time_zones import time_zone
from alaris_runner.errors import DataFileError, InvalidRequest

MOMENTS = st.datetimes(datetime(1998, 1, 1), datetime(2030, 1, 1))
NEW_YORK = "America/New_York"


@pytest.fixture
def hours(shared: Path) -> SecurityExchangeHours:
    return MarketHoursDatabase(shared / "data" / "lean").hours("usa", "YUM", SecurityType.OPTION)


@given(MOMENTS)
def test_from_utc_agrees_with_the_standard_library(utc: datetime) -> None:
    expected = utc.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(NEW_YORK)).replace(tzinfo=None)
    assert time_zone(NEW_YORK).from_utc(utc) == expected


@given(MOMENTS.filter(lambda t: t.hour >= 3))
def test_utc_and_back(local: datetime) -> None:
    zone = time_zone(NEW_YORK)
    assert zone.from_utc(zone.to_utc(local)) == local


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="time zone 'Mars/Olympus' is unknown"):
        time_zone("Mars/Olympus")


def test_half_days_holidays_and_neighbours(hours: SecurityExchangeHours) -> None:
    # NYSE 2017: 13:00 on July 3 and November 24, closed on July 4, Thanksgiving November 23
    assert hours.market_close(date(2017, 7, 3)) == datetime(2017, 7, 3, 13)
    assert not hours.is_date_open(datetime(2017, 7, 4))
    assert hours.get_next_trading_day(datetime(2017, 11, 22)) == datetime(2017, 11, 24)
    assert hours.get_previous_trading_day(datetime(2017, 7, 5)) == datetime(2017, 7, 3)
    assert hours.get_next_market_open(datetime(2017, 7, 3, 9, 30), False) == datetime(2017, 7, 5, 9, 30)
    assert hours.get_next_market_close(datetime(2017, 11, 24, 12, 59), False) == datetime(2017, 11, 24, 13)
    assert hours.is_open(datetime(2017, 7, 3, 12, 59), False)
    assert not hours.is_open(datetime(2017, 7, 3, 13), False)


@given(day=st.dates(date(2010, 1, 1), date(2027, 1, 1)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_trading_day_before_the_next_one_is_this_one(hours: SecurityExchangeHours, day: date) -> None:
    if hours.is_date_open(day):
        assert hours.get_previous_trading_day(hours.get_next_trading_day(day)).date() == day


def test_a_missing_database_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"market-hours-database\.json"):
        MarketHoursDatabase(tmp_path).hours("usa", "ABC", SecurityType.EQUITY)


def test_date_rules(hours: SecurityExchangeHours) -> None:
    rules = DateRules(lambda _: hours, lambda: datetime(2017, 6, 26))
    start, end = date(2017, 6, 26), date(2017, 7, 31)
    assert list(rules.month_end("YUM", 2).get_dates(start, end)) == [date(2017, 6, 28), date(2017, 7, 27)]
    assert list(rules.week_start("YUM").get_dates(date(2017, 9, 4), date(2017, 9, 10))) == [date(2017, 9, 5)]  # Labor Day
    assert list(rules.every(DayOfWeek.TUESDAY).get_dates(date(2017, 7, 3), date(2017, 7, 9))) == [date(2017, 7, 4)]
    assert list(rules.on(2017, 7, 4).get_dates(start, end)) == [date(2017, 7, 4)]


def test_time_rules_follow_half_days_and_the_clock_change(hours: SecurityExchangeHours) -> None:
    zone = time_zone(NEW_YORK)
    rules = TimeRules(lambda _: hours, lambda: zone, lambda: datetime(2017, 1, 1))

    def local(rule: object, day: date) -> list[datetime]:
        return [zone.from_utc(utc) for utc in rule.create_utc_event_times([day])]  # type: ignore[attr-defined]  # any time rule

    assert local(rules.before_market_close("YUM", 15), date(2017, 7, 3)) == [datetime(2017, 7, 3, 12, 45)]
    assert local(rules.after_market_open("YUM", 15), date(2017, 7, 4)) == []
    assert local(rules.noon, date(2017, 11, 5)) == [datetime(2017, 11, 5, 11)]  # LEAN's: golden case schedule_times
    assert len(local(rules.every(timedelta(hours=3)), date(2017, 11, 22))) == 8
