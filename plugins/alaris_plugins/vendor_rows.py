"""What several vendors' replies have in common: OCC tickers, option rows that become one chain, bill rates, the close of a day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from math import log1p, nan

import numpy as np

from alaris.domain import NEW_YORK, OptionChain

OCC = re.compile(r"(?:O:)?([A-Z][A-Z.]*)(\d?)(\d{6})([CP])(\d{8})")  # Options Symbology Initiative, 2010
CLOSE = time(16)
BILL_DAYS, DISCOUNT_YEAR = 91, 360  # Stigum, Money Market Calculations, ch. 4
BILLS = "USD-3M"  # the name under which the store keeps rates
LARGEST_VOLATILITY = 5.0  # vendors' clipped or impossible values lie beyond


@dataclass(frozen=True, slots=True)
class Occ:
    """A contract as its OCC ticker names it; `adjusted` where the root carries a digit, since it then delivers something else."""

    root: str
    expiry: date
    is_call: bool
    strike: float
    adjusted: bool


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One contract's quote; NaN where the vendor has nothing."""

    expiry: date
    is_call: bool
    strike: float
    bid: float
    ask: float
    volume: float = nan
    open_interest: float = nan
    implied_volatility: float = nan


def occ(ticker: str) -> Occ | None:
    """Read `O:AAPL230616C00150000`; None where it is none."""
    match = OCC.fullmatch(ticker)
    if match is None:
        return None
    root, digit, day, right, strike = match.groups()
    try:
        expiry = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None
    return Occ(root, expiry, right == "C", int(strike) / 1000, adjusted=bool(digit))


def chain(symbol: str, spot: float, as_of: datetime, rows: Iterable[OptionRow]) -> OptionChain | None:
    """One chain of the rows that still trade at `as_of`; None where there is none. A side at 0 is not quoted."""
    now = as_of.astimezone(NEW_YORK)
    last = now.date() if now.time() < CLOSE else now.date() + timedelta(days=1)
    listed = [row for row in rows if row.expiry >= last and row.strike > 0]
    if not listed:
        return None
    columns = {field.name: np.array([getattr(row, field.name) for row in listed]) for field in fields(OptionRow)}
    expiry = np.array([trading_date(row.expiry) for row in listed], dtype="datetime64[D]")
    elapsed = (now - datetime.combine(now.date(), CLOSE, NEW_YORK)) / timedelta(days=1)
    implied = np.where((columns["implied_volatility"] > 0) & (columns["implied_volatility"] < LARGEST_VOLATILITY), 1, nan)
    return OptionChain(
        symbol=symbol,
        as_of=as_of,
        spot=spot,
        expiry=expiry,
        days=np.maximum((expiry - np.datetime64(now.date())).astype(float) - elapsed, 0.0),
        is_call=columns["is_call"],
        strike=columns["strike"],
        bid=np.where(columns["bid"] > 0, columns["bid"], nan),
        ask=np.where(columns["ask"] > 0, columns["ask"], nan),
        volume=columns["volume"],
        open_interest=columns["open_interest"],
        implied_volatility=columns["implied_volatility"] * implied,
    )


def trading_date(expiry: date) -> date:
    """Monthlies until 2015 are dated on Saturdays and trade until the Friday before."""
    return expiry - timedelta(days=1) if expiry.weekday() == 5 else expiry


def closed(day: date) -> datetime:
    """16:00 New York of a day; on half days three hours late."""
    return datetime.combine(day, CLOSE, NEW_YORK)


def midnight(day: date) -> datetime:
    """The start of a day in New York."""
    return datetime.combine(day, time(), NEW_YORK)


def next_midnight(day: date) -> datetime:
    """When what is published in the evening of a day is surely known."""
    return datetime.combine(day + timedelta(days=1), time(), NEW_YORK)


def from_discount(discount: float) -> float:
    """Continuously compounded ACT/365 rate of a 13-week bill quoted at a bank discount; 0.0137 for 1.37 %."""
    return from_coupon_equivalent((1 / (1 - discount * BILL_DAYS / DISCOUNT_YEAR) - 1) * 365 / BILL_DAYS)


def from_coupon_equivalent(annual: float) -> float:
    """Continuously compounded ACT/365 rate of a 13-week bill quoted as coupon equivalent (simple interest over its life)."""
    return log1p(annual * BILL_DAYS / 365) * 365 / BILL_DAYS
