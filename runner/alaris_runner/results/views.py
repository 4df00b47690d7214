"""What the results read of the portfolio, the securities and the orders: the faces, not the classes behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from alaris_runner.api.orders import Order
    from alaris_runner.api.symbols import Symbol


class SymbolView(Protocol):
    """A symbol as the result files print it: display value, security identifier, underlying."""

    @property
    def value(self) -> str: ...
    @property
    def id(self) -> object: ...
    @property
    def underlying(self) -> SymbolView | None: ...


class HoldingView(Protocol):
    """One holding: value is signed, sale volume the sum of |quantity| x price x multiplier of its fills, in USD."""

    @property
    def quantity(self) -> float: ...
    @property
    def holdings_value(self) -> float: ...
    @property
    def total_sale_volume(self) -> float: ...


class SymbolPropertiesView(Protocol):
    """The multiplier that turns a premium into dollars."""

    @property
    def contract_multiplier(self) -> float: ...


class SecurityView(Protocol):
    """One security of the run."""

    @property
    def symbol(self) -> SymbolView: ...
    @property
    def type(self) -> int: ...
    @property
    def price(self) -> float: ...
    @property
    def holdings(self) -> HoldingView: ...
    @property
    def symbol_properties(self) -> SymbolPropertiesView: ...
    @property
    def underlying(self) -> SecurityView | None: ...


class PortfolioView(Protocol):
    """LEAN's portfolio totals, in USD.

    `total_net_profit` is the realised gross profit plus dividends less fees; `total_unrealized_profit` is what closing at
    bid or ask would bring, less the fee of the market order that closes.
    """

    @property
    def total_portfolio_value(self) -> float: ...
    @property
    def total_holdings_value(self) -> float: ...
    @property
    def total_sale_volume(self) -> float: ...
    @property
    def total_fees(self) -> float: ...
    @property
    def total_net_profit(self) -> float: ...
    @property
    def total_unrealized_profit(self) -> float: ...
    @property
    def total_margin_used(self) -> float: ...
    def margin_by_group(self) -> Iterable[tuple[str, float]]:
        """Names of each position group's positions, and its maintenance margin."""


class Engine(Protocol):
    """What the handler asks of the engine while it runs; every time is a naive UTC `datetime`."""

    @property
    def portfolio(self) -> PortfolioView: ...
    def security(self, symbol: Symbol, /) -> SecurityView | None:
        """Security of a symbol that has traded, also one no longer subscribed."""

    def present_securities(self) -> Iterable[SecurityView]:
        """Securities of the portfolio, in the order they were added."""

    def benchmark_price(self, utc: datetime, /) -> float:
        """Price of the benchmark at `utc` (0.0 where it has no data)."""

    def risk_free_rate(self, day: date, /) -> float:
        """Annual rate as a fraction at a UTC date: the last row on or before it, before the first row the first."""

    def orders(self) -> Sequence[Order]:
        """All orders by id."""
