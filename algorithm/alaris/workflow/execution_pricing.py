"""Phase 7, execution pricing: fresh quotes of both legs, never invented ones, and the ladder of limits an order climbs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np

from alaris.domain import Calendar, Leg, LegQuote, PriceLadder, Reason, Rejection, Right
from alaris.plugins import PluginManager
from alaris.pricing import implied_volatility
from alaris.settings import ExecutionQuotes, Orders
from alaris.volatility.event_jump import DAYS_A_YEAR
from alaris.workflow.clock import days_until
from alaris.workflow.structure import with_greeks


class Pricing(Protocol):
    """What the legs' volatilities are read against; an option chain is one."""

    @property
    def spot(self) -> float:
        """Price of the underlying, USD."""

    @property
    def rate(self) -> float:
        """Continuously compounded, a year."""

    @property
    def dividend_yield(self) -> float:
        """Continuously compounded, a year."""


@dataclass(frozen=True, slots=True)
class Underlying:
    """The underlying at one time, where no chain is at hand."""

    spot: float
    rate: float
    dividend_yield: float


def fresh_calendar(
    underlying: Pricing, legs: tuple[Leg, Leg], plugins: PluginManager, settings: ExecutionQuotes, as_of: datetime
) -> Calendar | Rejection:
    """Ask for both legs' quotes at the same time and check them; or say why nothing may be ordered from them."""
    quotes = plugins.execution_quotes(legs, as_of)
    if quotes is None:
        return Rejection(Reason.NO_EXECUTION_QUOTE)
    return checked_calendar(quotes, legs, underlying, settings, as_of)


def checked_calendar(
    quotes: Sequence[LegQuote], legs: tuple[Leg, Leg], underlying: Pricing, settings: ExecutionQuotes, as_of: datetime
) -> Calendar | Rejection:
    """The calendar at these quotes with its own volatilities and Greeks, or what is wrong with them."""
    if [quote.leg for quote in quotes] != list(legs):
        return Rejection(Reason.NO_EXECUTION_QUOTE, value=len(quotes), limit=2)
    for quote in quotes:
        if refusal := _unusable(quote, settings, as_of):
            return refusal
    calendar = Calendar(*_with_volatilities(list(quotes), underlying, as_of))
    if not calendar.natural_debit > 0:
        return Rejection(Reason.DEBIT_NOT_POSITIVE, value=calendar.natural_debit, limit=0.0)
    return calendar


def entry_ladder(calendar: Calendar, settings: Orders, plugins: PluginManager, *, at_natural: bool = False) -> PriceLadder:
    """Limits of the opening combo, USD debit a share: a plugin's, else from a quarter of the way up to natural."""
    if not at_natural and (stated := plugins.order_prices(calendar, opening=True)):
        return stated
    start = 1.0 if at_natural else settings.start
    return climbing(calendar.mid_debit, calendar.natural_debit, settings, start)


def exit_ladder(calendar: Calendar, settings: Orders, plugins: PluginManager) -> PriceLadder:
    """Limits of the closing combo, USD credit a share: from a quarter of the way down to natural."""
    if stated := plugins.order_prices(calendar, opening=False):
        return stated
    mid_credit = calendar.mid_debit
    return climbing(mid_credit, calendar.natural_credit, settings, settings.start)


def climbing(mid: float, natural: float, settings: Orders, start: float) -> PriceLadder:
    """Equal steps from `start` of the way to natural; rounded to the tick towards natural, equal limits tried once."""
    steps = np.linspace(start, 1.0, settings.steps) if start < 1 else np.ones(1)
    round_to = math.ceil if natural >= mid else math.floor
    limits = [round(round_to(round((mid + s * (natural - mid)) / settings.tick, 6)) * settings.tick, 10) for s in steps]
    prices = tuple(dict.fromkeys(limits))
    climb = settings.climb_seconds / max(len(prices) - 1, 1)
    return PriceLadder(prices, (*(climb for _ in prices[1:]), settings.natural_seconds))


def _unusable(quote: LegQuote, settings: ExecutionQuotes, as_of: datetime) -> Rejection | None:
    if not (np.isfinite([quote.bid, quote.ask]).all() and quote.bid > 0):
        return Rejection(Reason.NO_EXECUTION_QUOTE, value=quote.bid if np.isfinite(quote.bid) else None, limit=0.0)
    if quote.bid > quote.ask:
        return Rejection(Reason.CROSSED_QUOTE, value=quote.bid, limit=quote.ask)
    age = (as_of - quote.observed_at) / timedelta(minutes=1)
    if age > settings.maximum_age_minutes:
        return Rejection(Reason.STALE_QUOTE, value=age, limit=settings.maximum_age_minutes)
    return Rejection(Reason.NO_EXECUTION_QUOTE, value=age, limit=0.0) if age < 0 else None


def _with_volatilities(quotes: list[LegQuote], underlying: Pricing, as_of: datetime) -> list[LegQuote]:
    years = np.array([days_until(quote.leg.expiry, as_of) for quote in quotes]) / DAYS_A_YEAR
    if not (years > 0).all():
        return quotes
    volatility = implied_volatility(
        np.array([quote.leg.right is Right.CALL for quote in quotes]),
        np.array([quote.mid for quote in quotes]),
        underlying.spot,
        np.array([quote.leg.strike for quote in quotes]),
        years,
        underlying.rate,
        underlying.dividend_yield,
    )
    known = [replace(quote, implied_volatility=float(value)) for quote, value in zip(quotes, volatility, strict=True)]
    return with_greeks(known, years, underlying.spot, underlying.rate, underlying.dividend_yield)
