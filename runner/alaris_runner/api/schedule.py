"""Date rules, time rules and the events that follow from them, as an algorithm writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from alaris_runner.api.enums import DayOfWeek
from alaris_runner.api.named_arguments import named_arguments
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.market_hours import SecurityExchangeHours
from alaris_runner.engine.time_zones import TimeZone, time_zone
from alaris_runner.errors import InvalidRequest

HoursOf = Callable[[Any], SecurityExchangeHours]
_DAY = timedelta(days=1)


class DateRule(PascalCase):
    """Which days; `get_dates(start, end)` yields them."""

    def __init__(self, name: str, dates: Callable[[date, date], Iterable[date]]) -> None:
        self.name = name
        self._dates = dates

    def get_dates(self, start: date, end: date) -> Iterable[date]:
        """Days from start to end, both included, ascending."""
        return self._dates(start, end)


class TimeRule(PascalCase):
    """Which moments of a day, in UTC; none where the rule needs an open market and it is closed."""

    def __init__(self, name: str, moments: Callable[[date], Iterable[datetime]]) -> None:
        self.name = name
        self._moments = moments

    def create_utc_event_times(self, dates: Iterable[date]) -> Iterator[datetime]:
        """Moments of the days given."""
        for day in dates:
            yield from self._moments(day)


class DateRules(PascalCase):
    """Factory of date rules."""

    def __init__(self, hours_of: HoursOf, now: Callable[[], datetime]) -> None:
        self._hours_of = hours_of
        self._now = now

    @property
    def today(self) -> DateRule:
        """Only today."""
        return self.on(self._now())

    @property
    def tomorrow(self) -> DateRule:
        """Only tomorrow."""
        return self.on(self._now() + _DAY)

    @named_arguments("year", "month", "day", "dates")
    def on(self, *when: Any) -> DateRule:
        """One date `on(2017, 11, 24)`, or several `on(date, date)`, `on([date, date])`."""
        if len(when) == 3 and all(isinstance(part, int) for part in when):
            days = [date(*when)]
        else:
            flat = when[0] if len(when) == 1 and isinstance(when[0], (list, tuple, set)) else when
            days = sorted(d.date() if isinstance(d, datetime) else d for d in flat)
        return DateRule(",".join(str(d) for d in days), lambda start, end: [d for d in days if start <= d <= end])

    @named_arguments("day", "days")
    def every(self, *days: Any) -> DateRule:
        """Every given weekday, holidays included."""
        chosen = days[0] if len(days) == 1 and isinstance(days[0], (list, tuple)) else days
        weekdays = {(int(DayOfWeek(d)) - 1) % 7 for d in chosen}
        return DateRule("every weekday", lambda start, end: [d for d in _calendar(start, end) if d.weekday() in weekdays])

    def every_day(self, symbol: Symbol | str | None = None, extended_market_hours: bool = False) -> DateRule:
        """Every calendar day, or every trading day of a symbol."""
        if symbol is None:
            return DateRule("every day", _calendar)
        hours = self._hours_of(symbol)
        return DateRule(
            f"{symbol} every day", lambda start, end: (d for d in _calendar(start, end) if hours.is_date_open(d, extended_market_hours))
        )

    def _period(
        self, symbol: Symbol | str | None, key: Callable[[date], Any], offset: int, from_end: bool
    ) -> Callable[[date, date], Iterable[date]]:
        """One trading day of each period: `offset` trading days from its start or its end, cut to the period's edge."""
        hours = self._hours_of(symbol) if symbol is not None else None

        def dates(start: date, end: date) -> Iterator[date]:
            for first, last in _periods(start, end, key):
                days = [d for d in _calendar(first, last) if hours is None or hours.is_date_open(d)]
                if not days:
                    continue
                at = min(offset, len(days) - 1)
                chosen = days[-1 - at] if from_end else days[at]
                if start <= chosen <= end:
                    yield chosen

        return dates

    def _symbol_and_offset(self, arguments: tuple[Any, ...]) -> tuple[Any, int]:
        symbol = next((a for a in arguments if not isinstance(a, int)), None)
        return symbol, next((a for a in arguments if isinstance(a, int) and not isinstance(a, bool)), 0)

    @named_arguments("symbol", "days_offset")
    def month_start(self, *arguments: Any) -> DateRule:
        """First (trading) day of each month, or some (trading) days later: `month_start(symbol, days_offset)`."""
        symbol, offset = self._symbol_and_offset(arguments)
        return DateRule("month start", self._period(symbol, lambda d: (d.year, d.month), offset, from_end=False))

    @named_arguments("symbol", "days_offset")
    def month_end(self, *arguments: Any) -> DateRule:
        """Last (trading) day of each month, or some (trading) days earlier."""
        symbol, offset = self._symbol_and_offset(arguments)
        return DateRule("month end", self._period(symbol, lambda d: (d.year, d.month), offset, from_end=True))

    @named_arguments("symbol", "days_offset")
    def quarter_start(self, *arguments: Any) -> DateRule:
        """First (trading) day of each quarter, or some later."""
        symbol, offset = self._symbol_and_offset(arguments)
        return DateRule("quarter start", self._period(symbol, lambda d: (d.year, (d.month - 1) // 3), offset, from_end=False))

    @named_arguments("symbol", "days_offset")
    def quarter_end(self, *arguments: Any) -> DateRule:
        """Last (trading) day of each quarter, or some earlier."""
        symbol, offset = self._symbol_and_offset(arguments)
        return DateRule("quarter end", self._period(symbol, lambda d: (d.year, (d.month - 1) // 3), offset, from_end=True))

    @named_arguments("symbol", "days_offset")
    def year_start(self, *arguments: Any) -> DateRule:
        """First (trading) day of each year, or some later."""
        symbol, offset = self._symbol_and_offset(arguments)
        return DateRule("year start", self._period(symbol, lambda d: d.year, offset, from_end=False))

    @named_arguments("symbol", "days_offset")
    def year_end(self, *arguments: Any) -> DateRule:
        """Last (trading) day of each year, or some earlier."""
        symbol, offset = self._symbol_and_offset(arguments)
        return DateRule("year end", self._period(symbol, lambda d: d.year, offset, from_end=True))

    @named_arguments("symbol", "days_offset")
    def week_start(self, *arguments: Any) -> DateRule:
        """Monday or the week's first trading day, or some (trading) days later."""
        symbol, offset = self._symbol_and_offset(arguments)
        return DateRule("week start", self._period(symbol, lambda d: d - timedelta(days=d.weekday()), offset, from_end=False))

    @named_arguments("symbol", "days_offset")
    def week_end(self, *arguments: Any) -> DateRule:
        """Friday or the week's last trading day, or some (trading) days earlier."""
        symbol, offset = self._symbol_and_offset(arguments)
        return DateRule("week end", self._period(symbol, lambda d: d - timedelta(days=d.weekday()), offset, from_end=True))


class TimeRules(PascalCase):
    """Factory of time rules."""

    def __init__(self, hours_of: HoursOf, zone: Callable[[], TimeZone], utc_now: Callable[[], datetime]) -> None:
        self._hours_of = hours_of
        self._zone = zone
        self._utc_now = utc_now

    @property
    def now(self) -> TimeRule:
        """The present moment."""
        utc = self._utc_now()
        return TimeRule("now", lambda day: [utc] if self._zone().from_utc(utc).date() == day else [])

    @property
    def midnight(self) -> TimeRule:
        """00:00."""
        return self.at(0, 0)

    @property
    def noon(self) -> TimeRule:
        """Twelve hours after midnight: 11:00 or 13:00 on the days when the clocks change, as on LEAN."""
        return TimeRule("noon", lambda day: [self._zone().to_utc(datetime.combine(day, time())) + timedelta(hours=12)])

    @named_arguments("hour", "minute", "second", "time_of_day", "time_zone")
    def at(self, *when: Any) -> TimeRule:
        """A time of day: `at(hour, minute[, second][, time zone])` or `at(timedelta)`."""
        zone_name = next((w for w in when if isinstance(w, str)), None)
        offset = when[0] if isinstance(when[0], timedelta) else None
        if offset is None:
            parts = [w for w in when if isinstance(w, int)]
            if not parts:
                raise InvalidRequest(f"a time of day is an hour and a minute, or a timedelta; got {when[0]!r}")
            offset = timedelta(hours=parts[0], minutes=parts[1] if len(parts) > 1 else 0, seconds=parts[2] if len(parts) > 2 else 0)
        chosen = offset

        def moments(day: date) -> list[datetime]:
            zone = time_zone(zone_name) if zone_name else self._zone()
            return [zone.to_utc(datetime.combine(day, time()) + chosen)]

        return TimeRule(f"at {offset}", moments)

    def every(self, interval: timedelta) -> TimeRule:
        """From midnight in steps."""
        if interval <= timedelta():
            raise InvalidRequest(f"interval must be positive, got {interval}")

        def moments(day: date) -> Iterator[datetime]:
            midnight, offset = datetime.combine(day, time()), timedelta()
            while offset < _DAY:
                yield self._zone().to_utc(midnight + offset)
                offset += interval

        return TimeRule(f"every {interval}", moments)

    def _market(
        self,
        name: str,
        arguments: tuple[Any, ...],
        extended: bool,
        moment: Callable[[SecurityExchangeHours, date, bool], datetime | None],
        sign: int,
    ) -> TimeRule:
        symbol = next((a for a in arguments if isinstance(a, (str, Symbol))), None)
        numbers = [a for a in arguments if not isinstance(a, (str, Symbol))]
        minutes = float(numbers[0]) if numbers else 0.0
        extended = bool(numbers[1]) if len(numbers) > 1 else extended
        hours = self._hours_of(symbol if symbol is not None else "SPY")

        def moments(day: date) -> list[datetime]:
            at = moment(hours, day, extended)
            return [] if at is None else [hours.zone.to_utc(at + sign * timedelta(minutes=minutes))]

        return TimeRule(f"{symbol} {minutes} min {name}", moments)

    @named_arguments("symbol", "minutes_after_open")
    def after_market_open(self, *arguments: Any, extended_market_open: bool = False) -> TimeRule:
        """Minutes after the open: `after_market_open(symbol, minutes, extended)`."""
        return self._market("after market open", arguments, extended_market_open, SecurityExchangeHours.market_open, 1)

    @named_arguments("symbol", "minutes_before_open")
    def before_market_open(self, *arguments: Any, extended_market_open: bool = False) -> TimeRule:
        """Minutes before the open."""
        return self._market("before market open", arguments, extended_market_open, SecurityExchangeHours.market_open, -1)

    @named_arguments("symbol", "minutes_before_close")
    def before_market_close(self, *arguments: Any, extended_market_close: bool = False) -> TimeRule:
        """Minutes before the close."""
        return self._market("before market close", arguments, extended_market_close, SecurityExchangeHours.market_close, -1)

    @named_arguments("symbol", "minutes_after_close")
    def after_market_close(self, *arguments: Any, extended_market_close: bool = False) -> TimeRule:
        """Minutes after the close."""
        return self._market("after market close", arguments, extended_market_close, SecurityExchangeHours.market_close, 1)


class ScheduledEvent(PascalCase):
    """A function and the moments at which it is called; a disabled one is skipped."""

    __slots__ = ("_times", "callback", "enabled", "name", "next_event_utc_time")

    def __init__(self, name: str, times: Iterator[datetime], callback: Callable[..., Any]) -> None:
        self.name = name
        self.callback = callback
        self.enabled = True
        self._times = times
        self.next_event_utc_time: datetime | None = None

    def move_on(self) -> None:
        """Turn to the next moment."""
        self.next_event_utc_time = next(self._times, None)


def _calendar(start: date, end: date) -> Iterator[date]:
    day = start
    while day <= end:
        yield day
        day += _DAY


def _periods(start: date, end: date, key: Callable[[date], Any]) -> Iterator[tuple[date, date]]:
    """Whole periods that touch start..end."""
    first = start
    while key(first - _DAY) == key(start):
        first -= _DAY
    while first <= end:
        last = first
        while key(last + _DAY) == key(first):
            last += _DAY
        yield first, last
        first = last + _DAY
