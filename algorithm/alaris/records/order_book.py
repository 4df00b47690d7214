"""The orders of an account, each step in the journal before it is believed: intent, sending, statuses, fills, fees; restored at a start.

Nothing is sent twice: an order is sent once, from INTENDED, under a key that was never used; after a start whatever had not ended is
declared UNKNOWN, and stays so until the broker or a complete reconciliation says what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from alaris.domain import InvalidInput
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import TERMINAL, Event, Order

if TYPE_CHECKING:
    from alaris.journal.records import Record
    from alaris.journal.store import Journal

FILL = "FILL"


class OrderBook:
    """Open orders, and those that ended since the start.

    Parameters
    ----------
    journal : Journal
        Where every step is recorded first. What it holds of orders that had not ended is restored.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._trades: dict[str, str] = {}
        self.orders: dict[str, Order] = {}
        self._restore(journal.of_trades(journal.open_trades(TERMINAL)))

    def order(self, key: str) -> Order:
        """One order, read from the journal where it ended before the start.

        Raises
        ------
        InvalidInput
            No order was intended under this key.
        """
        if key not in self.orders and (trade := self._journal.trade_of(key)) is not None:
            self._restore(self._journal.of_trades([trade]))
        if key not in self.orders:
            raise InvalidInput("key", f"no order was intended under {key!r}; import it by reconciliation")
        return self.orders[key]

    def knows(self, key: str) -> bool:
        """Whether an order was ever intended under this key."""
        return key in self.orders or self._journal.trade_of(key) is not None

    def intend(self, order: Order, trade_id: str, intent: Mapping[str, Any]) -> Order:
        """Record an order before anything leaves the process.

        Raises
        ------
        InvalidInput
            Its key was used before, by this process or an earlier one.
        """
        if self.knows(order.key):
            raise InvalidInput("key", f"an order was intended under {order.key!r} before; another attempt needs another key")
        legs = {"legs": dict(order.legs), "contracts": order.contracts}
        self._journal.append("intent", {"symbol": None, **intent, **legs, "order": legs, "order_key": order.key, "trade_id": trade_id})
        self._trades[order.key] = trade_id
        return self._keep(order)

    def send(self, key: str, at: datetime, limit_price: Decimal, action: str) -> Order:
        """Record that an order is about to be handed over; call the broker only after this returned.

        Raises
        ------
        InvalidInput
            The order is not in the one state from which it may be sent.
        """
        order = self.order(key)
        if not order.may_be_sent:
            raise InvalidInput("key", f"order {key!r} is {order.state.value}; only an intended order is sent, and once")
        entry = {"action": action, "contracts": order.contracts, "limit_price": limit_price, "placed_at": at}
        after = order.after(Event.SEND, at)
        self._journal.append_all([("order", {**self._named(key), **entry}), self._status(after, Event.SEND, at, "")])
        return self._keep(after)

    def reprice(self, key: str, at: datetime, limit_price: Decimal) -> None:
        """Record another limit of an order before it is handed over."""
        entry = {"action": "reprice", "contracts": self.order(key).contracts, "limit_price": limit_price, "placed_at": at}
        self._journal.append("order", {**self._named(key), **entry})

    def note(self, key: str, event: Event, at: datetime, reason: str = "") -> Order:
        """Record what was stated of an order; a repetition records nothing."""
        before = self.order(key)
        after = before.after(event, at)
        if after is not before:
            self._journal.append_all([self._status(after, event, at, reason)])
        return self._keep(after)

    def fill(self, key: str, report: ExecutionReport) -> Order:
        """Record an execution report, corrections included; a repetition records nothing."""
        before = self.order(key)
        after = before.filled(report)
        if after is not before:
            said = {"leg": report.contract, "contracts": report.contracts, "price": report.price, "filled_at": report.filled_at}
            fill = {**self._named(key), "execution_id": report.execution_id, **said}
            self._journal.append_all([("fill", fill), self._status(after, FILL, report.filled_at, "")])
        return self._keep(after)

    def charge(self, key: str, execution_id: str, fee: Decimal) -> Order:
        """Record a commission report; a repetition records nothing."""
        before = self.order(key)
        after = before.charged(execution_id, fee)
        if after is not before:
            self._journal.append("fee", {**self._named(key), "execution_id": execution_id, "fee": fee})
        return self._keep(after)

    def open(self) -> Iterator[Order]:
        """Orders that have not ended."""
        return (order for order in list(self.orders.values()) if order.state not in TERMINAL)

    def declare_unknown(self, at: datetime, reason: str) -> tuple[Order, ...]:
        """After a start or a lost connection: nobody knows what became of the open orders."""
        return tuple(self.note(order.key, Event.FALL_SILENT, at, reason) for order in self.open())

    def _keep(self, order: Order) -> Order:
        self.orders[order.key] = order
        return order

    def _named(self, key: str) -> dict[str, str]:
        return {"order_key": key, "trade_id": self._trades[key]}

    def _status(self, after: Order, event: str, at: datetime, reason: str) -> tuple[str, dict[str, Any]]:
        entry = {"event": event, "state": after.state, "filled": after.whole, "at": at, "reason": reason}
        return "status", {**self._named(after.key), **entry}

    def _restore(self, records: list[Record]) -> None:
        for record in records:
            entry = record.entry
            key = entry.get("order_key")
            if record.kind == "intent" and key is not None and "order" in entry:
                self._trades[key] = entry["trade_id"]
                self.orders[key] = Order(key, entry["order"]["legs"], entry["order"]["contracts"])
            elif key in self.orders:
                self.orders[key] = _stepped(self.orders[key], record.kind, entry)


def _stepped(order: Order, kind: str, entry: Mapping[str, Any]) -> Order:
    """An order after one record of it."""
    if kind == "status" and entry["event"] != FILL:
        return order.after(Event(entry["event"]), datetime.fromisoformat(entry["at"]))
    if kind == "fill":
        when = datetime.fromisoformat(entry["filled_at"])
        return order.filled(ExecutionReport(entry["execution_id"], entry["leg"], entry["contracts"], Decimal(entry["price"]), when))
    return order.charged(entry["execution_id"], Decimal(entry["fee"])) if kind == "fee" else order
