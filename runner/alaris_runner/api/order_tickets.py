"""Requests to submit, update and cancel orders, the answers to them, and the ticket an algorithm keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from alaris_runner.api.order_enums import OrderField, OrderRequestStatus, OrderRequestType, OrderResponseErrorCode, OrderStatus, OrderType
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import GroupOrderManager, Order, OrderProperties
from alaris_runner.api.spelling import PascalCase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alaris_runner.api.enums import SecurityType
    from alaris_runner.api.symbols import Symbol


@dataclass(slots=True)
class UpdateOrderFields(PascalCase):
    """What to change of a resting order; None leaves a field as it is."""

    quantity: float | None = None
    limit_price: float | None = None
    stop_price: float | None = None
    trigger_price: float | None = None
    trailing_amount: float | None = None
    tag: str | None = None

    @property
    def changes_terms(self) -> bool:
        """Whether anything but the tag changes."""
        terms = (self.quantity, self.limit_price, self.stop_price, self.trigger_price, self.trailing_amount)
        return any(term is not None for term in terms)


@dataclass(frozen=True, slots=True)
class OrderResponse(PascalCase):
    """Answer to one request."""

    order_id: int
    error_code: OrderResponseErrorCode = OrderResponseErrorCode.NONE
    error_message: str = ""
    is_processed: bool = True

    @property
    def is_success(self) -> bool:
        """Whether the request was accepted."""
        return self.is_processed and self.error_code is OrderResponseErrorCode.NONE

    @property
    def is_error(self) -> bool:
        """Whether the request was refused."""
        return self.error_code is not OrderResponseErrorCode.NONE

    @staticmethod
    def unprocessed(order_id: int) -> OrderResponse:
        """Answer while a request waits in the queue."""
        return OrderResponse(order_id, is_processed=False)


@dataclass(slots=True)
class OrderRequest(PascalCase):
    """One request in the queue."""

    time: datetime
    order_id: int
    tag: str | None
    status: OrderRequestStatus = OrderRequestStatus.UNPROCESSED
    response: OrderResponse = field(init=False)

    def __post_init__(self) -> None:
        self.response = OrderResponse.unprocessed(self.order_id)

    def answer(self, response: OrderResponse) -> OrderResponse:
        """Close the request with its answer."""
        self.response = response
        self.status = OrderRequestStatus.ERROR if response.is_error else OrderRequestStatus.PROCESSED
        return response


@dataclass(slots=True)
class SubmitOrderRequest(OrderRequest):
    """Ask for a new order; `order_id` is -10 until the request has passed the pre-order checks."""

    order_type: OrderType = OrderType.MARKET
    symbol: Symbol = field(kw_only=True)
    quantity: float = 0.0
    limit_price: float = 0.0
    stop_price: float = 0.0
    trigger_price: float = 0.0
    trailing_amount: float = 0.0
    trailing_as_percentage: bool = False
    order_properties: OrderProperties | None = None
    group_order_manager: GroupOrderManager | None = None

    @property
    def order_request_type(self) -> OrderRequestType:
        """Kind of request."""
        return OrderRequestType.SUBMIT

    @property
    def security_type(self) -> SecurityType:
        """Security type of the symbol."""
        return self.symbol.security_type


@dataclass(slots=True)
class UpdateOrderRequest(OrderRequest):
    """Ask to change a resting order."""

    fields: UpdateOrderFields = field(default_factory=UpdateOrderFields)

    @property
    def order_request_type(self) -> OrderRequestType:
        """Kind of request."""
        return OrderRequestType.UPDATE


@dataclass(slots=True)
class CancelOrderRequest(OrderRequest):
    """Ask to cancel a resting order."""

    @property
    def order_request_type(self) -> OrderRequestType:
        """Kind of request."""
        return OrderRequestType.CANCEL


class RequestDesk(Protocol):
    """The part of the transaction handler that a ticket needs."""

    def update(self, order_id: int, fields: UpdateOrderFields) -> OrderResponse:
        """Queue an update."""

    def cancel(self, order_id: int, tag: str | None) -> OrderResponse:
        """Queue a cancel."""


class OrderTicket(PascalCase):
    """The algorithm's handle on one order: its state, its events, and the way to change or cancel it."""

    __slots__ = ("_desk", "_order", "_refused", "cancel_request", "order_events", "submit_request", "update_requests")

    def __init__(self, desk: RequestDesk, submit_request: SubmitOrderRequest, order: Order | None = None) -> None:
        self._desk = desk
        self._order = order
        self._refused = order is None
        self.submit_request = submit_request
        self.update_requests: list[UpdateOrderRequest] = []
        self.cancel_request: CancelOrderRequest | None = None
        self.order_events: list[OrderEvent] = []

    def __repr__(self) -> str:
        """LEAN's text of a ticket."""
        requests = [self.submit_request, *self.update_requests, *([self.cancel_request] if self.cancel_request is not None else [])]
        answers = sum(request.response.is_processed for request in requests)
        state = repr(self._order) if self._order is not None else "null"
        return f"{self.order_id}: {state} Request Count: {len(requests)} Response Count: {answers}"

    def to_string(self) -> str:
        """LEAN's text of a ticket."""
        return repr(self)

    @property
    def order_id(self) -> int:
        """Id of the order; -10 where a pre-order check refused it."""
        return self.submit_request.order_id

    @property
    def order(self) -> Order | None:
        """The order itself; None where a pre-order check refused it."""
        return self._order

    @property
    def status(self) -> OrderStatus:
        """Where the order stands."""
        return self._order.status if self._order is not None else OrderStatus.INVALID

    @property
    def symbol(self) -> Symbol:
        """Symbol ordered."""
        return self.submit_request.symbol

    @property
    def security_type(self) -> SecurityType:
        """Security type of the symbol."""
        return self.submit_request.security_type

    @property
    def order_type(self) -> OrderType:
        """Type of the order."""
        return self.submit_request.order_type

    @property
    def time(self) -> datetime:
        """When it was requested; naive UTC."""
        return self.submit_request.time

    @property
    def quantity(self) -> float:
        """Signed quantity, after updates."""
        return self._order.quantity if self._order is not None else float(self.submit_request.quantity)

    @property
    def tag(self) -> str | None:
        """Tag of the order."""
        return self._order.tag if self._order is not None else self.submit_request.tag

    @property
    def group_order_manager(self) -> GroupOrderManager | None:
        """Group of a combo leg."""
        return self.submit_request.group_order_manager

    @property
    def fills(self) -> Sequence[OrderEvent]:
        """The events that moved the holding of the ordered symbol."""
        return [event for event in self.order_events if event.fill_quantity and event.symbol == self.symbol]

    @property
    def quantity_filled(self) -> float:
        """Signed quantity filled so far."""
        return sum(event.fill_quantity for event in self.fills)

    @property
    def quantity_remaining(self) -> float:
        """Signed quantity still open."""
        return self.quantity - self.quantity_filled

    @property
    def average_fill_price(self) -> float:
        """Quantity-weighted price of the fills; 0 before the first."""
        filled = self.quantity_filled
        return sum(event.fill_price * event.fill_quantity for event in self.fills) / filled if filled else 0.0

    @property
    def has_order(self) -> bool:
        """Whether the order exists."""
        return self._order is not None

    def get(self, field: OrderField) -> float:
        """One price of the order.

        Raises
        ------
        AttributeError
            If orders of this type have no such price.
        """
        group = self.group_order_manager
        if field is OrderField.LIMIT_PRICE and group is not None and self.order_type is OrderType.COMBO_LIMIT:
            return group.limit_price
        return float(getattr(self._order if self._order is not None else self.submit_request, field.name.lower()))

    def get_most_recent_order_request(self) -> OrderRequest:
        """Return the latest request made of this order."""
        if self.cancel_request is not None:
            return self.cancel_request
        return self.update_requests[-1] if self.update_requests else self.submit_request

    def get_most_recent_order_response(self) -> OrderResponse:
        """Return the answer to the latest request."""
        return self.get_most_recent_order_request().response

    def update(self, fields: UpdateOrderFields) -> OrderResponse:
        """Ask for a change; it takes effect when the queue is next drained."""
        return self._desk.update(self.order_id, fields)

    def update_limit_price(self, limit_price: float, tag: str | None = None) -> OrderResponse:
        """Ask for another limit price."""
        return self.update(UpdateOrderFields(limit_price=limit_price, tag=tag))

    def update_stop_price(self, stop_price: float, tag: str | None = None) -> OrderResponse:
        """Ask for another stop price."""
        return self.update(UpdateOrderFields(stop_price=stop_price, tag=tag))

    def update_trigger_price(self, trigger_price: float, tag: str | None = None) -> OrderResponse:
        """Ask for another trigger price."""
        return self.update(UpdateOrderFields(trigger_price=trigger_price, tag=tag))

    def update_stop_trailing_amount(self, trailing_amount: float, tag: str | None = None) -> OrderResponse:
        """Ask for another trailing amount."""
        return self.update(UpdateOrderFields(trailing_amount=trailing_amount, tag=tag))

    def update_quantity(self, quantity: float, tag: str | None = None) -> OrderResponse:
        """Ask for another quantity."""
        return self.update(UpdateOrderFields(quantity=quantity, tag=tag))

    def update_tag(self, tag: str) -> OrderResponse:
        """Change the tag only; allowed on closed orders too."""
        return self.update(UpdateOrderFields(tag=tag))

    def cancel(self, tag: str | None = None) -> OrderResponse:
        """Ask to cancel; the order is `CANCEL_PENDING` until the queue is drained."""
        return self._desk.cancel(self.order_id, tag)
