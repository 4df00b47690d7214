"""Option chains from Cboe's delayed quotes: no key, fifteen minutes late, times in UTC; 0.0 where there is no bid or no volatility."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from alaris.domain import NEW_YORK, Observation, OptionChain
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import Body, Fields, Vendor, Web
from alaris_plugins.vendor_rows import OptionRow, chain, closed, occ

VENDOR = Vendor(
    name="cboe",
    title="Cboe delayed quotes",
    addresses=("https://cdn.cboe.com",),
    gives=("option_chain: quotes 15 minutes late, volume, open interest, volatility; no history",),
    costs="free, no key, for personal use",
    home="https://www.cboe.com/delayed_quotes",
    per_minute=30,
)
DELAY = timedelta(minutes=15)


class Cboe:
    """Answer with the chain as it stood a quarter of an hour ago, or at the last close."""

    def __init__(self, web: Web) -> None:
        self._web = web

    @hookimpl
    def option_chain(self, symbol: str, as_of: datetime) -> Observation[OptionChain] | None:
        fetched = self._web.fetch(f"/api/global/delayed_quotes/options/{symbol}.json", {}, read_chain, as_of=as_of)
        if fetched is None or fetched.value is None or fetched.value.as_of > as_of:
            return None
        return Observation(fetched.value, fetched.source, fetched.available_at, fetched.value.as_of)


def read_chain(body: Body) -> OptionChain | None:
    """The chain of one reply; None where nothing trades any more."""
    reply = body.object()
    data = reply.inner("data")
    stamp = datetime.fromisoformat(reply.text("timestamp")).replace(tzinfo=UTC)
    traded = datetime.fromisoformat(data.text("last_trade_time")).replace(tzinfo=NEW_YORK)
    stood = min(stamp - DELAY, max(traded, closed(traded.date())))  # after the close the last quotes stand
    return chain(data.text("symbol"), data.number("current_price"), stood, _rows(data))


def _rows(data: Fields) -> Iterator[OptionRow]:
    for option in data.list("options"):
        named = occ(option.text("option"))
        if named is None:
            raise option.fault("option", "no OCC ticker")
        if not named.adjusted and named.root == data.text("symbol"):
            numbers = [option.number_or_nan(name) for name in ("bid", "ask", "volume", "open_interest", "iv")]
            yield OptionRow(named.expiry, named.is_call, named.strike, *numbers)


def plugin(settings: Settings) -> Cboe:
    """Entry point."""
    return Cboe(Web(VENDOR, settings))
