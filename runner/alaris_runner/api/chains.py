"""Option chains of a slice: the contracts that have data now, with their quotes, open interest and (on request) Greeks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

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


class OptionContract(PascalCase):
    """One contract of a chain at the chain's time.

    A side without a quote shows the price that stood before (look at the slice's `quote_bars` to tell); implied volatility and
    Greeks are computed when first asked for.

    Attributes
    ----------
    strike : float
        Dollars.
    expiry : datetime
        A midnight.
    bid_price, ask_price, last_price : float
        Dollars a share, 0 where there was none yet.
    """

    __slots__ = (
        "_model",
        "_open_interest",
        "_open_interest_series",
        "_values",
        "ask_price",
        "ask_size",
        "bid_price",
        "bid_size",
        "expiry",
        "last_price",
        "right",
        "strike",
        "symbol",
        "symbol_properties",
        "time",
        "underlying_last_price",
        "volume",
    )

    def __init__(
        self, symbol: Symbol, time: datetime, underlying_last_price: float, symbol_properties: SymbolProperties, model: Model | None
    ) -> None:
        terms = symbol.id
        self.symbol = symbol
        self.strike: float = terms.strike_price
        self.expiry: datetime = terms.date
        self.right: OptionRight = terms.option_right
        self.time = time
        self.underlying_last_price = underlying_last_price
        self.symbol_properties = symbol_properties
        self._model = model
        self._values: tuple[float, float, Greeks] | None = None
        self.bid_size = self.ask_size = self.last_price = self.volume = 0.0
        self.bid_price: float
        self.ask_price: float
        self._open_interest: float
        self._open_interest_series: Any = None

    @staticmethod
    def of_security(
        security: Security, time: datetime, underlying_last_price: float, trade: TradeBar | None, model: Model | None
    ) -> OptionContract:
        """Snapshot of a subscribed contract; `trade` is this slice's trade bar (a filled-forward one has no volume)."""
        contract = OptionContract(security.symbol, time, underlying_last_price, security.symbol_properties, model)
        contract.bid_price, contract.ask_price = security.bid_price, security.ask_price
        contract.bid_size, contract.ask_size = security.bid_size, security.ask_size
        contract._open_interest, contract._open_interest_series = security.open_interest_, security.open_interest_series
        last = trade or security.last_trade_bar
        if last is not None:
            contract.last_price = last.close
            contract.volume = last.volume
        return contract

    @staticmethod
    def of_universe(row: OptionUniverse, underlying_last_price: float, symbol_properties: SymbolProperties) -> OptionContract:
        """Contract of a universe file's row: its close stands for bid, ask and last."""
        contract = OptionContract(row.symbol, row.end_time, underlying_last_price, symbol_properties, None)
        contract.bid_price = contract.ask_price = contract.last_price = row.close
        contract.volume, contract._open_interest = row.volume, row.open_interest
        contract._values = (row.close, row.implied_volatility, row.greeks)
        return contract

    @property
    def open_interest(self) -> float:
        """Open contracts as published by the chain's time."""
        return self._open_interest if self._open_interest_series is None else float(self._open_interest_series.at(self.time))

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
        return (self.symbol.id.date.date() - self.time.date()).days

    def _modelled(self) -> tuple[float, float, Greeks]:
        if self._values is None:
            self._values = self._model(self) if self._model is not None else (0.0, 0.0, Greeks())
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

    __slots__ = ("_flatten", "contracts", "end_time", "quote_bars", "symbol", "time", "trade_bars", "underlying")

    def __init__(
        self, symbol: Symbol, time: datetime, contracts: dict[Symbol, OptionContract], underlying: Any = None, flatten: bool = True
    ) -> None:
        self.symbol = symbol
        self.time = time
        self.end_time = time
        self.contracts: DataDictionary[OptionContract] = DataDictionary(contracts)
        self.underlying = underlying
        self.quote_bars: DataDictionary[QuoteBar] = DataDictionary()
        self.trade_bars: DataDictionary[TradeBar] = DataDictionary()
        self._flatten = flatten

    def __iter__(self) -> Iterator[OptionContract]:
        return iter(self.contracts.values())

    def __len__(self) -> int:
        return len(self.contracts)

    @property
    def count(self) -> int:
        """Number of contracts."""
        return len(self.contracts)

    @property
    def data_frame(self) -> Any:
        """The chain as a pandas frame (needs pandas; computes all Greeks)."""
        from alaris_runner.api.frames import chain_frame  # noqa: PLC0415 - pandas is imported only for who asks for a frame

        return chain_frame(self, flatten=self._flatten)

    def _only(self, test: Callable[[OptionContract], bool]) -> OptionChain:
        return OptionChain(self.symbol, self.time, {s: c for s, c in self.contracts.items() if test(c)}, self.underlying, self._flatten)

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
