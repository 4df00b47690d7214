"""Earnings dates from Nasdaq's public calendar: unofficial, one day a call, now and then a name missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import MappingProxyType

from alaris.domain import EarningsEvent, Timing
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import Body, Fault, Fields, Piece, Rows, Vendor, Web, WebFault, Window, known, weekdays, whole
from alaris_plugins.judging import day_in_new_york
from alaris_plugins.vendor_rows import next_midnight

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

    offers = ("earnings",)

    def __init__(self, web: Web) -> None:
        self.web = web
        self._days: dict[tuple[datetime, date], tuple[datetime, dict[str, Timing]] | None] = {}

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent] | None:
        today = day_in_new_york(as_of)
        days = [today + timedelta(days=ahead) for ahead in range(AHEAD + 1)]
        listed = [(day, self._day(day, as_of)) for day in days if day.weekday() < 5 and first <= day <= last]
        answered = [(day, *told) for day, told in listed if told is not None]
        found = [EarningsEvent(symbol, day, told[symbol], VENDOR.name, seen) for day, seen, told in answered if symbol in told]
        return found if answered else None

    def pieces(self, wanted: Window) -> list[Piece]:
        """A call a day serves all symbols."""
        return [Piece(wanted.dataset, wanted.symbols, day, day) for day in weekdays(wanted.first, wanted.last)]

    def collect(self, piece: Piece, since: datetime) -> Rows:
        """Reports of one day; a day that is over does not change."""
        settled = min(since, next_midnight(piece.first))
        query = {"date": f"{piece.first}"}
        fetched = whole(self.web, "/api/calendar/earnings", query, lambda body: read_day(body, piece.first), settled)
        seen = {"quarter": "", **known(VENDOR.name, fetched.available_at)}
        told = ((symbol, fetched.value[symbol]) for symbol in piece.symbols if symbol in fetched.value)
        return Rows([{"symbol": symbol, "report_date": piece.first, "timing": timing.value, **seen} for symbol, timing in told])

    def _day(self, day: date, as_of: datetime) -> tuple[datetime, dict[str, Timing]] | None:
        if (as_of, day) not in self._days:
            self._days = {key: told for key, told in self._days.items() if key[0] == as_of}
            fetched = self.web.fetch("/api/calendar/earnings", {"date": f"{day}"}, lambda body: read_day(body, day), as_of=as_of)
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
