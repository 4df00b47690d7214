"""Order processing: the request queue, order ids, tickets, and the order of the events that follow; a brokerage does the rest.

Rules: `lean-orders-and-universes.md` sections 1 and 2. Submissions are handled at once; cancels and updates wait in a queue that is
drained when the next order is submitted or at a time step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from alaris_runner.api.bars import Delisting, Dividend, Split
from alaris_runner.api.enums import DelistingType
from alaris_runner.api.order_enums import OrderResponseErrorCode, OrderStatus
from alaris_runner.api.order_events import OrderEvent, order_event
from alaris_runner.api.order_tickets import (
    CancelOrderRequest,
    OrderRequest,
    OrderResponse,
    OrderTicket,
    SubmitOrderRequest,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from alaris_runner.api.orders import GroupOrderManager, Order
from alaris_runner.brokerage.order_building import IMMEDIATE_TYPES, apply_update, new_order, round_prices, submission_data
from alaris_runner.brokerage.position_groups import AccountPositions, refusal
from alaris_runner.brokerage.simulated import SimulatedBrokerage
from alaris_runner.brokerage.transaction_manager import SecurityTransactionManager

if TYPE_CHECKING:
    from alaris_runner.api.brokerage_models import DefaultBrokerageModel
    from alaris_runner.api.portfolio import SecurityPortfolioManager
    from alaris_runner.api.securities import Security
    from alaris_runner.api.security_manager import SecurityManager
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.brokerage.brokerage import Brokerage


class BrokerageContext(Protocol):
    """What order processing needs of the engine."""

    @property
    def securities(self) -> SecurityManager:
        """All securities."""

    @property
    def portfolio(self) -> SecurityPortfolioManager:
        """The account."""

    @property
    def algorithm(self) -> Any:
        """The user's algorithm, for its callbacks."""

    @property
    def brokerage_model(self) -> DefaultBrokerageModel:
        """What the brokerage accepts."""

    @property
    def is_warming_up(self) -> bool:
        """Whether orders are refused."""

    @property
    def settings(self) -> Any:
        """The algorithm's settings."""

    def utc_now(self) -> datetime:
        """Now, naive UTC."""

    def log_error(self, text: str) -> None:
        """Say something through the error queue."""

    def log_debug(self, text: str) -> None:
        """Say something through the debug queue."""


class TransactionHandler:
    """Orders from request to fill.

    `listeners` hear of every event first, then the algorithm's `on_order_event`. `brokerage` makes the account they go to.
    """

    def __init__(self, context: BrokerageContext, brokerage: Callable[[TransactionHandler], Brokerage] = SimulatedBrokerage) -> None:
        self.context = context
        self.orders: dict[int, Order] = {}
        self.tickets: dict[int, OrderTicket] = {}
        self.listeners: list[Callable[[Order, OrderEvent], None]] = []
        self.manager = SecurityTransactionManager(self)
        self.positions = AccountPositions(context.portfolio)
        context.portfolio.positions = self.positions
        context.portfolio.settings = context.settings
        self._open: dict[int, Order] = {}
        self._queue: deque[OrderRequest] = deque()
        self._group_count = 0
        self._warned_of_rounding = False
        self.brokerage = brokerage(self)

    # Requests

    def submit(self, requests: Sequence[SubmitOrderRequest]) -> list[OrderTicket]:
        """Take in requests that passed the pre-order checks: the legs of one group, or one order.

        A submission drains the queue and looks for fills of everything that waits, before the call returns (golden case
        equity_orders_daily_ib: order 8 fills inside the call that sends order 9).
        """
        tickets = []
        for request in requests:
            order = new_order(request, self._next_order_id())
            tickets.append(self._register(order, request))
            self._queue.append(request)
        self.process_requests()
        return tickets

    def submit_group(self, requests: Sequence[SubmitOrderRequest], quantity: float, limit_price: float) -> list[OrderTicket]:
        """Take in the legs of one combo."""
        group = self.new_group(len(requests), float(quantity), limit_price)
        for request in requests:
            request.group_order_manager = group
        return self.submit(requests)

    def new_group(self, count: int, quantity: float, limit_price: float = 0.0) -> GroupOrderManager:
        """What the legs of the next combo share."""
        self._group_count += 1
        return GroupOrderManager(self._group_count, count, quantity, limit_price)

    def _next_order_id(self) -> int:
        return len(self.orders) + 1

    def _register(self, order: Order, request: SubmitOrderRequest) -> OrderTicket:
        request.order_id = order.id
        if order.group_order_manager is not None:
            order.group_order_manager.order_ids.append(order.id)
        self.orders[order.id] = self._open[order.id] = order
        self.tickets[order.id] = ticket = OrderTicket(self, request, order)
        return ticket

    def update(self, order_id: int, fields: UpdateOrderFields) -> OrderResponse:
        """Queue an update; on a closed order only the tag can change."""
        order = self.orders.get(order_id)
        if order is None:
            return _error(order_id, OrderResponseErrorCode.UNABLE_TO_FIND_ORDER, f"Unable to locate order with id {order_id}.")
        request = UpdateOrderRequest(self.context.utc_now(), order_id, fields.tag, fields=fields)
        self.tickets[order_id].update_requests.append(request)
        if order.status.is_closed and fields.changes_terms:
            return request.answer(_closed(order, "update"))
        if fields.quantity == 0:
            return request.answer(_error(order_id, OrderResponseErrorCode.ORDER_QUANTITY_ZERO, _zero_quantity(order_id)))
        self._queue.append(request)
        return request.answer(OrderResponse(order_id))

    def cancel(self, order_id: int, tag: str | None) -> OrderResponse:
        """Queue a cancel; the order is CANCEL_PENDING at once."""
        order = self.orders.get(order_id)
        if order is None:
            return _error(order_id, OrderResponseErrorCode.UNABLE_TO_FIND_ORDER, f"Unable to locate order with id {order_id}.")
        ticket = self.tickets[order_id]
        if ticket.cancel_request is not None and not ticket.cancel_request.response.is_error:
            return _error(order_id, OrderResponseErrorCode.REQUEST_CANCELED, "Cancellation is already in progress.")
        request = ticket.cancel_request = CancelOrderRequest(self.context.utc_now(), order_id, tag)
        if order.status.is_closed:
            return request.answer(_closed(order, "cancel"))
        order.tag = tag if tag is not None else order.tag
        self.emit([order_event(order, self.context.utc_now(), OrderStatus.CANCEL_PENDING)])
        self._queue.append(request)
        return request.answer(OrderResponse(order_id))

    def drain(self) -> None:
        """Handle everything in the queue, first come first served."""
        while self._queue:
            request = self._queue.popleft()
            order = self.orders[request.order_id]
            if isinstance(request, SubmitOrderRequest):
                self._accept(order, request)
            elif isinstance(request, UpdateOrderRequest):
                self._update(order, request)
            else:
                self._cancel(order)

    def _accept(self, order: Order, request: SubmitOrderRequest) -> None:
        group = order.group_order_manager
        if group is not None and order.id != group.order_ids[-1]:
            request.answer(OrderResponse(order.id))
            return
        legs = self.legs_of(order)
        self._round(legs)
        problem = self._refusal(legs)
        if problem is not None:
            self.context.log_error(problem.error_message)
            request.answer(problem)
            self.emit([order_event(leg, self.context.utc_now(), OrderStatus.INVALID, problem.error_message) for leg, _ in legs])
            return
        request.answer(OrderResponse(order.id))
        for leg, security in legs:
            leg.order_submission_data = submission_data(security)
            leg.is_marketable = leg.type in IMMEDIATE_TYPES
            leg.price_adjustment_mode = int(security.data_normalization_mode)
        self.brokerage.place(legs)

    def _round(self, legs: Sequence[tuple[Order, Security]]) -> None:
        for order, security in legs:
            for name, asked, rounded in round_prices(order, security):
                if not self._warned_of_rounding:
                    self._warned_of_rounding = True
                    self.context.log_error(
                        f"Warning: To meet brokerage precision requirements, order {name} was rounded to {rounded} from {asked:.6f}"
                    )

    def _refusal(self, legs: Sequence[tuple[Order, Security]]) -> OrderResponse | None:
        """Why the orders cannot be accepted, None if they can."""
        order_id = legs[-1][0].id
        if any(order.quantity == 0 for order, _ in legs):
            return _error(order_id, OrderResponseErrorCode.ORDER_QUANTITY_ZERO, _zero_quantity(order_id))
        power = self.positions.check(legs)
        if not power.is_sufficient:
            return _error(order_id, OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER, refusal(legs, power.reason))
        for order, security in legs:
            accepted, message = submission(self.context.brokerage_model.can_submit_order(security, order, None))
            if not accepted:
                ids = ",".join(str(leg.id) for leg, _ in legs)
                text = f"BrokerageModel declared unable to submit order: [{ids}] {message}"
                return _error(order_id, OrderResponseErrorCode.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER, text)
        return None

    def _update(self, order: Order, request: UpdateOrderRequest) -> None:
        if order.status.is_closed and request.fields.changes_terms:
            return
        legs = self.legs_of(order)
        apply_update(order, request.fields, [leg for leg, _ in legs])
        self._round([leg for leg in legs if leg[0] is order])
        if not order.status.is_closed:
            self.brokerage.update(order)

    def _cancel(self, order: Order) -> None:
        if not order.status.is_closed:
            self.brokerage.cancel(self.legs_of(order))

    def cancel_refused(self, order: Order, text: str) -> None:
        """The broker would not cancel: the order is what it was before, and may be asked again."""
        order.status = OrderStatus.PARTIALLY_FILLED if self.tickets[order.id].quantity_filled else OrderStatus.SUBMITTED
        request = self.tickets[order.id].cancel_request
        if request is not None:
            request.answer(_error(order.id, OrderResponseErrorCode.BROKERAGE_FAILED_TO_CANCEL_ORDER, text))
        self.context.log_error(text)

    def legs_of(self, order: Order) -> list[tuple[Order, Security]]:
        """The order with its sister legs, in id order, and their securities."""
        group = order.group_order_manager
        orders = [self.orders[i] for i in group.order_ids] if group is not None else [order]
        return [(leg, self.context.securities[leg.symbol]) for leg in orders]

    # Events

    def emit(self, events: list[OrderEvent]) -> None:
        """Record events that belong together: orders first, then the account, then whoever listens."""
        for event in events:
            self._record(self.orders[event.order_id], event)
        fills = [event for event in events if event.status.is_fill and event.fill_quantity]
        if fills:
            self.context.portfolio.process_fills(fills)
        for event in events:
            self._announce(self.orders[event.order_id], event)

    def _record(self, order: Order, event: OrderEvent) -> None:
        order.status = event.status
        event.id = order.next_event_id()
        event.quantity = order.quantity
        if event.status.is_closed:
            self._open.pop(order.id, None)
        if event.status.is_fill:
            order.last_fill_time = event.utc_time
            order.price = event.fill_price
        elif event.status is OrderStatus.CANCELED:
            order.canceled_time = event.utc_time
        elif event.status is OrderStatus.UPDATE_SUBMITTED:
            order.last_update_time = event.utc_time
        event.ticket = self.tickets[order.id]
        event.ticket.order_events.append(event)

    def _announce(self, order: Order, event: OrderEvent) -> None:
        for listener in self.listeners:
            listener(order, event)
        self.context.algorithm.on_order_event(event)

    # Time steps

    def process_requests(self) -> None:
        """Handle the queue, and take from the brokerage what it says of it at once."""
        self.drain()
        self.brokerage.poll()

    def process_synchronous_events(self, delistings: Iterable[Delisting] = ()) -> None:
        """Do what a time step asks: drain the queue, assign early, fill, settle what expired."""
        self.drain()
        self.brokerage.time_step(d.symbol for d in delistings if d.type == DelistingType.DELISTED)

    def record_own(self, order: Order) -> Order:
        """Record an order that the brokerage itself makes: it gets an id and a ticket, but is not submitted."""
        order.id = self._next_order_id()
        request = SubmitOrderRequest(order.time, order.id, order.tag, order_type=order.type, symbol=order.symbol, quantity=order.quantity)
        request.answer(OrderResponse(order.id))
        self._register(order, request)
        return order

    def open_orders(self) -> list[Order]:
        """Orders that still wait, in id order."""
        return list(self._open.values())

    # The account

    def settle(self, utc: datetime) -> None:
        """Turn proceeds that are due into cash."""
        self.brokerage.settle(utc)

    def check_margin(self) -> None:
        """Warn of a margin call, or make one."""
        self.brokerage.check_margin()

    def apply_dividends(self, dividends: Iterable[Dividend]) -> None:
        """Book dividends."""
        self.brokerage.apply_dividends(dividends)

    def apply_splits(self, splits: Iterable[Split]) -> None:
        """Split holdings and open orders."""
        self.brokerage.apply_splits(splits)

    def is_splitting(self, stock: Symbol) -> bool:
        """Whether a split of the stock came in this very time step."""
        return self.brokerage.is_splitting(stock)


def _error(order_id: int, code: OrderResponseErrorCode, text: str) -> OrderResponse:
    return OrderResponse(order_id, code, text)


def _closed(order: Order, verb: str) -> OrderResponse:
    return _error(
        order.id,
        OrderResponseErrorCode.INVALID_ORDER_STATUS,
        f"Unable to {verb} order with id {order.id} because it already has been {order.status}.",
    )


def _zero_quantity(order_id: int) -> str:
    return f"Unable to submit order with id {order_id} that has zero quantity."


def submission(answer: Any) -> tuple[bool, str]:
    """Answer of a brokerage model, which a user's own may give as a truth value or with a message."""
    accepted, message = answer if isinstance(answer, tuple) else (answer, None)
    return bool(accepted), str(message) if message is not None else "Warning - Code: InvalidOrder - BrokerageModel unable to submit order"
