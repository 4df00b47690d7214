"""A security as the algorithm and the brokerage see it: its last prices, its exchange, its models and its holdings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, cast

from alaris_runner.api.bars import OpenInterest, QuoteBar, TradeBar
from alaris_runner.api.enums import DataNormalizationMode, Resolution, SecurityType, SettlementType
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.market_hours import SecurityExchangeHours
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner


class SymbolProperties(PascalCase):
    """What one unit of a security is: multiplier, tick and lot."""

    __slots__ = ("contract_multiplier", "description", "lot_size", "minimum_price_variation", "quote_currency", "strike_multiplier")

    def __init__(self, contract_multiplier: float, minimum_price_variation: float, lot_size: float, quote_currency: str = "USD", description: str = "") -> None:
        self.contract_multiplier = contract_multiplier
        self.minimum_price_variation = minimum_price_variation
        self.lot_size = lot_size
        self.quote_currency = quote_currency
        self.description = description
        self.strike_multiplier = 1.0


class SecurityExchange(PascalCase):
    """The exchange of a security, at the engine's time."""

    __slots__ = ("_utc_now", "hours")

    def __init__(self, hours: SecurityExchangeHours, utc_now: Callable[[], datetime]) -> None:
        self.hours = hours
        self._utc_now = utc_now

    @property
    def time_zone(self) -> str:
        """Name of the exchange's zone."""
        return self.hours.zone.name

    @property
    def local_time(self) -> datetime:
        """Now, on the exchange's clock."""
        return self.hours.zone.from_utc(self._utc_now())

    @property
    def exchange_open(self) -> bool:
        """Whether the exchange is in its regular session now."""
        return self.hours.is_open(self.local_time)

    def date_is_open(self, date: datetime | None = None) -> bool:
        """Whether there is trading on a day (default: today)."""
        return self.hours.is_date_open(date or self.local_time)

    def is_open_during_bar(self, start: datetime, end: datetime, extended_market_hours: bool) -> bool:
        """Whether a bar overlaps a session."""
        return self.hours.is_open(start, end, extended_market_hours)


class Security(PascalCase):
    """One security of the algorithm.

    Prices are those of the last real data; bars that were only filled forward do not change them, and a side without a quote leaves
    the previous one standing, as on LEAN.
    """

    __slots__ = (
        "__dict__", "_bar", "ask_price", "ask_size", "bid_price", "bid_size", "buying_power_model", "data_normalization_mode", "exchange", "fee_model", "fill_forward", "fill_model",
        "has_data", "has_quotes", "holdings", "is_delisted", "is_extended_market_hours", "is_internal", "is_tradable", "last_data_end", "last_quote_bar", "last_trade_bar",
        "leverage_", "open_interest_", "open_interest_series", "price", "resolution", "settlement_model", "slippage_model", "symbol", "symbol_properties", "underlying", "volume", "volatility_model",
    )  # fmt: skip

    def __init__(self, symbol: Symbol, exchange: SecurityExchange, symbol_properties: SymbolProperties, resolution: Resolution) -> None:
        self.symbol = symbol
        self.exchange = exchange
        self.symbol_properties = symbol_properties
        self.resolution = resolution
        self.data_normalization_mode = DataNormalizationMode.ADJUSTED
        self.fill_forward = True
        self.is_extended_market_hours = False
        self.is_internal = False
        self.is_tradable = True
        self.is_delisted = False
        self.has_quotes = False
        self.underlying: Security | None = None
        self.leverage_ = 1.0
        self.holdings: Any = None
        self.fee_model: Any = None
        self.fill_model: Any = None
        self.slippage_model: Any = None
        self.buying_power_model: Any = None
        self.settlement_model: Any = None
        self.volatility_model: Any = None
        self.reset()

    def reset(self) -> None:
        """Forget all prices."""
        self.price = self.volume = 0.0
        self._bar: TradeBar | QuoteBar | None = None
        self.bid_price = self.ask_price = self.bid_size = self.ask_size = self.open_interest_ = 0.0
        self.open_interest_series: Any = None
        self.has_data = False
        self.last_trade_bar: TradeBar | None = None
        self.last_quote_bar: QuoteBar | None = None
        self.last_data_end: datetime | None = None

    @property
    def type(self) -> SecurityType:
        """Kind of security."""
        return self.symbol.security_type

    @property
    def invested(self) -> bool:
        """Whether any of it is held."""
        return bool(self.holdings.quantity)

    @property
    def hold_stock(self) -> bool:
        """Whether any of it is held."""
        return self.invested

    @property
    def leverage(self) -> float:
        """Leverage of the buying-power model."""
        return self.leverage_

    @property
    def local_time(self) -> datetime:
        """Now, on the exchange's clock."""
        return self.exchange.local_time

    @property
    def subscriptions(self) -> list[Any]:
        """Not available here."""
        raise NotSupportedByRunner("Security.subscriptions", "Use `resolution` and `data_normalization_mode`.")

    @property
    def open_interest(self) -> float:
        """Open contracts as last published."""
        return self.open_interest_ if self.open_interest_series is None else float(self.open_interest_series.at(self.exchange.local_time))

    def get_last_data(self) -> TradeBar | QuoteBar | None:
        """Latest real data point."""
        trade, quote = self.last_trade_bar, self.last_quote_bar
        if trade is None or quote is None:
            return trade or quote
        return quote if self.type != SecurityType.EQUITY and quote.end_time >= trade.end_time else trade

    def set_leverage(self, leverage: float) -> None:
        """Set the leverage of the buying-power model."""
        self.leverage_ = float(leverage)
        if self.buying_power_model is not None:
            self.buying_power_model.set_leverage(self, float(leverage))

    def set_fee_model(self, fee_model: Any) -> None:
        """Replace the fee model."""
        self.fee_model = fee_model

    def set_fill_model(self, fill_model: Any) -> None:
        """Replace the fill model."""
        self.fill_model = fill_model

    def set_slippage_model(self, slippage_model: Any) -> None:
        """Replace the slippage model."""
        self.slippage_model = slippage_model

    def set_buying_power_model(self, buying_power_model: Any) -> None:
        """Replace the buying-power model."""
        self.buying_power_model = buying_power_model

    def set_margin_model(self, margin_model: Any) -> None:
        """Replace the buying-power model (LEAN's older name)."""
        self.buying_power_model = margin_model

    def set_settlement_model(self, settlement_model: Any) -> None:
        """Replace the settlement model."""
        self.settlement_model = settlement_model

    def set_data_normalization_mode(self, mode: DataNormalizationMode) -> None:
        """Choose how prices are adjusted; only before data arrived."""
        self.data_normalization_mode = DataNormalizationMode(mode)

    def set_market_price(self, data: TradeBar | QuoteBar | OpenInterest | Any) -> None:
        """Take over a data point's prices."""
        kind = type(data)
        if kind is QuoteBar:
            self._take_quote(data)
        elif kind is TradeBar:
            self._take_trade(data)
        elif kind is OpenInterest:
            self.open_interest_ = data.value
        elif data is not None:
            self.has_data = True
            self.price = float(data.value)

    def _take_trade(self, bar: TradeBar) -> None:
        if bar.is_fill_forward:
            return
        self.last_trade_bar = bar
        self.last_data_end = bar.end_time
        self.has_data = True
        if bar.volume:
            self.volume = bar.volume
        quote = self.last_quote_bar
        if quote is None or quote.end_time != bar.end_time or self.symbol.security_type == SecurityType.EQUITY:
            self._take_prices(bar, bar.close)

    def _take_quote(self, bar: QuoteBar) -> None:
        if bar.is_fill_forward:
            return
        self.last_quote_bar = bar
        self.last_data_end = bar.end_time
        self.has_data = True
        bid, ask = bar.bid, bar.ask
        if bid is not None and bid.close:
            self.bid_price = bid.close
            self.bid_size = bar.last_bid_size or self.bid_size
        if ask is not None and ask.close:
            self.ask_price = ask.close
            self.ask_size = bar.last_ask_size or self.ask_size
        if self.symbol.security_type != SecurityType.EQUITY:
            self._take_prices(bar, (bid.close + ask.close) / 2 if bid is not None and ask is not None else bar.close)

    def _take_prices(self, bar: TradeBar | QuoteBar, close: float) -> None:
        if close:
            self.price = close
            self._bar = bar

    @property
    def close(self) -> float:
        """Last price."""
        return self.price

    @property
    def open(self) -> float:
        """First price of the last bar."""
        return self._bar.open if self._bar is not None else self.price

    @property
    def high(self) -> float:
        """Highest price of the last bar."""
        return self._bar.high if self._bar is not None else self.price

    @property
    def low(self) -> float:
        """Lowest price of the last bar."""
        return self._bar.low if self._bar is not None else self.price

    def __repr__(self) -> str:
        return self.symbol.value


class Equity(Security):
    """A stock."""

    __slots__ = ()


class Option(Security):
    """One contract, or (canonical) the whole chain of an underlying."""

    __slots__ = ("canonical", "price_model", "universe")

    def __init__(self, symbol: Symbol, exchange: SecurityExchange, symbol_properties: SymbolProperties, resolution: Resolution) -> None:
        super().__init__(symbol, exchange, symbol_properties, resolution)
        self.canonical = symbol.canonical
        self.universe: Any = None
        self.price_model: Any = None

    @property
    def strike_price(self) -> float:
        """Strike in dollars."""
        return self.symbol.id.strike_price

    @property
    def strike(self) -> float:
        """Strike in dollars."""
        return self.symbol.id.strike_price

    @property
    def expiry(self) -> datetime:
        """Expiry date as a midnight."""
        return self.symbol.id.date

    @property
    def right(self) -> Any:
        """Call or put."""
        return self.symbol.id.option_right

    @property
    def style(self) -> Any:
        """American or European."""
        return self.symbol.id.option_style

    @property
    def exercise_settlement(self) -> SettlementType:
        """What is exchanged on exercise."""
        return SettlementType.PHYSICAL_DELIVERY

    @property
    def contract_unit_of_trade(self) -> int:
        """Shares of one contract."""
        return int(self.symbol_properties.contract_multiplier)

    @property
    def contract_multiplier(self) -> int:
        """Shares of one contract."""
        return int(self.symbol_properties.contract_multiplier)

    def set_filter(self, *arguments: Any, **named: Any) -> None:
        """Choose which contracts are subscribed: a function of the universe, strikes, expiries, or both.

        `set_filter(fn)`, `set_filter(min_strike, max_strike)`, `set_filter(min_expiry, max_expiry)` or
        `set_filter(min_strike, max_strike, min_expiry, max_expiry)`.
        """
        if self.universe is None:
            raise InvalidRequest(f"{self.symbol.value} is one contract: set_filter belongs to the option that add_option returned")
        self.universe.set_filter(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        if name == "assignment_model" or name.startswith("set_option_"):
            raise NotSupportedByRunner(f"Option.{name}")
        return super().__getattr__(name)


class SecurityManager(PascalCase):
    """The algorithm's securities by symbol or ticker; those that left stay reachable by symbol, but are not listed."""

    __slots__ = ("_active", "_completed", "_lookup")

    def __init__(self) -> None:
        self._active: dict[Symbol, Security] = {}
        self._completed: dict[Symbol, Security] = {}
        self._lookup: Callable[[str], Symbol | None] = lambda ticker: next((s for s in (*self._active, *self._completed) if s.value == ticker.upper()), None)

    def add(self, security: Security) -> None:
        """Add a security."""
        self._completed.pop(security.symbol, None)
        self._active[security.symbol] = security

    def retire(self, symbol: Symbol) -> None:
        """Take a security off the list."""
        security = self._active.pop(symbol, None)
        if security is not None:
            self._completed[symbol] = security

    def _symbol(self, key: Symbol | str) -> Symbol | None:
        return key if isinstance(key, Symbol) else self._lookup(key)

    def __getitem__(self, key: Symbol | str) -> Security:
        symbol = self._symbol(key)
        security = self.find(symbol) if symbol is not None else None
        if security is None:
            raise KeyError(f"'{key}' is not among the algorithm's securities; add it with add_equity or add_option first")
        return security

    def find(self, symbol: Symbol) -> Security | None:
        """Security of a symbol, listed or left, or None."""
        return self._active.get(symbol) or self._completed.get(symbol)

    def get(self, key: Symbol | str, default: Any = None) -> Security | Any:
        """Security of a symbol or ticker, or the default."""
        symbol = self._symbol(key)
        return (self.find(symbol) if symbol is not None else None) or default

    def contains_key(self, key: Symbol | str) -> bool:
        """Whether a symbol is listed."""
        symbol = self._symbol(key)
        return symbol is not None and symbol in self._active

    def __contains__(self, key: object) -> bool:
        return self.contains_key(cast("Symbol | str", key))

    def keys(self) -> list[Symbol]:
        """Symbols of the listed securities."""
        return list(self._active)

    def values(self) -> list[Security]:
        """Listed securities."""
        return list(self._active.values())

    def items(self) -> list[tuple[Symbol, Security]]:
        """Symbols and securities."""
        return list(self._active.items())

    @property
    def total(self) -> list[Security]:
        """Listed securities and those that left."""
        return [*self._active.values(), *self._completed.values()]

    @property
    def count(self) -> int:
        """Number of listed securities."""
        return len(self._active)

    def __iter__(self) -> Iterator[Any]:
        return iter([KeyValuePair(k, v) for k, v in self._active.items()])

    def __len__(self) -> int:
        return len(self._active)


class KeyValuePair(PascalCase):
    """.NET's dictionary entry: iterating a LEAN dictionary yields these; it also unpacks as (key, value)."""

    __slots__ = ("key", "value")

    def __init__(self, key: Any, value: Any) -> None:
        self.key = key
        self.value = value

    def __iter__(self) -> Iterator[Any]:
        return iter((self.key, self.value))
