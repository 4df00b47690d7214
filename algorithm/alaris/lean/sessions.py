"""Trading sessions as LEAN's market-hours database has them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Protocol

from alaris.domain import NEW_YORK


class ExchangeHours(Protocol):
    """What is used of LEAN's SecurityExchangeHours."""

    def is_date_open(self, local_date_time: datetime, extended_market_hours: bool = False) -> bool:
        """Whether the exchange opens on a day."""
        ...

    def get_next_market_open(self, local_date_time: datetime, extended_market_hours: bool) -> datetime:
        """The next open strictly after a local time."""
        ...

    def get_next_market_close(self, local_date_time: datetime, extended_market_hours: bool) -> datetime:
        """The next close strictly after a local time."""
        ...


class LeanSessions:
    """The exchange's sessions (`alaris.domain.Sessions`), asked once a day and remembered."""

    def __init__(self, hours: ExchangeHours) -> None:
        self._hours = hours
        self._open: dict[date, bool] = {}

    def is_session(self, day: date) -> bool:
        """Whether the exchange opens on `day`."""
        if day not in self._open:
            self._open[day] = bool(self._hours.is_date_open(midnight(day)))
        return self._open[day]

    def next_session(self, day: date) -> date:
        """The first session after `day`."""
        return self._step(day, timedelta(days=1))

    def previous_session(self, day: date) -> date:
        """The last session before `day`."""
        return self._step(day, timedelta(days=-1))

    def open_of(self, session: date) -> datetime:
        """Regular open of a session, aware."""
        return aware(self._hours.get_next_market_open(midnight(session), False))

    def close_of(self, session: date) -> datetime:
        """Regular close of a session, aware; 13:00 on half days."""
        return aware(self._hours.get_next_market_close(midnight(session), False))

    def _step(self, day: date, step: timedelta) -> date:
        day += step
        while not self.is_session(day):
            day += step
        return day


def midnight(day: date) -> datetime:
    """Start of a day as LEAN's local times have it: naive, New York."""
    return datetime.combine(day, time())


def aware(local: datetime) -> datetime:
    """A local time of the algorithm as an aware one."""
    return local.replace(tzinfo=NEW_YORK)
