"""The exchange's sessions: read from LEAN's market-hours database, or written for US shares and options."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from alaris.data import exchange_rules
from alaris.domain import NEW_YORK, DataError

EQUITY_ENTRY, OPTION_ENTRY = "Equity-usa-[*]", "Option-usa-[*]"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# NYSE holidays and early closes as announced; 2018-12-05 was the day of mourning for President Bush.
HOLIDAYS = """
1/1/2015 1/19/2015 2/16/2015 4/3/2015 5/25/2015 7/3/2015 9/7/2015 11/26/2015 12/25/2015
1/1/2016 1/18/2016 2/15/2016 3/25/2016 5/30/2016 7/4/2016 9/5/2016 11/24/2016 12/26/2016
1/2/2017 1/16/2017 2/20/2017 4/14/2017 5/29/2017 7/4/2017 9/4/2017 11/23/2017 12/25/2017
1/1/2018 1/15/2018 2/19/2018 3/30/2018 5/28/2018 7/4/2018 9/3/2018 11/22/2018 12/5/2018 12/25/2018
1/1/2019 1/21/2019 2/18/2019 4/19/2019 5/27/2019 7/4/2019 9/2/2019 11/28/2019 12/25/2019
1/1/2020 1/20/2020 2/17/2020 4/10/2020 5/25/2020 7/3/2020 9/7/2020 11/26/2020 12/25/2020
"""
EARLY_CLOSES = """
11/27/2015 12/24/2015 11/25/2016 7/3/2017 11/24/2017 7/3/2018 11/23/2018 12/24/2018 7/3/2019 11/29/2019 12/24/2019 11/27/2020 12/24/2020
"""


@dataclass(frozen=True, slots=True)
class ExchangeCalendar:
    """When the exchange is open: weekends and `holidays` are closed, `early_closes` end at their own time.

    This is an `alaris.domain.Sessions`.
    """

    holidays: frozenset[date]
    early_closes: dict[date, time]

    def is_session(self, day: date) -> bool:
        """Whether the exchange opens on `day`."""
        return day.weekday() < 5 and day not in self.holidays

    def sessions(self, first: date, last: date) -> list[date]:
        """All sessions from `first` to `last`, both included."""
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return [day for day in days if self.is_session(day)]

    def last_session(self, day: date) -> date:
        """`day` itself where it is a session, else the session before it (weekly expiries move back this way)."""
        while not self.is_session(day):
            day -= timedelta(days=1)
        return day

    def previous_session(self, day: date) -> date:
        """Return the last session before `day`."""
        return self.last_session(day - timedelta(days=1))

    def next_session(self, day: date) -> date:
        """Return the first session after `day`."""
        day += timedelta(days=1)
        while not self.is_session(day):
            day += timedelta(days=1)
        return day

    def open_of(self, session: date) -> datetime:
        """Regular open of a session."""
        return datetime.combine(session, time(9, 30), NEW_YORK)

    def close_of(self, session: date) -> datetime:
        """Regular close of a session; 13:00 on half days."""
        return datetime.combine(session, self.early_closes.get(session, time(16)), NEW_YORK)


def us_database(last_year: int = 2018) -> dict[str, Any]:
    """Content of a market-hours database for US shares and options from 2015 to `last_year` (2020 at most), in LEAN's format."""
    holidays, half_days = ([day for day in days.split() if _day(day).year <= last_year] for days in (HOLIDAYS, EARLY_CLOSES))
    return _database(holidays, half_days)


def ruled_database() -> dict[str, Any]:
    """Such a database from 1998 to 2030, by the exchange's rules: for data of any year, since a holiday that is missing is a session."""
    days = (exchange_rules.holidays(), exchange_rules.early_closes())
    return _database(*([f"{day.month}/{day.day}/{day.year}" for day in one] for one in days))


def _database(holidays: Sequence[str], half_days: Sequence[str]) -> dict[str, Any]:
    closed: list[dict[str, str]] = []
    market = {"start": "09:30:00", "end": "16:00:00", "state": "market"}
    before = {"start": "04:00:00", "end": "09:30:00", "state": "premarket"}
    after = {"start": "16:00:00", "end": "20:00:00", "state": "postmarket"}
    zones = {"dataTimeZone": "America/New_York", "exchangeTimeZone": "America/New_York"}
    equity = {day: [before, market, after] if number < 5 else closed for number, day in enumerate(WEEKDAYS)}
    option = {day: [market] if number < 5 else closed for number, day in enumerate(WEEKDAYS)}
    shut = {"holidays": list(holidays), "earlyCloses": dict.fromkeys(half_days, "13:00:00"), "lateOpens": {}}
    return {"entries": {EQUITY_ENTRY: {**zones, **equity, **shut}, OPTION_ENTRY: {**zones, **option, **shut}}}


def us_calendar(last_year: int = 2018) -> ExchangeCalendar:
    """Sessions of the US exchanges from 2015 to `last_year`, 2020 at most."""
    return calendar_of(us_database(last_year)["entries"][EQUITY_ENTRY])


def ruled_calendar() -> ExchangeCalendar:
    """Sessions of the US exchanges from 1998 to 2030, by the exchange's rules."""
    return calendar_of(ruled_database()["entries"][EQUITY_ENTRY])


def calendar_of(entry: dict[str, Any]) -> ExchangeCalendar:
    """Sessions of one entry of the database.

    Raises
    ------
    ValueError, KeyError, TypeError
        If the entry is not as LEAN writes it.
    """
    early = {_day(day): time.fromisoformat(close) for day, close in entry.get("earlyCloses", {}).items()}
    return ExchangeCalendar(frozenset(_day(day) for day in entry["holidays"]), early)


def read_calendar(path: Path) -> ExchangeCalendar:
    """US share sessions of a market-hours database.

    Raises
    ------
    DataError
        If the file is missing or is not a market-hours database.
    """
    try:
        return calendar_of(json.loads(path.read_text(encoding="utf-8-sig"))["entries"][EQUITY_ENTRY])
    except FileNotFoundError:
        raise DataError(path, "no market-hours database; copy it from a LEAN data folder") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise DataError(path, f"not a market-hours database with {EQUITY_ENTRY} ({error!r}); copy it from a LEAN data folder") from error


def _day(text: str) -> date:
    month, day, year = (int(part) for part in text.split("/"))
    return date(year, month, day)
