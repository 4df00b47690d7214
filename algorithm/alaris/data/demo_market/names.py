"""The demo market's companies: invented, each of the twenty with the trait that shows one thing the strategy must meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from alaris.domain import Timing


class Tier(StrEnum):
    """How well the options are quoted and traded."""

    LIQUID = "LIQUID"  # one to three per cent wide at the money (AAPL 2015)
    QUIET = "QUIET"  # quoted as well, hardly traded: a position could not be left
    MIDDLE = "MIDDLE"  # eight to twenty-three per cent wide (YUM 2017)


class Listing(StrEnum):
    """Which expiries the exchange lists."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    SINGLE = "SINGLE"  # one monthly at a time: no term structure can be read


@dataclass(frozen=True, slots=True)
class Company:
    """One invented company.

    Parameters
    ----------
    price : float
        USD at the start of the year, after the split where there is one.
    volatility : float
        Implied volatility without the report, annualised.
    event : float
        Standard deviation of the report's jump as options price it, log return.
    week, weekday : int
        Report day: weeks after the season's first Monday, and 0 for Monday to 4 for Friday.
    volume : float
        Mean shares a session.
    step : float
        USD between strikes.
    dividend, ex_week : float, int
        USD a quarter, 0 for none; weeks from the season's first Thursday to the ex-date.
    wobble : float
        Daily noise of each expiry's volatility by itself, relative.
    nervous : float
        Daily noise of the expected jump, relative; where it is large the two legs move together.
    crowded : bool
        Reports within a day of the other crowded companies in the third season, so that the caps on positions bind.
    sources_disagree, revised, split : bool
        The second source names the next day; the report is moved by a week in two seasons; a 2:1 split in June.
    outage, crossed : date, optional
        A session without option data; a session whose quotes at the money have bid and ask exchanged.
    depth : int
        How many times the usual number of strikes is listed.
    """

    ticker: str
    name: str
    price: float
    volatility: float
    event: float
    timing: Timing
    week: int
    weekday: int
    volume: float
    step: float
    dividend: float = 0.0
    ex_week: int = 6
    tier: Tier = Tier.LIQUID
    listing: Listing = Listing.WEEKLY
    wobble: float = 0.045
    nervous: float = 0.02
    crowded: bool = False
    sources_disagree: bool = False
    revised: bool = False
    split: bool = False
    outage: date | None = None
    crossed: date | None = None
    depth: int = 1


PRE, POST, UNKNOWN = Timing.BEFORE_OPEN, Timing.AFTER_CLOSE, Timing.UNKNOWN

COMPANIES = (
    Company("zqal", "Alder Software", 62, 0.17, 0.050, POST, 2, 1, 6.1e6, 1, crowded=True),
    Company("zqbe", "Birch Kitchens", 66, 0.18, 0.047, PRE, 2, 3, 2.3e6, 1, dividend=0.30, tier=Tier.MIDDLE),
    Company("zqce", "Cedar Silicon", 78, 0.22, 0.065, POST, 1, 2, 7.4e6, 1, split=True, crowded=True),
    Company("zqdo", "Dogwood Foods", 71, 0.15, 0.043, PRE, 3, 3, 4.2e6, 1, dividend=0.42, crowded=True, outage=date(2017, 11, 15)),
    Company("zqel", "Elm Street Savings", 44.6, 0.18, 0.050, PRE, 2, 3, 5.5e6, 1, dividend=0.25, ex_week=2, crowded=True),
    Company("zqfi", "Fir Broadcasting", 58, 0.20, 0.060, POST, 2, 1, 3.9e6, 5, crowded=True),
    Company("zqgi", "Ginkgo Diagnostics", 66, 0.16, 0.046, POST, 2, 2, 4.8e6, 1, crowded=True),
    Company("zqha", "Hazel Networks", 53, 0.21, 0.058, POST, 1, 1, 5.1e6, 1, wobble=0.004, nervous=0.15),
    Company("zqir", "Ironwood Tools", 88, 0.19, 0.052, PRE, 0, 2, 1.9e6, 5, dividend=0.55, tier=Tier.MIDDLE),
    Company("zqju", "Juneberry Markets", 51, 0.17, 0.050, PRE, 2, 2, 4.0e6, 1, crowded=True, crossed=date(2017, 5, 9)),
    Company("zqka", "Katsura Motors", 39, 0.24, 0.055, PRE, 1, 1, 6.6e6, 1, listing=Listing.MONTHLY),
    Company("zqla", "Larch Water", 57, 0.13, 0.012, PRE, 3, 2, 2.2e6, 1, dividend=0.48, listing=Listing.MONTHLY),
    Company("zqma", "Maple Paper", 34, 0.21, 0.048, PRE, 2, 1, 0.6e6, 2.5, tier=Tier.MIDDLE, listing=Listing.MONTHLY),
    Company("zqnu", "Nutmeg Therapeutics", 3.6, 0.48, 0.10, POST, 2, 2, 3.1e6, 0.5, tier=Tier.MIDDLE, listing=Listing.MONTHLY),
    Company("zqoa", "Oak Ridge Energy", 47, 0.23, 0.052, PRE, 1, 3, 5.9e6, 1, sources_disagree=True, listing=Listing.MONTHLY),
    Company("zqpi", "Pine Freight", 69, 0.19, 0.049, UNKNOWN, 2, 2, 3.3e6, 1, listing=Listing.MONTHLY),
    Company("zqqu", "Quince Apparel", 42, 0.26, 0.066, PRE, 3, 1, 2.7e6, 2.5, tier=Tier.MIDDLE, listing=Listing.SINGLE),
    Company("zqro", "Rowan Instruments", 93, 0.17, 0.045, POST, 3, 1, 1.8e6, 2.5, tier=Tier.QUIET, listing=Listing.MONTHLY),
    Company("zqsp", "Spruce Logistics", 54, 0.19, 0.054, PRE, 1, 3, 4.4e6, 1, dividend=0.28, ex_week=1, revised=True),
    Company("zqte", "Teak Holdings", 470, 0.20, 0.048, POST, 2, 2, 1.7e6, 10, dividend=1.10, listing=Listing.MONTHLY),
)

MOST_COMPANIES = 200  # ten letters from Q to Z tell the namesakes apart


def companies(count: int, depth: int = 1) -> Sequence[Company]:
    """Return the first `count` companies; after the twenty come namesakes with the same traits: ZRAL is the next ZQAL."""
    return [_namesake(number, depth) for number in range(count)]


def _namesake(number: int, depth: int) -> Company:
    again, place = divmod(number, len(COMPANIES))
    company = COMPANIES[place]
    if again == 0:
        return replace(company, depth=depth)
    ticker = f"z{chr(ord('q') + again)}{company.ticker[2:]}"
    return replace(company, ticker=ticker, name=f"{company.name} {again + 1}", depth=depth)
