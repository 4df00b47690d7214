"""Close an account without its process: one order a position at a time, sized by fresh positions, priced in steps under a cap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from alaris.broker import BrokerUnavailable, ComboOrder, OutcomeUnknown, contract_name
from alaris.domain import NEW_YORK, LegQuote
from alaris.operations.closing import Closing, Plan, closing_plan, is_marketable, limits
from alaris.operations.desk import Desk
from alaris.settings import Orders
from alaris.workflow.order_state import TERMINAL, Event, Order, OrderState

QUOTE_SECONDS, CONFIRM_SECONDS = 5.0, 20.0


@dataclass(frozen=True, slots=True)
class Rules:
    """How a closing is priced: by the settings' steps and tick, each limit standing `step_seconds`.

    `cap` is the most, USD a share, that is given up against the middle of the quotes.
    """

    orders: Orders
    cap: float = 0.50
    step_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Closed:
    """What became of one closing: how many of its contracts were closed, and what is to be known."""

    closing: Closing
    contracts: int
    text: str

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is left."""
        return self.contracts >= self.closing.contracts


@dataclass(frozen=True, slots=True)
class Proposal:
    """A closing with the limits it would be tried at, or why there are none."""

    closing: Closing
    limits: tuple[Decimal, ...]
    text: str


def plan_now(desk: Desk) -> Plan:
    """What is held now and how it would be closed."""
    return closing_plan(desk.picture().positions or {}, _today(desk.now()))


def proposals(desk: Desk, plan: Plan, rules: Rules) -> Iterator[Proposal]:
    """The plan at the quotes of now; sends nothing."""
    for closing in plan.closings:
        quotes = _quotes(desk, closing)
        if isinstance(quotes, str):
            yield Proposal(closing, (), quotes)
        else:
            tried = limits(quotes, closing, rules.orders, rules.cap)
            yield Proposal(closing, tried, "" if is_marketable(tried[-1], quotes, closing) else "the cap ends it before natural")


def hours_forbid(desk: Desk, plan: Plan) -> str:
    """Why the plan cannot be traded now, or nothing."""
    if not plan.closings:
        return ""
    try:
        return closed_market(desk.broker.trading_hours(plan.closings[0].legs[0], QUOTE_SECONDS), desk.now())
    except BrokerUnavailable as error:
        return f"the broker does not say whether the exchange is open ({error})"


def flatten(desk: Desk, plan: Plan, rules: Rules) -> Iterator[Closed]:
    """Close what the plan holds, one order at a time; where a short leg could not be closed, the long ones of its underlying stay.

    Our working orders must be cancelled before (`cancel_ours`). Repeating it sends nothing for what is closed.
    """
    unfinished: set[str] = set()
    for closing in plan.closings:
        is_cover = len(closing.legs) == 1 and closing.legs[0].ratio < 0
        if is_cover and closing.symbol in unfinished:
            yield Closed(closing, 0, "kept: it covers a short leg that could not be closed")
            continue
        outcome = _close(desk, closing, rules)
        if not outcome.is_whole:
            unfinished.add(closing.symbol)
        yield outcome


def closed_market(sessions: Sequence[tuple[datetime, datetime]], now: datetime) -> str:
    """Why nothing is traded now by the broker's own regular sessions, or nothing: options trade in them only."""
    if any(opens <= now < closes for opens, closes in sessions):
        return ""
    coming = min((opens for opens, _ in sessions if opens > now), default=None)
    when = f"; it opens {coming.astimezone(NEW_YORK):%A %Y-%m-%d %H:%M} New York" if coming else ""
    return f"the exchange is closed{when}"


def _close(desk: Desk, closing: Closing, rules: Rules) -> Closed:
    contracts = _still_held(desk, closing)
    if contracts == 0:
        return Closed(closing, closing.contracts, "closed already")
    quotes = _quotes(desk, closing)
    if isinstance(quotes, str):
        return Closed(closing, 0, quotes)
    tried = limits(quotes, closing, rules.orders, rules.cap)
    order = _intended(desk, closing, contracts, tried)
    try:
        _worked(desk, order.key, closing, tried, rules)
    except (BrokerUnavailable, OutcomeUnknown) as error:
        desk.book.note(order.key, Event.FALL_SILENT, desk.now(), str(error))
        return Closed(closing, desk.order(order.key).whole, f"{order.key}: {error}; run it again, it reconciles first")
    return _outcome(desk, order.key, closing, contracts, tried)


def _still_held(desk: Desk, closing: Closing) -> int:
    """How many are left of each leg, never more than planned: an order cannot turn a position round."""
    held = desk.picture().positions or {}
    return min(closing.contracts, *(max(0, -held.get(name, 0) * ratio) for name, ratio in closing.names.items()))


def _quotes(desk: Desk, closing: Closing) -> tuple[LegQuote, ...] | str:
    try:
        return desk.broker.quotes(closing.legs, QUOTE_SECONDS)
    except BrokerUnavailable as error:
        return f"no quote to price it from: {error}"


def _intended(desk: Desk, closing: Closing, contracts: int, tried: tuple[Decimal, ...]) -> Order:
    """The order in the journal, under the first key of the day that was never used."""
    today = _today(desk.now())
    attempt = next(number for number in range(1, 1_000) if not desk.book.knows(closing.key(today, number)))
    order = Order(closing.key(today, attempt), closing.names, contracts)
    ladder = {"prices": [str(limit) for limit in tried]}
    intent = {"symbol": closing.symbol, "action": "FLATTEN", "ladder": ladder, "created_at": desk.now()}
    return desk.book.intend(order, _trade(closing, today), intent)


def _worked(desk: Desk, key: str, closing: Closing, tried: tuple[Decimal, ...], rules: Rules) -> None:
    """Send it, climb, and cancel what is left at the end."""
    order = desk.book.send(key, desk.now(), tried[0], "FLATTEN")
    desk.broker.place(ComboOrder(key, tuple((leg, leg.ratio) for leg in closing.legs), order.contracts, tried[0]))
    for limit in tried[1:]:
        if desk.wait(rules.step_seconds, lambda: _has_ended(desk, key)):
            return
        desk.book.reprice(key, desk.now(), limit)
        desk.broker.replace(key, limit)
    if not desk.wait(rules.step_seconds, lambda: _has_ended(desk, key)):
        desk.request_cancel(key)
        desk.wait(CONFIRM_SECONDS, lambda: _has_ended(desk, key))


def _outcome(desk: Desk, key: str, closing: Closing, contracts: int, tried: tuple[Decimal, ...]) -> Closed:
    if desk.order(key).state not in TERMINAL:
        desk.reconcile()
    order = desk.order(key)
    planned = closing.contracts - contracts  # closed before we came
    if order.state is OrderState.FILLED:
        return Closed(closing, planned + order.whole, f"{key}: closed {order.whole} of {contracts}")
    uneven = f", its legs unevenly: {_uneven(order)}" if order.is_uneven else ""
    return Closed(closing, planned + order.whole, f"{key}: {order.state.value} at {tried[-1]}, closed {order.whole} of {contracts}{uneven}")


def _uneven(order: Order) -> str:
    return ", ".join(f"{count:+d} {contract}" for contract, count in order.executions.positions().items())


def _has_ended(desk: Desk, key: str) -> bool:
    return desk.book.order(key).state in TERMINAL


def _trade(closing: Closing, day: date) -> str:
    return f"{closing.symbol}-{day:%Y%m%d}-flatten-{contract_name(closing.legs[0])}"


def _today(now: datetime) -> date:
    return now.astimezone(NEW_YORK).date()
