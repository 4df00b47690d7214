"""Option chains of a slice: the contracts that have data now, with their quotes, open interest and (on request) Greeks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Protocol

from alaris_runner.api.bars import QuoteBar, TradeBar
from alaris_runner.api.enums import OptionRight, OptionStyle
from alaris_runner.api.greeks import Greeks
from alaris_runner.api.option_universe import OptionUniverse
from alaris_runner.api.securities import Security, SymbolProperties
from alaris_runner.api.slices import DataDictionary
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol
from alaris_runner.errors import NotSupportedByRunner

Model = Callable[["OptionContract"], tuple[float, float, Greeks]]
Sides = tuple[float, float]  # of the bid and the ask


class ContractSource(Protocol):
    """Where a contract's quotes come from; every question names the moment it is asked for."""

    def sides(self, at: Any) -> Sides:
        """Standing bid and ask."""

    def sizes(self, at: Any) -> Sides:
        """Their sizes."""

    def last_trade(self, at: Any) -> tuple[float, float]:
        """Last price and volume."""

    def open_interest(self, at: Any, local: datetime) -> float:
        """Open contracts."""


class FixedSource:
    """Quotes that were taken down."""

    __slots__ = ("_last", "_open_interest", "_sides", "_sizes")

    def __init__(self, sides: Sides, sizes: Sides, last: tuple[float, float], open_interest: float) -> None:
        self._sides = sides
        self._sizes = sizes
        self._last = last
        self._open_interest = open_interest

    def sides(self, _: Any) -> Sides:
        """Bid and ask."""
        return self._sides

    def sizes(self, _: Any) -> Sides:
        """Their sizes."""
        return self._sizes

    def last_trade(self, _: Any) -> tuple[float, float]:
        """Last price and volume."""
        return self._last

    def open_interest(self, _: Any, __: datetime) -> float:
        """Open contracts."""
        return self._open_interest


class ChainMoment:
    """What the contracts of a chain share: its time, the price of the stock, the model of their Greeks."""

    __slots__ = ("at", "model", "symbol_properties", "time", "underlying_last_price")

    def __init__(
        self, time: datetime, underlying_last_price: float, symbol_properties: SymbolProperties, model: Model | None = None, at: Any = None
    ) -> None:
        self.time = time
        self.underlying_last_price = underlying_last_price
        self.symbol_properties = symbol_properties
        self.model = model
        self.at = at


class OptionContract(PascalCase):
    """One contract of a chain at the chain's time.

    A side without a quote shows the price that stood before (look at the slice's `quote_bars` to tell). Prices, implied volatility
    and Greeks are read or computed when first asked for.

    Parameters
    ----------
    moment : ChainMoment
        What it shares with the other contracts of its chain.
    source : ContractSource
        Where its quotes come from.
    """

    __slots__ = ("_moment", "_sides", "_source", "_values", "symbol")

    def __init__(self, symbol: Symbol, moment: ChainMoment, source: ContractSource) -> None:
        self.symbol = symbol
        self._moment = moment
        self._source = source
        self._sides: Sides | None = None
        self._values: tuple[float, float, Greeks] | None = None

    @staticmethod
    def of_security(security: Security, time: datetime, underlying_last_price: float) -> OptionContract:
        """Snapshot of a subscribed contract's prices."""
        cache, last = security.cache, security.last_trade_bar
        sides, sizes = (cache.bid_price, cache.ask_price), (cache.bid_size, cache.ask_size)
        source = FixedSource(sides, sizes, (last.close, last.volume) if last is not None else (0.0, 0.0), cache.open_interest)
        return OptionContract(security.symbol, ChainMoment(time, underlying_last_price, security.symbol_properties), source)

    @staticmethod
    def of_universe(row: OptionUniverse, underlying_last_price: float, symbol_properties: SymbolProperties) -> OptionContract:
        """Contract of a universe file's row: its close stands for bid, ask and last."""
        source = FixedSource((row.close, row.close), (0.0, 0.0), (row.close, row.volume), row.open_interest)
        contract = OptionContract(row.symbol, ChainMoment(row.end_time, underlying_last_price, symbol_properties), source)
        contract._values = (row.close, row.implied_volatility, row.greeks)
        return contract

    @property
    def bid_price(self) -> float:
        """Standing bid, dollars a share; 0 where there was none yet."""
        sides = self._sides
        if sides is None:
            sides = self._sides = self._source.sides(self._moment.at)
        return sides[0]

    @property
    def ask_price(self) -> float:
        """Standing ask, dollars a share; 0 where there was none yet."""
        sides = self._sides
        if sides is None:
            sides = self._sides = self._source.sides(self._moment.at)
        return sides[1]

    @property
    def bid_size(self) -> float:
        """Contracts at the bid."""
        return self._source.sizes(self._moment.at)[0]

    @property
    def ask_size(self) -> float:
        """Contracts at the ask."""
        return self._source.sizes(self._moment.at)[1]

    @property
    def last_price(self) -> float:
        """Last traded price, dollars a share; 0 where there was none yet."""
        return self._source.last_trade(self._moment.at)[0]

    @property
    def volume(self) -> float:
        """Contracts traded in the chain's bar; 0 where it was filled forward."""
        return self._source.last_trade(self._moment.at)[1]

    @property
    def open_interest(self) -> float:
        """Open contracts as published by the chain's time."""
        return self._source.open_interest(self._moment.at, self._moment.time)

    @property
    def strike(self) -> float:
        """Strike in dollars."""
        return self.symbol.id.strike_price

    @property
    def expiry(self) -> datetime:
        """Expiry date as a midnight."""
        return self.symbol.id.date

    @property
    def right(self) -> OptionRight:
        """Call or put."""
        return self.symbol.id.option_right

    @property
    def time(self) -> datetime:
        """Time of the chain."""
        return self._moment.time

    @property
    def underlying_last_price(self) -> float:
        """Price of the stock at the chain's time."""
        return self._moment.underlying_last_price

    @property
    def symbol_properties(self) -> SymbolProperties:
        """Multiplier, tick and lot."""
        return self._moment.symbol_properties

    @property
    def underlying_symbol(self) -> Symbol:
        """Symbol of the stock."""
        return self.symbol.underlying or self.symbol

    @property
    def id(self) -> Any:
        """Identifier of the contract."""
        return self.symbol.id

    @property
    def scaled_strike(self) -> float:
        """Strike times the strike multiplier (1 for equity options)."""
        return self.symbol.id.strike_price * self.symbol_properties.strike_multiplier

    @property
    def style(self) -> OptionStyle:
        """American or European."""
        return self.symbol.id.option_style

    @property
    def days_to_expiry(self) -> int:
        """Calendar days to the expiry date."""
        return (self.expiry.date() - self.time.date()).days

    def _modelled(self) -> tuple[float, float, Greeks]:
        if self._values is None:
            model = self._moment.model
            self._values = model(self) if model is not None else (0.0, 0.0, Greeks())
        return self._values

    @property
    def theoretical_price(self) -> float:
        """Model price at the implied volatility."""
        return self._modelled()[0]

    @property
    def implied_volatility(self) -> float:
        """Implied volatility of the middle; 0.25 means 25 %, 0 where there is none."""
        return self._modelled()[1]

    @property
    def greeks(self) -> Greeks:
        """Greeks at the implied volatility."""
        return self._modelled()[2]

    def __repr__(self) -> str:
        return self.symbol.value


class OptionChain(PascalCase):
    """The contracts of one underlying; iterating it yields them."""

    __slots__ = ("_by_symbol", "_flatten", "_made", "_make", "end_time", "quote_bars", "symbol", "time", "trade_bars", "underlying")

    def __init__(
        self, symbol: Symbol, time: datetime, make: Callable[[], list[OptionContract]], underlying: Any = None, flatten: bool = True
    ) -> None:
        self.symbol = symbol
        self.time = time
        self.end_time = time
        self.underlying = underlying
        self.quote_bars: DataDictionary[QuoteBar] = DataDictionary()
        self.trade_bars: DataDictionary[TradeBar] = DataDictionary()
        self._make = make
        self._made: list[OptionContract] | None = None
        self._by_symbol: DataDictionary[OptionContract] | None = None
        self._flatten = flatten

    def _all(self) -> list[OptionContract]:
        if self._made is None:
            self._made = self._make()
        return self._made

    @property
    def contracts(self) -> DataDictionary[OptionContract]:
        """Contracts by symbol."""
        if self._by_symbol is None:
            self._by_symbol = DataDictionary({contract.symbol: contract for contract in self._all()})
        return self._by_symbol

    def __iter__(self) -> Iterator[OptionContract]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    @property
    def count(self) -> int:
        """Number of contracts."""
        return len(self)

    @property
    def data_frame(self) -> Any:
        """The chain as a pandas frame (needs pandas; computes all Greeks)."""
        from alaris_runner.api.frames import chain_frame  # noqa: PLC0415 - pandas is imported only for who asks for a frame

        return chain_frame(self, flatten=self._flatten)

    def _only(self, test: Callable[[OptionContract], bool]) -> OptionChain:
        chosen = [contract for contract in self._all() if test(contract)]
        return OptionChain(self.symbol, self.time, lambda: chosen, self.underlying, self._flatten)

    def calls_only(self) -> OptionChain:
        """Chain of the calls."""
        return self._only(lambda c: c.right == OptionRight.CALL)

    def puts_only(self) -> OptionChain:
        """Chain of the puts."""
        return self._only(lambda c: c.right == OptionRight.PUT)

    def where(self, predicate: Callable[[OptionContract], bool]) -> OptionChain:
        """Chain of the contracts of which a function is true."""
        return self._only(lambda c: bool(predicate(c)))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name[:1].isupper():
            return super().__getattr__(name)
        raise NotSupportedByRunner(f"OptionChain.{name}", "Iterate the chain and choose contracts yourself.")
