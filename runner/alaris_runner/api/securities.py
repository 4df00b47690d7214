"""A security as the algorithm and the brokerage see it: its last prices, its exchange, its models and its holdings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from alaris_runner.api.bars import QuoteBar, TradeBar
from alaris_runner.api.enums import DataNormalizationMode, Resolution, SecurityType, SettlementType
from alaris_runner.api.security_cache import PriceFeed, SecurityCache
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.market_hours import SecurityExchangeHours
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner


class SymbolProperties(PascalCase):
    """What one unit of a security is: multiplier, tick and lot."""

    __slots__ = ("contract_multiplier", "description", "lot_size", "minimum_price_variation", "quote_currency", "strike_multiplier")

    def __init__(
        self,
        contract_multiplier: float,
        minimum_price_variation: float,
        lot_size: float,
        quote_currency: str = "USD",
        description: str = "",
    ) -> None:
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

    def date_is_open(self, date_to_check: datetime | None = None) -> bool:
        """Whether there is trading on a day (default: today)."""
        return self.hours.is_date_open(date_to_check or self.local_time)

    def is_open_during_bar(self, bar_start_time: datetime, bar_end_time: datetime, is_extended_market_hours: bool) -> bool:
        """Whether a bar overlaps a session."""
        return self.hours.is_open(bar_start_time, bar_end_time, is_extended_market_hours)


class Security(PascalCase):
    """One security of the algorithm.

    Prices are those of the last real data; bars that were only filled forward do not change them, and a side without a quote leaves
    the previous one standing, as on LEAN. A contract's `feed` reads them when they are asked for.
    """

    __slots__ = (
        "__dict__",
        "_cache",
        "buying_power_model",
        "data_normalization_mode",
        "exchange",
        "fee_model",
        "feed",
        "fill_forward",
        "fill_model",
        "has_quotes",
        "holdings",
        "is_delisted",
        "is_extended_market_hours",
        "is_internal",
        "is_tradable",
        "leverage_",
        "open_interest_series",
        "resolution",
        "settlement_model",
        "slippage_model",
        "symbol",
        "symbol_properties",
        "type",
        "underlying",
        "volatility_model",
    )

    def __init__(self, symbol: Symbol, exchange: SecurityExchange, symbol_properties: SymbolProperties, resolution: Resolution) -> None:
        self.symbol = symbol
        self.type: SecurityType = symbol.security_type
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
        self.feed: PriceFeed | None = None
        self.open_interest_series: Any = None
        self._cache = SecurityCache(symbol.security_type == SecurityType.EQUITY)

    def reset(self) -> None:
        """Forget all prices and where they came from; a feed keeps what it had, for slices that were kept."""
        self.feed = None
        self.open_interest_series = None
        self._cache = SecurityCache(self._cache.shows_trades)

    @property
    def cache(self) -> SecurityCache:
        """The last prices."""
        if self.feed is not None:
            self.feed.bring_up_to_date()
        return self._cache

    @property
    def price(self) -> float:
        """Last price; of what trades and is quoted, the middle of a newer quote."""
        return self.cache.price

    @property
    def bid_price(self) -> float:
        """What buyers last offered."""
        return self.cache.bid_price

    @property
    def ask_price(self) -> float:
        """What sellers last asked."""
        return self.cache.ask_price

    @property
    def bid_size(self) -> float:
        """Size at the bid."""
        return self.cache.bid_size

    @property
    def ask_size(self) -> float:
        """Size at the ask."""
        return self.cache.ask_size

    @property
    def volume(self) -> float:
        """Volume of the last bar that had any."""
        return self.cache.volume

    @property
    def has_data(self) -> bool:
        """Whether any data came."""
        return self.cache.has_data

    @property
    def last_trade_bar(self) -> TradeBar | None:
        """Last real trade bar."""
        return self.cache.last_trade_bar

    @property
    def last_quote_bar(self) -> QuoteBar | None:
        """Last real quote bar."""
        return self.cache.last_quote_bar

    @property
    def last_data_end(self) -> datetime | None:
        """End of the last real bar, on the exchange's clock."""
        return self.cache.last_data_end

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
        series = self.open_interest_series
        return self._cache.open_interest if series is None else float(series.at(self.exchange.local_time))

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

    def set_market_price(self, data: Any) -> None:
        """Take over a data point's prices."""
        self.cache.take(data)

    @property
    def close(self) -> float:
        """Last price."""
        return self.price

    @property
    def open(self) -> float:
        """First price of the last bar."""
        cache = self.cache
        return cache.bar.open if cache.bar is not None else cache.price

    @property
    def high(self) -> float:
        """Highest price of the last bar."""
        cache = self.cache
        return cache.bar.high if cache.bar is not None else cache.price

    @property
    def low(self) -> float:
        """Lowest price of the last bar."""
        cache = self.cache
        return cache.bar.low if cache.bar is not None else cache.price

    def __repr__(self) -> str:
        return self.symbol.value


class Equity(Security):
    """A stock."""

    __slots__ = ()


class Option(Security):
    """One contract, or (canonical) the whole chain of an underlying."""

    __slots__ = ("price_model", "universe")

    def __init__(self, symbol: Symbol, exchange: SecurityExchange, symbol_properties: SymbolProperties, resolution: Resolution) -> None:
        super().__init__(symbol, exchange, symbol_properties, resolution)
        self.universe: Any = None
        self.price_model: Any = None

    @property
    def canonical(self) -> Symbol:
        """Symbol of the whole chain."""
        return self.symbol.canonical

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
