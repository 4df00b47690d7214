"""Option chains of the demo market: which strikes are listed, and their quotes, trades and open interest each session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alaris.data.demo_market import black_scholes
from alaris.data.demo_market.names import Tier
from alaris.data.demo_market.shares import SPLIT_RATIO
from alaris.data.demo_market.surface import EXPIRY_DAY, YEAR, Expiries, Year, days_left
from alaris.data.lean_writer import Contracts, OptionRows

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

WEEKLY_STRIKES, MONTHLY_STRIKES = 4, 5  # each side of the spot on the first day listed
ADDED_STRIKES = 2  # later strikes are added this near the spot
SPREAD_DAYS = (1, 14, 33, 60, 97)
SPREAD = {  # USD wide at the money by days left: YUM 2017 and AAPL 2015 (providers.md 2)
    Tier.MIDDLE: (0.11, 0.16, 0.19, 0.21, 0.23),
    Tier.QUIET: (0.02, 0.03, 0.04, 0.05, 0.06),
    Tier.LIQUID: (0.02, 0.03, 0.04, 0.05, 0.06),
}
MONEYNESS = (-0.15, -0.075, -0.035, 0.0, 0.035, 0.075, 0.13)  # in the money positive
WIDENING = (0.50, 0.58, 0.68, 1.0, 2.0, 10.0, 19.0)  # YUM, 21-45 days: 0.11 .. 0.19 .. 3.6 USD
VOLUME_DAYS = (1, 8, 14, 33, 60, 97, 200)
VOLUME_WEEKLY, VOLUME_MONTHLY = (35, 24, 14, 5, 3, 2, 1), (40, 30, 26, 22, 22, 21, 8)  # contracts a day at the money (YUM)
ACTIVITY = {Tier.MIDDLE: (1.0, 2.2), Tier.QUIET: (0.4, 1.5), Tier.LIQUID: (120.0, 0.6)}  # times the YUM volume, and its log deviation
CROSSED_WITHIN = 0.03  # moneyness of the quotes that are crossed where one is asked for
OPENED = 0.35  # share of a day's volume that opens positions


@dataclass(frozen=True, slots=True)
class Market:
    """What the quotes are made of: raw closes (n,), and volatility and dividends still to be paid by expiry and session (e, n)."""

    close: Floats
    volatility: Floats
    dividends: Floats
    rate: float


def chain(year: Year, market: Market, generator: np.random.Generator) -> tuple[Contracts, OptionRows]:
    """All contracts of the year and one row for each of them and each session it is listed."""
    contracts, contract, session = _listed(year, market.close)
    expiry, is_call, strike = contracts.expiry[contract], contracts.is_call[contract], contracts.strike[contract]
    days = np.maximum(days_left(year.expiries.dates, year.sessions), EXPIRY_DAY)[expiry, session]
    spot = market.close[session]
    paid = spot - market.dividends[expiry, session]
    volatility = _smile(market.volatility[expiry, session], np.log(strike / paid), days)
    value = black_scholes.values(is_call, paid, strike, time=days / YEAR, rate=market.rate, volatility=volatility)
    moneyness = np.where(is_call, spot - strike, strike - spot) / spot
    tier = year.company.tier
    bid, ask = _quotes(value.price, _width(tier, moneyness, days, spot), generator)
    volume = _volumes(tier, year.expiries.monthly[expiry], moneyness, days, generator)
    open_interest = _open_interest(contract, volume, generator)
    volume = np.where((volume == 0) & (open_interest > 100), 1, volume)
    size = generator.integers(5, 120, bid.size)
    trade = np.maximum(np.rint((bid + ask) / 2 + (ask - bid) * 0.5 * (generator.random(bid.size) - 0.5)).astype(np.int64), 1)
    if year.company.crossed:
        swapped = (session == year.sessions.index(year.company.crossed)) & (np.abs(moneyness) < CROSSED_WITHIN) & (bid > 0)
        bid, ask = np.where(swapped, ask, bid), np.where(swapped, bid, ask)
    greeks = (value.delta, value.gamma, value.vega / 100, value.theta / YEAR, value.rho / 100)
    return contracts, OptionRows(contract, session, bid, ask, size, trade, volume, open_interest, volatility, *greeks)


def _listed(year: Year, close: Floats) -> tuple[Contracts, Integers, Integers]:
    """Contracts, and the contract and session of each row: a strike is listed once the spot comes near, and stays to expiry."""
    ordinals = np.array([day.toordinal() for day in year.sessions])
    old = ordinals < (year.stock.split.toordinal() if year.stock.split else 0)
    step, spot = year.company.step, np.where(old, close / SPLIT_RATIO, close)
    margin = 8 * year.company.depth
    grid = step * np.arange(max(1, np.floor(spot.min() / step) - margin), np.ceil(spot.max() / step) + margin + 1)
    found: list[tuple[int, float, NDArray[np.intp]]] = []
    for index in range(len(year.expiries.dates)):
        alive = _alive(year.expiries, index, ordinals, np.abs(grid[:, None] - spot) / (step * year.company.depth))
        alive &= ordinals != (year.company.outage.toordinal() if year.company.outage else 0)
        for era, ratio in ((old, SPLIT_RATIO), (~old, 1)):  # a split replaces every contract
            listed = alive & era
            found += [(index, grid[row] * ratio, np.flatnonzero(listed[row])) for row in np.flatnonzero(listed.any(axis=1))]
    expiry, strike, when = zip(*(contract for contract in found for _ in range(2)), strict=True)  # a put and a call each
    contracts = Contracts(year.expiries.dates, np.array(expiry), np.array(strike), np.arange(len(expiry)) % 2 == 1)
    lengths = [sessions.size for sessions in when]
    return contracts, np.repeat(np.arange(len(expiry)), lengths), np.concatenate(when).astype(np.int64)


def _alive(expiries: Expiries, index: int, ordinals: Integers, steps_away: Floats) -> Mask:
    """Sessions in which each strike of one expiry is listed, shape (strikes, n)."""
    open_days = (ordinals >= expiries.listed[index].toordinal()) & (ordinals <= expiries.dates[index].toordinal())
    reach = MONTHLY_STRIKES if expiries.monthly[index] else WEEKLY_STRIKES
    first_day = open_days & (np.cumsum(open_days) == 1)
    near = (steps_away <= np.where(first_day, reach, ADDED_STRIKES)) & open_days
    return np.maximum.accumulate(near, axis=1) & open_days


def _smile(level: Floats, distance: Floats, days: Floats) -> Floats:
    """Volatility by strike: lower strikes dearer, wings a little dearer, in standard deviations of the horizon."""
    deviations = np.clip(distance / (level * np.sqrt(days / YEAR)), -4, 4)
    return level * (1 - 0.03 * deviations + 0.01 * deviations**2)


def _width(tier: Tier, moneyness: Floats, days: Floats, spot: Floats) -> Floats:
    """Quote width in USD before noise; that of a liquid name grows less away from the money."""
    widening = np.interp(moneyness, MONEYNESS, WIDENING) ** (1.0 if tier is Tier.MIDDLE else 0.6)
    width: Floats = np.interp(days, SPREAD_DAYS, SPREAD[tier]) * widening * np.clip(spot / 66, 0.5, 4)
    return width


def _quotes(value: Floats, width: Floats, generator: np.random.Generator) -> tuple[Integers, Integers]:
    half = width * np.exp(0.2 * generator.standard_normal(value.size)) / 2
    bid = np.maximum(np.rint(100 * (value - half)).astype(np.int64), 0)
    ask = np.maximum(np.rint(100 * (value + half)).astype(np.int64), bid + 1)
    return bid, ask


def _volumes(tier: Tier, monthly: Mask, moneyness: Floats, days: Floats, generator: np.random.Generator) -> Integers:
    times, deviation = ACTIVITY[tier]
    level = np.where(monthly, np.interp(days, VOLUME_DAYS, VOLUME_MONTHLY), np.interp(days, VOLUME_DAYS, VOLUME_WEEKLY))
    noise = np.exp(deviation * generator.standard_normal(days.size) - deviation**2 / 2)
    expected = times * level * np.exp(-np.abs(moneyness) / np.where(moneyness > 0, 0.02, 0.045)) * noise
    return np.floor(expected + generator.random(days.size)).astype(np.int64)


def _open_interest(contract: Integers, volume: Integers, generator: np.random.Generator) -> Integers:
    """Positions open at the start of each session: what earlier sessions opened, and at first a month of today's volume."""
    opened = np.floor(OPENED * volume * generator.random(volume.size) * 2).astype(np.int64)
    before = np.concatenate([[0], np.cumsum(opened)[:-1]])
    first = np.flatnonzero(np.concatenate([[True], contract[1:] != contract[:-1]]))
    lengths = np.diff(np.concatenate([first, [contract.size]]))
    start = volume[first] * generator.integers(0, 8, first.size)
    open_interest: Integers = before - np.repeat(before[first], lengths) + np.repeat(start, lengths)
    return open_interest
