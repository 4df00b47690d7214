"""Build the slice of one time step from the points that arrived, and bring the securities up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from alaris_runner.api.bars import Delisting, Dividend, OpenInterest, QuoteBar, Split, SymbolChangedEvent, TradeBar
from alaris_runner.api.chains import Model, OptionChain, OptionContract
from alaris_runner.api.securities import Option, Security
from alaris_runner.api.slices import Slice
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.subscriptions import Subscription


class TimeSlice:
    """One step: its slice, the securities that have data in it, and its events."""

    __slots__ = ("_points", "contracts", "securities", "slice")

    def __init__(self, utc: datetime, algorithm_time: datetime, points: Iterable[tuple[Subscription, Any]]) -> None:
        self.slice = Slice(algorithm_time, utc)
        self.securities: dict[Symbol, Security] = {}
        self.contracts: dict[Symbol, dict[Symbol, Security]] = {}
        self._points: list[tuple[Security, Any]] = []
        for subscription, data in points:
            self._take(subscription, data)

    def _take(self, subscription: Subscription, data: Any) -> None:
        security, current = subscription.security, self.slice
        if security is None:
            return
        self._points.append((security, data))
        if subscription.kind == "internal":
            return
        kind = type(data)
        if kind is QuoteBar:
            current.quote_bars[security.symbol] = data
        elif kind is TradeBar:
            current.bars[security.symbol] = data
            current.has_data = True
        elif kind is OpenInterest:
            return
        else:
            self._take_other(security, data)
            return
        self.securities[security.symbol] = security
        if isinstance(security, Option):
            self.contracts.setdefault(security.canonical, {})[security.symbol] = security
            current.has_data = True

    def _take_other(self, security: Security, data: Any) -> None:
        current = self.slice
        current.has_data = True
        if isinstance(data, Dividend):
            current.dividends[security.symbol] = data
        elif isinstance(data, Split):
            current.splits[security.symbol] = data
        elif isinstance(data, Delisting):
            current.delistings[security.symbol] = data
        elif isinstance(data, SymbolChangedEvent):
            current.symbol_changed_events[security.symbol] = data
        else:
            current.add_custom(data)
            self.securities[security.symbol] = security

    def update_securities(self, model: Model | None, find: Callable[[Symbol], Security | None], seen: Callable[[Symbol, float], None] | None) -> None:
        """Take the points' prices over into the securities, then make the chains, whose contracts show those prices.

        Open trades see the price after each point: an option's trade first, then the middle of its quote; a dividend shows
        the standing price again.
        """
        for security, data in self._points:
            if not isinstance(data, (Dividend, Split, Delisting, SymbolChangedEvent)):
                security.set_market_price(data)
            if seen is not None:
                seen(security.symbol, security.price)
        for canonical, members in self.contracts.items():
            self._add_chain(canonical, members, model, find)

    def _add_chain(self, canonical: Symbol, members: dict[Symbol, Security], model: Model | None, find: Callable[[Symbol], Security | None]) -> None:
        current, underlying = self.slice, canonical.underlying
        stock = find(underlying) if underlying is not None else None
        bar = (current.bars.get(underlying) or current.quote_bars.get(underlying)) if underlying is not None else None
        price, contracts = (stock.price if stock is not None else 0.0), {}
        if bar is not None:
            trades, time = current.bars, current.time
            contracts = {symbol: OptionContract.of_security(security, time, price, dict.get(trades, symbol), model) for symbol, security in members.items()}
        current.option_chains[canonical] = OptionChain(canonical, current.time, contracts, bar if bar is not None else (stock.get_last_data() if stock is not None else None))
