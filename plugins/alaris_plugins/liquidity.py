"""STCS008A: is the size small beside the volume and the open interest of both legs, so that the position can be left again."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter

from alaris.domain import Calendar, LegQuote, Reason, Verdict
from alaris.plugins import Settings, hookimpl
from alaris_plugins.judging import at_most, missing

CHECK = "STCS008A"


@dataclass(frozen=True, slots=True)
class Measure:
    """What the size is compared with, and the largest share of it."""

    name: str
    of: Callable[[LegQuote], float]
    limit: float
    reason: Reason


class Liquidity:
    """Two answers under one id, by volume and by open interest, each for the leg with less of it.

    `largest_size` of each answer is the most contracts that pass: the sizing tries it before the trade is refused.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        limits = settings.liquidity
        self._measures = (
            Measure("volume", attrgetter("volume"), limits.maximum_volume_share, Reason.SIZE_ABOVE_VOLUME),
            Measure("open interest", attrgetter("open_interest"), limits.maximum_open_interest_share, Reason.SIZE_ABOVE_OPEN_INTEREST),
        )

    @hookimpl
    def validate_candidate(self, calendar: Calendar, contracts: int) -> list[Verdict]:
        return [self._share(measure, calendar, contracts) for measure in self._measures]

    def _share(self, measure: Measure, calendar: Calendar, contracts: int) -> Verdict:
        legs = [(measure.of(quote), quote.leg.symbol) for quote in (calendar.front, calendar.back)]
        unknown = [symbol for available, symbol in legs if not 0 <= available < math.inf]
        if unknown:
            return missing(CHECK, f"{measure.name} of {', '.join(unknown)} is not known", self._settings)
        available, symbol = min(legs)
        largest = largest_size(available, measure.limit)
        share = contracts / available if available > 0 else math.inf
        note = f"share of the {measure.name} of {symbol} ({available:g}); at most {largest} contracts pass"
        return replace(at_most(CHECK, share, measure.limit, measure.reason, note), largest_size=largest)


def largest_size(available: float, share: float) -> int:
    """The most contracts that are at most `share` of what is available."""
    return math.floor(available * share * (1 + 1e-12))  # 0.05 x 20 is one contract, whatever its binary digits say


def plugin(settings: Settings) -> Liquidity:
    """Entry point."""
    return Liquidity(settings)
