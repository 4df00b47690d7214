"""Alpha Vantage: historical option chains of any session, and the earnings calendar as CSV; every number comes as text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from types import MappingProxyType

from alaris.domain import EarningsEvent, Observation, OptionChain, Timing
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import Body, Fault, Fields, KeyPlace, Piece, Rows, Vendor, Web, WebFault, Window, weekdays, whole
from alaris_plugins.judging import day_in_new_york
from alaris_plugins.vendor_rows import OptionRow, chain, closed, next_midnight

VENDOR = Vendor(
    name="alpha_vantage",
    title="Alpha Vantage",
    addresses=("https://www.alphavantage.co",),
    gives=("option_chain: the close of any session since 2008", "earnings_events: the coming three months"),
    costs="25 calls a day free; option chains need a premium plan",
    home="https://www.alphavantage.co/support/#api-key",
    key_variables=("ALPHAVANTAGE_API_KEY", "ALPHA_VANTAGE_API_KEY"),
    key_place=KeyPlace.QUERY,
    key_name="apikey",
    per_minute=5,
    per_day=25,
)
TIMINGS = MappingProxyType({"pre-market": Timing.BEFORE_OPEN, "post-market": Timing.AFTER_CLOSE})


class AlphaVantage:
    """Answer with chains of past closes and with coming reports; collect the chains of a window."""

    offers = ("chains",)

    def __init__(self, web: Web) -> None:
        self.web = web

    @hookimpl
    def option_chain(self, symbol: str, as_of: datetime) -> Observation[OptionChain] | None:
        day = day_in_new_york(as_of)
        if closed(day) > as_of or day.weekday() > 4:
            return None  # only closes are told, and that of today is not yet
        query = {"function": "HISTORICAL_OPTIONS", "symbol": symbol, "date": f"{day}"}
        fetched = self.web.fetch("/query", query, lambda body: read_options(body, symbol, day), as_of=as_of, settled=next_midnight(day))
        if fetched is None or not fetched.value:
            return None
        made = chain(symbol, spot_of(fetched.value), closed(day), fetched.value)
        return None if made is None else Observation(made, fetched.source, closed(day), closed(day))

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent] | None:
        query = {"function": "EARNINGS_CALENDAR", "symbol": symbol, "horizon": "3month"}
        fetched = self.web.fetch("/query", query, read_reports, as_of=as_of)
        if fetched is None:
            return None
        told = [(day, timing) for name, day, timing in fetched.value if name == symbol and first <= day <= last]
        return [EarningsEvent(symbol, day, timing, VENDOR.name, fetched.available_at) for day, timing in told]

    def pieces(self, wanted: Window) -> list[Piece]:
        """A close of a symbol a call."""
        days = weekdays(wanted.first, wanted.last)
        return [Piece(wanted.dataset, (symbol,), day, day) for symbol in wanted.symbols for day in days]

    def collect(self, piece: Piece, since: datetime) -> Rows:
        """The chain of one close; none on a holiday."""
        symbol, day = piece.symbol, piece.first
        query = {"function": "HISTORICAL_OPTIONS", "symbol": symbol, "date": f"{day}"}
        settled = min(since, next_midnight(day))
        fetched = whole(self.web, "/query", query, lambda body: read_options(body, symbol, day), settled)
        made = chain(symbol, spot_of(fetched.value), closed(day), fetched.value) if fetched.value else None
        return Rows(chains=[Observation(made, VENDOR.name, closed(day), closed(day))] if made else [])


def read_options(body: Body, symbol: str, day: date) -> list[OptionRow]:
    """Rows of one close; rows of another symbol or day are refused."""
    return list(_options(body.object().list("data"), symbol, day))


def read_reports(body: Body) -> list[tuple[str, date, Timing]]:
    """Symbol, date and time of day where the column is there."""
    rows = body.rows("symbol", "reportDate")
    return [(row.text("symbol"), row.day("reportDate"), TIMINGS.get(row.text_or_empty("timeOfTheDay"), Timing.UNKNOWN)) for row in rows]


def spot_of(rows: list[OptionRow]) -> float:
    """The vendor does not tell the share's price: strike + call - put where the two middles are nearest, at the first expiry.

    Put-call parity without carry, a few cents off within a week of expiry.

    Raises
    ------
    WebFault
        No strike of the first expiry is quoted on both sides in both rights.
    """
    first = min(row.expiry for row in rows)
    middles = {(row.strike, row.is_call): (row.bid + row.ask) / 2 for row in rows if row.expiry == first and 0 < row.bid < row.ask}
    calls = {strike: middle for (strike, is_call), middle in middles.items() if is_call}
    pairs = [(abs(middle - middles[strike, False]), strike) for strike, middle in calls.items() if (strike, False) in middles]
    if not pairs:
        raise WebFault(VENDOR.name, Fault.MALFORMED, f"no quoted pair of call and put at {first}, so no price of the share")
    _, strike = min(pairs)
    return strike + calls[strike] - middles[strike, False]


def _options(rows: Iterator[Fields], symbol: str, day: date) -> Iterator[OptionRow]:
    for row in rows:
        if row.text("symbol") != symbol or row.day("date") != day:
            raise row.fault("date", f"asked for {symbol} on {day}")
        if (right := row.text("type")) not in {"call", "put"}:
            raise row.fault("type", f"unknown, {right!r}")
        numbers = [row.number_or_nan(name) for name in ("bid", "ask", "volume", "open_interest", "implied_volatility")]
        yield OptionRow(row.day("expiration"), right == "call", row.number("strike"), *numbers)


def plugin(settings: Settings) -> AlphaVantage:
    """Entry point."""
    return AlphaVantage(Web(VENDOR, settings))
