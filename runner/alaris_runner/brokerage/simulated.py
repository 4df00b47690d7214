"""The simulated account of a backtest: scans for fills, early assignment, expiry, settlement, margin calls and corporate actions.

Rules: `lean-orders-and-universes.md` sections 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alaris_runner.api.order_enums import OrderStatus, OrderType
from alaris_runner.api.order_events import order_event
from alaris_runner.brokerage import corporate_actions, margin_calls
from alaris_runner.brokerage.exercise import exercise_events
from alaris_runner.brokerage.expiry import ExpiryDesk
from alaris_runner.brokerage.fees import order_fee
from alaris_runner.brokerage.fills import FillModel, fill_orders
from alaris_runner.brokerage.order_building import IMMEDIATE_TYPES
from alaris_runner.brokerage.position_groups import refusal

if TYPE_CHECKING:
    from alaris_runner.api.bars import Dividend, Split
    from alaris_runner.api.orders import Order
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.brokerage.brokerage import Legs
    from alaris_runner.brokerage.transactions import TransactionHandler

MARGIN_CHECK_EVERY = timedelta(minutes=5)
EXPIRED = "The order has expired."


class SimulatedBrokerage:
    """Fills orders from the data that the engine shows (`alaris_runner.brokerage.brokerage.Brokerage`)."""

    def __init__(self, handler: TransactionHandler) -> None:
        self._handler = handler
        self._context = handler.context
        self._pending: dict[int, Order] = {}
        self._next_margin_check = datetime.min
        self._expiry = ExpiryDesk(handler)
        self._splits = corporate_actions.SplitDesk(handler)

    def place(self, legs: Legs) -> None:
        """Accept at once."""
        for order, _ in legs:
            order.broker_id.append(str(order.id))
            self._pending[order.id] = order
            self._handler.emit([order_event(order, self._context.utc_now(), OrderStatus.SUBMITTED)])

    def update(self, order: Order) -> None:
        """Accept at once."""
        self._handler.emit([order_event(order, self._context.utc_now(), OrderStatus.UPDATE_SUBMITTED)])

    def cancel(self, legs: Legs) -> None:
        """Cancel at once, leg by leg."""
        for leg, _ in legs:
            if not leg.status.is_closed:
                self._handler.emit([order_event(leg, self._context.utc_now(), OrderStatus.CANCELED)])

    def time_step(self, delisted: Iterable[Symbol]) -> None:
        """Assign early, fill, settle what expired."""
        self._expiry.check_early_assignment()
        self._splits.close_options()
        self.poll()
        self._expiry.settle(delisted)

    def poll(self) -> None:
        """Look once at every waiting order, in id order, the legs of a group together."""
        if not self._pending:
            return
        now, seen = self._context.utc_now(), set[int]()
        for order_id in sorted(self._pending):
            order = self._pending.get(order_id)
            if order is not None and order.status.is_closed:
                del self._pending[order_id]
                continue
            if order is None or order_id in seen or (order.time == now and order.type not in IMMEDIATE_TYPES):
                continue
            legs = self._handler.legs_of(order)
            seen.update(leg.id for leg, _ in legs)
            if self._may_fill(legs):
                self._fill(legs)

    def _may_fill(self, legs: Legs) -> bool:
        if any(order.status.is_closed for order, _ in legs):
            return False
        if any(order.time_in_force.is_order_expired(security, order) for order, security in legs):
            for order, _ in legs:
                self._handler.emit([order_event(order, self._context.utc_now(), OrderStatus.CANCELED, EXPIRED)])
            return False
        for order, security in legs:
            if not self._context.brokerage_model.can_execute_order(security, order):
                return False
            if order.type is OrderType.MARKET_ON_OPEN:
                newest = security.get_last_data()
                if newest is None or newest.end_time <= security.exchange.hours.zone.from_utc(order.time):
                    return False
        power = self._handler.positions.check(legs)
        if not power.is_sufficient:
            text = refusal(legs, power.reason)
            self._context.log_error(text)
            self._handler.emit([order_event(order, self._context.utc_now(), OrderStatus.INVALID, text) for order, _ in legs])
        return power.is_sufficient

    def _fill(self, legs: Legs) -> None:
        order, security = legs[0]
        if order.type is OrderType.OPTION_EXERCISE:
            self._handler.emit(exercise_events(security, order, self._context.utc_now()))
            return
        model = security.fill_model
        if isinstance(model, FillModel):
            model.stale_price_time_span = self._context.settings.stale_price_time_span
        events = fill_orders(model, legs)
        for event, (leg, asset) in zip(events, legs, strict=True) if events else ():
            if event.status is OrderStatus.FILLED:
                event.order_fee = order_fee(asset, leg)
        if events:
            self._handler.emit(events)

    def settle(self, utc: datetime) -> None:
        """Turn proceeds that are due into cash."""
        self._context.portfolio.settle(utc)

    def check_margin(self) -> None:
        """Warn of a margin call, or make one; at most every five minutes."""
        now = self._context.utc_now()
        if now >= self._next_margin_check:
            self._next_margin_check = now + MARGIN_CHECK_EVERY
            margin_calls.check(self._handler)

    def apply_dividends(self, dividends: Iterable[Dividend]) -> None:
        """Book dividends of stocks held at raw prices."""
        corporate_actions.apply_dividends(self._context.portfolio, dividends)

    def apply_splits(self, splits: Iterable[Split]) -> None:
        """Split holdings and open orders of stocks held at raw prices; close options on stocks that split tomorrow."""
        self._splits.apply(splits)

    def is_splitting(self, stock: Symbol) -> bool:
        """Whether a split of the stock came in this very time step."""
        return self._splits.is_splitting(stock)
