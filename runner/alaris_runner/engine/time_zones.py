"""Local time of an exchange and UTC, both as naive datetimes; the offset of a whole day is remembered."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alaris_runner.errors import InvalidRequest

_DAY = timedelta(days=1)


class TimeZone:
    """Convert between one zone's wall clock and UTC.

    Parameters
    ----------
    name : str
        IANA name, or ``UTC`` / ``UTC-05`` for a fixed offset.
    """

    __slots__ = ("_local_offsets", "_utc_offsets", "_zone", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone = _zone(name)
        self._local_offsets: dict[date, timedelta | None] = {}
        self._utc_offsets: dict[date, timedelta | None] = {}

    def to_utc(self, local: datetime) -> datetime:
        """UTC of a wall-clock time; an hour that does not exist counts with the offset before the change."""
        day = local.date()
        try:
            offset = self._local_offsets[day]
        except KeyError:
            offset = self._local_offsets[day] = self._offset_of_local_day(day)
        if offset is None:
            offset = local.replace(tzinfo=self._zone).utcoffset() or timedelta()
        return local - offset

    def from_utc(self, utc: datetime) -> datetime:
        """Wall-clock time of an instant."""
        day = utc.date()
        try:
            offset = self._utc_offsets[day]
        except KeyError:
            offset = self._utc_offsets[day] = self._offset_of_utc_day(day)
        if offset is None:
            return utc.replace(tzinfo=timezone.utc).astimezone(self._zone).replace(tzinfo=None)  # noqa: UP017 - datetime.UTC is the same object
        return utc + offset

    def _offset_of_local_day(self, day: date) -> timedelta | None:
        first = datetime(day.year, day.month, day.day, tzinfo=self._zone).utcoffset()
        after = day + _DAY
        last = datetime(after.year, after.month, after.day, tzinfo=self._zone).utcoffset()
        return first if first == last else None

    def _offset_of_utc_day(self, day: date) -> timedelta | None:
        start = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)  # noqa: UP017 - datetime.UTC is the same object
        first, last = start.astimezone(self._zone).utcoffset(), (start + _DAY).astimezone(self._zone).utcoffset()
        return first if first == last else None


def _zone(name: str) -> ZoneInfo | timezone:
    if name.upper().startswith("UTC"):
        return timezone(timedelta(hours=int(name[3:] or 0)))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidRequest(f"time zone '{name}' is unknown; use a name such as 'America/New_York'") from error


@lru_cache(maxsize=64)
def time_zone(name: str) -> TimeZone:
    """Return the shared converter of a zone."""
    return TimeZone(name)
