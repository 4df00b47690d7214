"""Earnings dates from Financial Modeling Prep: its stable shape, which has no time of day, and the legacy one, which has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from types import MappingProxyType

from alaris.domain import EarningsEvent, Timing
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import EVER, Body, Fault, Fetched, Fields, KeyPlace, Piece, Rows, Vendor, Web, WebFault, Window, by_symbol, known

VENDOR = Vendor(
    name="fmp",
    title="Financial Modeling Prep",
    addresses=("https://financialmodelingprep.com",),
    gives=("earnings_events: dates; the time of day only with a legacy key",),
    costs="250 calls a day free",
    home="https://site.financialmodelingprep.com/developer",
    key_variables=("FMP_API_KEY",),
    key_place=KeyPlace.HEADER,
    key_name="apikey",
    per_day=250,
)
TIMINGS = MappingProxyType({"bmo": Timing.BEFORE_OPEN, "amc": Timing.AFTER_CLOSE})


class Fmp:
    """Answer with all reports that the vendor lists; where the plan refuses the stable shape, the legacy one is asked."""

    offers = ("earnings",)

    def __init__(self, web: Web) -> None:
        self.web = web

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent] | None:
        fetched = self._rows(symbol, as_of)
        if fetched is None:
            return None
        told = [(day, timing) for day, timing in fetched.value if first <= day <= last]
        return [EarningsEvent(symbol, day, timing, VENDOR.name, fetched.available_at) for day, timing in told]

    def pieces(self, wanted: Window) -> list[Piece]:
        """All reports of a symbol at once."""
        return by_symbol(wanted)

    def collect(self, piece: Piece, since: datetime) -> Rows:
        """Reports as they are stated now, known from now."""
        fetched = self._rows(piece.symbol, EVER, since)
        told = [(day, timing) for day, timing in fetched.value if piece.first <= day <= piece.last] if fetched else []
        seen = known(VENDOR.name, fetched.available_at) if fetched else {}
        return Rows([{"symbol": piece.symbol, "report_date": day, "timing": timing.value, "quarter": "", **seen} for day, timing in told])

    def _rows(self, symbol: str, as_of: datetime, settled: datetime | None = None) -> Fetched[list[tuple[date, Timing]]] | None:
        ticker = symbol.replace(".", "-")
        try:
            fetched = self.web.fetch("/stable/earnings", {"symbol": ticker}, read_rows, as_of=as_of, settled=settled)
        except WebFault as fault:
            if fault.fault is not Fault.NOT_ENTITLED:
                raise
            fetched = self.web.fetch(f"/api/v3/historical/earning_calendar/{ticker}", {}, read_rows, as_of=as_of, settled=settled)
        if fetched is None:
            return None
        told = [(day, timing) for name, day, timing in fetched.value if name == ticker]
        return Fetched(told, fetched.source, fetched.available_at)


def read_rows(body: Body) -> list[tuple[str, date, Timing]]:
    """Symbol, date and time of day of each row, in either shape."""
    return list(_rows(body.list()))


def _rows(rows: Iterator[Fields]) -> Iterator[tuple[str, date, Timing]]:
    for row in rows:
        for name in ("epsActual", "eps", "epsEstimated"):
            row.number_or_nan(name)  # a reply whose numbers are none is not believed for its dates either
        yield row.text("symbol"), row.day("date"), TIMINGS.get(row.text_or_empty("time"), Timing.UNKNOWN)


def plugin(settings: Settings) -> Fmp:
    """Entry point."""
    return Fmp(Web(VENDOR, settings))
