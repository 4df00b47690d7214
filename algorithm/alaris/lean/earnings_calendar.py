"""The earnings-calendar workflow on one QCAlgorithm: LEAN's events in, combo orders out, every decision recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from AlgorithmImports import AccountType, BrokerageName, Globals, OrderStatus

from alaris.domain import ConfigurationError
from alaris.lean.book import Book, Pages
from alaris.lean.folder import DataFolder
from alaris.lean.machinery import assembled
from alaris.lean.operator import Operator
from alaris.lean.paces import DailyPace, MinutePace, Pace
from alaris.lean.parameters import RunParameters, for_mode, read_parameters
from alaris.lean.sessions import midnight
from alaris.lean.turns import Turns

if TYPE_CHECKING:
    from AlgorithmImports import OrderEvent, QCAlgorithm, Slice

MORNING = (8, 0)  # before the open: yesterday's unfilled entries end, the day's chains are subscribed
LIVE_PERIOD = timedelta(days=3_650)  # live ends when it is stopped; an engine that asks for an end is given a far one


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
        self._watch_days = run.settings.chain.watch_days
        self._parts = parts = assembled(algorithm, run, folder, lambda: self._parts.now, live=live)
        self._pace: Pace = DailyPace(parts) if parts.board is None else MinutePace(parts, self.on_clock)
        self._turns = Turns(self._take_order_event)
        self._operator = Operator(algorithm, self._pace.desk, parts.safeguards, lambda: parts.now)
        self._book = Book(algorithm, run.book)
        self._saved: tuple[object, ...] = ()
        self._pace.desk.before_entry = self._save
        self._take_over(self._book.load())
        algorithm.schedule.on(algorithm.date_rules.every_day(), algorithm.time_rules.at(*MORNING), self.on_morning)

    def on_morning(self) -> None:
        """Before the open: end unfilled entries, subscribe the chains of near reports, drop those no longer needed."""
        parts, desk = self._parts, self._pace.desk
        today = parts.now.date()
        if not parts.sessions.is_session(today):
            return
        with self._turns.turn():
            desk.reconcile()
            desk.end_unfilled_entries()
            parts.safeguards.retry(parts.now)
            near = parts.workflow.watch(parts.symbols, parts.now, self._watch_days)
            parts.subscriptions.rotate({*near, *desk.busy_symbols(), *parts.record.awaiting_reaction(today)})
            self._save()

    def on_data(self, data: Slice) -> None:
        """New data: the pace says what is due."""
        with self._turns.turn():
            decided = self._pace.on_data(data)
            if decided or self._pace.desk.standing() != self._saved:
                self._save()
            self._operator.end_if_asked()

    def on_clock(self) -> None:
        """A moment between data that was waited for."""
        with self._turns.turn():
            self._pace.on_clock()
            if self._pace.desk.standing() != self._saved:
                self._save()
            self._operator.end_if_asked()

    def on_order_event(self, event: OrderEvent) -> None:
        """Every status and fill goes to the desk; LEAN live brings them on a thread of its own."""
        self._turns.note(event)

    def on_command(self, data: object) -> bool:
        """A person's command; whether it was done."""
        with self._turns.turn():
            done = self._operator.on_command(data)
            self._save()
            return done

    def on_connection(self, connected: bool) -> None:
        """The brokerage went away or came back; a halt for failed executions ends only while it is there."""
        with self._turns.turn():
            self._parts.safeguards.connected = connected

    def on_end_of_algorithm(self) -> None:
        """Write what LEAN's own result files do not hold."""
        with self._turns.turn():
            self._parts.record.write(self._results)

    def _take_order_event(self, event: OrderEvent) -> None:
        self._pace.desk.on_order_event(event)
        if event.status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED):
            self._save()

    def _save(self) -> None:
        self._pace.desk.save(self._book)
        self._saved = self._pace.desk.standing()

    def _set_account(self, run: RunParameters) -> None:
        algorithm = self._algorithm
        if run.start is None or run.end is None:
            raise ConfigurationError("start", "is not known; name start and end")
        algorithm.set_start_date(midnight(run.start))
        algorithm.set_end_date(midnight(run.end))
        algorithm.set_cash(run.cash)
        algorithm.set_brokerage_model(BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, AccountType.MARGIN)

    def _take_over(self, pages: Pages) -> None:
        """What an earlier run of this book left: its positions' chains are subscribed at once."""
        if pages.trades or pages.breakers.active or pages.returns or pages.closes:
            self._parts.safeguards.restore(pages.breakers, pages.closes)
            self._pace.desk.restore(pages)
            self._parts.subscriptions.rotate(self._pace.desk.busy_symbols())


def from_today(run: RunParameters, today: date) -> RunParameters:
    """Live trading needs no period, and no files of the past to take one from; LEAN goes by the real clock."""
    return replace(run, start=run.start or today, end=run.end or today + LIVE_PERIOD)


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
