"""At-the-money volatility by expiry, constant maturities, and the slope that earnings bend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alaris.domain import OptionChain, Reason, Rejection
from alaris.settings import TermStructureSettings

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TermStructure:
    """At-the-money implied volatility of each listed expiry.

    Parameters
    ----------
    days : ndarray, shape (n,)
        Calendar days from the decision to the last trading session of each expiry, ascending.
    volatility : ndarray, shape (n,)
        Annualised, ACT/365; 0.25 means 25 %.
    """

    days: Floats
    volatility: Floats

    def at(self, days: float) -> float:
        """Volatility at a constant maturity: linear in total variance inside, flat outside."""
        inside = min(max(days, float(self.days[0])), float(self.days[-1]))
        variance = np.interp(inside, self.days, self.volatility**2 * self.days)
        return float(np.sqrt(variance / inside))

    def slope(self, far: float) -> float:
        """Change of volatility per calendar day from the front expiry to `far` days (Atilgan: <= -0.00406); NaN without a distance."""
        distance = far - float(self.days[0])
        return (self.at(far) - float(self.volatility[0])) / distance if distance > 0 else float("nan")

    def points(self) -> tuple[tuple[float, float], ...]:
        """Pairs of (days, volatility)."""
        return tuple(zip(self.days.tolist(), self.volatility.tolist(), strict=True))


def read_term_structure(chain: OptionChain, settings: TermStructureSettings) -> TermStructure | Rejection:
    """Read the term structure off a chain, or say why it cannot be read.

    The volatility of an expiry is the mean of call and put at the strike nearest the forward, of contracts with 0 < bid < ask.
    """
    usable = chain.two_sided & (chain.days >= settings.minimum_days) & np.isfinite(chain.implied_volatility)
    if not usable.any():
        return Rejection(Reason.NO_QUOTES, value=0, limit=1)
    quoted = chain.where(usable)
    days, volatility = _at_the_money(quoted)
    if len(days) < settings.minimum_expiries:
        return Rejection(Reason.TOO_FEW_EXPIRIES, value=len(days), limit=settings.minimum_expiries)
    return TermStructure(days, volatility)


def _at_the_money(quoted: OptionChain) -> tuple[Floats, Floats]:
    """Days and at-the-money volatility of each expiry; every contract given has a volatility."""
    distance = np.abs(quoted.strike - quoted.forward)
    # one sort finds each expiry's nearest strike: by expiry, then distance, then strike so that two strikes equally near never mix
    order = np.lexsort((quoted.strike, distance, quoted.expiry))
    expiry, strike = quoted.expiry[order], quoted.strike[order]
    first = np.flatnonzero(np.concatenate([[True], expiry[1:] != expiry[:-1]]))
    group = np.cumsum(np.isin(np.arange(len(expiry)), first)) - 1
    nearest = strike == strike[first][group]
    volatility = np.bincount(group, quoted.implied_volatility[order] * nearest) / np.bincount(group, nearest)
    return quoted.days[order][first], volatility
