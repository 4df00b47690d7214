"""Our orders at the gateway: which order id carries which key, and what each status, code, execution and fee says of it.

The gateway's words are passed on as facts with their time. A code that is not known to end an order ends nothing: executions, open and
completed orders decide later. Executions of a combo as a whole carry no contract, its legs' carry theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from alaris.broker.codes import Reaction, reaction_to
from alaris.broker.contracts import Instrument, Share, contract_name
from alaris.broker.messages import BrokerContract, ErrorSaid, ExecutionSaid, FeeSaid, OrderSaid, StatusSaid
from alaris.broker.values import BrokerEvent, Notice, NotSent, OrderFee, OrderFill, OrderStatement
from alaris.domain import Leg, Right
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import Event

Tell = Callable[[BrokerEvent], None]
STATED: Mapping[str, Event] = MappingProxyType(
    {
        "PreSubmitted": Event.ACKNOWLEDGE,
        "Submitted": Event.ACKNOWLEDGE,
        "Filled": Event.ACKNOWLEDGE,  # the fills themselves are told by executions
        "Cancelled": Event.CONFIRM_CANCEL,
        "ApiCancelled": Event.CONFIRM_CANCEL,
    }
)
ENDED: Mapping[str, Event] = MappingProxyType(
    {"Cancelled": Event.CONFIRM_CANCEL, "ApiCancelled": Event.CONFIRM_CANCEL, "Inactive": Event.REJECT}
)
REFUSALS_OF_NEW = frozenset({103, 110, 321, 329})  # end an order that was never acknowledged; of a working one they refuse the change


@dataclass(slots=True)
class Placed:
    """An order of this connection's client id, as it is changed and cancelled."""

    key: str
    order_id: int
    contract: BrokerContract
    action: str
    quantity: int
    limit: Decimal
    tif: str
    acknowledged: bool = False


class OrderDesk:
    """Orders by key and by id; used on the loop's thread only. It outlives a connection: ids stay known across a reconnect."""

    def __init__(self, client_id: int, tell: Tell, now: Callable[[], datetime]) -> None:
        self.client_id = client_id
        self._tell, self._now = tell, now
        self._placed: dict[int, Placed] = {}
        self._owners: dict[str, int] = {}
        self._keys: dict[int, str] = {}
        self._executions: dict[str, str] = {}
        self._fees: dict[str, Decimal] = {}

    def use(self, client_id: int) -> None:
        """The connection came up under this id; orders of another one are no longer ours to change."""
        if client_id != self.client_id:
            self._placed.clear()
            self.client_id = client_id

    def knows(self, key: str) -> bool:
        """Whether a key was seen at this gateway."""
        return key in self._owners

    def add(self, placed: Placed) -> None:
        """An order is about to be sent."""
        self._placed[placed.order_id] = placed
        self._owners[placed.key] = self.client_id

    def own(self, key: str) -> Placed:
        """The order under a key, if this client may change it.

        Raises
        ------
        NotSent
            It is not known here, or another client's: a gateway lets nobody else change it.
        """
        found = next((placed for placed in reversed(self._placed.values()) if placed.key == key), None)
        if found is not None:
            return found
        owner = self._owners.get(key)
        raise NotSent(f"no order {key!r} is open on this connection" if owner is None else f"order {key!r} is client {owner}'s")

    def order(self, said: OrderSaid) -> None:
        """An open order, at a start another session's or client's."""
        if not said.key:
            return
        self._owners[said.key] = said.client_id
        if said.permanent_id:
            self._keys[said.permanent_id] = said.key
        if said.client_id == self.client_id and said.order_id not in self._placed:
            terms = (said.contract, said.action, said.quantity, said.limit, said.tif)
            self._placed[said.order_id] = Placed(said.key, said.order_id, *terms, acknowledged=True)

    def status(self, said: StatusSaid) -> None:
        """Where an order stands."""
        key = self._key(said.order_id, said.client_id, said.permanent_id)
        if key is None:
            return
        placed = self._placed.get(said.order_id) if said.client_id == self.client_id else None
        event = STATED.get(said.status)
        if event is None:
            self._tell(Notice(0, f"{said.status}, {said.filled:g} filled, {said.remaining:g} remaining", key))
            return
        if placed is not None:
            placed.acknowledged = True
        self._tell(OrderStatement(key, event, self._now(), said.status, broker_id=said.permanent_id))

    def error(self, said: ErrorSaid) -> bool:
        """A code on one of our orders; False where it is none of them."""
        placed = self._placed.get(said.request)
        if placed is None:
            return False
        event = _event_of(said.code, acknowledged=placed.acknowledged)
        if event is None:
            self._tell(Notice(said.code, said.text, placed.key))
        else:
            self._tell(OrderStatement(placed.key, event, self._now(), said.text, said.code))
        return True

    def execution(self, said: ExecutionSaid) -> None:
        """An execution that just happened."""
        key = said.key or self._keys.get(said.permanent_id) or foreign(said.client_id, said.order_id, said.permanent_id)
        self._executions[said.execution_id] = key
        self._tell(OrderFill(key, report_of(said), said.permanent_id))
        if said.execution_id in self._fees:
            self._tell(OrderFee(key, said.execution_id, self._fees[said.execution_id]))

    def known_execution(self, said: ExecutionSaid) -> None:
        """An execution the gateway was asked for: its fee may follow."""
        self._executions[said.execution_id] = said.key or foreign(said.client_id, said.order_id, said.permanent_id)

    def fee(self, said: FeeSaid) -> None:
        """A commission; it may come before its execution."""
        if self._fees.get(said.execution_id) == said.fee:
            return
        self._fees[said.execution_id] = said.fee
        if said.execution_id in self._executions:
            self._tell(OrderFee(self._executions[said.execution_id], said.execution_id, said.fee))

    def _key(self, order_id: int, client_id: int, permanent_id: int) -> str | None:
        placed = self._placed.get(order_id) if client_id == self.client_id else None
        return placed.key if placed is not None else self._keys.get(permanent_id)


def foreign(client_id: int, order_id: int, permanent_id: int) -> str:
    """What an order without a key of ours is called: manual, LEAN's or another program's."""
    return f"client {client_id} order {order_id}" if order_id > 0 and client_id >= 0 else f"permanent {permanent_id}"


def report_of(said: ExecutionSaid) -> ExecutionReport:
    """An execution as the workflow counts it; that of a combo as a whole carries no contract."""
    contract = "" if said.contract.kind == "BAG" else name_of(said.contract)
    return ExecutionReport(said.execution_id, contract, said.contracts, said.price, said.at)


def instrument(contract: BrokerContract) -> Instrument | None:
    """The share or standard option that a broker's contract is; None for anything else."""
    if contract.kind == "STK":
        return Share(contract.symbol)
    if contract.kind != "OPT" or contract.expiry is None or contract.multiplier not in ("", "100"):
        return None
    return Leg(contract.symbol, Right.CALL if contract.right == "C" else Right.PUT, contract.strike, contract.expiry, 1)


def name_of(contract: BrokerContract) -> str:
    """Our name of a broker's contract; what is neither a share nor a standard option keeps the broker's own, and a person must look."""
    known = instrument(contract)
    return contract_name(known) if known is not None else f"{contract.kind} {contract.local_symbol or contract.con_id}"


def _event_of(code: int, *, acknowledged: bool) -> Event | None:
    reaction = reaction_to(code)
    if reaction is Reaction.CANCELLED:
        return Event.CONFIRM_CANCEL
    if reaction is Reaction.REFUSE_CANCEL:
        return Event.REFUSE_CANCEL
    if code in REFUSALS_OF_NEW:
        return None if acknowledged else Event.REJECT
    return Event.REJECT if reaction is Reaction.REJECT_ORDER else None
