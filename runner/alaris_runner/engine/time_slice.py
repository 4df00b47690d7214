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

Members = list[tuple[Option, TradeBar | None]]
_EVENTS = frozenset((Dividend, Split, Delisting, SymbolChangedEvent))


class TimeSlice:
    """One step: its slice, and the contracts that have data in it by their chain."""

    __slots__ = ("_contracts", "_points", "slice")

    def __init__(self, utc: datetime, algorithm_time: datetime, points: Iterable[tuple[Subscription, Any]]) -> None:
        self.slice = Slice(algorithm_time, utc)
        self._contracts: dict[Symbol, Members] = {}
        self._points = [(subscription.security, data) for subscription, data in points if subscription.security is not None]
        bars, quotes = self.slice.bars, self.slice.quote_bars
        members: Members = []
        canonical: Symbol | None = None
        for security, data in self._points:
            if isinstance(security, Option) and type(data) is tuple:
                trade, quote = data
                if trade is not None:
                    bars[security.symbol] = trade
                if quote is not None:
                    quotes[security.symbol] = quote
                if security.canonical is not canonical:
                    canonical = security.canonical
                    members = self._contracts.setdefault(canonical, [])
                members.append((security, trade))
            else:
                self._take_point(security, data)
        self.slice.has_data |= bool(bars or self._contracts)

    def _take_point(self, security: Security, data: Any) -> None:
        current, kind = self.slice, type(data)
        if kind is QuoteBar:
            current.quote_bars[data.symbol] = data
        elif kind is TradeBar:
            current.bars[data.symbol] = data
        elif kind is not OpenInterest:
            self._take_event(security, data)

    def _take_event(self, security: Security, data: Any) -> None:
        current = self.slice
        current.has_data = True
        if isinstance(data, Dividend):
            current.dividends[security.symbol] = data
        elif isinstance(data, Split):
            current.splits[security.symbol] = data
        elif isinstance(data, Delisting):
            data.price = security.price
            current.delistings[security.symbol] = data
        elif isinstance(data, SymbolChangedEvent):
            current.symbol_changed_events[security.symbol] = data
        else:
            current.add_custom(data)

    def update_securities(
        self, model: Model | None, find: Callable[[Symbol], Security | None], seen: Callable[[Symbol, float], None] | None
    ) -> None:
        """Take the points' prices over into the securities, then make the chains, whose contracts show those prices.

        Open trades see the price after each point: an option's trade first, then the middle of its quote; a dividend shows
        the standing price again.
        """
        for security, data in self._points:
            for point in data if type(data) is tuple else (data,):
                if point is None:
                    continue
                if type(point) not in _EVENTS and not point.is_fill_forward:
                    security.set_market_price(point)
                if seen is not None:
                    seen(security.symbol, security.price)
        for canonical, members in self._contracts.items():
            self._add_chain(canonical, members, model, find)

    def _add_chain(
        self,
        canonical: Symbol,
        members: Members,
        model: Model | None,
        find: Callable[[Symbol], Security | None],
    ) -> None:
        current, underlying = self.slice, canonical.underlying
        stock = find(underlying) if underlying is not None else None
        # LEAN keeps the stock's last point of the step: the quote where there is one, so its middle is the underlying's price.
        bar = (current.quote_bars.get(underlying) or current.bars.get(underlying)) if underlying is not None else None
        price, contracts = (bar.close if bar is not None else 0.0), {}
        if bar is not None:
            time = current.time
            contracts = {option.symbol: OptionContract.of_security(option, time, price, trade, model) for option, trade in members}
        current.option_chains[canonical] = OptionChain(
            canonical, current.time, contracts, bar if bar is not None else (stock.get_last_data() if stock is not None else None)
        )
