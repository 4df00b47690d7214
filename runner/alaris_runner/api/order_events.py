"""What became of an order: its events, with the prices it had then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alaris_runner.api.order_enums import OrderDirection, OrderStatus
from alaris_runner.api.orders import Order, OrderFee, camel_case
from alaris_runner.api.spelling import PascalCase

if TYPE_CHECKING:
    from alaris_runner.api.order_tickets import OrderTicket
    from alaris_runner.api.symbols import Symbol


class _EventType(type):
    """Let `OrderEvent(order, utc_time, order_fee, message)` make the event of an order, LEAN's second way to write it."""

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        if arguments and isinstance(arguments[0], Order):
            order, utc_time, fee, *message = arguments
            event = order_event(order, utc_time, order.status, *message)
            event.order_fee = fee
            return event
        return super().__call__(*arguments, **named)


@dataclass(slots=True)
class OrderEvent(PascalCase, metaclass=_EventType):
    """One thing that happened to an order.

    Attributes
    ----------
    id : int
        Counts from 1 within the order.
    utc_time : datetime
        Naive UTC.
    quantity : float
        Signed quantity of the order (contracts for the share delivery of an exercise).
    fill_price, fill_quantity : float
        Zero unless the status is a fill.
    """

    order_id: int
    symbol: Symbol
    utc_time: datetime
    status: OrderStatus
    direction: OrderDirection
    fill_price: float = 0.0
    fill_quantity: float = 0.0
    order_fee: OrderFee = field(default_factory=lambda: OrderFee.ZERO)
    message: str = ""
    id: int = 0
    quantity: float = 0.0
    fill_price_currency: str = "USD"
    is_assignment: bool = False
    is_in_the_money: bool = False
    limit_price: float | None = None
    stop_price: float | None = None
    trigger_price: float | None = None
    trailing_amount: float | None = None
    trailing_as_percentage: bool | None = None
    ticket: OrderTicket | None = None

    @property
    def absolute_fill_quantity(self) -> float:
        """Size of the fill without side."""
        return abs(self.fill_quantity)

    def __str__(self) -> str:
        """LEAN's text of an event."""
        parts = [f"Time: {self.utc_time:%m/%d/%Y %H:%M:%S} OrderID: {self.order_id} EventID: {self.id} Symbol: {self.symbol.value}"]
        parts.append(f"Status: {camel_case(self.status.name)} Quantity: {self.quantity:g}")
        if self.fill_quantity:
            parts.append(f"FillQuantity: {self.fill_quantity:g} FillPrice: ${price_text(self.fill_price)}")
        prices = (("LimitPrice", self.limit_price), ("StopPrice", self.stop_price), ("TriggerPrice", self.trigger_price))
        parts += [f"{name}: ${price_text(price)}" for name, price in prices if price is not None]
        if self.order_fee.value.amount:
            parts.append(f"OrderFee: {self.order_fee}")
        if self.message:
            parts.append(f"Message: {self.message}")
        return " ".join(parts)

    def to_string(self) -> str:
        """LEAN's text of an event."""
        return str(self)


def price_text(price: float) -> str:
    """A price as LEAN's texts round it: four decimals above a thousand, else seven significant digits."""
    return f"{round(price, 4):.10g}" if price > 1000 else f"{price:.7g}"


def order_event(order: Order, utc_time: datetime, status: OrderStatus, message: str = "") -> OrderEvent:
    """Event of an order that carries its present prices; fills are set by the fill model."""
    return OrderEvent(
        order.id,
        order.symbol,
        utc_time,
        status,
        order.direction,
        message=message,
        quantity=order.quantity,
        limit_price=getattr(order, "limit_price", None),
        stop_price=getattr(order, "stop_price", None),
        trigger_price=getattr(order, "trigger_price", None),
        trailing_amount=getattr(order, "trailing_amount", None),
        trailing_as_percentage=getattr(order, "trailing_as_percentage", None),
    )
