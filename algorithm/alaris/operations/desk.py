"""An account in a person's hands: our order book and the broker's gateway joined, where no trading process lives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from queue import Empty, SimpleQueue
from time import sleep
from typing import TYPE_CHECKING, Protocol

from alaris.broker import BrokerEvent, BrokerUnavailable, ComboOrder, Instrument, OrderFee, OrderFill, OrderStatement
from alaris.domain import InvalidInput, Leg, LegQuote
from alaris.records.order_book import OrderBook
from alaris.records.positions import account_positions
from alaris.records.reconciliation import BrokerPicture, Difference, reconcile
from alaris.workflow.order_state import Event, Order

if TYPE_CHECKING:
    from alaris.journal.store import Journal

PICTURE_SECONDS, POLL_SECONDS = 10.0, 0.1


class Broker(Protocol):
    """What a person's commands need of a gateway (`alaris.broker.Gateway`)."""

    @property
    def account_id(self) -> str:
        """The account, as the gateway names it."""
        ...

    def quotes(self, legs: Sequence[Leg], seconds: float) -> tuple[LegQuote, ...]:
        """Live quotes of legs, or QuoteUnavailable."""
        ...

    def trading_hours(self, instrument: Instrument, seconds: float) -> tuple[tuple[datetime, datetime], ...]:
        """Open and close of the coming regular sessions."""
        ...

    def place(self, order: ComboOrder) -> None:
        """Send an order that was recorded."""
        ...

    def replace(self, key: str, limit: Decimal) -> None:
        """Change the limit of an order."""
        ...

    def cancel(self, key: str) -> None:
        """Ask to cancel an order."""
        ...

    def cancel_everything(self) -> None:
        """Ask to cancel all orders of the login, whoever placed them."""
        ...

    def picture(self, seconds: float) -> BrokerPicture:
        """What the broker says of the account."""
        ...


def heard(book: OrderBook, event: BrokerEvent) -> str:
    """Take what the broker told into the book; what could not be taken, and why, or nothing."""
    if not isinstance(event, OrderStatement | OrderFill | OrderFee):
        return ""
    if not book.knows(event.key):
        return f"{event.key}: no order of ours has this key"
    try:
        _take(book, event)
    except InvalidInput as error:
        return str(error)
    return ""


def _take(book: OrderBook, event: OrderStatement | OrderFill | OrderFee) -> None:
    if isinstance(event, OrderStatement):
        book.note(event.key, event.event, event.at, " ".join(part for part in (str(event.code or ""), event.text) if part))
    elif isinstance(event, OrderFill):
        book.fill(event.key, event.report)
    else:
        book.charge(event.key, event.execution_id, event.fee)


class Desk:
    """One hand on the account.

    Parameters
    ----------
    broker : Broker
        Connected as the client that placed our orders: no other may cancel them.
    journal : Journal
        Of the account; every step is recorded before it is taken.
    events : queue
        What the broker tells, as its listener puts it there.
    """

    def __init__(self, broker: Broker, journal: Journal, events: SimpleQueue[BrokerEvent], clock: Callable[[], datetime]) -> None:
        self.broker = broker
        self.journal = journal
        self.book = OrderBook(journal)
        self.now = clock
        self._events = events

    def hear(self) -> None:
        """Take what was told since the last time; what cannot be taken becomes an alert."""
        while True:
            try:
                event = self._events.get_nowait()
            except Empty:
                return
            if said := heard(self.book, event):
                self.journal.append("alert", {"title": "a message that fits no order of ours", "text": said, "at": self.now()})

    def take_over(self, reason: str) -> tuple[Difference, ...]:
        """After a process died: nobody knows what became of its orders, so ask the broker."""
        self.book.declare_unknown(self.now(), reason)
        return self.reconcile()

    def reconcile(self) -> tuple[Difference, ...]:
        """Bring the book to the broker's word."""
        self.hear()
        expected = account_positions(self.journal)
        return reconcile(self.journal, self.book, self.picture(), expected)

    def picture(self) -> BrokerPicture:
        """A whole picture of one time.

        Raises
        ------
        BrokerUnavailable
            The broker left a part unanswered, or its positions kept moving. A failed query is no empty account.
        """
        found = self.broker.picture(PICTURE_SECONDS)
        silent = [name for name in ("open_orders", "ended", "executions", "positions") if getattr(found, name) is None]
        if silent:
            raise BrokerUnavailable(f"did not say its {', '.join(silent).replace('_', ' ')}; that is no empty account: repeat")
        return found

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Hear what comes until something holds; whether it did in time."""
        for _ in range(max(1, round(seconds / POLL_SECONDS))):
            self.hear()
            if until():
                return True
            sleep(min(POLL_SECONDS, seconds))
        self.hear()
        return until()

    def order(self, key: str) -> Order:
        """An order as it stands now."""
        self.hear()
        return self.book.order(key)

    def request_cancel(self, key: str) -> None:
        """Ask to cancel one of ours, recorded first."""
        self.book.note(key, Event.REQUEST_CANCEL, self.now(), "a person's command")
        self.broker.cancel(key)
