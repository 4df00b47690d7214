"""Dividends and splits of stocks that are traded at raw prices; adjusted prices already contain them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from alaris_runner.api.bars import Dividend, Split
from alaris_runner.api.cash import ACCOUNT_CURRENCY
from alaris_runner.api.enums import DataNormalizationMode, SplitType
from alaris_runner.api.order_tickets import UpdateOrderFields
from alaris_runner.errors import NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.api.portfolio import SecurityPortfolioManager
    from alaris_runner.api.securities import Security
    from alaris_runner.brokerage.transactions import TransactionHandler

DIVIDEND_MODES = frozenset({DataNormalizationMode.RAW, DataNormalizationMode.SPLIT_ADJUSTED})


def apply_dividends(portfolio: SecurityPortfolioManager, dividends: Iterable[Dividend]) -> None:
    """Pay distribution times shares on the ex-date; a short position pays (golden case equity_orders_daily_*)."""
    for dividend in dividends:
        security = portfolio.securities[dividend.symbol]
        if security.holdings.quantity and security.data_normalization_mode in DIVIDEND_MODES:
            portfolio.add_dividend(security, dividend.distribution)


def apply_splits(handler: TransactionHandler, splits: Iterable[Split]) -> None:
    """Split positions and open orders on the day of the split.

    Raises
    ------
    NotSupportedByRunner
        If options on the stock are held: LEAN closes them the day before by market-on-close orders.
    """
    portfolio = handler.context.portfolio
    for split in splits:
        security = portfolio.securities[split.symbol]
        if split.type != SplitType.SPLIT_OCCURRED or security.data_normalization_mode != DataNormalizationMode.RAW:
            continue
        if any(holding.symbol.has_underlying and holding.symbol.underlying == split.symbol for holding in portfolio.held):
            raise NotSupportedByRunner(
                f"a split of {split.symbol.value} while options on it are held", "Close the options before the split."
            )
        split_holding(portfolio, security, split)
        _split_orders(handler, split)


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
