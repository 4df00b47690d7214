"""Earnings dates from Nasdaq's public calendar: unofficial, one day a call, now and then a name missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import MappingProxyType

from alaris.domain import EarningsEvent, Timing
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import Body, Fault, Fields, Vendor, Web, WebFault
from alaris_plugins.judging import day_in_new_york

VENDOR = Vendor(
    name="nasdaq",
    title="Nasdaq",
    addresses=("https://api.nasdaq.com",),
    gives=("earnings_events: the coming ten days, with the time of day",),
    costs="free, no key, unofficial",
    home="https://www.nasdaq.com/market-activity/earnings",
    per_minute=30,
    headers=MappingProxyType(
        {
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Accept": "application/json",
            "Origin": "https://www.nasdaq.com",
            "Referer": "https://www.nasdaq.com/",
        }
    ),
)
AHEAD = 10  # days asked for; a call a day
TIMINGS = MappingProxyType(
    {
        "time-pre-market": Timing.BEFORE_OPEN,
        "time-after-hours": Timing.AFTER_CLOSE,
        "time-not-supplied": Timing.UNKNOWN,
        "": Timing.UNKNOWN,
    }
)


class Nasdaq:
    """Answer from the days of the near future; each day is asked for once in a decision run, whichever symbol is looked for."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._days: dict[tuple[datetime, date], tuple[datetime, dict[str, Timing]] | None] = {}

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent] | None:
        today = day_in_new_york(as_of)
        days = [today + timedelta(days=ahead) for ahead in range(AHEAD + 1)]
        listed = [(day, self._day(day, as_of)) for day in days if day.weekday() < 5 and first <= day <= last]
        answered = [(day, *told) for day, told in listed if told is not None]
        found = [EarningsEvent(symbol, day, told[symbol], VENDOR.name, seen) for day, seen, told in answered if symbol in told]
        return found if answered else None

    def _day(self, day: date, as_of: datetime) -> tuple[datetime, dict[str, Timing]] | None:
        if (as_of, day) not in self._days:
            self._days = {key: told for key, told in self._days.items() if key[0] == as_of}
            fetched = self._web.fetch("/api/calendar/earnings", {"date": f"{day}"}, lambda body: read_day(body, day), as_of=as_of)
            self._days[as_of, day] = None if fetched is None else (fetched.available_at, fetched.value)
        return self._days[as_of, day]


def read_day(body: Body, day: date) -> dict[str, Timing]:
    """Symbols that report on a day, with the time of day; a reply for another day is refused."""
    reply = body.object()
    status = reply.inner("status")
    if status.number_or_nan("rCode") != 200:
        raise WebFault(body.vendor, Fault.REFUSED, f"{body.place}: {status.values.get('bCodeMessage')}"[:200])
    data = reply.inner("data")
    stated = data.text_or_empty("asOf")
    if stated and datetime.strptime(stated, "%a, %b %d, %Y").date() != day:  # noqa: DTZ007 - a date has no zone
        raise data.fault("asOf", f"asked for {day}, answered for {stated}")
    return dict(_rows(data.list("rows")))


def _rows(rows: Iterator[Fields]) -> Iterator[tuple[str, Timing]]:
    for row in rows:
        row.number_or_nan("epsForecast")
        release = row.text_or_empty("time")
        if release not in TIMINGS:
            raise row.fault("time", f"unknown, {release!r}")
        yield row.text("symbol").upper(), TIMINGS[release]


def plugin(settings: Settings) -> Nasdaq:
    """Entry point."""
    return Nasdaq(Web(VENDOR, settings))
