"""A desk for brokerage tests: two securities made by hand, a clock that is set, and an algorithm that only listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alaris_runner.api.bars import Bar, QuoteBar, TradeBar
from alaris_runner.api.brokerage_models import AccountType, DefaultBrokerageModel, InteractiveBrokersBrokerageModel
from alaris_runner.api.enums import DataNormalizationMode, OptionRight, OptionStyle, Resolution, SecurityType
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import Order
from alaris_runner.api.portfolio import SecurityHolding, SecurityPortfolioManager
from alaris_runner.api.securities import Equity, Option, Security, SecurityExchange, SymbolProperties
from alaris_runner.api.security_manager import SecurityManager
from alaris_runner.api.settings import AlgorithmSettings
from alaris_runner.api.symbols import Symbol
from alaris_runner.api.trading import TradingMixin
from alaris_runner.brokerage.transactions import TransactionHandler
from alaris_runner.engine.market_hours import LocalMarketHours, MarketHoursSegment, SecurityExchangeHours
from alaris_runner.engine.time_zones import time_zone

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPEN, CLOSE = timedelta(hours=9, minutes=30), timedelta(hours=16)


def new_york_hours() -> SecurityExchangeHours:
    """Monday to Friday, 09:30 to 16:00, no holidays."""
    trading = LocalMarketHours((MarketHoursSegment(OPEN, CLOSE, "market"),))
    week = (trading,) * 5 + (LocalMarketHours(()),) * 2
    return SecurityExchangeHours(time_zone("America/New_York"), week, frozenset(), {}, {})


class ListeningAlgorithm(TradingMixin):
    """Keeps what it is told."""

    def __init__(self, desk: Desk) -> None:
        self._engine = desk
        self.events: list[OrderEvent] = []
        self.messages_heard: list[str] = []
        self.assignments: list[OrderEvent] = []
        self.margin_calls: list[Any] = []
        self.margin_warnings = 0

    @property
    def time(self) -> datetime:
        """Now in New York."""
        return self._engine.local_now  # type: ignore[no-any-return]  # the mixin's engine is any engine

    def on_order_event(self, order_event: OrderEvent) -> None:
        """Keep the event, and its message as it was then."""
        self.events.append(order_event)
        self.messages_heard.append(order_event.message)

    def on_assignment_order_event(self, event: OrderEvent) -> None:
        """Keep the assignment."""
        self.assignments.append(event)

    def on_margin_call(self, requests: list[Any]) -> list[Any]:
        """Agree."""
        self.margin_calls.append(requests)
        return requests

    def on_margin_call_warning(self) -> None:
        """Count."""
        self.margin_warnings += 1


@dataclass
class Desk:
    """The engine's side of order processing, without an engine."""

    brokerage_model: DefaultBrokerageModel = field(default_factory=lambda: InteractiveBrokersBrokerageModel(AccountType.MARGIN))
    cash: float = 100_000.0
    local_now: datetime = datetime(2017, 2, 8, 10, 0)

    def __post_init__(self) -> None:
        self.hours = new_york_hours()
        self.securities = SecurityManager()
        self.portfolio = SecurityPortfolioManager(self.securities)
        self.portfolio.set_cash(self.cash)
        self.settings = AlgorithmSettings()
        self.default_order_properties = self.brokerage_model.default_order_properties()
        self.errors: list[str] = []
        self.notes: list[str] = []
        self.is_warming_up = False
        self.algorithm = ListeningAlgorithm(self)
        self.transactions = TransactionHandler(self)

    def utc_now(self) -> datetime:
        """Now, naive UTC."""
        return self.hours.zone.to_utc(self.local_now)

    def log_error(self, text: str) -> None:
        """Keep an error line."""
        self.errors.append(text)

    def log_debug(self, text: str) -> None:
        """Keep a debug line."""
        self.notes.append(text)

    def at(self, *when: int) -> None:
        """Set New York's clock: year, month, day, hour, minute."""
        self.local_now = datetime(*when)  # type: ignore[arg-type]  # the numbers of a datetime

    def step(self) -> None:
        """Do what a time step does before and after `on_data`."""
        self.transactions.process_synchronous_events()
        self.transactions.process_synchronous_events()

    def stock(self, ticker: str = "YUM", price: float = 0.0, resolution: Resolution = Resolution.DAILY) -> Security:
        """Add a stock; a price gives it a first bar that has just ended."""
        return self._added(Equity, Symbol.create(ticker, SecurityType.EQUITY, "usa"), 1.0, resolution, price)

    def option(
        self,
        stock: Security,
        right: OptionRight,
        strike: float,
        expiry: datetime,
        price: float = 0.0,
        resolution: Resolution = Resolution.DAILY,
    ) -> Security:
        """Add a contract; a price is quoted on both sides."""
        symbol = Symbol.create_option(stock.symbol, "usa", OptionStyle.AMERICAN, right, strike, expiry)
        option = self._added(Option, symbol, 100.0, resolution, 0.0)
        option.underlying = stock
        option.has_quotes = True
        if price:
            self.quote(option, price, price)
        return option

    def _added(self, kind: type[Security], symbol: Symbol, multiplier: float, resolution: Resolution, price: float) -> Security:
        security = kind(symbol, SecurityExchange(self.hours, self.utc_now), SymbolProperties(multiplier, 0.01, 1.0), resolution)
        security.data_normalization_mode = DataNormalizationMode.RAW
        security.holdings = SecurityHolding(security)
        self.brokerage_model.initialize_security(security)
        self.securities.add(security)
        if price:
            self.trade(security, price)
        return security

    def period(self, security: Security) -> timedelta:
        """Length of the security's bars."""
        return CLOSE - OPEN if security.resolution is Resolution.DAILY else timedelta(minutes=1)

    def trade(self, security: Security, *prices: float) -> TradeBar:
        """Give a trade bar that ends now: one price, or open, high, low and close."""
        opened, high, low, close = prices if len(prices) == 4 else prices * 4
        period = self.period(security)
        bar = TradeBar(self.local_now - period, security.symbol, opened, high, low, close, 1000, period)
        security.set_market_price(bar)
        return bar

    def quote(self, security: Security, bid: float | Bar | None, ask: float | Bar | None) -> QuoteBar:
        """Give a quote bar that ends now; a number is a flat bar."""
        period = self.period(security)
        sides = [Bar(side, side, side, side) if isinstance(side, (int, float)) else side for side in (bid, ask)]
        bar = QuoteBar(self.local_now - period, security.symbol, sides[0], 10, sides[1], 10, period)
        security.has_quotes = True
        security.set_market_price(bar)
        return bar

    def story(self) -> list[tuple[int, str]]:
        """Order id and status of every event, in order."""
        return [(event.order_id, str(event.status)) for event in self.algorithm.events]

    def placed(self, order: Order) -> Order:
        """Stamp an order with now, as if it had just been created."""
        order.time = order.created_time = self.utc_now()
        return order
