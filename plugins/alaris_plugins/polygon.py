"""Polygon, since October 2025 Massive: bars, splits, dividends, contracts as of a date, and the chain as it stands now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from math import isnan

import numpy as np

from alaris.domain import NEW_YORK, DailyBars, Dividend, Observation, OptionChain
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import (
    Body,
    Fault,
    Fields,
    KeyPlace,
    Page,
    Piece,
    Rows,
    Vendor,
    Web,
    WebFault,
    Window,
    by_symbol,
    known,
    months,
    whole_pages,
)
from alaris_plugins.judging import day_in_new_york
from alaris_plugins.vendor_rows import Occ, OptionRow, chain, closed, midnight, next_midnight, occ

VENDOR = Vendor(
    name="polygon",
    title="Massive (Polygon)",
    addresses=("https://api.massive.com", "https://api.polygon.io"),
    gives=(
        "daily_bars: since 2003, adjusted for splits known at the time",
        "option_chain: quotes now, with a plan that has quotes; no history",
        "dividends: with their declarations",
    ),
    costs="5 calls a minute free; chains and quotes need paid plans",
    home="https://massive.com/dashboard/signup",
    key_variables=("MASSIVE_API_KEY", "POLYGON_API_KEY"),
    key_place=KeyPlace.BEARER,
    per_minute=5,
)
CHAIN_PAGE, REFERENCE_PAGE, MOST_BARS = "250", "1000", "50000"
SESSIONS_A_YEAR, HOLIDAYS = 252, 10
BAR = ("open", "high", "low", "close", "volume")
Bar = tuple[datetime, float, float, float, float, float]


class Polygon:
    """Answer bars and dividends of any time, and the chain of now; collect bars, splits, dividends and the contracts listed each month."""

    offers = ("bars", "dividends", "splits", "contracts")

    def __init__(self, web: Web) -> None:
        self.web = web

    @hookimpl
    def daily_bars(self, symbol: str, sessions: int, as_of: datetime) -> Observation[DailyBars] | None:
        today = day_in_new_york(as_of)
        last = today if closed(today) <= as_of else today - timedelta(days=1)
        first = last - timedelta(days=int(sessions * 365 / SESSIONS_A_YEAR) + HOLIDAYS)
        bars = self.bars(symbol, first, last, "day", as_of)
        if not bars:
            return None
        made = adjusted(bars[-sessions:], self.splits(symbol, as_of), last)
        newest: date = made.day[-1].astype(object)
        return Observation(made, VENDOR.title, closed(newest), closed(newest))

    @hookimpl
    def option_chain(self, symbol: str, as_of: datetime) -> Observation[OptionChain] | None:
        fetched = self.web.fetch_pages(f"/v3/snapshot/options/{symbol}", {"limit": CHAIN_PAGE}, read_quotes, as_of=as_of)
        if fetched is None or not fetched.value:
            return None
        rows, stamps, spots = zip(*fetched.value, strict=True)
        stood = min(max(stamps), as_of)
        made = chain(symbol, spots[0], stood, rows)
        return None if made is None else Observation(made, fetched.source, fetched.available_at, stood)

    @hookimpl
    def dividends(self, symbol: str, first: date, last: date, as_of: datetime) -> list[Dividend] | None:
        query = {"ticker": symbol, "ex_dividend_date.gte": f"{first}", "ex_dividend_date.lte": f"{last}", "limit": REFERENCE_PAGE}
        fetched = self.web.fetch_pages("/v3/reference/dividends", query, read_dividends, as_of=as_of, settled=as_of)
        if fetched is None:
            return None
        today = day_in_new_york(as_of)
        return [dividend for name, dividend, declared in fetched.value if name == symbol and (declared or dividend.ex_date) <= today]

    def pieces(self, wanted: Window) -> list[Piece]:
        """One a symbol; contracts as they stood on the first days of months."""
        if wanted.dataset != "contracts":
            return by_symbol(wanted)
        starts = [first for first, _ in months(wanted.first, wanted.last)]
        return [Piece(wanted.dataset, (symbol,), first, first) for symbol in wanted.symbols for first in starts]

    def collect(self, piece: Piece, since: datetime) -> Rows:
        """The rows of one piece of a symbol's own."""
        read = {"bars": self._bars, "dividends": self._dividends, "splits": self._splits, "contracts": self._listed}[piece.dataset]
        return Rows([{"symbol": piece.symbol, **row} for row in read(piece, min(since, next_midnight(piece.last)))])

    def _bars(self, piece: Piece, since: datetime) -> Iterator[dict[str, object]]:
        path = f"/v2/aggs/ticker/{piece.symbol}/range/1/day/{piece.first}/{piece.last}"
        found = whole_pages(self.web, path, {"adjusted": "false", "sort": "asc", "limit": MOST_BARS}, read_bars, since)
        for start, *prices in found.value:
            day = day_in_new_york(start)
            yield {"day": day, **dict(zip(BAR, prices, strict=True)), **known(VENDOR.name, closed(day))}

    def _dividends(self, piece: Piece, since: datetime) -> Iterator[dict[str, object]]:
        window = {"ex_dividend_date.gte": f"{piece.first}", "ex_dividend_date.lte": f"{piece.last}"}
        query = {"ticker": piece.symbol, "limit": REFERENCE_PAGE, **window}
        found = whole_pages(self.web, "/v3/reference/dividends", query, read_dividends, since)
        for name, dividend, declared in found.value:
            if name == piece.symbol:
                told = next_midnight(declared) if declared else midnight(dividend.ex_date)
                yield {"ex_date": dividend.ex_date, "amount": dividend.amount, **known(VENDOR.name, told)}

    def _splits(self, piece: Piece, since: datetime) -> Iterator[dict[str, object]]:
        window = {"execution_date.gte": f"{piece.first}", "execution_date.lte": f"{piece.last}"}
        query = {"ticker": piece.symbol, "limit": REFERENCE_PAGE, **window}
        found = whole_pages(self.web, "/v3/reference/splits", query, read_splits, since)
        for name, day, ratio in found.value:
            if name == piece.symbol:
                yield {"day": day, "ratio": ratio, **known(VENDOR.name, midnight(day))}

    def _listed(self, piece: Piece, since: datetime) -> Iterator[dict[str, object]]:
        query = {"underlying_ticker": piece.symbol, "as_of": f"{piece.first}", "limit": REFERENCE_PAGE}
        found = whole_pages(self.web, "/v3/reference/options/contracts", query, read_contracts, since)
        for one in found.value:
            if not one.adjusted:
                named = {"day": piece.first, "expiry": one.expiry, "strike": one.strike, "is_call": one.is_call}
                yield {**named, **known(VENDOR.name, next_midnight(piece.first))}

    def bars(self, symbol: str, first: date, last: date, span: str, as_of: datetime) -> list[Bar]:
        """Bars as printed: start (aware), open, high, low, close, volume; `span` is day or minute."""
        path = f"/v2/aggs/ticker/{symbol}/range/1/{span}/{first}/{last}"
        query = {"adjusted": "false", "sort": "asc", "limit": MOST_BARS}
        fetched = self.web.fetch_pages(path, query, read_bars, as_of=as_of, settled=next_midnight(last))
        return fetched.value if fetched else []

    def splits(self, symbol: str, as_of: datetime) -> list[tuple[date, float]]:
        """First session after each split until `as_of`, and new shares for one old; asked once a day, since splits are announced before."""
        today = day_in_new_york(as_of)
        query = {"ticker": symbol, "execution_date.lte": f"{today}", "limit": REFERENCE_PAGE}
        fetched = self.web.fetch_pages("/v3/reference/splits", query, read_splits, as_of=as_of, settled=midnight(today))
        return [(day, ratio) for name, day, ratio in fetched.value if name == symbol] if fetched else []

    def contracts(self, symbol: str, day: date, as_of: datetime) -> list[Occ]:
        """Standard contracts that were listed on a day."""
        query = {"underlying_ticker": symbol, "as_of": f"{day}", "limit": REFERENCE_PAGE}
        fetched = self.web.fetch_pages(
            "/v3/reference/options/contracts", query, read_contracts, as_of=as_of, settled=next_midnight(day_in_new_york(as_of))
        )
        return [contract for contract in fetched.value if not contract.adjusted] if fetched else []


def adjusted(bars: list[Bar], splits: list[tuple[date, float]], last: date) -> DailyBars:
    """Bars that join to the price of the last day: what was printed before a split is divided by its ratio."""
    days = [bar[0].astimezone(NEW_YORK).date() for bar in bars]
    ratio = np.array([float(np.prod([share for day, share in splits if bar < day <= last])) for bar in days])
    columns = np.array([bar[1:] for bar in bars]).T
    opened, high, low, close = columns[:4] / ratio
    return DailyBars(np.array(days, dtype="datetime64[D]"), opened, high, low, close, columns[4] * ratio)


def read_bars(body: Body) -> Page[Bar]:
    """One page of bars; no `results` where there is none."""
    reply = body.object()
    bars = [_bar(row) for row in reply.list("results")]
    return Page(bars, reply.text_or_empty("next_url"))


def read_quotes(body: Body) -> Page[tuple[OptionRow, datetime, float]]:
    """One page of a chain: row, time of its quote, price of the share; adjusted contracts are left out."""
    reply = body.object()
    options = list(reply.list("results"))
    if options and not any(option.inner("last_quote").values for option in options):
        raise WebFault(body.vendor, Fault.NOT_ENTITLED, f"{body.place}: the chain comes without quotes")
    quotes = [quote for option in options if (quote := _quote(option)) is not None]
    if options and not quotes and not any(_is_adjusted(option.inner("details")) for option in options):
        raise WebFault(body.vendor, Fault.MALFORMED, f"{body.place}: none of {len(options)} contracts can be read")
    return Page(quotes, reply.text_or_empty("next_url"))


def read_dividends(body: Body) -> Page[tuple[str, Dividend, date | None]]:
    """One page of cash dividends with the day on which each was declared."""
    reply = body.object()
    rows = [
        (row.text("ticker"), Dividend(row.day("ex_dividend_date"), row.number("cash_amount")), row.day_or_none("declaration_date"))
        for row in reply.list("results")
    ]
    return Page(rows, reply.text_or_empty("next_url"))


def read_splits(body: Body) -> Page[tuple[str, date, float]]:
    """One page of splits: symbol, first session after it, new shares for one old."""
    reply = body.object()
    return Page([_split(row) for row in reply.list("results")], reply.text_or_empty("next_url"))


def read_contracts(body: Body) -> Page[Occ]:
    """One page of contracts."""
    reply = body.object()
    return Page(list(_contracts(reply)), reply.text_or_empty("next_url"))


def _contracts(reply: Fields) -> Iterator[Occ]:
    for row in reply.list("results"):
        named = occ(row.text("ticker"))
        if named is None:
            raise row.fault("ticker", "no OCC ticker")
        yield Occ(named.root, named.expiry, named.is_call, named.strike, named.adjusted or _is_adjusted(row))


def _bar(row: Fields) -> Bar:
    opened, high, low, close, volume = (row.number(name) for name in ("o", "h", "l", "c", "v"))
    if not 0 < low <= min(opened, close) <= max(opened, close) <= high or volume < 0:
        raise row.fault("l", f"no possible bar, open {opened} high {high} low {low} close {close} volume {volume}")
    return row.moment("t", 1e3), opened, high, low, close, volume


def _split(row: Fields) -> tuple[str, date, float]:
    before, after = row.number("split_from"), row.number("split_to")
    if before <= 0 or after <= 0:
        raise row.fault("split_from", f"no possible split, {before} to {after}")
    return row.text("ticker"), row.day("execution_date"), after / before


def _quote(option: Fields) -> tuple[OptionRow, datetime, float] | None:
    """A row, or None for an adjusted contract and for nonsense: a ticker that is none, or another strike than the ticker says."""
    details, quote, share = option.inner("details"), option.inner("last_quote"), option.inner("underlying_asset")
    named = occ(details.text("ticker"))
    if named is None or named.adjusted or _is_adjusted(details) or named.strike != details.number("strike_price"):
        return None
    if isnan(share.number_or_nan("price")):
        raise WebFault(option.vendor, Fault.NOT_ENTITLED, f"{option.place}: no price of the underlying")
    bid, ask = quote.number_or_nan("bid"), quote.number_or_nan("ask")
    volume, interest = option.inner("day").number_or_nan("volume"), option.number_or_nan("open_interest")
    row = OptionRow(named.expiry, named.is_call, named.strike, bid, ask, volume, interest, option.number_or_nan("implied_volatility"))
    undated = isnan(quote.number_or_nan("last_updated"))
    moment = datetime.combine(date(1970, 1, 1), time(), UTC) if undated else quote.moment("last_updated", 1e9)
    return row, moment, share.number("price")


def _is_adjusted(contract: Fields) -> bool:
    shares = contract.number_or_nan("shares_per_contract")
    return bool(contract.values.get("additional_underlyings")) or shares != 100


def plugin(settings: Settings) -> Polygon:
    """Entry point."""
    return Polygon(Web(VENDOR, settings))
