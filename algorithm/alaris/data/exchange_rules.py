"""When the New York Stock Exchange is closed or closes early, by its own rules (NYSE Rule 7.2) and the days it was closed beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 1998, 2030  # Martin Luther King's day is kept since 1998; later years are as the rules stand now
JUNETEENTH_SINCE = 2022
MONDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 0, 3, 4, 5, 6
# The attack of 2001, the deaths of Presidents Reagan, Ford, Bush and Carter, and hurricane Sandy.
SPECIAL = ("2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14", "2004-06-11", "2007-01-02", "2012-10-29", "2012-10-30")
MOURNING = ("2018-12-05", "2025-01-09")
EARLY_BESIDE, NOT_EARLY = ("2002-07-05", "2003-12-26"), ("2002-07-03",)


def holidays(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> list[date]:
    """Weekdays on which the exchange is closed, ascending."""
    special = (date.fromisoformat(day) for day in (*SPECIAL, *MOURNING))
    ruled = {day for year in range(first_year, last_year + 1) for day in _of_year(year)}
    return sorted(ruled | {day for day in special if first_year <= day.year <= last_year})


def early_closes(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> list[date]:
    """Sessions that end at 13:00, ascending: before Independence Day and Christmas, and after Thanksgiving."""
    found = {date.fromisoformat(day) for day in EARLY_BESIDE if first_year <= int(day[:4]) <= last_year}
    for year in range(first_year, last_year + 1):
        found.add(_nth(year, 11, THURSDAY, 4) + timedelta(days=1))
        found |= {eve for eve in (date(year, 7, 3), date(year, 12, 24)) if eve.weekday() <= THURSDAY}
    return sorted(found - {date.fromisoformat(day) for day in NOT_EARLY})


def _of_year(year: int) -> Iterator[date]:
    if date(year, 1, 1).weekday() != SATURDAY:  # the year's last session is not given up for it
        yield _observed(date(year, 1, 1))
    yield _nth(year, 1, MONDAY, 3)
    yield _nth(year, 2, MONDAY, 3)
    yield _easter(year) - timedelta(days=2)
    yield _nth(year, 6, MONDAY, 1) - timedelta(days=7)  # the last Monday of May
    if year >= JUNETEENTH_SINCE:
        yield _observed(date(year, 6, 19))
    yield _observed(date(year, 7, 4))
    yield _nth(year, 9, MONDAY, 1)
    yield _nth(year, 11, THURSDAY, 4)
    yield _observed(date(year, 12, 25))


def _observed(day: date) -> date:
    """The Friday before a Saturday, the Monday after a Sunday."""
    return day + timedelta(days={SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0))


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _easter(year: int) -> date:
    """Gregorian Easter Sunday (J. Meeus, Astronomical Algorithms, 2nd ed., ch. 8)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)
