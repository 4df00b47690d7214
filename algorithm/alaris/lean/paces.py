"""When the strategy looks at the market: at the close on daily data, or at the settings' times between two closes on minute data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol

from alaris.lean.faults import Fault
from alaris.lean.machinery import Machinery
from alaris.lean.minute_desk import MinuteDesk
from alaris.lean.order_desk import OrderDesk
from alaris.lean.wakeups import Wakeups

if TYPE_CHECKING:
    from AlgorithmImports import Slice

    from alaris.domain import UpcomingReport

SETTLED = timedelta(minutes=10)  # behind a close without data the books are closed without it


class Pace(Protocol):
    """What the events of an algorithm are passed on to."""

    @property
    def desk(self) -> OrderDesk:
        """Where orders are made."""
        ...

    def on_data(self, data: Slice) -> bool:
        """New data; whether anything was decided or done that a book should keep."""
        ...

    def on_clock(self) -> None:
        """A moment that was waited for."""
        ...


class DailyPace:
    """One look a session, at its close: exits first, then the entries of the day."""

    def __init__(self, parts: Machinery) -> None:
        self._parts = parts
        self._decided: date | None = None
        self.desk = OrderDesk(parts.algorithm, parts.workflow, parts.engine, parts.record, parts.safeguards, parts.settings)

    def on_data(self, data: Slice) -> bool:
        """At the first data of a close."""
        parts, now = self._parts, self._parts.now
        session = now.date()
        if session == self._decided or not parts.sessions.is_session(session) or now < parts.sessions.close_of(session):
            return False
        self._decided = session
        parts.read_chains(data, now)
        self.desk.exits(now)
        parts.safeguards.see_equity(parts.equity, now)
        parts.record.note_reactions()
        for report in parts.reports_due(now):
            self.desk.enter(report, now)
        return True

    def on_clock(self) -> None:
        """Daily data has no moments of its own."""


class MinutePace:
    """Entries at the settings' time, exits and health checks between open and close, the books at the close.

    `wake` is called at every moment that is waited for; it takes its turn and comes back to `on_clock`.
    """

    def __init__(self, parts: Machinery, wake: Callable[[], None]) -> None:
        self._parts = parts
        self._wakeups = Wakeups(parts.algorithm, wake)
        self._decided: date | None = None
        self._closed: date | None = None
        self._next_risk: datetime | None = None
        self._waiting: list[UpcomingReport] = []
        self._patience = timedelta(seconds=parts.settings.orders.quote_seconds)
        self._decide_at = time.fromisoformat(parts.settings.schedule.decide_at)
        self._young = timedelta(minutes=parts.settings.execution_quotes.maximum_age_minutes)
        self.desk = MinuteDesk(
            parts.algorithm, parts.workflow, parts.engine, parts.record, parts.safeguards, parts.settings, parts.subscriptions
        )
        rules, interval = parts.algorithm.time_rules, timedelta(minutes=parts.settings.schedule.check_minutes)
        parts.algorithm.schedule.on(parts.algorithm.date_rules.every_day(), rules.every(interval), wake)

    def on_data(self, data: Slice) -> bool:
        """Take the quotes of the slice, then do what is due."""
        parts, now = self._parts, self._parts.now
        session = now.date()
        if not parts.sessions.is_session(session) or now <= parts.sessions.open_of(session):
            return False
        self._see(data, now)
        if now >= parts.sessions.close_of(session):
            return self._close(data, now)
        self.desk.reconcile()
        decided = self._decide(data, now)
        self._attend(now)
        return decided

    def on_clock(self) -> None:
        """Orders, positions and breakers, also where no data comes."""
        now = self._parts.now
        session = now.date()
        if not self._parts.sessions.is_session(session) or now <= self._parts.sessions.open_of(session):
            return
        close = self._parts.sessions.close_of(session)
        if now < close:
            self._attend(now)
        elif now >= close + SETTLED:
            self._close(None, now)

    def _attend(self, now: datetime) -> None:
        self._parts.safeguards.retry(now)
        self._parts.safeguards.watch_equity(self._parts.equity, now)
        self.desk.attend(now)
        self._note_risk(now)
        moment = self.desk.next_wake(now)
        if moment is not None:
            self._wakeups.at(moment)

    def _note_risk(self, now: datetime) -> None:
        """Scenario risk of all positions, as often as each is checked."""
        if self._next_risk is None or now >= self._next_risk:
            self._next_risk = now + timedelta(minutes=self._parts.settings.schedule.check_minutes)
            self._parts.record.risk(self.desk.scenario_risk())

    def _decide(self, data: Slice, now: datetime) -> bool:
        """The decision run, at the first data from its time on; a start that comes too late leaves the day out."""
        due = datetime.combine(now.date(), self._decide_at, now.tzinfo)
        if self._decided == now.date() and self._waiting:
            self._parts.read_chains(data, now)
            return self._ask(now)
        if self._decided == now.date() or now < due:
            return False
        self._decided = now.date()
        if now > due + timedelta(minutes=self._parts.settings.schedule.late_minutes):
            self._parts.record.notice("decision run", f"{Fault.DECISION_MISSED}: {Fault.DECISION_MISSED.meaning}")
            return False
        self._parts.read_chains(data, now)
        self._waiting = self._parts.reports_due(now)
        return self._ask(now)

    def _ask(self, now: datetime) -> bool:
        """Decide on what waits; a report whose quotes have not come yet is asked about again with the next data, for a short time."""
        due = datetime.combine(now.date(), self._decide_at, now.tzinfo)
        patient = now < due + self._patience
        self._waiting = [report for report in self._waiting if not self.desk.decided(report, now, patient=patient)]
        return True

    def _close(self, data: Slice | None, now: datetime) -> bool:
        if self._closed == now.date():
            return False
        self._closed = now.date()
        if data is not None:
            self._parts.read_chains(data, now)
        self.desk.close_books()
        self._parts.safeguards.see_equity(self._parts.equity, now)
        self._parts.record.note_reactions()
        return True

    def _see(self, data: Slice, now: datetime) -> None:
        """Quotes of what is held or ordered always; of whole chains only while a chain is about to be read."""
        board = self._parts.board
        if board is None:
            return
        session = now.date()
        readings = (datetime.combine(session, self._decide_at, now.tzinfo), self._parts.sessions.close_of(session))
        if any(moment - self._young <= now <= moment + self._young for moment in readings):
            board.see_all(data, now)
        else:
            board.see(data, self.desk.symbols(), now)
