"""What the market shows at one time: observations, daily bars, the option chain as columns, the snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from alaris.domain.calendar import EarningsEvent, UpcomingReport
from alaris.domain.errors import InvalidInput

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Dates = NDArray[np.datetime64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Observation(Generic[T]):
    """A value with where it came from and when it became known (aware datetimes)."""

    value: T
    source: str
    available_at: datetime
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DailyBars:
    """Daily bars of one symbol, oldest first, adjusted for splits so that they join to today's price.

    Parameters
    ----------
    day : ndarray of datetime64[D], shape (n,)
    open, high, low, close : ndarray, shape (n,)
        USD a share.
    volume : ndarray, shape (n,)
        Shares.
    """

    day: Dates
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __post_init__(self) -> None:
        _seal(self, "day", "open", "high", "low", "close", "volume")

    def __len__(self) -> int:
        return len(self.day)

    def last(self, count: int) -> DailyBars:
        """The `count` newest bars."""
        return DailyBars(**{f.name: getattr(self, f.name)[-count:] for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Dividend:
    """A cash dividend: the session on which the stock trades without it, and USD a share."""

    ex_date: date
    amount: float


@dataclass(frozen=True, slots=True)
class OptionChain:
    """All contracts of one underlying at one time, one array a field; NaN where the market shows nothing.

    Parameters
    ----------
    symbol : str
        The underlying.
    as_of : datetime
        When the quotes stood (aware).
    spot : float
        Price of the underlying, USD.
    expiry : ndarray of datetime64[D], shape (n,)
        Last trading date.
    days : ndarray, shape (n,)
        Calendar days (fractions kept) from `as_of` to 16:00 New York of the last trading date.
    is_call : ndarray of bool, shape (n,)
    strike, bid, ask : ndarray, shape (n,)
        USD a share; `bid` or `ask` is NaN where that side is not quoted.
    volume, open_interest : ndarray, shape (n,)
        Contracts; NaN where unknown.
    implied_volatility : ndarray, shape (n,)
        Annualised, ACT/365, of the mid; NaN where there is none.
    rate, dividend_yield : float
        Continuously compounded, used for the forward and the implied volatilities.
    """

    symbol: str
    as_of: datetime
    spot: float
    expiry: Dates
    days: Floats
    is_call: Flags
    strike: Floats
    bid: Floats
    ask: Floats
    volume: Floats
    open_interest: Floats
    implied_volatility: Floats
    rate: float = 0.0
    dividend_yield: float = 0.0

    def __post_init__(self) -> None:
        _seal(self, *COLUMNS)

    def __len__(self) -> int:
        return len(self.strike)

    @property
    def two_sided(self) -> Flags:
        """Contracts with 0 < bid < ask."""
        return (self.bid > 0) & (self.ask > self.bid)

    @property
    def mid(self) -> Floats:
        """Middle of bid and ask; NaN unless both stand."""
        return (self.bid + self.ask) / 2

    @property
    def forward(self) -> Floats:
        """Forward price of the underlying at each contract's expiry."""
        return self.spot * np.exp((self.rate - self.dividend_yield) * self.days / 365)

    def where(self, keep: Flags) -> OptionChain:
        """The contracts for which `keep` holds."""
        return replace(self, **{name: getattr(self, name)[keep] for name in COLUMNS})

    def by_expiry(self) -> Iterator[tuple[float, OptionChain]]:
        """Days to expiry and the contracts of it, nearest first."""
        for expiry in np.unique(self.expiry):
            contracts = self.where(self.expiry == expiry)
            yield float(contracts.days[0]), contracts


COLUMNS = ("expiry", "days", "is_call", "strike", "bid", "ask", "volume", "open_interest", "implied_volatility")


@dataclass(frozen=True, slots=True)
class LegHistory:
    """Implied volatilities of the two legs at the closes before the decision, oldest first, for the vega-independence check.

    Parameters
    ----------
    day : ndarray of datetime64[D], shape (n,)
    front, back : ndarray, shape (n,)
        Annualised; NaN on days without a two-sided quote.
    """

    day: Dates
    front: Floats
    back: Floats

    def __post_init__(self) -> None:
        _seal(self, "day", "front", "back")


@dataclass(frozen=True, slots=True)
class MarketSnapshot:
    """Everything a decision may look at, frozen; each part says where it came from and when it became known."""

    symbol: str
    as_of: datetime
    report: UpcomingReport
    spot: Observation[float]
    bars: Observation[DailyBars]
    chain: Observation[OptionChain]
    rate: Observation[float]
    past_reports: tuple[EarningsEvent, ...] = ()
    dividends: tuple[Dividend, ...] = ()


def _seal(owner: Any, *names: str) -> None:
    """Require columns of equal lengths, and keep read-only views of them: what one plugin is shown, none can change."""
    columns = [getattr(owner, name) for name in names]
    if len({len(column) for column in columns}) > 1:
        lengths = {name: len(column) for name, column in zip(names, columns, strict=True)}
        raise InvalidInput(type(owner).__name__, f"columns must have equal lengths, were {lengths}")
    for name, column in zip(names, columns, strict=True):
        view = column.view()
        view.flags.writeable = False
        object.__setattr__(owner, name, view)
