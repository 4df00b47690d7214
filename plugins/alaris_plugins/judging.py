"""How the checks answer: within a limit or not, a warning, or an input that is missing; and which contracts are near the money."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from alaris.domain import NEW_YORK, OptionChain, Reason, Verdict
from alaris.plugins import Settings


def at_most(check: str, value: float, limit: float, reason: Reason, note: str = "") -> Verdict:
    """Passed where `value` is not above `limit`; a NaN fails."""
    passed = value <= limit
    return Verdict(check, passed, value, limit, None if passed else reason, note)


def at_least(check: str, value: float, limit: float, reason: Reason, note: str = "") -> Verdict:
    """Passed where `value` is not under `limit`; a NaN fails."""
    passed = value >= limit
    return Verdict(check, passed, value, limit, None if passed else reason, note)


def warned(verdict: Verdict) -> Verdict:
    """The same answer as a warning: passed, with the reason and the numbers kept."""
    return replace(verdict, passed=True)


def missing(check: str, what: str, settings: Settings) -> Verdict:
    """An input is missing: `missing_input` of the profile says whether that refuses or passes with a note."""
    passed = settings.missing_input == "pass"
    note = f"{what}; " + ("not judged, as the profile chose" if passed else "refused, as the profile chose")
    return Verdict(check, passed, None, None, Reason.MISSING_INPUT, note)


def near_money(chain: OptionChain, settings: Settings) -> NDArray[np.bool_]:
    """Contracts that the strategy reads: strikes near the spot, expiries up to those of the 90-day volatility."""
    limits = settings.data_validation
    return (np.abs(chain.strike / chain.spot - 1) <= limits.near_money) & (chain.days <= limits.near_days)


def contract(chain: OptionChain, index: int) -> str:
    """Name of one contract for a note."""
    return f"{chain.symbol} {chain.expiry[index]} {chain.strike[index]:g} {'call' if chain.is_call[index] else 'put'}"


def day_in_new_york(moment: datetime) -> date:
    """The exchange's date at a moment."""
    return moment.astimezone(NEW_YORK).date()
