"""Scenario risk: what all open calendars would bring if spots, volatilities and days moved together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alaris.domain import Calendar, Right
from alaris.pricing import scenario_values
from alaris.settings import Scenarios

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeldCalendar:
    """An open calendar at its quotes now.

    `shares` is contracts times multiplier, `years` are those of front and back to their ends, `spot` USD, `rate` and
    `dividend_yield` continuously compounded.
    """

    symbol: str
    calendar: Calendar
    shares: int
    years: tuple[float, float]
    spot: float
    rate: float
    dividend_yield: float


@dataclass(frozen=True, slots=True)
class ScenarioRisk:
    """Profit against now of each calendar in each scenario, USD, shape (calendars, days, volatilities, spots).

    Every spot moves by the same share and every volatility by the same share: the worst case of a market, not of one company.
    """

    symbols: tuple[str, ...]
    profit: Floats
    spot_moves: Floats
    volatility_moves: Floats
    days: Floats

    @property
    def worst(self) -> float:
        """The least that all calendars together bring, USD; 0 where nothing is held."""
        return float(self.profit.sum(axis=0).min()) if len(self.profit) else 0.0

    def worst_of(self, symbol: str) -> float:
        """The least that one symbol brings in any scenario, USD."""
        mine = self.profit[[name == symbol for name in self.symbols]]
        return float(mine.sum(axis=0).min()) if len(mine) else 0.0

    def worst_case(self) -> dict[str, float]:
        """Where the worst lies: its spot move, volatility move and days, and the profit there."""
        if not len(self.profit):
            return {}
        together = self.profit.sum(axis=0)
        day, volatility, spot = np.unravel_index(int(together.argmin()), together.shape)
        place = {"spot_move": self.spot_moves[spot], "volatility_move": self.volatility_moves[volatility], "days": self.days[day]}
        return {name: float(value) for name, value in place.items()} | {"profit": float(together[day, volatility, spot])}


def scenario_risk(held: Sequence[HeldCalendar], settings: Scenarios) -> ScenarioRisk:
    """Reprice every leg over the grid of the settings; a calendar without both volatilities is left out."""
    known = [one for one in held if np.isfinite([one.calendar.front.implied_volatility, one.calendar.back.implied_volatility]).all()]
    spots, volatilities = (
        np.linspace(-span, span, steps)
        for span, steps in ((settings.spot_range, settings.spot_steps), (settings.volatility_range, settings.volatility_steps))
    )
    days = np.arange(settings.days + 1.0)
    symbols = tuple(one.symbol for one in known)
    if not known:
        return ScenarioRisk((), np.zeros((0, len(days), len(volatilities), len(spots))), spots, volatilities, days)
    quotes = [quote for one in known for quote in (one.calendar.front, one.calendar.back)]
    values = scenario_values(
        np.array([quote.leg.right is Right.CALL for quote in quotes]),
        np.repeat([one.spot for one in known], 2),
        np.array([quote.leg.strike for quote in quotes]),
        np.maximum([years for one in known for years in one.years], 1e-6),
        np.repeat([one.rate for one in known], 2),
        np.repeat([one.dividend_yield for one in known], 2),
        np.array([quote.implied_volatility for quote in quotes]),
        spot_moves=spots,
        volatility_moves=volatilities,
        days=days,
    )
    shares = np.array([one.shares for one in known])[:, None, None, None]
    worth = values[1::2] - values[0::2]
    now = worth[:, 0, len(volatilities) // 2, len(spots) // 2][:, None, None, None]
    return ScenarioRisk(symbols, shares * (worth - now), spots, volatilities, days)
