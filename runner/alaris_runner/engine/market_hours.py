"""When an exchange is open: sessions of each weekday, holidays and half days, from LEAN's market-hours database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from alaris_runner.api.enums import SecurityType
from alaris_runner.api.spelling import PascalCase
from alaris_runner.data.text_files import read_text
from alaris_runner.engine.time_zones import TimeZone, time_zone
from alaris_runner.errors import DataFileError, InvalidRequest

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KINDS = {
    SecurityType.EQUITY: "Equity",
    SecurityType.OPTION: "Option",
    SecurityType.INDEX: "Index",
    SecurityType.INDEX_OPTION: "IndexOption",
}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MarketHoursSegment:
    """One stretch of a day; `state` is premarket, market or postmarket; times are offsets from midnight."""

    start: timedelta
    end: timedelta
    state: str


class LocalMarketHours(PascalCase):
    """The hours of one kind of day."""

    __slots__ = ("is_closed_all_day", "is_open_all_day", "segments")

    def __init__(self, segments: tuple[MarketHoursSegment, ...]) -> None:
        self.segments = segments
        self.is_closed_all_day = not segments
        self.is_open_all_day = any(s.end - s.start >= _DAY and s.state == "market" for s in segments)

    def market(self, extended: bool = False) -> list[MarketHoursSegment]:
        """Stretches of regular (or all) trading."""
        return [s for s in self.segments if extended or s.state == "market"]

    def get_market_open(self, time: timedelta, extended_market_hours: bool) -> timedelta | None:
        """Opening at or after a time of day, None if there is none."""
        return next((s.start for s in self.market(extended_market_hours) if s.end > time), None)

    def get_market_close(self, time: timedelta, extended_market_hours: bool) -> timedelta | None:
        """Closing after a time of day, None if there is none."""
        return next((s.end for s in self.market(extended_market_hours) if s.end > time), None)


class SecurityExchangeHours(PascalCase):
    """Opening hours of an exchange, in its own time zone.

    Parameters
    ----------
    zone : TimeZone
        The exchange's zone.
    weekdays : tuple of LocalMarketHours
        Monday to Sunday.
    holidays : frozenset of date
        Days without trading.
    early_closes, late_opens : dict of date to timedelta
        Half days: when they end or begin.
    """

    def __init__(
        self,
        zone: TimeZone,
        weekdays: tuple[LocalMarketHours, ...],
        holidays: frozenset[date],
        early_closes: dict[date, timedelta],
        late_opens: dict[date, timedelta],
    ) -> None:
        self.zone = zone
        self.weekdays = weekdays
        self.holiday_dates = holidays
        self.early_close_dates = early_closes
        self.late_open_dates = late_opens
        self._days: dict[date, LocalMarketHours] = {}
        self._closed = LocalMarketHours(())

    @property
    def time_zone(self) -> str:
        """Name of the exchange's zone."""
        return self.zone.name

    @property
    def holidays(self) -> set[datetime]:
        """Holidays as midnights."""
        return {datetime(d.year, d.month, d.day) for d in self.holiday_dates}

    @property
    def early_closes(self) -> dict[datetime, timedelta]:
        """Half days and when they end."""
        return {datetime(d.year, d.month, d.day): close for d, close in self.early_close_dates.items()}

    @property
    def is_market_always_open(self) -> bool:
        """Whether the market never closes."""
        return all(day.is_open_all_day for day in self.weekdays)

    def get_market_hours(self, local_date_time: datetime | date) -> LocalMarketHours:
        """Hours of a day, holidays and half days considered."""
        day = local_date_time.date() if isinstance(local_date_time, datetime) else local_date_time
        hours = self._days.get(day)
        if hours is None:
            hours = self._days[day] = self._hours_of(day)
        return hours

    def _hours_of(self, day: date) -> LocalMarketHours:
        if day in self.holiday_dates:
            return self._closed
        usual = self.weekdays[day.weekday()]
        early, late = self.early_close_dates.get(day), self.late_open_dates.get(day)
        if early is None and late is None:
            return usual
        return LocalMarketHours(tuple(_cut(usual.segments, late or timedelta(), early or _DAY)))

    def is_date_open(self, local_date_time: datetime | date, extended_market_hours: bool = False) -> bool:
        """Whether there is trading on a day."""
        return bool(self.get_market_hours(local_date_time).market(extended_market_hours))

    def is_open(self, local_date_time: datetime, *arguments: Any, extended_market_hours: bool = False) -> bool:
        """Whether the market is open at a time, or at any moment between two: `is_open(t, extended)`, `is_open(start, end, extended)`."""
        if arguments and isinstance(arguments[0], datetime):
            extended = bool(arguments[1]) if len(arguments) > 1 else extended_market_hours
            return self._overlaps(local_date_time, arguments[0], extended)
        extended = bool(arguments[0]) if arguments else extended_market_hours
        midnight = datetime.combine(local_date_time.date(), time())
        offset = local_date_time - midnight
        return any(s.start <= offset < s.end for s in self.get_market_hours(local_date_time).market(extended))

    def _overlaps(self, start: datetime, end: datetime, extended: bool) -> bool:
        day = datetime.combine(start.date(), time())
        while day < end or day == start:
            if any(day + s.start < end and start < day + s.end for s in self.get_market_hours(day).market(extended)):
                return True
            day += _DAY
        return False

    def market_open(self, day: date, extended: bool = False) -> datetime | None:
        """First opening of a day, None on a closed day."""
        segments = self.get_market_hours(day).market(extended)
        return datetime.combine(day, time()) + segments[0].start if segments else None

    def market_close(self, day: date, extended: bool = False) -> datetime | None:
        """Last closing of a day, None on a closed day."""
        segments = self.get_market_hours(day).market(extended)
        return datetime.combine(day, time()) + segments[-1].end if segments else None

    def get_next_market_open(self, local_date_time: datetime, extended_market_hours: bool = False) -> datetime:
        """First opening strictly after a time."""
        return next(t for t, _ in self._sessions_from(local_date_time, extended_market_hours) if t > local_date_time)

    def get_next_market_close(self, local_date_time: datetime, extended_market_hours: bool = False) -> datetime:
        """First closing strictly after a time."""
        return next(t for _, t in self._sessions_from(local_date_time, extended_market_hours) if t > local_date_time)

    def get_previous_market_open(self, local_date_time: datetime, extended_market_hours: bool = False) -> datetime:
        """Last opening strictly before a time."""
        day = local_date_time.date()
        for _ in range(20):
            opened = self.market_open(day, extended_market_hours)
            if opened is not None and opened < local_date_time:
                return opened
            day -= _DAY
        raise InvalidRequest(f"no opening within 20 days before {local_date_time}")

    def get_first_daily_market_open(self, local_date_time: datetime, extended_market_hours: bool = False) -> datetime:
        """First opening of the day of a time."""
        opened = self.market_open(local_date_time.date(), extended_market_hours)
        return opened if opened is not None else self.get_next_market_open(local_date_time, extended_market_hours)

    def get_last_daily_market_close(self, local_date_time: datetime, extended_market_hours: bool = False) -> datetime:
        """Last closing of the day of a time."""
        closed = self.market_close(local_date_time.date(), extended_market_hours)
        return closed if closed is not None else self.get_next_market_close(local_date_time, extended_market_hours)

    def _sessions_from(self, start: datetime, extended: bool) -> Iterator[tuple[datetime, datetime]]:
        day = datetime.combine(start.date(), time())
        for _ in range(30):
            for segment in self.get_market_hours(day).market(extended):
                yield day + segment.start, day + segment.end
            day += _DAY
        raise InvalidRequest(f"no session within 30 days after {start}")

    def get_next_trading_day(self, date: datetime | date) -> datetime:
        """First day with trading after a day, as a midnight."""
        return self._step(date, 1)

    def get_previous_trading_day(self, local_date: datetime | date) -> datetime:
        """Last day with trading before a day, as a midnight."""
        return self._step(local_date, -1)

    def _step(self, start: datetime | date, step: int) -> datetime:
        day = datetime(start.year, start.month, start.day) + timedelta(days=step)
        for _ in range(30):
            if self.is_date_open(day):
                return day
            day += timedelta(days=step)
        raise InvalidRequest(f"no trading day within 30 days of {start}")

    def trading_days(self, first: date, last: date) -> Iterator[date]:
        """Days with trading from `first` to `last`, both included."""
        day = first
        while day <= last:
            if self.is_date_open(day):
                yield day
            day += _DAY


def _cut(segments: tuple[MarketHoursSegment, ...], late: timedelta, early: timedelta) -> Iterator[MarketHoursSegment]:
    """Sessions of a half day: regular trading ends at the early close, what follows stays as it was listed."""
    for s in segments:
        if s.state == "market" and s.end > early:
            yield MarketHoursSegment(max(s.start, late), early, s.state)
        elif s.state == "postmarket" and early < _DAY:
            continue
        elif s.end > late:
            yield MarketHoursSegment(max(s.start, late), s.end, s.state)


_ALL_DAY = LocalMarketHours((MarketHoursSegment(timedelta(), _DAY, "market"),))
#: Hours of a user's own data: every day, all day.
ALWAYS_OPEN = SecurityExchangeHours(time_zone("America/New_York"), (_ALL_DAY,) * 7, frozenset(), {}, {})


class MarketHoursDatabase:
    """LEAN's market-hours file; only the entries that are asked for are parsed."""

    def __init__(self, data_folder: Path) -> None:
        self._path = data_folder / "market-hours" / "market-hours-database.json"
        self._text: str | None = None
        self._entries: dict[str, SecurityExchangeHours] = {}
        self._known: dict[tuple[str, str, SecurityType], SecurityExchangeHours] = {}

    def hours(self, market: str, ticker: str, security_type: SecurityType) -> SecurityExchangeHours:
        """Hours of a security's exchange.

        Raises
        ------
        DataFileError
            The file or the entry is missing.
        """
        key = (market, ticker, security_type)
        if security_type == SecurityType.BASE:
            return ALWAYS_OPEN
        if key not in self._known:
            self._known[key] = self._search(market, ticker, _KINDS.get(security_type, "Equity"))
        return self._known[key]

    def _search(self, market: str, ticker: str, kind: str) -> SecurityExchangeHours:
        for name in (f"{kind}-{market}-{ticker}", f"{kind}-{market}-[*]"):
            if name in self._entries:
                return self._entries[name]
            raw = self._find(name)
            if raw is not None:
                base = self._find(f"Equity-{market}-[*]") if kind == "Option" else None
                entry = self._entries[name] = self._read(name, raw, base)
                return entry
        raise DataFileError(self._path, None, f"no entry '{kind}-{market}-[*]'")

    def _read(self, name: str, raw: dict[str, Any], base: dict[str, Any] | None) -> SecurityExchangeHours:
        try:
            return _exchange_hours(raw, base)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            line = (self._text or "").count("\n", 0, (self._text or "").find(f'"{name}":')) + 1
            problem = f"entry '{name}' is not as LEAN writes it ({type(error).__name__}: {error}); copy it from a LEAN data folder"
            raise DataFileError(self._path, line, problem) from error

    def _find(self, name: str) -> dict[str, Any] | None:
        if self._text is None:
            try:
                self._text = read_text(self._path)
            except OSError as error:
                raise DataFileError(self._path, None, "the market-hours database is missing; a LEAN data folder holds it") from error
        at = self._text.find(f'"{name}":')
        if at < 0:
            return None
        try:
            entry: dict[str, Any] = json.JSONDecoder().raw_decode(self._text, self._text.index("{", at))[0]
        except ValueError as error:
            raise DataFileError(self._path, self._text.count("\n", 0, at) + 1, f"entry '{name}' is not valid JSON: {error}") from error
        return entry


def _exchange_hours(raw: dict[str, Any], base: dict[str, Any] | None) -> SecurityExchangeHours:
    def member(key: str) -> Any:
        return raw.get(key) or (base or {}).get(key)

    weekdays = tuple(
        LocalMarketHours(tuple(MarketHoursSegment(_offset(s["start"]), _offset(s["end"]), s["state"]) for s in raw[day]))
        for day in _WEEKDAYS
    )
    return SecurityExchangeHours(
        time_zone(raw["exchangeTimeZone"]),
        weekdays,
        frozenset(_day(text) for text in member("holidays") or ()),
        {_day(text): _offset(close) for text, close in (member("earlyCloses") or {}).items()},
        {_day(text): _offset(opened) for text, opened in (member("lateOpens") or {}).items()},
    )


def _offset(text: str) -> timedelta:
    days, _, clock = text.rpartition(".") if text.count(".") == 1 and text.index(".") < 3 else ("", "", text)
    hours, minutes, seconds = clock.split(":")
    return timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=int(float(seconds)))


def _day(text: str) -> date:
    month, day, year = text.split("/")
    return date(int(year), int(month), int(day))
