"""The strategy's days: New York dates of aware times, last trading sessions, standard monthly expiries."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alaris.domain import NEW_YORK, InvalidInput, Sessions

FRIDAY = 4


def new_york_date(moment: datetime) -> date:
    """Date in New York of an aware time.

    Raises
    ------
    InvalidInput
        The time carries no zone.
    """
    if moment.tzinfo is None:
        raise InvalidInput("as_of", f"must carry a time zone, was {moment}")
    return moment.astimezone(NEW_YORK).date()


def last_session(day: date, sessions: Sessions) -> date:
    """`day` where the exchange opens on it, else the session before: options listed to a Saturday or a holiday end there."""
    return day if sessions.is_session(day) else sessions.previous_session(day)


def days_until(expiry: date, as_of: datetime) -> float:
    """Calendar days, fractions kept, to 16:00 New York of the last trading date."""
    end = datetime.combine(expiry, time(16), NEW_YORK)
    return (end.astimezone(ZoneInfo("UTC")) - as_of.astimezone(ZoneInfo("UTC"))).total_seconds() / 86_400


def is_standard_monthly(last_trading: date, sessions: Sessions) -> bool:
    """Whether an expiry's last trading session is that of the month's third Friday (Thursday where it is a holiday)."""
    first = last_trading.replace(day=1)
    third_friday = first + timedelta(days=(FRIDAY - first.weekday()) % 7 + 14)
    return last_trading == last_session(third_friday, sessions)
