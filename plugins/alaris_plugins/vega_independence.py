"""STHD001A: do the two legs' volatilities move apart, so that the front can fall after the report while the back stands."""

from __future__ import annotations

import numpy as np

from alaris.domain import LegHistory, Reason, Verdict
from alaris.plugins import Settings, hookimpl
from alaris_plugins.judging import at_most, missing

CHECK = "STHD001A"


class VegaIndependence:
    """Refuse legs whose daily changes of implied volatility are too much alike."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = settings.vega_independence

    @hookimpl
    def validate_candidate(self, history: LegHistory | None) -> Verdict:
        if history is None:
            return missing(CHECK, "no source knows the legs' past volatilities", self._settings)
        count, correlation = correlation_of_changes(history)
        if count < self._limits.minimum_observations:
            return missing(CHECK, f"{count} daily changes known, {self._limits.minimum_observations} needed", self._settings)
        if not np.isfinite(correlation):
            return missing(CHECK, "a leg's volatility did not move at all, so it has no correlation", self._settings)
        note = f"correlation of {count} daily changes"
        return at_most(CHECK, correlation, self._limits.maximum_correlation, Reason.LEGS_CORRELATED, note)


def correlation_of_changes(history: LegHistory) -> tuple[int, float]:
    """Number of sessions whose change is known for both legs, and Pearson's correlation of the changes; NaN where a leg stands still."""
    front, back = (np.diff(np.where(np.isfinite(leg), leg, np.nan)) for leg in (history.front, history.back))
    known = np.isfinite(front) & np.isfinite(back)
    count = int(known.sum())
    if count < 2 or np.ptp(front[known]) == 0 or np.ptp(back[known]) == 0:
        return count, float("nan")
    return count, float(np.corrcoef(front[known], back[known])[0, 1])


def plugin(settings: Settings) -> VegaIndependence:
    """Entry point."""
    return VegaIndependence(settings)
