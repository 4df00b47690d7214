"""Live quotes from an IB Gateway: both legs at the same time, just before an order; and a chain of the strikes near the money."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import nan
from pathlib import Path
from time import perf_counter

from alaris.broker import (
    BrokerUnavailable,
    Caps,
    Gateway,
    GatewayAddress,
    OptionParameters,
    QuoteMode,
    QuoteProblem,
    QuoteRules,
    QuoteUnavailable,
    Share,
    SnapshotCosts,
    Timeouts,
)
from alaris.domain import Leg, LegQuote, Observation, OptionChain, Right
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import Vendor
from alaris_plugins.judging import day_in_new_york
from alaris_plugins.vendor_rows import OptionRow, chain

LOG = logging.getLogger("alaris.plugins.ibkr")
VENDOR = Vendor(
    name="ibkr",
    title="Interactive Brokers",
    addresses=(),
    gives=("execution_quotes: both legs at once, live or refused", "option_chain: live, strikes near the money; no history"),
    costs="market data subscriptions of the account; regulatory snapshots 0.03 USD an option",
    home="https://www.interactivebrokers.com",
)
NOW = timedelta(minutes=1)  # a question older than that is about the past, which a gateway does not know


class Ibkr:
    """Ask one gateway, connected at the first question about now and kept; a quote that is not live and whole is a reason in the log."""

    def __init__(self, settings: Settings) -> None:
        self._whole, self._settings = settings, settings.ibkr
        self._folder = Path(settings.web.folder).expanduser() if settings.web.folder else Path.home() / ".cache" / "alaris" / "web"
        self._gateway: Gateway | None = None
        self._lock = threading.Lock()

    @hookimpl
    def execution_quotes(self, legs: Sequence[Leg], as_of: datetime) -> Sequence[LegQuote] | None:
        """Quotes of all legs; unquoted ones where there is none, so that nobody else's number is ordered from, unless `fall_back`."""
        if not _is_now(as_of):
            return None
        try:
            quotes = self._ready().quotes(legs, self._settings.quote_seconds, QuoteMode(self._settings.quotes))
        except BrokerUnavailable as reason:
            LOG.warning("no execution quote of %s: %s", " and ".join(f"{leg.symbol} {leg.strike:g} {leg.expiry}" for leg in legs), reason)
            return None if self._settings.fall_back else [_unquoted(leg, as_of) for leg in legs]
        return [replace(quote, observed_at=min(quote.observed_at, as_of)) for quote in quotes]  # they came after the question

    @hookimpl
    def option_chain(self, symbol: str, as_of: datetime) -> Observation[OptionChain] | None:
        """The strikes nearest the money of the next expiries, as far as the market data lines go; None where the share has no quote."""
        if not _is_now(as_of):
            return None
        try:
            gateway = self._ready()
            listed = gateway.option_parameters(symbol, self._settings.quote_seconds)
            (share,) = gateway.watched_quotes([Share(symbol)], self._settings.quote_seconds)
            if share is None:
                raise BrokerUnavailable(f"{symbol} itself has no live quote on both sides")
            spot = (share[0] + share[1]) / 2
            legs = self._near(listed, spot, day_in_new_york(as_of))
            rows = self._rows(gateway, legs)
        except BrokerUnavailable as reason:
            LOG.warning("no option chain of %s: %s", symbol, reason)
            return None
        made = chain(symbol, spot, as_of, rows)
        return None if made is None else Observation(made, VENDOR.title, as_of, as_of)

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            if self._gateway is not None:
                self._gateway.stop()
                self._gateway = None

    def _ready(self) -> Gateway:
        with self._lock:
            if self._gateway is None:
                self._gateway = gateway_of(self._whole, self._folder)
                self._gateway.start()
            gateway = self._gateway
        if not gateway.wait_ready(self._settings.quote_seconds):
            raise QuoteUnavailable(QuoteProblem.NOT_CONNECTED, f"the gateway is {gateway.state.value}: {gateway.problem}")
        return gateway

    def _near(self, listed: OptionParameters, spot: float, today: date) -> list[Leg]:
        """Calls and puts of the chain's expiries and strikes, as many as there are free lines."""
        expiries = [day for day in listed.expiries if day >= today][: self._settings.chain_expiries]
        strikes = sorted(sorted(listed.strikes, key=lambda strike: abs(strike - spot))[: self._settings.chain_strikes])
        legs = [Leg(listed.symbol, right, strike, day, 1) for day in expiries for strike in strikes for right in Right]
        return legs[: self._settings.lines]

    def _rows(self, gateway: Gateway, legs: Sequence[Leg]) -> list[OptionRow]:
        quotes = gateway.watched_quotes(legs, self._settings.quote_seconds)
        rows = [
            OptionRow(leg.expiry, leg.right is Right.CALL, leg.strike, *quote)
            for leg, quote in zip(legs, quotes, strict=True)
            if quote is not None
        ]
        if len(rows) < len(legs):
            LOG.info("chain of %s: %d of %d contracts have a live quote on both sides", legs[0].symbol, len(rows), len(legs))
        return rows


def gateway_of(settings: Settings, folder: Path) -> Gateway:
    """A connection for quotes, not started yet; what paid snapshots cost is counted in `folder`."""
    ours = settings.ibkr
    address = GatewayAddress(ours.host, ours.port, ours.quote_client, ours.paper, account=ours.account)
    caps = Caps(*(Decimal(str(cost)) for cost in (ours.day_cost, ours.month_cost, ours.symbol_day_cost)))
    return Gateway(
        address,
        timeouts=Timeouts(legs_apart=ours.legs_apart_seconds),
        rules=QuoteRules(figures=ours.figures_seconds, lines=ours.lines),
        costs=SnapshotCosts(folder / "snapshot-costs.sqlite", caps),
    )


def asked(settings: Settings) -> str:
    """Whether a gateway answers now, for `alaris data providers --ask`; it sends no request that costs."""
    started = perf_counter()
    with gateway_of(settings, Path()) as gateway:
        if not gateway.wait_ready(settings.ibkr.quote_seconds):
            return f"no: {gateway.problem}"
        return f"yes, account {gateway.account_id}, {perf_counter() - started:.1f} s"


def _is_now(as_of: datetime) -> bool:
    return abs(datetime.now(UTC) - as_of) <= NOW


def _unquoted(leg: Leg, as_of: datetime) -> LegQuote:
    return LegQuote(leg, *(nan,) * 9, observed_at=as_of)


def plugin(settings: Settings) -> Ibkr:
    """Entry point."""
    return Ibkr(settings)
