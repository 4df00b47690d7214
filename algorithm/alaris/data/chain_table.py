"""Option chains of one underlying over many sessions as columns: the one shape between vendors' files, the store and LEAN's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alaris.domain import NEW_YORK, InvalidInput, OptionChain

Floats = NDArray[np.float64]
CLOSE_HOUR = 16
CLOSE = time(CLOSE_HOUR)


@dataclass(frozen=True, slots=True)
class ChainTable:
    """Rows of one underlying, one a contract and time of observation, all of shape (n,); NaN where a vendor tells nothing.

    Parameters
    ----------
    symbol : str
    observed_at, available_at : ndarray of datetime64[us]
        UTC: when the quotes stood, and when they could be known.
    expiry : ndarray of datetime64[D]
    is_call : ndarray of bool
    strike, bid, ask, last, spot : ndarray
        USD a share; `last` is the price of a trade of that session.
    volume, open_interest : ndarray
        Contracts.
    implied_volatility, delta, gamma, theta, vega, rho : ndarray
        As the vendor computed them: annualised; theta a year, vega and rho for 1.00 of change.
    source : ndarray of str
    """

    symbol: str
    observed_at: NDArray[np.datetime64]
    available_at: NDArray[np.datetime64]
    expiry: NDArray[np.datetime64]
    is_call: NDArray[np.bool_]
    strike: Floats
    bid: Floats
    ask: Floats
    last: Floats
    spot: Floats
    volume: Floats
    open_interest: Floats
    implied_volatility: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats
    source: NDArray[np.str_]

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in COLUMNS}
        if len(set(lengths.values())) > 1:
            raise InvalidInput("columns", f"must have equal lengths, were {lengths}")

    def __len__(self) -> int:
        return len(self.strike)

    def where(self, keep: NDArray[Any]) -> ChainTable:
        """The rows of a mask or of an index."""
        return ChainTable(self.symbol, **{name: getattr(self, name)[keep] for name in COLUMNS})

    def ordered(self) -> ChainTable:
        """Rows by time, right, strike and expiry."""
        return self.where(np.lexsort((self.available_at, self.expiry, self.strike, self.is_call, self.observed_at)))

    @property
    def session(self) -> NDArray[np.datetime64]:
        """New York date of each observation."""
        return new_york_days(self.observed_at)

    def at(self, moment: np.datetime64) -> OptionChain | None:
        """The newest chain that was known at a moment (UTC); None where none was."""
        known = self.available_at <= moment
        if not known.any():
            return None
        newest = self.observed_at[known].max()
        return self.where(known & (self.observed_at == newest)).as_chain()

    def as_chain(self) -> OptionChain:
        """All rows as one chain, for a table of one time of observation."""
        stood = aware(self.observed_at[0])
        local = stood.astimezone(NEW_YORK)
        elapsed = (local.hour + local.minute / 60 + local.second / 3600 - CLOSE_HOUR) / 24
        days = (self.expiry - np.datetime64(local.date())).astype(float) - elapsed
        columns = {name: getattr(self, name) for name in ("expiry", "is_call", "strike", "bid", "ask", "volume", "open_interest")}
        return OptionChain(
            symbol=self.symbol,
            as_of=stood,
            spot=float(self.spot[0]),
            days=np.maximum(days, 0.0),
            implied_volatility=self.implied_volatility,
            **columns,
        )


COLUMNS = tuple(field.name for field in fields(ChainTable) if field.name != "symbol")
NUMBERS = tuple(name for name in COLUMNS if name not in {"observed_at", "available_at", "expiry", "is_call", "source"})


def table(symbol: str, columns: Mapping[str, Any]) -> ChainTable:
    """A table of the columns that are known; every other number is NaN."""
    count = len(columns["strike"])
    numbers = {name: np.asarray(columns.get(name, np.full(count, np.nan)), dtype=np.float64) for name in NUMBERS}
    return ChainTable(symbol, **{**columns, **numbers})


def joined(tables: Sequence[ChainTable]) -> ChainTable:
    """All rows of several tables of one underlying."""
    return ChainTable(tables[0].symbol, **{name: np.concatenate([getattr(one, name) for one in tables]) for name in COLUMNS})


def from_chain(chain: OptionChain, source: str, available_at: datetime) -> ChainTable:
    """A provider's chain as rows."""
    count = len(chain)
    names = ("expiry", "is_call", "strike", "bid", "ask", "volume", "open_interest", "implied_volatility")
    columns = {name: np.array(getattr(chain, name)) for name in names}
    moments = {"observed_at": chain.as_of, "available_at": available_at}
    stamps = {name: np.full(count, instant(moment)) for name, moment in moments.items()}
    return table(chain.symbol, {**columns, **stamps, "spot": np.full(count, chain.spot), "source": np.full(count, source)})


def closes(days: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """16:00 New York of dates, in UTC."""
    return moments(days, CLOSE)


def moments(days: NDArray[np.datetime64], clock: time) -> NDArray[np.datetime64]:
    """A time of day in New York of dates, in UTC."""
    distinct, place = np.unique(days.astype("datetime64[D]"), return_inverse=True)
    stamps = [instant(datetime.combine(day, clock, NEW_YORK)) for day in distinct.astype(object)]
    return np.array(stamps, dtype="datetime64[us]")[place]


def new_york_days(moments: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """New York dates of moments in UTC."""
    if not len(moments):
        return moments.astype("datetime64[D]")
    starts = np.flatnonzero(np.concatenate([[True], moments[1:] != moments[:-1]]))  # tables come in runs of one time
    days = np.array([aware(moment).astimezone(NEW_YORK).date() for moment in moments[starts]], dtype="datetime64[D]")
    return np.repeat(days, np.diff(np.append(starts, len(moments))))


def instant(moment: datetime) -> np.datetime64:
    """An aware time as UTC microseconds."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def aware(moment: np.datetime64) -> datetime:
    """UTC microseconds as an aware time."""
    plain: datetime = moment.astype("datetime64[us]").astype(object)
    return plain.replace(tzinfo=UTC)
