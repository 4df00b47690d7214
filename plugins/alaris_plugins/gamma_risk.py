"""STHD003A: does the calendar stay neutral to the underlying's move, and close to the event also to a large one."""

from __future__ import annotations

import math

from alaris.domain import Calendar, MarketSnapshot, Reason, Verdict
from alaris.plugins import Settings, hookimpl
from alaris_plugins.judging import at_most, day_in_new_york, missing

CHECK = "STHD003A"


class GammaRisk:
    """Limit the net delta; within `near_event_days` of the reaction session also net gamma and the distance of the strike."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = settings.gamma_risk

    @hookimpl
    def validate_candidate(self, snapshot: MarketSnapshot, calendar: Calendar) -> list[Verdict]:
        days = (snapshot.report.reaction_session - day_in_new_york(snapshot.as_of)).days
        delta = abs(calendar.back.delta - calendar.front.delta)
        verdicts = [self._judged(delta, self._limits.maximum_delta, Reason.DELTA_TOO_LARGE, "absolute net delta of one spread")]
        if days > self._limits.near_event_days:
            return verdicts
        gamma = abs(calendar.back.gamma - calendar.front.gamma)
        moneyness = abs(calendar.front.leg.strike / snapshot.spot.value - 1) if snapshot.spot.value > 0 else math.nan
        near = f"{days} days before the reaction session"
        return [
            *verdicts,
            self._judged(gamma, self._limits.maximum_gamma, Reason.GAMMA_TOO_LARGE, f"absolute net gamma of one spread, {near}"),
            self._judged(moneyness, self._limits.maximum_moneyness, Reason.TOO_FAR_FROM_MONEY, f"distance of strike from spot, {near}"),
        ]

    def _judged(self, value: float, limit: float, reason: Reason, what: str) -> Verdict:
        if not math.isfinite(value):
            return missing(CHECK, f"{what} is not known", self._settings)
        return at_most(CHECK, value, limit, reason, what)


def plugin(settings: Settings) -> GammaRisk:
    """Entry point."""
    return GammaRisk(settings)
