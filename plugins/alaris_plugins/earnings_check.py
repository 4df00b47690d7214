"""DTqc004A: is the report's date confirmed by enough sources, near enough, and not in conflict with the reports before it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from alaris.domain import MarketSnapshot, Reason, Timing, Verdict
from alaris.plugins import Settings, hookimpl
from alaris_plugins.judging import at_least, at_most, day_in_new_york

CHECK = "DTqc004A"
REASON = Reason.EARNINGS_UNCONFIRMED


class EarningsCheck:
    """Refuse a report that too few sources state, that is too far away, or that lies oddly beside its predecessors."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = settings.data_validation

    @hookimpl
    def validate_snapshot(self, snapshot: MarketSnapshot) -> list[Verdict]:
        report, today = snapshot.report, day_in_new_york(snapshot.as_of)
        sources = ", ".join(sorted(set(report.sources)))
        confirmed = at_least(CHECK, len(set(report.sources)), self._settings.universe.minimum_sources, REASON, f"agreeing: {sources}")
        ahead = (report.reaction_session - today).days
        near = at_most(CHECK, ahead, self._limits.earnings_horizon, REASON, "days to the reaction session")
        past = at_least(CHECK, ahead, 0, REASON, "the reaction session is over")
        return [confirmed, near if ahead >= 0 else past, self._spacing(snapshot, today), self._timing(snapshot, today)]

    def _spacing(self, snapshot: MarketSnapshot, today: date) -> Verdict:
        known = {event.report_date for event in snapshot.past_reports if self._recent(event.report_date, today)}
        dates = sorted(known | {snapshot.report.report_date})
        gaps = [((later - earlier).days, earlier, later) for earlier, later in pairwise(dates)]
        if not gaps:
            return Verdict(CHECK, True, None, self._limits.report_gap, note="no recent report to compare with")
        days, earlier, later = min(gaps)
        return at_least(CHECK, days, self._limits.report_gap, REASON, f"fewest days between two reports: {earlier} and {later}")

    def _timing(self, snapshot: MarketSnapshot, today: date) -> Verdict:
        """Past reports whose sources name different times of day; UNKNOWN contradicts nobody."""
        told: dict[date, set[Timing]] = {}
        for event in snapshot.past_reports:
            if event.timing is not Timing.UNKNOWN and self._recent(event.report_date, today):
                told.setdefault(event.report_date, set()).add(event.timing)
        torn = sorted(day for day, timings in told.items() if len(timings) > 1)
        note = f"sources disagree on the time of day of {torn[-1]}" if torn else f"{len(told)} recent reports without a conflict"
        return at_most(CHECK, len(torn), 0, REASON, note)

    def _recent(self, day: date, today: date) -> bool:
        return today - timedelta(days=self._limits.conflict_days) <= day <= today


def plugin(settings: Settings) -> EarningsCheck:
    """Entry point."""
    return EarningsCheck(settings)
