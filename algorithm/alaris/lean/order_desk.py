"""The order desk: enters a decision by one combo, follows its fills, closes it by one combo, assignment included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from AlgorithmImports import OrderStatus

from alaris.domain import Calendar, Decision, Reason, UpcomingReport
from alaris.lean.combos import buy_calendar, close_holdings, is_flat, is_whole
from alaris.lean.faults import Fault
from alaris.lean.trades import Contracts, Movement, Trade
from alaris.risk.portfolio import OpenCalendar, Portfolio

if TYPE_CHECKING:
    from AlgorithmImports import OrderEvent, OrderTicket, QCAlgorithm

    from alaris.lean.book import Book, Pages
    from alaris.lean.market_data import EngineData
    from alaris.lean.run_record import RunRecord
    from alaris.lean.safeguards import Safeguards
    from alaris.settings import Settings
    from alaris.workflow import Workflow


class OrderDesk:
    """The trades of one run, from intent to profit and loss."""

    def __init__(
        self,
        algorithm: QCAlgorithm,
        workflow: Workflow,
        engine: EngineData,
        record: RunRecord,
        safeguards: Safeguards,
        settings: Settings,
    ) -> None:
        self._algorithm = algorithm
        self._safeguards = safeguards
        self._workflow = workflow
        self._engine = engine
        self._record = record
        self._tick = settings.orders.tick
        self._multiplier = settings.sizing.contract_multiplier
        self._trades: list[Trade] = []
        self._returns: list[float] = []
        self._unclaimed: list[OrderEvent] = []
        self._leftovers: list[Trade] = []
        self._restored = False
        self.before_entry: Callable[[], None] = lambda: None  # the book is written here: a process can die right behind an order
        self._realized: dict[tuple[str, date], float] = {}

    def busy_symbols(self) -> set[str]:
        """Tickers with a position open or on order."""
        return {trade.decision.symbol for trade in (*self._trades, *self._leftovers)}

    def enter(self, report: UpcomingReport, now: datetime) -> None:
        """Decide on one report and, where the workflow says so, order its calendar."""
        portfolio, breakers = self._portfolio(), self._safeguards.standing(now)
        decision = self._workflow.decide(report, portfolio, now, breakers=breakers)
        self._safeguards.see_data(decision, now)
        decision = self._workflow.confirm(decision, None, portfolio, now, breakers=breakers)
        self._record.decided(decision)
        if decision.rejection is None and decision.calendar is not None and decision.intent is not None:
            self._order(decision, decision.calendar, limit=decision.intent.ladder.prices[-1] + self._tick)

    def exits(self, now: datetime) -> None:
        """Close what is due: its exit has come, or an assignment or an expiry has left only a part of it."""
        self._close_leftovers()
        for trade in [trade for trade in self._trades if trade.is_open]:
            trade.exit_calendar = self._workflow.calendar_now(trade.decision, now) or self._one_sided(trade)
            reason = self._exit_reason(trade, now)
            if reason is not None:
                trade.exit_reason = trade.exit_reason or reason
                self._close(trade)
                self._settle(trade)

    def end_unfilled_entries(self) -> None:
        """Cancel what did not fill at the close it was priced for, and free its slot and capital."""
        for trade in [trade for trade in self._trades if not trade.is_open]:
            for order in trade.entry_orders:
                self._algorithm.transactions.cancel_order(order, "not filled at the close it was priced for")
            if trade.entries:
                self._leftovers.append(trade)
                self._record.alert(trade.decision, f"{Fault.PARTIAL_ENTRY}: {Fault.PARTIAL_ENTRY.meaning}")
            self._refuse(trade, Reason.NOT_FILLED, Fault.PARTIAL_ENTRY if trade.entries else None)

    def cancel_entries(self, reason: str) -> int:
        """Cancel what would open a position; how many orders that was. Those of exits go on."""
        entries = [trade for trade in self._trades if not trade.is_open]
        for order in (order for trade in entries for order in trade.entry_orders):
            self._algorithm.transactions.cancel_order(order, reason)
        return len(entries)

    def flatten(self, reason: str) -> int:
        """Let every open position be closed at the next close; how many there are."""
        positions = [trade for trade in self._trades if trade.is_open]
        for trade in positions:
            trade.exit_reason = trade.exit_reason or reason
        return len(positions) + len(self._leftovers)

    def status(self) -> dict[str, list[str]]:
        """What is open, on order, and being closed again, by ticker."""
        return {
            "open": [trade.decision.symbol for trade in self._trades if trade.is_open],
            "on order": [trade.decision.symbol for trade in self._trades if not trade.is_open],
            "closing": [trade.decision.symbol for trade in self._leftovers],
        }

    def standing(self) -> tuple[object, ...]:
        """What a book would hold, in short: it is written anew where this has changed."""
        trades = (*self._trades, *self._leftovers)
        return tuple((one.decision.trade_id, one.decision.contracts, len(one.entries), len(one.exits), one.exit_reason) for one in trades)

    def save(self, book: Book) -> None:
        """Write what is open to the book."""
        book.save((*self._trades, *self._leftovers), self._returns, self._safeguards.state, self._safeguards.closes)

    def restore(self, pages: Pages) -> None:
        """Take over what an earlier run left open; the account is compared at the first morning, when the engine has loaded it."""
        self._trades.extend(pages.trades)
        self._returns.extend(pages.returns)
        self._restored = True
        for trade in pages.trades:
            self._record.decided(trade.decision, "restored")

    def reconcile(self) -> None:
        """After a restart, compare the book with the account: drop what is gone, say what is unknown, touch nothing else."""
        if not self._restored:
            return
        self._restored = False
        for trade in [trade for trade in self._trades if not trade.is_open]:
            self._take_from_account(trade)
        for trade in [trade for trade in self._trades if trade.is_open and is_flat(self._algorithm, trade)]:
            self._trades.remove(trade)
            self._record.alert(trade.decision, f"{Fault.POSITION_GONE}: {Fault.POSITION_GONE.meaning}")
        known = {symbol for trade in (*self._trades, *self._leftovers) for symbol in trade.contracts}
        for holding in self._algorithm.portfolio.values():
            if holding.invested and holding.symbol not in known:
                self._record.notice(holding.symbol.value, f"{Fault.POSITION_UNKNOWN}: {Fault.POSITION_UNKNOWN.meaning}")

    def _take_from_account(self, trade: Trade) -> None:
        """An entry that worked when the last run ended: what the account holds of it is what has filled."""
        now, account = self._record.now(), self._algorithm.portfolio
        held = [account[symbol] for symbol in list(trade.contracts)[:2] if account.contains_key(symbol) and account[symbol].quantity]
        trade.entries[:] = [Movement(one.symbol, float(one.quantity), float(one.average_price), 0.0, now) for one in held]
        if not trade.entries:
            self._refuse(trade, Reason.NOT_FILLED)
        elif trade.whole and trade.entered == (-trade.whole, trade.whole):
            trade.notes.append("filled between two runs: prices are the account's, fees are not known")
            trade.decision = self._workflow.entered(trade.decision, trade.entry_execution(trade.whole))
            self._note_open(trade)
        else:
            self._leftovers.append(trade)
            self._record.alert(trade.decision, f"{Fault.PARTIAL_ENTRY}: {Fault.PARTIAL_ENTRY.meaning}")
            self._refuse(trade, Reason.NOT_FILLED, Fault.PARTIAL_ENTRY)

    def on_order_event(self, event: OrderEvent) -> None:
        """Take a fill to its trade, and end a trade whose entry was rejected; LEAN reports some before the order's ticket returns."""
        trade = self._trade_of(event)
        if trade is None:
            self._unclaimed.append(event)
        elif event.status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED):
            self._note_fill(trade, event)
        elif event.status == OrderStatus.INVALID and event.order_id in trade.entry_orders and not trade.entries:
            self._refuse(trade, Reason.ORDER_REJECTED, str(event.message))

    def _order(self, decision: Decision, calendar: Calendar, limit: float) -> None:
        front, back = (self._engine.contract(quote.leg) for quote in (calendar.front, calendar.back))
        if front is None or back is None:
            self._record.decided(self._workflow.refused(decision, Reason.NO_EXECUTION_QUOTE))
            return
        trade = Trade(decision, calendar, Contracts(front, back, self._engine.stocks[decision.symbol]), self._multiplier)
        self._trades.append(trade)
        tickets = self._send_entry(trade, lambda: buy_calendar(self._algorithm, trade, round(limit, 4)))
        self._refuse_unsent(trade, tickets)

    def _send_entry(self, trade: Trade, send: Callable[[], Sequence[OrderTicket]]) -> Sequence[OrderTicket]:
        """Send an order of the entry; what LEAN says of it before its tickets return is taken to the trade afterwards."""
        self._unclaimed.clear()  # what came before this order belongs to none that is still open
        tickets = send()
        trade.entry_orders |= {ticket.order_id for ticket in tickets}
        early, self._unclaimed = self._unclaimed, []
        for event in early:
            self.on_order_event(event)
        return tickets

    def _refuse_unsent(self, trade: Trade, tickets: Sequence[OrderTicket]) -> None:
        """A check before the order may refuse it without an event: then only the ticket says so."""
        refused = refused_of(tickets)
        if refused is not None and trade in self._trades:
            self._refuse(trade, Reason.ORDER_REJECTED, said(refused))

    def _close_leftovers(self) -> None:
        """Close again what half an entry has left, until nothing is held of it."""
        for trade in list(self._leftovers):
            self._close(trade)
            if is_flat(self._algorithm, trade):
                self._leftovers.remove(trade)

    def _close(self, trade: Trade) -> None:
        """Close what is held; LEAN refuses it for contracts that it took out of trading, after a split for example."""
        refused = refused_of(close_holdings(self._algorithm, trade))
        if refused is not None:
            self._record.alert(trade.decision, f"{Fault.EXIT_REJECTED}: {said(refused)}; {Fault.EXIT_REJECTED.meaning}")

    def _trade_of(self, event: OrderEvent) -> Trade | None:
        return next((trade for trade in self._trades if trade.concerns(event)), None)

    def _note_fill(self, trade: Trade, event: OrderEvent) -> None:
        was_open = trade.is_open
        trade.note_fill(event, self._record.now())
        if event.is_assignment:
            trade.notes.append(f"{event.symbol.value} was assigned")
        if trade.is_open and not was_open:
            trade.decision = self._workflow.entered(trade.decision, trade.entry_execution())
            self._note_open(trade)

    def _note_open(self, trade: Trade) -> None:
        self._record.decided(trade.decision, "fill")
        self._safeguards.see_execution(True, self._record.now())

    def _exit_reason(self, trade: Trade, now: datetime) -> str | None:
        if not is_whole(self._algorithm, trade):
            return Fault.ASSIGNED_OR_EXPIRED
        calendar = trade.exit_calendar
        reason = trade.exit_reason or self._workflow.exit_due(trade.decision, calendar, self._spot(trade), now)
        if reason and not (calendar is not None and calendar.front.ask > 0 and calendar.back.bid > 0):
            self._record.alert(trade.decision, f"{Fault.EXIT_WAITS}: {reason}; {Fault.EXIT_WAITS.meaning}")
            return None
        return reason or None

    def _one_sided(self, trade: Trade) -> Calendar | None:
        """The legs as quoted where not both sides of both are: enough to leave by, not to read a volatility from."""
        quotes = self._engine.execution_quotes((trade.calendar.front.leg, trade.calendar.back.leg))
        return Calendar(*quotes) if quotes else None

    def _settle(self, trade: Trade) -> None:
        """Book a trade whose holdings are all gone; expiry and assignment may have taken a leg before the exit did."""
        if not trade.exits or not is_flat(self._algorithm, trade):
            return
        self._trades.remove(trade)
        closed = self._workflow.closed(trade.decision, trade.exit_execution(self._spot(trade)), trade.exit_reason)
        self._count_loss(closed)
        self._returns.append(closed.pnl / (trade.entry_execution().price * self._multiplier * closed.contracts))
        self._record.decided(closed, "exit")

    def _refuse(self, trade: Trade, reason: Reason, value: str | None = None) -> None:
        self._trades.remove(trade)
        self._record.decided(self._workflow.refused(trade.decision, reason, value))
        self._safeguards.see_execution(False, self._record.now())

    def _count_loss(self, closed: Decision) -> None:
        today = self._record.now().date()
        self._realized = {key: pnl for key, pnl in self._realized.items() if key[1] == today}
        self._realized[closed.symbol, today] = self._realized.get((closed.symbol, today), 0.0) + closed.pnl

    def _spot(self, trade: Trade) -> float:
        return float(self._algorithm.securities[trade.contracts.stock].price)

    def _portfolio(self, but: Trade | None = None) -> Portfolio:
        """The account as the limits see it, without the trade that is about to be ordered."""
        account = self._algorithm.portfolio
        return Portfolio(
            equity=float(account.total_portfolio_value),
            cash=float(account.cash),
            open=tuple(self._positions(but)),
            closed_returns=tuple(self._returns),
            losses_today=self._losses_today(),
        )

    def _losses_today(self) -> dict[str, float]:
        """Realised loss of the day and loss of what is open, USD by symbol, positive."""
        today, profit = self._record.now().date(), dict[str, float]()
        for (symbol, day), pnl in self._realized.items():
            profit[symbol] = profit.get(symbol, 0.0) + (pnl if day == today else 0.0)
        for trade in self._trades:
            profit[trade.decision.symbol] = profit.get(trade.decision.symbol, 0.0) + trade.unrealized
        return {symbol: -pnl for symbol, pnl in profit.items() if pnl < 0}

    def _positions(self, but: Trade | None = None) -> Iterable[OpenCalendar]:
        for trade in self._trades:
            if trade is but:
                continue
            symbol, size = trade.decision.symbol, trade.decision.contracts
            debit = trade.calendar.natural_debit * size * self._multiplier
            yield OpenCalendar(symbol, size, debit, self._workflow.sector(symbol))


def refused_of(tickets: Iterable[OrderTicket]) -> OrderTicket | None:
    """The first order of a combo that the engine refused."""
    return next((ticket for ticket in tickets if ticket.status == OrderStatus.INVALID), None)


def said(ticket: OrderTicket) -> str:
    """Why the engine refused an order."""
    return str(ticket.submit_request.response.error_message)
