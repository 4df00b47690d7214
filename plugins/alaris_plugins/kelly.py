"""Position size by a fraction of Kelly's rule, from the returns of the trades closed so far."""

from __future__ import annotations

import math
from collections.abc import Sequence

from alaris.domain import Calendar, Recommendation, Signal
from alaris.plugins import Portfolio, Settings, hookimpl


class Kelly:
    """Share of equity, then whole contracts at the natural debit; the limits come after."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.sizing
        self._factors = {
            Recommendation.RECOMMENDED: self._settings.recommended_factor,
            Recommendation.CONSIDER: self._settings.consider_factor,
            Recommendation.AVOID: 0.0,
        }

    @hookimpl
    def position_size(self, signal: Signal, calendar: Calendar, portfolio: Portfolio) -> int:
        share = min(self._share(portfolio.closed_returns) * self._factors[signal.recommendation], self._settings.maximum_share)
        debit = calendar.natural_debit * self._settings.contract_multiplier
        capital = portfolio.equity * share
        return math.floor(capital / debit) if debit > 0 and math.isfinite(capital / debit) and capital > 0 else 0

    def _share(self, returns: Sequence[float]) -> float:
        """Share of equity before the recommendation's factor: a fixed one until enough trades are closed."""
        if len(returns) < self._settings.minimum_trades:
            return self._settings.starting_share
        return max(0.0, kelly_fraction(returns)) * self._settings.kelly_share


def kelly_fraction(returns: Sequence[float]) -> float:
    """Kelly's share of equity, (p b - q) / b; NaN-free for any history of finite returns.

    Parameters
    ----------
    returns : sequence of float
        Profit / debit of closed trades. p is the share of gains (q = 1 - p), b the mean gain over the mean loss; a trade at zero
        counts as a loss. Without a loss b is infinite and the share is p; without a gain it is -1, no trade.

    References
    ----------
    J. L. Kelly, "A New Interpretation of Information Rate", Bell System Technical Journal 35 (1956).
    """
    gains = [value for value in returns if value > 0]
    losses = [-value for value in returns if value < 0]
    if not gains:
        return -1.0
    probability = len(gains) / len(returns)
    if not losses:
        return probability
    payoff = (sum(gains) / len(gains)) / (sum(losses) / len(losses))
    return probability - (1 - probability) / payoff


def plugin(settings: Settings) -> Kelly:
    """Entry point."""
    return Kelly(settings)
