"""The algorithm's view of its orders (`self.transactions`): queries and cancels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alaris_runner.api.orders import Order
from alaris_runner.api.spelling import PascalCase

if TYPE_CHECKING:
    from alaris_runner.api.order_tickets import OrderTicket
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.brokerage.transactions import TransactionHandler

Filter = Callable[[Any], bool] | str | object | None


class SecurityTransactionManager(PascalCase):
    """Ask for orders and tickets by symbol or by a function, and cancel them."""

    def __init__(self, handler: TransactionHandler) -> None:
        self._handler = handler
        self.market_order_fill_timeout = timedelta(seconds=5)  # LEAN's default; fills here are never waited for

    @property
    def orders_count(self) -> int:
        """Orders so far, each leg of a combo counted."""
        return len(self._handler.orders)

    @property
    def last_order_id(self) -> int:
        """Id of the latest order."""
        return len(self._handler.orders)

    @property
    def utc_time(self) -> Any:
        """Now, naive UTC."""
        return self._handler.context.utc_now()

    def _matches(self, item: Any, filter: Filter) -> bool:  # noqa: A002 - LEAN's name
        if filter is None:
            return True
        if callable(filter):
            return bool(filter(item))
        return bool(item.symbol == self._symbol(filter))

    def _symbol(self, symbol: object) -> Symbol:
        found: Any = getattr(symbol, "symbol", symbol)  # a symbol, a ticker, or anything that has a symbol
        return self._handler.context.securities[found].symbol

    def get_orders(self, filter: Filter = None) -> list[Order]:  # noqa: A002 - LEAN's name
        """All orders, open and closed, that a function accepts."""
        return [order for order in self._handler.orders.values() if self._matches(order, filter)]

    def get_open_orders(self, filter: Filter = None) -> list[Order]:  # noqa: A002 - LEAN's name
        """Orders that still wait, of a symbol or accepted by a function."""
        return [order for order in self._handler.open_orders() if self._matches(order, filter)]

    def get_order_tickets(self, filter: Filter = None) -> list[OrderTicket]:  # noqa: A002 - LEAN's name
        """All tickets, of a symbol or accepted by a function."""
        return [ticket for ticket in self._handler.tickets.values() if self._matches(ticket, filter)]

    def get_open_order_tickets(self, filter: Filter = None) -> list[OrderTicket]:  # noqa: A002 - LEAN's name
        """Tickets of orders that still wait."""
        return [ticket for order in self._handler.open_orders() if self._matches(ticket := self._handler.tickets[order.id], filter)]

    def get_open_orders_remaining_quantity(self, filter: Filter = None) -> float:  # noqa: A002 - LEAN's name
        """Signed quantity that open orders still ask for."""
        return sum(ticket.quantity_remaining for ticket in self.get_open_order_tickets(filter))

    def get_order_by_id(self, order_id: int) -> Order | None:
        """Order of an id, None if there is none."""
        return self._handler.orders.get(order_id)

    def get_order_ticket(self, order_id: int) -> OrderTicket | None:
        """Ticket of an id, None if there is none."""
        return self._handler.tickets.get(order_id)

    def wait_for_order(self, order_id: int) -> bool:
        """Whether the order is closed; fills are simulated inside the call that sends an order, so there is nothing to wait for."""
        order = self.get_order_by_id(order_id)
        return order is not None and order.status.is_closed

    def cancel_order(self, order_id: int, order_tag: str | None = None) -> OrderTicket | None:
        """Ask to cancel one order."""
        self._handler.cancel(order_id, order_tag)
        return self.get_order_ticket(order_id)

    def cancel_open_orders(self, symbol: object = None, tag: str | None = None) -> list[OrderTicket]:
        """Ask to cancel all open orders, or those of a symbol; returns their tickets."""
        tickets = self.get_open_order_tickets(symbol)
        for ticket in tickets:
            ticket.cancel(tag)
        return tickets
