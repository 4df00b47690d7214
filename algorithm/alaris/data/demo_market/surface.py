"""At-the-money volatility of every expiry and session: a quiet level, and one scheduled jump (Leung and Santoli 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from alaris.data.demo_market.names import Company, Listing
from alaris.data.demo_market.schedule import Report
from alaris.data.demo_market.shares import Share
from alaris.data.market_hours import ExchangeCalendar

Floats = NDArray[np.float64]
YEAR = 365.0
SHORT, RISE, DECAY = 0.94, 0.08, 35.0  # quiet curve: IV30/60/90 = 15.9/17.8/17.7 (YUM), upward
RUN_UP, RUN_UP_DAYS = 0.12, 12.0  # the expected jump grows by this share in the last weeks (IV30 18 -> 23 from E-15 to E-1)
AFTERMATH, AFTERMATH_DECAY = 0.36, 0.45  # what is left of the jump after the report: the front falls by half, not by two thirds
LISTED_WEEKLY, LISTED_MONTHLY, LISTED_QUARTERLY = 38, 98, 130  # calendar days before expiry
EXPIRY_DAY = 0.02  # days; time left at the close of the expiry session, so that no formula divides by zero


@dataclass(frozen=True, slots=True)
class Expiries:
    """Listed expiries of one name, shapes (e,): last session, standard monthly or not, and the first day listed."""

    dates: Sequence[date]
    monthly: NDArray[np.bool_]
    listed: Sequence[date]


@dataclass(frozen=True, slots=True)
class Year:
    """What is fixed of one company's year before its options are quoted."""

    company: Company
    stock: Share
    reports: Sequence[Report]
    expiries: Expiries
    exchange: ExchangeCalendar
    sessions: Sequence[date]


def expiries(listing: Listing, exchange: ExchangeCalendar, first: date, last: date) -> Expiries:
    """Expiries with a session between `first` and `last`."""
    fridays = [day for day in (first + timedelta(days=number) for number in range((last - first).days + 200)) if day.weekday() == 4]
    found = []
    for friday in fridays:
        monthly = 15 <= friday.day <= 21
        begins = friday - timedelta(days=_listed_days(listing, friday, monthly=monthly))
        if (monthly or listing is Listing.WEEKLY) and begins <= last:
            found.append((exchange.last_session(friday), monthly, begins))
    dates, monthly_flags, listed = zip(*found, strict=True)
    return Expiries(dates, np.array(monthly_flags), listed)


def days_left(dates: Sequence[date], sessions: Sequence[date]) -> Floats:
    """Calendar days from each session to each expiry, shape (e, n); negative once expired."""
    return np.subtract.outer(_ordinals(dates), _ordinals(sessions))


def at_the_money(year: Year, generator: np.random.Generator) -> Floats:
    """Implied volatility at the forward of each expiry and session, shape (e, n); annualised, ACT/365.

    IV(T)^2 = quiet(T)^2 + sum of sigma_e^2 / T over the reports expected before the expiry.
    """
    days = np.maximum(days_left(year.expiries.dates, year.sessions), EXPIRY_DAY)
    quiet = year.stock.volatility[-len(year.sessions) :] * (SHORT + RISE * (1 - np.exp(-days / DECAY)))
    jumps = _jump_variance(year, generator)
    noise = year.company.wobble * generator.standard_normal(days.shape) / np.sqrt(1 + days / 60)
    volatility: Floats = np.sqrt(quiet**2 + jumps * YEAR / days) * np.exp(noise)
    return volatility


def _jump_variance(year: Year, generator: np.random.Generator) -> Floats:
    """Variance of the jumps that each expiry still has before it, and of what the last report left behind, shape (e, n)."""
    last, today = _ordinals(year.expiries.dates), _ordinals(year.sessions)
    variance = np.zeros((last.size, today.size))
    mood = np.exp(year.company.nervous * generator.standard_normal(today.size))
    sizes = year.company.event * np.exp(0.06 * generator.standard_normal((len(year.reports), 1))) * mood
    for size, report in zip(sizes, year.reports, strict=True):
        expected = _ordinals([report.reaction_expected(day, year.exchange) for day in year.sessions])
        ahead = expected - today
        ramp = 1 - RUN_UP + RUN_UP * np.exp(-np.maximum(ahead, 0) / RUN_UP_DAYS)
        variance += np.where((ahead > 0) & (last[:, None] >= expected), (size * ramp) ** 2, 0.0)
        since = np.arange(today.size) - np.searchsorted(today, report.reaction.toordinal())
        after = (today >= report.reaction.toordinal()) & (since < 10)
        variance += np.where(after, (size * AFTERMATH * AFTERMATH_DECAY ** np.abs(since)) ** 2, 0.0)
    return variance


def _listed_days(listing: Listing, friday: date, *, monthly: bool) -> int:
    if not monthly:
        return LISTED_WEEKLY
    if listing is Listing.SINGLE:
        return 27
    return LISTED_QUARTERLY if friday.month % 3 == 0 else LISTED_MONTHLY


def _ordinals(dates: Sequence[date]) -> Floats:
    return np.array([day.toordinal() for day in dates], dtype=np.float64)
