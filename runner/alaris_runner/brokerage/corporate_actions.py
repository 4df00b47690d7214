"""Dividends and splits of stocks that are traded at raw prices; adjusted prices already contain them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from alaris_runner.api.bars import Dividend, Split
from alaris_runner.api.cash import ACCOUNT_CURRENCY
from alaris_runner.api.enums import DataNormalizationMode, Resolution, SplitType
from alaris_runner.api.order_enums import OrderType
from alaris_runner.api.order_tickets import SubmitOrderRequest, UpdateOrderFields
from alaris_runner.brokerage.pre_order_checks import SUBMISSION_BUFFER

if TYPE_CHECKING:
    from alaris_runner.api.portfolio import SecurityPortfolioManager
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.brokerage.transactions import TransactionHandler

DIVIDEND_MODES = frozenset({DataNormalizationMode.RAW, DataNormalizationMode.SPLIT_ADJUSTED})


def apply_dividends(portfolio: SecurityPortfolioManager, dividends: Iterable[Dividend]) -> None:
    """Pay distribution times shares on the ex-date; a short position pays (golden case equity_orders_daily_*)."""
    for dividend in dividends:
        security = portfolio.securities[dividend.symbol]
        if security.holdings.quantity and security.data_normalization_mode in DIVIDEND_MODES:
            portfolio.add_dividend(security, dividend.distribution)


class SplitDesk:
    """What a split does to orders and holdings, and to options on the stock the day before."""

    def __init__(self, handler: TransactionHandler) -> None:
        self._handler = handler
        self._warnings: list[Split] = []
        self._splitting: dict[Symbol, datetime] = {}

    def apply(self, splits: Iterable[Split]) -> None:
        """Take in warnings, and split positions and open orders of stocks at raw prices on the day itself."""
        portfolio = self._handler.context.portfolio
        for split in splits:
            if split.type == SplitType.WARNING:
                self._warnings.append(split)
                continue
            self._splitting[split.symbol] = self._handler.context.utc_now()
            security = portfolio.securities[split.symbol]
            if security.data_normalization_mode == DataNormalizationMode.RAW:
                split_holding(portfolio, security, split)
                _split_orders(self._handler, split)
        self.close_options()

    def is_splitting(self, underlying: Symbol) -> bool:
        """Whether a split of the stock came in this very time step."""
        return self._splitting.get(underlying) == self._handler.context.utc_now()

    def close_options(self) -> None:
        """Close options on stocks that split tomorrow at today's close, as late as a market-on-close order may be sent."""
        securities = self._handler.context.securities
        for split in list(self._warnings):
            stock = securities[split.symbol]
            last_moment = stock.exchange.hours.get_next_market_close(stock.local_time, False) - SUBMISSION_BUFFER
            if stock.local_time >= rounded_down(last_moment, stock.resolution):
                self._warnings.remove(split)
                for holding in self._handler.context.portfolio.held:
                    if holding.symbol.has_underlying and holding.symbol.underlying == split.symbol:
                        self._close(holding.security, split)

    def _close(self, option: Security, split: Split) -> None:
        handler, symbol = self._handler, option.symbol
        handler.manager.cancel_open_orders(
            symbol, "Canceled due to impending split. Separate MarketOnClose order submitted to liquidate position."
        )
        request = SubmitOrderRequest(
            handler.context.utc_now(),
            0,
            "Liquidated due to impending split. Option splits are not currently supported.",
            order_type=OrderType.MARKET_ON_CLOSE,
            symbol=symbol,
            quantity=-option.holdings.quantity,
        )
        handler.submit([request])
        option.is_tradable = False
        handler.context.log_debug(
            f"MarketOnClose order submitted for option contract '{symbol.value}' due to impending {split.symbol.value} split event. "
            "Option splits are not currently supported."
        )


def rounded_down(local: datetime, resolution: Resolution) -> datetime:
    """Start of the bar that a moment lies in."""
    if resolution is Resolution.DAILY:
        return local.replace(hour=0, minute=0, second=0, microsecond=0)
    if resolution is Resolution.HOUR:
        return local.replace(minute=0, second=0, microsecond=0)
    return local.replace(second=0, microsecond=0)


def split_holding(portfolio: SecurityPortfolioManager, security: Security, split: Split) -> None:
    """Whole shares stay; what is left of a share is paid out at the split price."""
    holding = security.holdings
    if not holding.quantity:
        return
    quantity = holding.quantity / split.split_factor
    whole = float(int(round(quantity, 6)))
    portfolio.cash_book[ACCOUNT_CURRENCY].add_amount(round(quantity - whole, 6) * split.reference_price * split.split_factor)
    holding.set_holdings(holding.average_price * split.split_factor, whole)
    portfolio.track(holding)


def _split_orders(handler: TransactionHandler, split: Split) -> None:
    for order in handler.open_orders():
        if order.symbol == split.symbol and order.group_order_manager is None:
            handler.update(order.id, _scaled(order, split.split_factor))


def _scaled(order: object, factor: float) -> UpdateOrderFields:
    def price(name: str) -> float | None:
        value = getattr(order, name, None)
        return value * factor if value is not None else None

    quantity = float(int(getattr(order, "quantity", 0.0) / factor))
    return UpdateOrderFields(quantity, price("limit_price"), price("stop_price"), price("trigger_price"))
