"""The account at the broker behind the engine's orders: the intent in the journal, then the order, then whatever is told of it.

The order book (`alaris.records.order_book`) decides what is true; the engine is shown the difference between that and what it was told, so
a repeated, late or corrected message moves nothing twice. Silence makes an order UNKNOWN: nothing is sent again, and new positions wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from alaris.broker import (
    BrokerEvent,
    ComboOrder,
    ConnectionChanged,
    ConnectionState,
    Notice,
    NotSent,
    OrderFee,
    OrderFill,
    OrderStatement,
    OutcomeUnknown,
)
from alaris.domain import AlarisError, InvalidInput
from alaris.live.fills import FillDesk
from alaris.live.working import Working, is_reducing, limit_of, natural_of, working_order
from alaris.workflow.order_state import Event, OrderState
from alaris_runner.api.order_enums import OrderStatus
from alaris_runner.api.order_events import order_event
from alaris_runner.brokerage.brokerage import BrokersAccount

if TYPE_CHECKING:
    from alaris.live.gate import Gate
    from alaris.records.order_book import OrderBook
    from alaris_runner.api import orders as lean
    from alaris_runner.brokerage.brokerage import Legs
    from alaris_runner.brokerage.transactions import TransactionHandler

STANDS = frozenset({OrderState.WORKING, OrderState.PARTLY_FILLED, OrderState.CANCEL_SENT, OrderState.FILLED})
GONE = frozenset({OrderState.CANCELLED, OrderState.EXPIRED})
REFUSED = frozenset({OrderState.REJECTED, OrderState.DENIED, OrderState.ABSENT})
UNHEARD = frozenset({ConnectionState.DOWN, ConnectionState.DEGRADED})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: for an answer to an order, the commission of a fill, the other leg, and between two prices of a market order."""

    answer: timedelta = timedelta(seconds=10)
    fee: timedelta = timedelta(seconds=5)
    price: timedelta = timedelta(seconds=10)
    leg: timedelta = timedelta(seconds=30)


class OrderGateway(Protocol):
    """The part of a gateway that orders need (`alaris.broker.Gateway`)."""

    @property
    def state(self) -> ConnectionState:
        """How far the connection can be trusted."""
        ...

    def place(self, order: ComboOrder) -> None:
        """Send an order; NotSent or OutcomeUnknown otherwise."""
        ...

    def replace(self, key: str, limit: Decimal) -> None:
        """Send another limit of a working order."""
        ...

    def cancel(self, key: str) -> None:
        """Ask to cancel a working order."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the account is connected to.

    Parameters
    ----------
    events : callable
        What the gateway told since the last call.
    moment : callable
        Present moment, aware.
    unused_key : callable
        A key for an order that was never used, from the words of its tag.
    changed : callable
        Is told of a connection that changed, and of anything that asks for a reconciliation.
    alert : callable
        Tells a person.
    halted : callable
        Why a person or a breaker forbids new positions, empty where nobody does.
    """

    gateway: OrderGateway
    book: OrderBook
    gate: Gate
    events: Callable[[], Sequence[BrokerEvent]]
    moment: Callable[[], datetime]
    unused_key: Callable[[str], str]
    changed: Callable[[ConnectionChanged | None], None]
    alert: Callable[[str], None]
    halted: Callable[[], str] = str
    patience: Patience = Patience()


class IbkrBrokerage(BrokersAccount):
    """The engine's brokerage (`alaris_runner.brokerage.brokerage.Brokerage`) on one account."""

    def __init__(self, handler: TransactionHandler, around: Surroundings) -> None:
        self._handler = handler
        self._around = around
        self._book = around.book
        self._working: dict[str, Working] = {}
        self._keys: dict[int, str] = {}
        self._asked: dict[str, datetime] = {}  # when each unanswered order was sent
        self._priced: dict[str, datetime] = {}  # when each market order was priced last
        self._uneven: dict[str, datetime] = {}  # since when one leg has filled further than another, where nobody was told yet
        self.fills = FillDesk(handler, around.book, around.moment, around.patience.fee)

    # What the engine asks

    def place(self, legs: Legs) -> None:
        """Record the intent, then send; an order that may not or cannot be sent is INVALID, with the reason."""
        refusal = self._refusal(legs)
        if refusal:
            self._invalid(legs, refusal)
            return
        try:
            working = self._intended(legs)
        except AlarisError as error:  # the journal cannot be written, or the order cannot be priced: nothing has left
            self._invalid(legs, str(error))
            return
        self._send(working)

    def update(self, order: lean.Order) -> None:
        """Send another limit of a working order."""
        working = self._working.get(self._keys.get(order.id, ""))
        if working is None:
            return
        limit, at = limit_of(self._handler.legs_of(order)), self._around.moment()
        if limit == working.limit or self._replaced(working, limit, at):
            self._told_update(working)
        else:
            self._restore_limit(order, working)

    def cancel(self, legs: Legs) -> None:
        """Ask the broker once; the order stands until it confirms."""
        key = self._keys.get(legs[0][0].id)
        if key is None or self._book.order(key).state is OrderState.CANCEL_SENT:
            return
        at = self._around.moment()
        self._book.note(key, Event.REQUEST_CANCEL, at)
        try:
            self._around.gateway.cancel(key)
        except NotSent as error:
            self._book.note(key, Event.REFUSE_CANCEL, at, str(error))
            self._cancel_refused(key, str(error))
        except OutcomeUnknown as error:
            self._around.changed(None)
            self._handler.context.log_error(f"{key}: {error}")

    def cancel_of_earlier_run(self, key: str) -> None:
        """Ask to cancel what an earlier process left working: this one cannot follow its ladder."""
        try:
            self._book.note(key, Event.REQUEST_CANCEL, self._around.moment())
            self._around.gateway.cancel(key)
        except (NotSent, OutcomeUnknown) as error:
            self._handler.context.log_error(f"{key} of an earlier run: {error}")

    def poll(self) -> None:
        """Take what the gateway told, and see whose time has run out."""
        for event in self._around.events():
            self._hear(event)
        for key in self.fills.release():
            self._show(key, "")
        self._watch_silence()
        self._watch_legs()
        self._follow_market()

    def next_deadline(self) -> datetime | None:
        """When `poll` must be called even if nothing is told."""
        patience = self._around.patience
        waits = [at + patience.answer for at in self._asked.values()] + [at + patience.price for at in self._priced.values()]
        waits += [at + patience.leg for at in self._uneven.values()]
        due = self.fills.next_deadline()
        return min([*waits, due] if due is not None else waits, default=None)

    # Sending

    def _refusal(self, legs: Legs) -> str:
        state = self._around.gateway.state
        if state is not ConnectionState.READY:
            return f"the connection to the broker is {state.value}; no order is sent"
        if is_reducing(legs):
            return ""
        return self._around.gate.reason or self._around.halted()

    def _intended(self, legs: Legs) -> Working:
        first = legs[0][0]
        words = (first.tag or f"order {first.symbol.value}").split()
        key = self._around.unused_key("|".join(words))
        working = working_order(key, words[0], legs)
        at = self._around.moment()
        intent = {"symbol": first.symbol.value, "tag": first.tag, "limit_price": working.limit, "created_at": at}
        self._book.intend(working.order(), working.trade_id, intent)
        self._book.send(key, at, working.limit, words[-1])
        self._working[key] = working
        self._asked[key] = at
        for leg in working.legs.values():
            self._keys[leg.id] = key
            leg.broker_id.append(key)
        return working

    def _send(self, working: Working) -> None:
        key = working.key
        self._handler.context.log_debug(f"order {key}: {working.describe()}")
        try:
            self._around.gateway.place(working.combo())
        except NotSent as error:
            self._book.note(key, Event.FIND_ABSENT, self._around.moment(), f"not sent: {error}")
            self._show(key, str(error))
        except OutcomeUnknown as error:
            self._unheard(key, str(error))
        if working.follows_market:
            self._priced[key] = self._around.moment()

    def _replaced(self, working: Working, limit: Decimal, at: datetime) -> bool:
        try:
            self._book.reprice(working.key, at, limit)
            self._around.gateway.replace(working.key, limit)
        except NotSent as error:
            self._handler.context.log_error(f"{working.key}: the new limit was not sent: {error}")
            return False
        except OutcomeUnknown as error:
            self._handler.context.log_error(f"{working.key}: {error}")
            self._around.changed(None)
        working.limit = limit
        self._handler.context.log_debug(f"order {working.key}: limit {limit}")
        return True

    def _restore_limit(self, order: lean.Order, working: Working) -> None:
        group = order.group_order_manager
        if group is not None:
            group.limit_price = float(working.limit if group.quantity > 0 else -working.limit)

    def _invalid(self, legs: Legs, text: str) -> None:
        self._handler.context.log_error(text)
        now = self._handler.context.utc_now()
        self._handler.emit([order_event(order, now, OrderStatus.INVALID, text) for order, _ in legs])

    # Hearing

    def _hear(self, event: BrokerEvent) -> None:
        if isinstance(event, ConnectionChanged):
            self._connection(event)
        elif isinstance(event, Notice):
            self._handler.context.log_debug(f"broker {event.code} {event.key}: {event.text}")
        elif not self._book.knows(event.key):
            self._around.changed(None)  # another client's order: a reconciliation says whose
        elif isinstance(event, OrderStatement):
            self._stated(event)
        else:
            self._executed(event)

    def _executed(self, event: OrderFill | OrderFee) -> None:
        if isinstance(event, OrderFill):
            self.fills.execute(event.key, event.report)
            self._weigh(event.key)
        else:
            self.fills.charge(event.key, event.execution_id, event.fee)
        self._show(event.key, "")

    def _stated(self, said: OrderStatement) -> None:
        before = self._book.order(said.key).state
        after = self._book.note(said.key, said.event, said.at, said.text).state
        if after is not before:
            self._handler.context.log_debug(f"order {said.key}: {after.value} {said.text}".rstrip())
        self._asked.pop(said.key, None)
        if said.event is Event.REFUSE_CANCEL:
            self._cancel_refused(said.key, said.text)
            self._around.changed(None)
        self._show(said.key, said.text)

    def _connection(self, event: ConnectionChanged) -> None:
        self._handler.context.log_debug(f"broker connection {event.state.value} {event.text}".rstrip())
        if event.state in UNHEARD:
            self._around.gate.close("connection", f"the connection to the broker is {event.state.value}")
            for order in self._book.declare_unknown(self._around.moment(), f"connection {event.state.value}"):
                self._asked.pop(order.key, None)
        elif event.state is ConnectionState.READY:
            self._around.gate.open("connection")
        self._around.changed(event)

    def _watch_silence(self) -> None:
        now, patience = self._around.moment(), self._around.patience.answer
        for key in [key for key, at in self._asked.items() if at + patience <= now]:
            if self._book.order(key).state is OrderState.SENT:
                self._unheard(key, f"no answer in {patience.total_seconds():g} s")
            self._asked.pop(key, None)

    def _weigh(self, key: str) -> None:
        """See whether the legs of an order have filled alike."""
        if self._book.order(key).is_uneven:
            self._uneven.setdefault(key, self._around.moment())
        else:
            self._uneven.pop(key, None)
            self._around.gate.open(f"legs {key}")

    def _watch_legs(self) -> None:
        """A leg that stays alone is a position nobody decided on: tell a person, and enter nothing new until the other comes."""
        now, patience = self._around.moment(), self._around.patience.leg
        for key in [key for key, at in self._uneven.items() if at + patience <= now]:
            del self._uneven[key]
            filled = ", ".join(f"{count} {contract}" for contract, count in self._book.order(key).executions.positions().items())
            self._around.gate.close(f"legs {key}", f"order {key} filled unevenly: {filled}")
            self._around.alert(f"order {key} filled unevenly for {patience.total_seconds():g} s: {filled}")

    def _unheard(self, key: str, why: str) -> None:
        """What became of an order is not known: it is not sent again, and nothing new is entered until the broker says."""
        self._asked.pop(key, None)
        self._book.note(key, Event.FALL_SILENT, self._around.moment(), why)
        self._around.gate.close(f"order {key}", f"order {key} is UNKNOWN: {why}")
        self._around.changed(None)

    def _follow_market(self) -> None:
        """Move the limit of a market order that did not fill to where the market is now."""
        now = self._around.moment()
        for key in [key for key, at in self._priced.items() if at + self._around.patience.price <= now]:
            working, state = self._working[key], self._book.order(key).state
            if state not in (OrderState.WORKING, OrderState.PARTLY_FILLED):
                del self._priced[key]
                continue
            self._priced[key] = now
            legs = self._handler.legs_of(next(iter(working.legs.values())))
            try:
                limit = natural_of(legs)
            except InvalidInput as error:
                self._handler.context.log_error(f"{key}: {error}")
                continue
            if limit != working.limit:
                self._replaced(working, limit, now)

    # What the engine is told

    def catch_up(self, keys: Iterable[str]) -> None:
        """Show the engine what a reconciliation found."""
        for key in keys:
            self.fills.settle(key)
            self._show(key, "found by reconciliation")

    def _show(self, key: str, text: str) -> None:
        """Bring the engine's orders to the state of the book."""
        order = self._book.order(key)
        if order.state is not OrderState.UNKNOWN:
            self._around.gate.open(f"order {key}")
        working = self._working.get(key)
        self.fills.show(key, working)
        if working is None or self.fills.is_waiting(key):
            return
        legs = list(working.legs.values())
        if order.state in STANDS:
            self._emit([leg for leg in legs if leg.status is OrderStatus.NEW], OrderStatus.SUBMITTED, text)
        elif order.state in GONE:
            self._emit([leg for leg in legs if not leg.status.is_closed], OrderStatus.CANCELED, text or order.state.value)
        elif order.state in REFUSED:
            self._emit([leg for leg in legs if not leg.status.is_closed], OrderStatus.INVALID, text or order.state.value)

    def _told_update(self, working: Working) -> None:
        self._emit([leg for leg in working.legs.values() if not leg.status.is_closed], OrderStatus.UPDATE_SUBMITTED, "")

    def _emit(self, orders: Sequence[lean.Order], status: OrderStatus, text: str) -> None:
        now = self._handler.context.utc_now()
        if orders:
            self._handler.emit([order_event(order, now, status, text) for order in orders])

    def _cancel_refused(self, key: str, text: str) -> None:
        working = self._working.get(key)
        for leg in working.legs.values() if working is not None else ():
            if leg.status is OrderStatus.CANCEL_PENDING:
                self._handler.cancel_refused(leg, f"{key}: not cancelled: {text}")
