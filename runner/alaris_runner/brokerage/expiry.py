"""What ends a position without the algorithm: expiry, early assignment and delisting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alaris_runner.api.order_enums import OrderStatus
from alaris_runner.api.order_events import order_event
from alaris_runner.api.orders import MarketOrder, OptionExerciseOrder
from alaris_runner.brokerage.exercise import EARLY_TAG, OPTION_TYPES, exercise_events, is_assigned_early

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.brokerage.transactions import TransactionHandler


class ExpiryDesk:
    """Settles contracts and delisted stocks with orders of the brokerage's own."""

    def __init__(self, handler: TransactionHandler) -> None:
        self._handler = handler
        self._next_hour = datetime.min

    def check_early_assignment(self) -> None:
        """Once an hour, assign the short options that their holders would exercise."""
        now = self._handler.context.utc_now()
        if now < self._next_hour:
            return
        self._next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        for holding in self._handler.context.portfolio.held:
            if holding.is_short and holding.type in OPTION_TYPES and is_assigned_early(holding.security, now):
                self._settle_option(holding.security, EARLY_TAG)

    def settle(self, delisted: Iterable[Symbol]) -> None:
        """Settle what was delisted, options first and by name; then ask to cancel the orders on it."""
        gone = sorted(delisted, key=lambda symbol: (not symbol.has_underlying, symbol.value))
        for symbol in gone:
            self._settle_one(self._handler.context.securities[symbol])
        for symbol in gone:
            for order in self._handler.open_orders():
                if order.symbol == symbol:
                    self._handler.cancel(order.id, None)

    def _settle_one(self, security: Security) -> None:
        if security.holdings.quantity:
            if security.type in OPTION_TYPES:
                self._settle_option(security, None)
            else:
                self._sell(security)
        security.is_tradable = False
        security.is_delisted = True

    def _settle_option(self, option: Security, tag: str | None) -> None:
        """Exercise, assign or let lapse the whole position; the assignment is told before the shares move."""
        handler, now = self._handler, self._handler.context.utc_now()
        order = handler.record_own(OptionExerciseOrder(option.symbol, -option.holdings.quantity, now, tag))
        for event in exercise_events(option, order, now):
            handler.emit([event])
            if event.is_assignment:
                event.message += f". {tag}" if tag else ""
                handler.context.algorithm.on_assignment_order_event(event)

    def _sell(self, security: Security) -> None:
        handler, now = self._handler, self._handler.context.utc_now()
        order = handler.record_own(MarketOrder(security.symbol, -security.holdings.quantity, now, "Liquidate from delisting"))
        event = order_event(order, now, OrderStatus.FILLED)
        event.fill_price, event.fill_quantity = security.price, order.quantity
        handler.emit([event])
