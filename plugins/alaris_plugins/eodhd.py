"""Earnings dates from EODHD's calendar, with the time of day."""

from __future__ import annotations

from datetime import date, datetime
from types import MappingProxyType

from alaris.domain import EarningsEvent, Timing
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import Body, KeyPlace, Piece, Rows, Vendor, Web, Window, by_symbol, known, whole

VENDOR = Vendor(
    name="eodhd",
    title="EODHD",
    addresses=("https://eodhd.com",),
    gives=("earnings_events: dates and time of day",),
    costs="a paid plan",
    home="https://eodhd.com/register",
    key_variables=("EODHD_API_KEY",),
    key_place=KeyPlace.QUERY,
    key_name="api_token",
)
TIMINGS = MappingProxyType({"BeforeMarket": Timing.BEFORE_OPEN, "AfterMarket": Timing.AFTER_CLOSE, "": Timing.UNKNOWN})


class Eodhd:
    """Answer with the reports between two dates."""

    offers = ("earnings",)

    def __init__(self, web: Web) -> None:
        self.web = web

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent] | None:
        query = {"symbols": f"{symbol}.US", "from": f"{first}", "to": f"{last}", "fmt": "json"}
        fetched = self.web.fetch("/api/calendar/earnings", query, lambda body: read_reports(body, f"{symbol}.US"), as_of=as_of)
        if fetched is None:
            return None
        return [EarningsEvent(symbol, day, timing, VENDOR.name, fetched.available_at) for day, timing in fetched.value]

    def pieces(self, wanted: Window) -> list[Piece]:
        """All reports of a symbol at once."""
        return by_symbol(wanted)

    def collect(self, piece: Piece, since: datetime) -> Rows:
        """Reports as they are stated now, known from now."""
        code = f"{piece.symbol}.US"
        query = {"symbols": code, "from": f"{piece.first}", "to": f"{piece.last}", "fmt": "json"}
        fetched = whole(self.web, "/api/calendar/earnings", query, lambda body: read_reports(body, code), since)
        seen = {"symbol": piece.symbol, "quarter": "", **known(VENDOR.name, fetched.available_at)}
        return Rows([{"report_date": day, "timing": timing.value, **seen} for day, timing in fetched.value])


def read_reports(body: Body, code: str) -> list[tuple[date, Timing]]:
    """Report date and time of day of each row of one share."""
    found = []
    for row in body.object().list("earnings"):
        release = row.text_or_empty("before_after_market")
        if release not in TIMINGS:
            raise row.fault("before_after_market", f"unknown, {release!r}")
        if row.text("code") == code:
            found.append((row.day("report_date"), TIMINGS[release]))
    return found


def plugin(settings: Settings) -> Eodhd:
    """Entry point."""
    return Eodhd(Web(VENDOR, settings))
