"""Make an order from its request, change it by an update, and round its prices to the security's tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alaris_runner.api.order_enums import OrderType
from alaris_runner.api.orders import ORDER_CLASSES, ComboLimitOrder, Order, OrderSubmissionData
from alaris_runner.brokerage.numbers import round_to

if TYPE_CHECKING:
    from alaris_runner.api.order_tickets import SubmitOrderRequest, UpdateOrderFields
    from alaris_runner.api.securities import Security

IMMEDIATE_TYPES = frozenset({OrderType.MARKET, OrderType.COMBO_MARKET, OrderType.OPTION_EXERCISE})
TERMS: dict[OrderType, tuple[str, ...]] = {
    OrderType.LIMIT: ("limit_price",),
    OrderType.STOP_MARKET: ("stop_price",),
    OrderType.STOP_LIMIT: ("stop_price", "limit_price"),
    OrderType.LIMIT_IF_TOUCHED: ("trigger_price", "limit_price"),
    OrderType.TRAILING_STOP: ("stop_price", "trailing_amount", "trailing_as_percentage"),
    OrderType.COMBO_LEG_LIMIT: ("limit_price",),
}
ROUNDED = {"limit_price": "LimitPrice", "stop_price": "StopPrice", "trigger_price": "TriggerPrice"}


def new_order(request: SubmitOrderRequest, order_id: int) -> Order:
    """Order of a request, with the prices of its type."""
    order = ORDER_CLASSES[request.order_type](request.symbol, request.quantity, request.time, request.tag, request.order_properties)
    order.id = order_id
    order.group_order_manager = request.group_order_manager
    for name in TERMS.get(request.order_type, ()):
        setattr(order, name, getattr(request, name))
    return order


def apply_update(order: Order, fields: UpdateOrderFields, legs: Sequence[Order]) -> None:
    """Change a resting order. The quantity of a combo, and the limit of a combo limit order, are the group's."""
    order.tag = fields.tag if fields.tag is not None else order.tag
    if fields.quantity is not None:
        _resize(order, fields.quantity, legs)
    if fields.limit_price is not None and isinstance(order, ComboLimitOrder) and order.group_order_manager is not None:
        order.group_order_manager.limit_price = fields.limit_price
    for name in TERMS.get(order.type, ()):
        value = getattr(fields, name, None)
        if value is not None:
            setattr(order, name, value)


def _resize(order: Order, quantity: float, legs: Sequence[Order]) -> None:
    group = order.group_order_manager
    if group is None:
        order.quantity = float(quantity)
        return
    for leg in legs:
        leg.quantity = group.leg_ratio(leg.quantity) * quantity
    group.quantity = float(quantity)


def round_prices(order: Order, security: Security) -> Iterator[tuple[str, float, float]]:
    """Round prices half-even to the tick; yields LEAN's name, what was asked and what it became, for each that changed."""
    step = security.symbol_properties.minimum_price_variation
    group = order.group_order_manager
    if isinstance(order, ComboLimitOrder) and group is not None:
        asked, group.limit_price = group.limit_price, round_to(group.limit_price, step)
        if group.limit_price != asked:
            yield "LimitPrice", asked, group.limit_price
        return
    for name in TERMS.get(order.type, ()):
        if name in ROUNDED:
            asked = getattr(order, name)
            rounded = round_to(asked, step)
            setattr(order, name, rounded)
            if rounded != asked:
                yield ROUNDED[name], asked, rounded


def submission_data(security: Security) -> OrderSubmissionData:
    """Prices at acceptance; without quotes the last price stands for both sides."""
    price = security.price
    return OrderSubmissionData(security.bid_price or price, security.ask_price or price, price)
