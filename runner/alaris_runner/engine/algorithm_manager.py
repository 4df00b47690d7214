"""The time loop: what happens in which order at every time step (LEAN's AlgorithmManager)."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from alaris_runner.api.bars import Delisting
from alaris_runner.api.enums import DelistingType, SecurityType, SplitType
from alaris_runner.api.slices import Slice
from alaris_runner.api.universes import SecurityChanges, Universe
from alaris_runner.engine.subscriptions import Subscription
from alaris_runner.engine.time_slice import TimeSlice

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

Points = list[tuple[Subscription, Any]]


class AlgorithmManager:
    """Drive the algorithm from the first step to the last.

    The order within a step is LEAN's: events that were due before, the new time, universe changes, prices, settlement, fills on the
    new prices, events due now, margin, `on_securities_changed`, corporate actions, consolidators, `on_data`, fills again, samples.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._algorithm = engine.algorithm
        self._benchmark_close: float | None = None

    def run(self) -> None:
        """Step until the data ends, the algorithm quits or nothing is left of the account."""
        engine = self._engine
        engine.set_utc_time(engine.start_utc)
        self._step(engine.start_utc)
        while not engine.quit_requested:
            utc = engine.data.synchronizer.next_time()
            if utc is None or engine.ruined:
                break
            if engine.clock.is_real_time:
                self._wait(utc)
                if engine.quit_requested:
                    break
            self._step(utc)

    def _wait(self, utc: datetime) -> None:
        """Let a real clock come to a step; what is due before is done at its own time, and what comes from outside at once."""
        engine = self._engine
        while not engine.quit_requested:
            due = engine.real_time.next_time()
            until = utc if due is None else min(due, utc)
            if not engine.clock.wait_until(until):
                engine.attend(until)
            elif until == utc:
                return
            else:
                engine.run_scheduled(until, inclusive=True)
                engine.transactions.process_requests()

    def _step(self, utc: datetime) -> None:
        """One instant: its slice, and a second one for what the algorithm added or removed meanwhile."""
        engine = self._engine
        changes, points = self._select(utc, engine.universe_selection.apply_requests(utc) if engine.is_first_step else SecurityChanges())
        self._process(utc, changes, points)
        while (engine.universe_selection.has_changes or engine.universe_selection.released()) and not engine.quit_requested:
            engine.notice_removed_underlyings()
            changes, points = self._select(utc, engine.universe_selection.apply_requests(utc))
            self._process(utc, changes, points)

    def _select(self, utc: datetime, changes: SecurityChanges) -> tuple[SecurityChanges, Points]:
        """Take the points of an instant; universe data among them changes the securities, whose own data then joins."""
        engine, added, removed, points = self._engine, list(changes.added_securities), list(changes.removed_securities), []
        while True:
            taken = engine.data.synchronizer.take(utc)
            if not taken:
                break
            for subscription, data in taken:
                if subscription.kind == "universe":
                    self._advance(utc)
                    found = engine.universe_selection.select(_universe(subscription), data, utc)
                    added += found.added_securities
                    removed += found.removed_securities
                elif subscription.kind == "benchmark":
                    self._benchmark_close = data.close
                elif data is not None:
                    points.append((subscription, data))
        return SecurityChanges(added, removed), [point for point in points if not point[0].removed]

    def _advance(self, utc: datetime) -> None:
        """Bring the clock to an instant, after the events and bars before it; selections see the new time, as on LEAN."""
        engine = self._engine
        engine.run_scheduled(utc, inclusive=False)
        if not engine.quit_requested:
            engine.subscriptions.scan_past(utc, engine.set_utc_time)
            engine.set_utc_time(utc)

    def _process(self, utc: datetime, changes: SecurityChanges, points: Points) -> None:
        engine, algorithm = self._engine, self._algorithm
        self._advance(utc)
        if engine.quit_requested:
            return
        if self._benchmark_close is not None:
            engine.see_benchmark(self._benchmark_close)
            self._benchmark_close = None
        step = TimeSlice(utc, engine.algorithm_time, points)
        results = engine.results
        step.update_securities(engine.price_model, engine.securities.find, results.traded, results.on_market_price)
        if results.has_open_trades and engine.algorithm_time.time() == time.min:
            self._show_standing_prices()
        engine.transactions.settle(utc)
        if engine.is_warming_up and utc >= engine.warm_up_end_utc:
            engine.finish_warm_up()
        engine.transactions.process_synchronous_events(list(step.slice.delistings.values()))
        removed = self._remove_delisted(list(step.slice.delistings.values()))
        engine.run_scheduled(utc, inclusive=True)
        if engine.quit_requested:
            engine.end_step(utc)
            return
        engine.transactions.check_margin()
        if changes or removed:
            algorithm.on_securities_changed(SecurityChanges(changes.added_securities, [*changes.removed_securities, *removed]))
        engine.subscriptions.feed(step)
        self._corporate_actions(step.slice)
        if step.slice.has_data:
            engine.current_slice = step.slice
            algorithm.call_on_data(step.slice)
        engine.transactions.process_synchronous_events()
        engine.end_step(utc)

    def _show_standing_prices(self) -> None:
        """Show open option trades their standing price: daily open interest arrives at midnight (combo_calendar_daily, trades 8, 9)."""
        for security in self._engine.present_securities():
            if security.type == SecurityType.OPTION and security.holdings.quantity:
                self._engine.results.on_market_price(security.symbol, security.price)

    def _remove_delisted(self, delistings: list[Delisting]) -> list[Any]:
        gone = [d.symbol for d in delistings if d.type == DelistingType.DELISTED]
        removed = [self._engine.universe_selection.drop(symbol) for symbol in gone]
        return [security for security in removed if security is not None]

    def _corporate_actions(self, current: Slice) -> None:
        engine, algorithm = self._engine, self._algorithm
        if current.dividends:
            engine.transactions.apply_dividends(list(current.dividends.values()))
        if current.splits:
            engine.transactions.apply_splits(list(current.splits.values()))
            for split in current.splits.values():
                if split.type == SplitType.SPLIT_OCCURRED:
                    engine.apply_split(split)
        if current.symbol_changed_events:
            algorithm.on_symbol_changed_events(current.symbol_changed_events)
        if current.splits:
            algorithm.on_splits(current.splits)
        if current.dividends:
            algorithm.on_dividends(current.dividends)
        if current.delistings:
            algorithm.on_delistings(current.delistings)


def _universe(subscription: Subscription) -> Universe:
    if not isinstance(subscription.owner, Universe):
        raise TypeError("a universe's data needs its universe")
    return subscription.owner
