"""The order desk on minute data: orders climb their ladders by the clock, and positions are looked after between two closes.

Nothing is taken for done before the engine says so. A limit is replaced, a cancel is asked for, and then the desk waits: an order that
fills in the meantime is a fill, whole spreads of a part are kept, and half a spread is undone at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from AlgorithmImports import OrderStatus

from alaris.domain import Calendar, Decision, Phase, PriceLadder, Reason, Rejection, UpcomingReport
from alaris.lean.combos import buy_calendar, is_flat, sell_calendar, spreads_held, trim_entry
from alaris.lean.faults import Fault
from alaris.lean.ladder_desk import AT_ONCE, LadderDesk
from alaris.lean.ladders import WorkingOrder
from alaris.lean.order_desk import refused_of, said
from alaris.lean.trades import Contracts, Trade

if TYPE_CHECKING:
    from AlgorithmImports import OrderEvent, QCAlgorithm, Symbol

    from alaris.lean.market_data import EngineData
    from alaris.lean.run_record import RunRecord
    from alaris.lean.safeguards import Safeguards
    from alaris.lean.subscriptions import Subscriptions
    from alaris.risk.scenarios import ScenarioRisk
    from alaris.settings import Settings
    from alaris.workflow import Workflow

FILLS = (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED)
NOT_YET = frozenset({Reason.NO_CHAIN, Reason.NO_SPOT, Reason.STALE_SPOT, Reason.NO_QUOTES, Reason.TOO_FEW_EXPIRIES})
SMALLER = "only a smaller size passes now"


@dataclass(frozen=True, slots=True)
class _Unquoted:
    """A decision that wants nothing but its legs' quotes."""

    report: UpcomingReport
    decision: Decision
    calendar: Calendar
    contracts: Contracts
    since: datetime


def _unquoted(decision: Decision) -> bool:
    missing = decision.rejection is not None and decision.rejection.reason is Reason.NO_EXECUTION_QUOTE
    return missing and decision.rejected_phase is Phase.EXECUTION_PRICING


class MinuteDesk(LadderDesk):
    """The trades of one run whose orders live for minutes; `attend` moves all of them on and is called as often as the engine allows."""

    def __init__(
        self,
        algorithm: QCAlgorithm,
        workflow: Workflow,
        engine: EngineData,
        record: RunRecord,
        safeguards: Safeguards,
        settings: Settings,
        subscriptions: Subscriptions,
    ) -> None:
        super().__init__(algorithm, workflow, engine, record, safeguards, settings)
        self._subscriptions = subscriptions
        self._refused_entries: dict[int, Trade] = {}
        self._unquoted: dict[str, _Unquoted] = {}
        self._orphans: set[int] = set()

    def enter(self, report: UpcomingReport, now: datetime) -> None:
        """Decide on one report with what there is."""
        self.decided(report, now, patient=False)

    def decided(self, report: UpcomingReport, now: datetime, *, patient: bool) -> bool:
        """Decide on one report; where the workflow says so, subscribe both legs. The order follows once they are quoted.

        Where nothing but the legs' quotes is missing, the legs are subscribed and the decision is made again when they come. False where
        the chain itself has not come yet and the caller is patient.
        """
        decision = self._workflow.decide(report, self._portfolio(), now, breakers=self._safeguards.standing(now))
        if patient and decision.rejection is not None and decision.rejection.reason in NOT_YET:
            return False
        if decision.calendar is not None and _unquoted(decision) and report.symbol not in self._unquoted:
            contracts = self._subscribed(decision, decision.calendar)
            self._unquoted[report.symbol] = _Unquoted(report, decision, decision.calendar, contracts, now)
            return True
        self._safeguards.see_data(decision, now)
        self._record.decided(decision)
        if decision.rejection is None and decision.calendar is not None and decision.intent is not None:
            contracts = self._subscribed(decision, decision.calendar)
            self._trades.append(Trade(decision, decision.calendar, contracts, self._multiplier, asked_at=now))
        return True

    def attend(self, now: datetime) -> None:
        """Move every entry, position and remainder on to what is due now; the session must be open, and the account known."""
        if self._restored:
            return
        self._close_leftovers()
        self._decide_quoted(now)
        for trade in list(self._trades):
            if trade.is_open:
                self._attend_position(trade, now)
            else:
                self._attend_entry(trade, now)

    def next_wake(self, now: datetime) -> datetime | None:
        """When `attend` is wanted next, if anything is on its way."""
        moments = [trade.working.climb.next_change(now) for trade in self._trades if trade.working is not None]
        waiting = bool(self._unquoted) or any(trade.working is None and not trade.is_open for trade in self._trades)
        moments += [now + timedelta(seconds=self._settings.orders.quote_seconds)] if waiting else []
        return min(moments, default=None)

    def close_books(self) -> None:
        """At the close, book what has been closed since `attend` was called last."""
        for trade in [trade for trade in self._trades if trade.is_open]:
            self._settle(trade)

    def scenario_risk(self) -> ScenarioRisk:
        """What all open positions would bring in every scenario, at the quotes of their last health check."""
        seen = [(trade, trade.exit_calendar) for trade in self._trades if trade.is_open]
        return self._workflow.scenario_risk([(trade.decision, now, self._spot(trade)) for trade, now in seen if now is not None])

    def symbols(self) -> list[Symbol]:
        """The engine's symbols whose quotes are wanted: both legs of all that is open, on order or being closed."""
        contracts = [trade.contracts for trade in (*self._trades, *self._leftovers)]
        contracts += [waiting.contracts for waiting in self._unquoted.values()]
        return [symbol for both in contracts for symbol in (both.front, both.back)]

    def busy_symbols(self) -> set[str]:
        """Tickers with a position open, on order, or about to be."""
        return super().busy_symbols() | self._unquoted.keys()

    def end_unfilled_entries(self) -> None:
        """Before a session nothing of the day before may still work; LEAN's own orders live until they are cancelled."""
        for trade in [trade for trade in self._trades if not trade.is_open]:
            self._call_off(trade, Rejection(Reason.NOT_FILLED))

    def cancel_entries(self, reason: str) -> int:
        """Cancel what would open a position; how many orders that was. Those of exits go on."""
        entries = [trade for trade in self._trades if not trade.is_open]
        for trade in entries:
            self._call_off(trade, Rejection(Reason.HALTED, value=reason))
        return len(entries)

    def reconcile(self) -> None:
        """After a restart, end what an earlier run left working; once it has ended, compare the book with the account."""
        if not self._restored:
            return
        working = list(self._algorithm.transactions.get_open_orders())
        for order in [order for order in working if order.id not in self._orphans]:
            self._orphans.add(order.id)
            self._algorithm.transactions.cancel_order(order.id, "of an earlier run")
            self._record.notice(order.symbol.value, f"{Fault.ORPHAN_ORDER}: {Fault.ORPHAN_ORDER.meaning}")
        if not working:
            super().reconcile()
            for trade in (*self._trades, *self._leftovers):
                self._subscribed(trade.decision, trade.calendar)

    def on_order_event(self, event: OrderEvent) -> None:
        """Take a fill to its trade, one that comes after the order's stated end to what is closed again."""
        late = self._refused_entries.get(event.order_id)
        if late is None or event.status not in FILLS:
            super().on_order_event(event)
            return
        late.note_fill(event, self._record.now())
        if late not in self._leftovers:
            self._leftovers.append(late)
            self._record.alert(late.decision, f"{Fault.LATE_FILL}: {Fault.LATE_FILL.meaning}")

    # entries

    def _subscribed(self, decision: Decision, calendar: Calendar) -> Contracts:
        front, back = (self._subscriptions.hold_leg(quote, self._engine) for quote in (calendar.front, calendar.back))
        return Contracts(front, back, self._engine.stocks[decision.symbol])

    def _decide_quoted(self, now: datetime) -> None:
        """Decide anew on what waited for its legs' quotes; without them in time the first answer stands."""
        patience = timedelta(seconds=self._settings.orders.quote_seconds)
        for waiting in list(self._unquoted.values()):
            if self._engine.execution_quotes((waiting.calendar.front.leg, waiting.calendar.back.leg)):
                self.enter(waiting.report, now)
                del self._unquoted[waiting.report.symbol]
                if waiting.report.symbol not in self.busy_symbols():
                    self._subscriptions.release_legs(waiting.contracts)
            elif now - waiting.since >= patience:
                del self._unquoted[waiting.report.symbol]
                self._record.decided(waiting.decision)
                self._subscriptions.release_legs(waiting.contracts)

    def _attend_entry(self, trade: Trade, now: datetime) -> None:
        working = trade.working
        if working is None:
            self._begin(trade, now)
        elif working.has_ended:
            if not self._rests(trade, now) and not self._stepped_on(trade, working, now):
                self._end_entry(trade, working)
        elif working.cancelled_at is not None:
            self._watch_cancel(trade, working, now)
        elif (refusal := self._refusal_of(trade, working, now)) is not None:
            self._cancel(trade, now, refusal)
        else:
            self._climb(trade, working, now)

    def _begin(self, trade: Trade, now: datetime) -> None:
        """Order once both legs are quoted: guards and limits once more on these quotes, then the first rung."""
        if trade.asked_at is None:
            return
        decision = self._confirmed(trade, now)
        if not self._has_prices(trade):
            decision = self._workflow.refused(decision, Reason.NO_EXECUTION_QUOTE)
        quiet = decision.rejection is not None and decision.rejection.reason in (Reason.NO_EXECUTION_QUOTE, Reason.STALE_QUOTE)
        if quiet and now - trade.asked_at < timedelta(seconds=self._settings.orders.quote_seconds):
            return
        if decision.rejection is not None or decision.intent is None or decision.calendar is None:
            self._drop(trade, decision)
            return
        trade.decision, trade.calendar = decision, decision.calendar
        self._record.decided(decision, "intent")
        self.before_entry()
        ladder = self._reachable(decision.intent.ladder, self._tick)
        self._place(trade, ladder, decision.contracts, now, lambda limit: buy_calendar(self._algorithm, trade, limit))

    def _has_prices(self, trade: Trade) -> bool:
        """Whether the engine itself has seen both legs: it refuses an order in a contract it has no price of, whoever else quotes it."""
        legs = (trade.contracts.front, trade.contracts.back)
        return all(float(self._algorithm.securities[symbol].price) > 0 for symbol in legs)

    def _refusal_of(self, trade: Trade, working: WorkingOrder, now: datetime) -> Rejection | None:
        """Why an entry may not go on: a halt at any time, and before each further rung whatever guards and limits say by then."""
        halt = self._safeguards.standing(now).entry_halt()
        if halt is not None:
            return Rejection(Reason.HALTED, value=halt.why)
        if working.climb.rung(now) in (None, working.rung):
            return None
        decision = self._confirmed(trade, now)
        if decision.rejection is None and decision.contracts < working.contracts:
            return Rejection(Reason.NOT_FILLED, value=SMALLER)
        return decision.rejection

    def _confirmed(self, trade: Trade, now: datetime) -> Decision:
        breakers = self._safeguards.standing(now)
        return self._workflow.confirm(trade.decision, None, self._portfolio(trade), now, breakers=breakers)

    def _call_off(self, trade: Trade, refusal: Rejection) -> None:
        """End an entry: a working order is cancelled and waited for, one that has not been sent is let go."""
        if trade.working is None:
            self._let_go(trade, refusal)
        else:
            self._cancel(trade, self._record.now(), refusal)

    def _end_entry(self, trade: Trade, working: WorkingOrder | None) -> None:
        """The order has ended: keep the spreads that are whole, undo what is half, or let the trade go."""
        trade.working, whole, entered = None, trade.whole, trade.entered
        if entered == (0, 0) or not whole:
            self._let_go(trade, Rejection(Reason.NOT_FILLED) if working is None or working.refusal is None else working.refusal)
        elif entered != (-whole, whole):
            self._record.alert(trade.decision, f"{Fault.PARTIAL_ENTRY}: {Fault.PARTIAL_ENTRY.meaning}")
            tickets = self._send_entry(trade, lambda: trim_entry(self._algorithm, trade))
            trade.working = self._without_ladder(tickets, whole, self._record.now())
            if refused_of(tickets) is not None:
                self._rest(trade, self._record.now())
        else:
            if whole > trade.decision.contracts:
                self._record.alert(trade.decision, f"{Fault.OVERFILLED}: {Fault.OVERFILLED.meaning}")
            trade.decision = self._workflow.entered(trade.decision, trade.entry_execution(whole))
            self._note_open(trade)

    def _let_go(self, trade: Trade, refusal: Rejection) -> None:
        self._refused_entries |= dict.fromkeys(trade.entry_orders, trade)
        if trade.entered != (0, 0):
            self._leftovers.append(trade)
            self._record.alert(trade.decision, f"{Fault.PARTIAL_ENTRY}: {Fault.PARTIAL_ENTRY.meaning}")
            refusal = Rejection(refusal.reason, value=Fault.PARTIAL_ENTRY)
        self._drop(trade, self._workflow.refused(trade.decision, refusal.reason, refusal.value, refusal.limit))
        if refusal.reason is Reason.NOT_FILLED:
            self._safeguards.see_execution(False, self._record.now())

    def _drop(self, trade: Trade, decision: Decision) -> None:
        self._trades.remove(trade)
        self._record.decided(decision)
        if trade not in self._leftovers:
            self._subscriptions.release_legs(trade.contracts)

    # positions

    def _attend_position(self, trade: Trade, now: datetime) -> None:
        working = trade.working
        if working is not None and not working.has_ended:
            self._move_exit(trade, working, now)
            return
        if working is not None and self._stepped_on(trade, working, now):
            return
        if working is not None:
            self._end_exit(trade, working, now)
        self._settle(trade)
        if trade in self._trades:
            if not self._rests(trade, now):
                self._look(trade, now)
        else:
            self._subscriptions.release_legs(trade.contracts)

    def _move_exit(self, trade: Trade, working: WorkingOrder, now: datetime) -> None:
        if working.cancelled_at is not None:
            self._watch_cancel(trade, working, now)
        elif self._workflow.last_call(trade.decision, now) and not self._workflow.last_call(trade.decision, working.climb.started):
            self._cancel(trade, now, None)  # the front's last hour has come: the next limit goes through natural
        else:
            self._climb(trade, working, now)

    def _end_exit(self, trade: Trade, working: WorkingOrder, now: datetime) -> None:
        trade.working = None
        trade.exit_tries += 1
        often = trade.exit_tries > self._settings.exits.ladders and trade.next_check is not None and now < trade.next_check
        if (refused := refused_of(working.tickets)) is not None:
            self._rest(trade, now)
            self._record.alert(trade.decision, f"{Fault.EXIT_REJECTED}: {said(refused)}; {Fault.EXIT_REJECTED.meaning}")
        elif not often and not is_flat(self._algorithm, trade):
            self._record.alert(trade.decision, f"{Fault.EXIT_NOT_FILLED}: {Fault.EXIT_NOT_FILLED.meaning}")

    def _note_open(self, trade: Trade) -> None:
        trade.working = None  # the entry's order is done; what works from now on is an exit
        super()._note_open(trade)

    def _one_sided(self, trade: Trade) -> Calendar | None:
        """As at a close, but never from quotes that are older than an order may be priced from."""
        calendar, limit = super()._one_sided(trade), timedelta(minutes=self._settings.execution_quotes.maximum_age_minutes)
        oldest = None if calendar is None else min(calendar.front.observed_at, calendar.back.observed_at)
        return calendar if oldest is not None and self._record.now() - oldest <= limit else None

    def _look(self, trade: Trade, now: datetime) -> None:
        """Close what is due: by the clock at once, by the market's state at each health check, and remains always."""
        spreads = spreads_held(self._algorithm, trade)
        if spreads is None:
            trade.exit_reason = trade.exit_reason or Fault.ASSIGNED_OR_EXPIRED
            self._close_remains(trade, now)
            return
        trade.flat_since = None if spreads else trade.flat_since or now
        if trade.flat_since is not None:
            self._give_up(trade, now)
            return
        reason = trade.exit_reason or self._workflow.time_is_up(trade.decision, now)
        check = trade.next_check is None or now >= trade.next_check
        if not (reason or check):
            return
        calendar = self._workflow.calendar_now(trade.decision, now, self._spot(trade)) or self._one_sided(trade)
        trade.exit_calendar = calendar
        if check:
            trade.next_check = now + timedelta(minutes=self._settings.schedule.check_minutes)
            reason = reason or self._checked(trade, calendar, now)
        if reason:
            trade.exit_reason = reason
            self._sell(trade, calendar, spreads, now, told=not check)

    def _give_up(self, trade: Trade, now: datetime) -> None:
        """Let a position go that somebody else has closed; an account may tell of a fill a little later than the fill itself."""
        if trade.flat_since is not None and now - trade.flat_since >= timedelta(seconds=self._settings.orders.retry_seconds):
            self._drop(trade, trade.decision)
            self._record.alert(trade.decision, f"{Fault.POSITION_GONE}: {Fault.POSITION_GONE.meaning}")

    def _checked(self, trade: Trade, calendar: Calendar | None, now: datetime) -> str | None:
        """The health check: how it stands against what was expected, on record; and whether that closes it."""
        if calendar is not None and calendar.front.bid > 0 and calendar.back.bid > 0:
            found = self._workflow.health(trade.decision, calendar, self._spot(trade))
            trade.unrealized = found.unrealized * trade.decision.contracts * self._multiplier
            self._record.health(trade.decision, found)
        return self._workflow.exit_due(trade.decision, calendar, self._spot(trade), now)

    def _sell(self, trade: Trade, calendar: Calendar | None, spreads: int, now: datetime, *, told: bool) -> None:
        if calendar is None or not (calendar.front.ask > 0 and calendar.back.bid > 0):
            if not told:
                self._record.alert(trade.decision, f"{Fault.EXIT_WAITS}: {trade.exit_reason}; {Fault.EXIT_WAITS.meaning}")
            return
        last = self._workflow.last_call(trade.decision, now) or trade.exit_tries >= self._settings.exits.ladders
        two_sided = calendar.front.bid > 0 and calendar.back.ask > 0
        if last or not two_sided:
            concession = self._settings.exits.concession if last else 0.0
            ladder = PriceLadder((round(calendar.natural_credit - concession, 4),), (AT_ONCE,))
        else:
            ladder = self._workflow.exit_ladder(calendar)
        ladder = self._reachable(ladder, -self._tick)
        self._place(trade, ladder, spreads, now, lambda limit: sell_calendar(self._algorithm, trade, spreads, limit))

    def _close_leftovers(self) -> None:
        for trade in list(self._leftovers):
            now = self._record.now()
            if (trade.working is not None and not trade.working.has_ended) or self._rests(trade, now):
                continue
            if is_flat(self._algorithm, trade):
                self._leftovers.remove(trade)
                self._subscriptions.release_legs(trade.contracts)
            else:
                self._close_remains(trade, now)
