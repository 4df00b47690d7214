"""The life of one order: every state and every event named, UNKNOWN among the states, and no order of arrival that changes the end.

What is known of an order is a set of facts, each with the latest time at which it was stated; the state is read off the facts. Merging
facts is a maximum, so a repeated, late or out-of-order message changes nothing twice. Silence is a fact too: after it the state is
UNKNOWN until the broker says something newer about the order as a whole. A timeout is never a guess, and nothing is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from alaris.domain import InvalidInput
from alaris.workflow.executions import ExecutionReport, Executions


class OrderState(StrEnum):
    """Where an order stands."""

    INTENDED = "INTENDED"  # in the journal, not sent
    DENIED = "DENIED"  # our own limits or guards refused it; the broker never saw it
    SENT = "SENT"  # handed over, not answered
    WORKING = "WORKING"  # the broker has it, nothing filled
    PARTLY_FILLED = "PARTLY_FILLED"  # the broker has it, some legs or contracts filled
    CANCEL_SENT = "CANCEL_SENT"  # asked to cancel; it can still fill
    UNKNOWN = "UNKNOWN"  # sent, and what became of it is not known: neither send again nor count as nothing
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"  # by the broker
    ABSENT = "ABSENT"  # a complete reconciliation found that the broker has no such order


class Event(StrEnum):
    """What can happen to an order, fills apart."""

    DENY = "DENY"
    SEND = "SEND"
    ACKNOWLEDGE = "ACKNOWLEDGE"  # the broker states that it has the order and works it
    REQUEST_CANCEL = "REQUEST_CANCEL"
    REFUSE_CANCEL = "REFUSE_CANCEL"
    CONFIRM_CANCEL = "CONFIRM_CANCEL"
    EXPIRE = "EXPIRE"
    REJECT = "REJECT"
    FALL_SILENT = "FALL_SILENT"  # a deadline passed or the connection was lost after sending
    FIND_ABSENT = "FIND_ABSENT"  # by open orders, completed orders and executions, all three answered


TERMINAL = frozenset(
    {OrderState.DENIED, OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED, OrderState.ABSENT}
)
ENDS: Mapping[Event, OrderState] = MappingProxyType(
    {  # the first that was stated holds: what the broker says of its own order comes before what we found
        Event.CONFIRM_CANCEL: OrderState.CANCELLED,
        Event.EXPIRE: OrderState.EXPIRED,
        Event.REJECT: OrderState.REJECTED,
        Event.DENY: OrderState.DENIED,
        Event.FIND_ABSENT: OrderState.ABSENT,
    }
)
NEVER_FILLED = frozenset({Event.REJECT, Event.DENY, Event.FIND_ABSENT})  # a fill contradicts these


@dataclass(frozen=True, slots=True)
class Order:
    """One order and all that is known of it.

    Parameters
    ----------
    key : str
        Our own name of the order, the broker's `orderRef` where we place it.
    legs : mapping
        Signed ratio by contract, as `ExecutionReport.contract` names it; a calendar is -1 of the front and +1 of the back.
    contracts : int
        How many times the legs: positive.
    """

    key: str
    legs: Mapping[str, int]
    contracts: int
    facts: Mapping[Event, datetime] = field(default_factory=dict)
    executions: Executions = field(default_factory=Executions)

    def __post_init__(self) -> None:
        """Refuse an order of nothing."""
        if self.contracts < 1 or not self.legs or not all(self.legs.values()):
            raise InvalidInput("legs", f"order {self.key!r} needs at least one contract of legs with ratios other than 0")

    def after(self, event: Event, at: datetime) -> Order:
        """After something was stated of the order; the same object where it says nothing new."""
        if at.tzinfo is None:
            raise InvalidInput("at", "the time carries no zone")
        known = self.facts.get(event)
        return self if known is not None and known >= at else replace(self, facts={**self.facts, event: at})

    def filled(self, report: ExecutionReport) -> Order:
        """After an execution report; the same object where it says nothing new.

        Raises
        ------
        InvalidInput
            The report is of a contract that is no leg of this order.
        """
        if report.contract and report.contract not in self.legs:
            raise InvalidInput("contract", f"{report.contract!r} is no leg of order {self.key!r}; reconcile before trading on")
        executions = self.executions.with_report(report)
        return self if executions is self.executions else replace(self, executions=executions)

    def charged(self, execution_id: str, fee: Decimal) -> Order:
        """After a commission report."""
        executions = self.executions.with_fee(execution_id, fee)
        return self if executions is self.executions else replace(self, executions=executions)

    @property
    def whole(self) -> int:
        """Contracts whose legs have all filled."""
        positions = self.executions.positions()
        return max(0, min(positions.get(leg, 0) * ratio // ratio**2 for leg, ratio in self.legs.items()))

    @property
    def is_uneven(self) -> bool:
        """Whether one leg has filled further than another: the position is not a calendar, and may be naked."""
        positions = self.executions.positions()
        return any(positions.get(leg, 0) != self.whole * ratio for leg, ratio in self.legs.items())

    @property
    def is_overfilled(self) -> bool:
        """Whether more came than was ordered: a person must look."""
        return self.whole > self.contracts

    @property
    def state(self) -> OrderState:
        """Where the order stands, by its facts and fills alone."""
        if self.executions.contradicted:
            return OrderState.UNKNOWN
        if self.whole >= self.contracts and not self.is_uneven:
            return OrderState.FILLED
        return self._ended() or self._open()

    def _ended(self) -> OrderState | None:
        ended = next((event for event in ENDS if event in self.facts), None)
        if ended is None or (ended is Event.FIND_ABSENT and self._outlived(ended)):
            return None
        if ended in NEVER_FILLED and (self.executions.positions() or self._contradicts(ended)):
            return OrderState.UNKNOWN
        return ENDS[ended]

    def _open(self) -> OrderState:
        if self._is_silent():
            return OrderState.UNKNOWN
        if self._stands(Event.REQUEST_CANCEL, Event.REFUSE_CANCEL):
            return OrderState.CANCEL_SENT
        if self.executions.positions():
            return OrderState.PARTLY_FILLED
        if Event.ACKNOWLEDGE in self.facts:
            return OrderState.WORKING
        return OrderState.SENT if Event.SEND in self.facts else OrderState.INTENDED

    @property
    def may_be_sent(self) -> bool:
        """Whether it may be handed to the broker: once, and only from INTENDED."""
        return self.state is OrderState.INTENDED

    def _contradicts(self, ended: Event) -> bool:
        return ended is Event.DENY and Event.SEND in self.facts

    def _outlived(self, ended: Event) -> bool:
        return any(self._stands(event, ended) for event in (Event.SEND, Event.ACKNOWLEDGE))

    def _is_silent(self) -> bool:
        return self._stands(Event.FALL_SILENT, Event.ACKNOWLEDGE)

    def _stands(self, event: Event, answer: Event) -> bool:
        """Whether an event was stated, and its answer not at the same time or later."""
        stated, answered = self.facts.get(event), self.facts.get(answer)
        return stated is not None and (answered is None or stated > answered)
