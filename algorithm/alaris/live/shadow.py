"""Shadow trading: the run decides, orders and cancels as it would, and nothing leaves the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alaris.live.brokerage import IbkrBrokerage
from alaris_runner.api.order_enums import OrderStatus
from alaris_runner.api.order_events import order_event

if TYPE_CHECKING:
    from alaris_runner.api import orders as lean
    from alaris_runner.brokerage.brokerage import Legs


class ShadowBrokerage(IbkrBrokerage):
    """Hears the broker and sends nothing: orders rest until they are cancelled."""

    def place(self, legs: Legs) -> None:
        """Accept, and say what would have been sent."""
        for order, _ in legs:
            self._handler.context.log_debug(f"shadow: not sent: {order.quantity:g} {order.symbol.value} {order.tag or ''}".rstrip())
        self._emit([order for order, _ in legs], OrderStatus.SUBMITTED, "shadow")

    def update(self, order: lean.Order) -> None:
        """Accept."""
        now = self._handler.context.utc_now()
        self._handler.emit([order_event(order, now, OrderStatus.UPDATE_SUBMITTED, "shadow")])

    def cancel(self, legs: Legs) -> None:
        """Cancel at once."""
        self._emit([order for order, _ in legs if not order.status.is_closed], OrderStatus.CANCELED, "shadow")

    def cancel_of_earlier_run(self, key: str) -> None:
        """Leave it: nothing is sent."""
        self._handler.context.log_debug(f"shadow: {key} of an earlier run is left as it is")
