"""Orders that climb a ladder of limits by the clock: each step is on record before it is taken, and a cancel is only asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alaris.domain import PriceLadder, Rejection
from alaris.lean.combos import close_holdings
from alaris.lean.faults import Fault
from alaris.lean.ladders import WorkingOrder
from alaris.lean.order_desk import OrderDesk, refused_of, said
from alaris.lean.trades import Trade
from alaris.workflow.execution import Climb

if TYPE_CHECKING:
    from AlgorithmImports import OrderTicket, QCAlgorithm

    from alaris.lean.market_data import EngineData
    from alaris.lean.run_record import RunRecord
    from alaris.lean.safeguards import Safeguards
    from alaris.settings import Settings
    from alaris.workflow import Workflow

AT_ONCE = 60.0  # seconds that an order without a ladder is waited for before it is looked at again


class LadderDesk(OrderDesk):
    """An order desk whose orders live for minutes."""

    def __init__(
        self,
        algorithm: QCAlgorithm,
        workflow: Workflow,
        engine: EngineData,
        record: RunRecord,
        safeguards: Safeguards,
        settings: Settings,
    ) -> None:
        super().__init__(algorithm, workflow, engine, record, safeguards, settings)
        self._settings = settings

    def _reachable(self, ladder: PriceLadder, tick: float) -> PriceLadder:
        """The ladder with its last limit a tick through natural, since LEAN fills a combo strictly inside its limit; never exactly 0."""
        prices = [*ladder.prices[:-1], round(ladder.prices[-1] + tick, 4)]
        return PriceLadder(tuple(price or tick for price in prices), ladder.seconds)

    def _place(
        self, trade: Trade, ladder: PriceLadder, spreads: int, now: datetime, send: Callable[[float], Sequence[OrderTicket]]
    ) -> None:
        """Begin a ladder: record the first rung, then send it."""
        self._send_rung(trade, WorkingOrder((), Climb(ladder, now), spreads, send=send))

    def _send_rung(self, trade: Trade, order: WorkingOrder) -> None:
        """Record a rung and send its order."""
        opening, send, limit = not trade.is_open, order.send, order.limit
        if send is None:
            return
        self._record.rung(trade, "place", order.rung, limit, order.contracts)
        order.tickets = self._send_entry(trade, lambda: send(limit)) if opening else send(limit)
        if trade not in self._trades or (opening and trade.is_open):  # refused or filled while it was being sent
            return
        trade.working = order
        if opening and refused_of(order.tickets) is not None:
            self._refuse_unsent(trade, order.tickets)

    def _stepped_on(self, trade: Trade, ended: WorkingOrder, now: datetime) -> bool:
        """Whether an order was only cancelled for its next limit, nothing of it filled, and it now stands there, for all its seconds."""
        rung, ladder = ended.rung + 1, ended.climb.ladder
        if not ended.steps or rung >= len(ladder.prices) or any(ticket.quantity_filled for ticket in ended.tickets):
            return False
        begun = now - timedelta(seconds=sum(ladder.seconds[:rung]))
        self._send_rung(trade, WorkingOrder((), Climb(ladder, begun), ended.contracts, rung=rung, send=ended.send))
        return True

    def _rest(self, trade: Trade, now: datetime) -> None:
        """Leave a refused order alone for a while: what refuses it now will refuse it in a second too."""
        trade.not_before = now + timedelta(seconds=self._settings.orders.retry_seconds)

    def _rests(self, trade: Trade, now: datetime) -> bool:
        return trade.not_before is not None and now < trade.not_before

    def _climb(self, trade: Trade, working: WorkingOrder, now: datetime) -> None:
        rung = working.climb.rung(now)
        if rung is None:
            self._cancel(trade, now, None)
        elif rung > working.rung and self._settings.orders.step == "cancel":
            working.steps = True
            self._cancel(trade, now, None)
        elif rung > working.rung:
            working.rung = rung
            self._record.rung(trade, "replace", rung, working.limit, working.contracts)
            answer = working.tickets[0].update_limit_price(working.limit)
            if answer.is_error:
                self._record.notice(trade.decision.symbol, f"limit {working.limit:.2f} was refused: {answer.error_message}")

    def _cancel(self, trade: Trade, now: datetime, refusal: Rejection | None) -> None:
        """Ask for the end of a working order, once."""
        working = trade.working
        if working is not None and working.cancelled_at is None and not working.has_ended:
            working.cancelled_at, working.refusal = now, refusal
            self._record.rung(trade, "cancel", working.rung, working.limit, working.contracts)
            working.tickets[0].cancel("ladder ended" if refusal is None else refusal.reason.value)

    def _without_ladder(self, tickets: Sequence[OrderTicket], spreads: int, now: datetime) -> WorkingOrder:
        """A market order in the place of a ladder: what is half or was assigned is closed at once."""
        return WorkingOrder(tickets, Climb(PriceLadder((0.0,), (AT_ONCE,)), now), spreads)

    def _close_remains(self, trade: Trade, now: datetime) -> None:
        """Close what an assignment or an expiry has left, stock and orphan leg together."""
        tickets = close_holdings(self._algorithm, trade)
        if tickets:
            trade.working = self._without_ladder(tickets, trade.decision.contracts, now)
            if (refused := refused_of(tickets)) is not None:
                self._rest(trade, now)
                self._record.alert(trade.decision, f"{Fault.EXIT_REJECTED}: {said(refused)}; {Fault.EXIT_REJECTED.meaning}")

    def _watch_cancel(self, trade: Trade, working: WorkingOrder, now: datetime) -> None:
        if working.overdue(now, self._settings.orders.cancel_seconds):
            self._record.alert(trade.decision, f"{Fault.CANCEL_UNANSWERED}: {Fault.CANCEL_UNANSWERED.meaning}")
