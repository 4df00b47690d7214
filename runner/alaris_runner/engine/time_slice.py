"""Build the slice of one time step from the points that arrived, and bring the securities up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from alaris_runner.api.bars import Delisting, Dividend, OpenInterest, QuoteBar, Split, SymbolChangedEvent, TradeBar
from alaris_runner.api.chains import Model, OptionChain, OptionContract
from alaris_runner.api.late_dictionary import LateDictionary
from alaris_runner.api.securities import Security
from alaris_runner.api.slices import Slice
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.contract_feed import ContractFeed
from alaris_runner.engine.contract_group import ContractBars, ContractPoints
from alaris_runner.engine.expiries import ContractsEnd
from alaris_runner.engine.subscriptions import Subscription

_EVENTS = frozenset((Dividend, Split, Delisting, SymbolChangedEvent))


class TimeSlice:
    """One step: its slice, and the contracts that have data in it by their chain."""

    __slots__ = ("_contracts", "_points", "slice")

    def __init__(self, utc: datetime, algorithm_time: datetime, points: Iterable[tuple[Subscription, Any]]) -> None:
        self.slice = Slice(algorithm_time, utc)
        self._contracts = [data for _, data in points if type(data) is ContractPoints]
        self._points: list[tuple[Security, Any]] = []
        for subscription, data in points:
            if subscription.security is not None:
                self._points.append((subscription.security, data))
            elif type(data) is ContractsEnd:
                self._points += data.events()
        if self._contracts:
            self.slice.bars = LateDictionary(ContractBars(contracts, ContractFeed.trade) for contracts in self._contracts)
            self.slice.quote_bars = LateDictionary(ContractBars(contracts, ContractFeed.quote) for contracts in self._contracts)
        for security, data in self._points:
            self._take_point(security, data)
        self.slice.has_data |= bool(self._contracts)

    def _take_point(self, security: Security, data: Any) -> None:
        current, kind = self.slice, type(data)
        if kind is QuoteBar:
            current.quote_bars[data.symbol] = data
        elif kind is TradeBar:
            current.bars[data.symbol] = data
            current.has_data = True
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
            data.set_price(security.price if security.feed is None else security.feed.price_now())
            current.delistings[security.symbol] = data
        elif isinstance(data, SymbolChangedEvent):
            current.symbol_changed_events[security.symbol] = data
        else:
            current.add_custom(data)

    def update_securities(
        self, model: Model | None, find: Callable[[Symbol], Security | None], traded: Iterable[Symbol], seen: Callable[[Any, float], None]
    ) -> None:
        """Take the points' prices over into the securities, then make the chains, whose contracts show those prices.

        Open trades (`traded`) see the price after each point: an option's trade first, then the middle of its quote; a dividend
        shows the standing price again.
        """
        for security, data in self._points:
            if type(data) not in _EVENTS and not data.is_fill_forward:
                security.set_market_price(data)
            if traded:
                seen(security.symbol, security.price)
        chains: dict[Symbol, list[ContractPoints]] = {}
        for contracts in self._contracts:
            contracts.show(traded, seen)
            chains.setdefault(contracts.canonical, []).append(contracts)
        for canonical, members in chains.items():
            self._add_chain(canonical, members, model, find)

    def _add_chain(
        self,
        canonical: Symbol,
        members: list[ContractPoints],
        model: Model | None,
        find: Callable[[Symbol], Security | None],
    ) -> None:
        current, underlying = self.slice, canonical.underlying
        stock = find(underlying) if underlying is not None else None
        # LEAN keeps the stock's last point of the step: the quote where there is one, so its middle is the underlying's price.
        bar = (current.quote_bars.get(underlying) or current.bars.get(underlying)) if underlying is not None else None
        shown = bar if bar is not None else (stock.get_last_data() if stock is not None else None)

        def contracts(time: datetime = current.time) -> list[OptionContract]:  # knows nothing of the slice, which then frees itself
            return [contract for group in members for contract in group.lines(time, bar.close, model)] if bar is not None else []

        current.option_chains[canonical] = OptionChain(canonical, current.time, contracts, shown)
