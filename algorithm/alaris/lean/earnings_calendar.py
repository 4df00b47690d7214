"""The earnings-calendar workflow on one QCAlgorithm: LEAN's events in, combo orders out, every decision recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from AlgorithmImports import AccountType, BrokerageName, Globals, OrderStatus, Resolution

from alaris.domain import ConfigurationError
from alaris.lean.book import Book, Pages
from alaris.lean.chains import read_chain
from alaris.lean.folder import DataFolder
from alaris.lean.journal_halts import journal_halts
from alaris.lean.market_data import EngineData
from alaris.lean.notices import EngineNotices
from alaris.lean.operator import Operator
from alaris.lean.order_desk import OrderDesk
from alaris.lean.parameters import RunParameters, for_mode, read_parameters
from alaris.lean.run_record import RunRecord
from alaris.lean.safeguards import Safeguards
from alaris.lean.sessions import LeanSessions, aware, midnight
from alaris.lean.subscriptions import Subscriptions
from alaris.plugins import PluginManager
from alaris.workflow import Workflow

if TYPE_CHECKING:
    from AlgorithmImports import OrderEvent, QCAlgorithm, Slice

MORNING = (8, 0)  # before the open: yesterday's unfilled entries end, the day's chains are subscribed


class EarningsCalendar:
    """One run of the strategy; `main.py` makes it in `initialize` and passes LEAN's events on to it."""

    def __init__(self, algorithm: QCAlgorithm, parameters: Mapping[str, str], environment: Mapping[str, str]) -> None:
        self._algorithm = algorithm
        folder = DataFolder(Path(Globals.data_folder))
        self._results = Path(Globals.results_destination_folder)
        live = bool(algorithm.live_mode)
        stated = read_parameters(for_mode(parameters, live=live), environment)
        run = completed(from_today(stated, algorithm.utc_time.date()) if live else stated, folder, self._results)
        self._set_account(run)
        self._symbols = run.symbols
        self._watch_days = run.settings.chain.watch_days
        self._subscriptions = Subscriptions(algorithm, run.settings.chain)
        self._subscriptions.add_stocks(run.symbols)
        first = self._subscriptions.stocks[run.symbols[0]]
        self._sessions = LeanSessions(algorithm.securities[first].exchange.hours)
        self._engine = EngineData(algorithm, folder, self._subscriptions.stocks)
        plugins = PluginManager(run.settings)
        plugins.register(self._engine, "engine", same_thread=True)
        plugins.register(EngineNotices(algorithm, run.notify), "engine_notices", same_thread=True)
        plugins.load_entry_points()
        self._workflow = Workflow(run.settings, plugins, self._sessions)
        self._record = RunRecord(run.settings, folder, self._workflow, plugins, lambda: self._now)
        self._safeguards = Safeguards(run.settings.breakers, self._record.halted, journal_halts(run.settings.sources.journal_url))
        self._desk = OrderDesk(algorithm, self._workflow, self._engine, self._record, self._safeguards, run.settings)
        self._operator = Operator(algorithm, self._desk, self._safeguards, lambda: self._now)
        self._book = Book(algorithm, run.book)
        self._take_over(self._book.load())
        self._decided_session: date | None = None
        algorithm.schedule.on(algorithm.date_rules.every_day(), algorithm.time_rules.at(*MORNING), self.on_morning)

    def on_morning(self) -> None:
        """Before the open: end unfilled entries, subscribe the chains of near reports, drop those no longer needed."""
        today = self._algorithm.time.date()
        if self._sessions.is_session(today):
            self._desk.reconcile()
            self._desk.end_unfilled_entries()
            self._safeguards.retry(self._now)
            near = self._workflow.watch(self._symbols, self._now, self._watch_days)
            self._subscriptions.rotate({*near, *self._desk.busy_symbols(), *self._record.awaiting_reaction(today)})
            self._desk.save(self._book)

    def on_data(self, data: Slice) -> None:
        """At the close of a session: exits first, then the entries of the day."""
        now = self._now
        session = now.date()
        if session == self._decided_session or not self._sessions.is_session(session) or now < self._sessions.close_of(session):
            return
        self._decided_session = session
        self._read_chains(data, now)
        self._desk.exits(now)
        self._safeguards.see_equity(float(self._algorithm.portfolio.total_portfolio_value), now)
        self._record.note_reactions()
        self._enter(now)
        self._desk.save(self._book)

    def on_order_event(self, event: OrderEvent) -> None:
        """Every status and fill goes to the desk."""
        self._desk.on_order_event(event)
        if event.status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED):
            self._desk.save(self._book)

    def on_command(self, data: object) -> bool:
        """A person's command; whether it was done."""
        done = self._operator.on_command(data)
        self._desk.save(self._book)
        return done

    def on_end_of_algorithm(self) -> None:
        """Write what LEAN's own result files do not hold."""
        self._record.write(self._results)

    @property
    def _now(self) -> datetime:
        return aware(self._algorithm.time)

    def _set_account(self, run: RunParameters) -> None:
        algorithm = self._algorithm
        if run.start is None or run.end is None:
            raise ConfigurationError("start", "is not known; name start and end")
        algorithm.set_start_date(midnight(run.start))
        algorithm.set_end_date(midnight(run.end))
        algorithm.set_cash(run.cash)
        algorithm.set_brokerage_model(BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, AccountType.MARGIN)
        algorithm.universe_settings.resolution = Resolution.DAILY

    def _take_over(self, pages: Pages) -> None:
        """What an earlier run of this book left: its positions' chains are subscribed at once."""
        if pages.trades or pages.breakers.active or pages.returns:
            self._safeguards.restore(pages.breakers)
            self._desk.restore(pages)
            self._subscriptions.rotate(self._desk.busy_symbols())

    def _read_chains(self, data: Slice, now: datetime) -> None:
        self._engine.readings.clear()
        for ticker, canonical in self._subscriptions.chains.items():
            reading = read_chain(canonical, data, ticker=ticker, as_of=now, sessions=self._sessions)
            if reading is not None:
                self._engine.readings[ticker] = reading

    def _enter(self, now: datetime) -> None:
        reports, refused = self._workflow.reports(self._symbols, now)
        for decision in refused:
            self._record.decided(decision)
        for report in reports:
            self._desk.enter(report, now)


def from_today(run: RunParameters, today: date) -> RunParameters:
    """Live trading needs no period, and no files of the past to take one from; LEAN goes by the real clock."""
    return replace(run, start=run.start or today, end=run.end or today)


def completed(run: RunParameters, folder: DataFolder, results: Path) -> RunParameters:
    """Fill in from the data folder what the parameters leave open: calendar, dividends, symbols, start and end, the journal's place.

    Raises
    ------
    ConfigurationError
        The data folder does not have it either.
    """
    calendar = run.settings.sources.calendar or (str(folder.calendar) if folder.calendar else "")
    if not calendar:
        raise ConfigurationError("calendar", f"name an earnings calendar: {folder.path} has none of its own")
    symbols = run.symbols or folder.tradable(Path(calendar))
    if not symbols:
        raise ConfigurationError("symbols", f"no name of {calendar} has daily bars and option chains in {folder.path}")
    first, last = (run.start, run.end) if run.start and run.end else folder.span(symbols)
    journal = run.settings.sources.journal or str(results / "journal.jsonl")
    dividends = run.settings.sources.dividends or (str(folder.announced_dividends) if folder.announced_dividends else "")
    sources = run.settings.sources.model_copy(update={"calendar": calendar, "dividends": dividends, "journal": journal})
    settings = run.settings.model_copy(update={"sources": sources})
    return replace(run, symbols=symbols, start=run.start or first, end=run.end or last, settings=settings)
