"""Phase 1, universe selection: which symbols have a report in the preset's window, and trade enough to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from alaris.domain import DailyBars, Reason, Rejection, Sessions, UpcomingReport
from alaris.plugins import PluginManager
from alaris.settings import Settings
from alaris.workflow.clock import new_york_date
from alaris.workflow.earnings_sources import Stated, agreed_report, eve_of, possible_reactions, stated_reports
from alaris.workflow.market_data import closed_bars


@dataclass(frozen=True, slots=True)
class Refused:
    """A symbol that has a report in the window and is not looked at further."""

    symbol: str
    reaction_session: date
    rejection: Rejection
    report: UpcomingReport | None = None


@dataclass(frozen=True, slots=True)
class Traded:
    """How a symbol trades: mean shares a day and the last close."""

    mean_volume: float
    close: float


class UniverseSelection:
    """Reads calendars and volumes through the plugins."""

    def __init__(self, settings: Settings, plugins: PluginManager, sessions: Sessions) -> None:
        self._settings, self._plugins, self._sessions = settings, plugins, sessions

    def select(self, symbols: Sequence[str], as_of: datetime) -> tuple[list[UpcomingReport], list[Refused]]:
        """Reports to decide on now, the largest symbols first kept, and who was refused why."""
        due: list[UpcomingReport] = []
        refused: list[Refused] = []
        for found in (found for symbol in symbols for found in self._in_window(symbol, as_of)):
            if isinstance(found, UpcomingReport):
                due.append(found)
            else:
                refused.append(found)
        return self._liquid(self._kept_by_plugins(due, refused, as_of), refused, as_of), refused

    def upcoming(self, symbol: str, as_of: datetime) -> list[Stated]:
        """What the sources state of reports from today on, nearest first."""
        today, checks = new_york_date(as_of), self._settings.data_validation
        last = today + timedelta(days=checks.earnings_horizon)
        events = self._plugins.earnings_events(symbol, today - timedelta(days=checks.report_gap), last, as_of)
        stated = stated_reports(events, as_of, checks.report_gap)
        return [report for report in stated if report.days[-1] >= self._sessions.previous_session(today)]

    def reacts_within(self, symbol: str, as_of: datetime, days: int) -> bool:
        """Whether any source names a report whose reaction session is today or at most `days` calendar days ahead."""
        today = new_york_date(as_of)
        reactions = (reaction for stated in self.upcoming(symbol, as_of) for reaction in possible_reactions(stated, self._sessions))
        return any(0 <= (reaction - today).days <= days for reaction in reactions)

    def _in_window(self, symbol: str, as_of: datetime) -> list[UpcomingReport | Refused]:
        found: list[UpcomingReport | Refused] = []
        for stated in self.upcoming(symbol, as_of):
            report = agreed_report(stated, self._settings.universe.minimum_sources, self._sessions)
            if isinstance(report, UpcomingReport):
                found += [report] if self._is_entry(report.reaction_session, report.report_date, as_of) else []
                continue
            entries = [r for r in possible_reactions(stated, self._sessions) if self._is_entry(r, stated.days[0], as_of)]
            found += [Refused(symbol, min(entries), report)] if entries else []
        return found

    def _is_entry(self, reaction: date, report_date: date, as_of: datetime) -> bool:
        today = new_york_date(as_of)
        if not self._sessions.is_session(today) or as_of > self._sessions.close_of(today):
            return False
        if self._settings.preset == "eve":
            return today == eve_of(reaction, self._sessions)
        return self._settings.universe.first_day <= (report_date - today).days <= self._settings.universe.last_day

    def _kept_by_plugins(self, due: list[UpcomingReport], refused: list[Refused], as_of: datetime) -> list[UpcomingReport]:
        kept = set(self._plugins.filter_universe([report.symbol for report in due], as_of)) if due else set()
        dropped = Rejection(Reason.FILTERED_BY_PLUGIN)
        refused += [Refused(r.symbol, r.reaction_session, dropped, r) for r in due if r.symbol not in kept]
        return [report for report in due if report.symbol in kept]

    def _liquid(self, due: list[UpcomingReport], refused: list[Refused], as_of: datetime) -> list[UpcomingReport]:
        sized: list[tuple[float, UpcomingReport]] = []
        for report in due:
            traded = self._traded(report.symbol, as_of)
            if isinstance(traded, Rejection):
                refused.append(Refused(report.symbol, report.reaction_session, traded, report))
            else:
                sized.append((traded.mean_volume * traded.close, report))
        largest = sorted(sized, key=lambda pair: (-pair[0], pair[1].symbol))
        most = self._settings.universe.maximum_symbols
        for rank, (_, report) in enumerate(largest[most:], start=most + 1):
            beyond = Rejection(Reason.NOT_AMONG_LARGEST, value=rank, limit=most)
            refused.append(Refused(report.symbol, report.reaction_session, beyond, report))
        return [report for _, report in largest[:most]]

    def _traded(self, symbol: str, as_of: datetime) -> Traded | Rejection:
        limits = self._settings.universe
        observed = self._plugins.daily_bars(symbol, limits.volume_sessions, as_of)
        bars = None if observed is None else closed_bars(observed.value, as_of, self._sessions)
        if bars is None or len(bars) == 0:
            return Rejection(Reason.NO_BARS)
        traded = Traded(mean_volume(bars, limits.volume_sessions), float(bars.close[-1]))
        if traded.mean_volume < limits.minimum_volume:
            return Rejection(Reason.LOW_VOLUME, value=traded.mean_volume, limit=limits.minimum_volume)
        if traded.close < limits.minimum_price:
            return Rejection(Reason.LOW_PRICE, value=traded.close, limit=limits.minimum_price)
        return traded


def mean_volume(bars: DailyBars, sessions: int) -> float:
    """Mean shares a day over the newest `sessions` bars; NaN without bars."""
    return float(np.mean(bars.volume[-sessions:])) if len(bars) else float("nan")
