"""Share prices of the demo market: a diffusion, a jump at each report, dividends, half days and a split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from alaris.data.demo_market.names import Company
from alaris.data.demo_market.schedule import Report
from alaris.data.lean_writer import SessionBars
from alaris.data.market_hours import ExchangeCalendar
from alaris.domain import NEW_YORK

Floats = NDArray[np.float64]
STEPS = 78  # five-minute steps of a session: enough that highs and lows are those of the path
OVERNIGHT = 0.25  # share of a quiet day's variance in the gap
JUMP_GAP = 0.63  # share of the reaction's variance in the opening gap (4,358 events, providers.md 2)
JUMP_REALIZED = 0.81  # realised over implied jump: mean absolute move / implied 0.84, sd of z 1.06 (providers.md 2)
DIFFUSION_REALIZED = 0.86  # realised over implied volatility without a report (YUM: base 18 %, Yang-Zhang 12-15 %)
COMMON = 0.30  # share of variance that all names have in common
SPLIT_DAY, SPLIT_RATIO = date(2017, 6, 12), 2
PRICED = 2017  # the year at whose start a company trades at its price
FIRST_EX_THURSDAY, EX_EVERY = date(2015, 10, 29), timedelta(weeks=13)  # plus the company's own weeks
DECLARED = timedelta(weeks=3)  # before the ex-date, as US companies do
DIVIDENDS_HEADER = "symbol,ex_date,amount,announced_at\n"


@dataclass(frozen=True, slots=True)
class Market:
    """What all names share: session dates, common shocks, and the level of volatility (log, 0 on average)."""

    exchange: ExchangeCalendar
    dates: Sequence[date]
    gap: Floats
    steps: Floats
    level: Floats


@dataclass(frozen=True, slots=True)
class Share:
    """One name's year: its bars as printed, its volatility, dividends and split.

    `volatility` is the implied level without a report, shape (n,); `dividends` are (ex-date, USD), `split` the first session at
    the new price.
    """

    bars: SessionBars
    volatility: Floats
    dividends: Sequence[tuple[date, float]]
    split: date | None


def market(exchange: ExchangeCalendar, dates: Sequence[date], generator: np.random.Generator) -> Market:
    """Shocks common to all names; in August 2017 volatility rises by a third for two weeks."""
    count = len(dates)
    level = _reverting(generator.standard_normal(count) * 0.015)
    days = np.array([(day - date(2017, 8, 10)).days for day in dates], dtype=np.float64)
    level += np.where(days >= 0, 0.30 * np.exp(-np.maximum(days, 0) / 10), 0.0)
    return Market(exchange, dates, generator.standard_normal(count), generator.standard_normal((count, STEPS)), level)


def index_bars(world: Market, generator: np.random.Generator) -> SessionBars:
    """Bars of the synthetic index that serves as benchmark and clock."""
    deviation = 0.09 * np.exp(world.level) / np.sqrt(252)
    gap = deviation * np.sqrt(OVERNIGHT) * world.gap
    steps = (deviation * np.sqrt((1 - OVERNIGHT) / STEPS))[:, None] * world.steps
    return _bars(world, 225.0, gap, steps, _volumes(world, 6e7, np.zeros(len(gap), dtype=np.bool_), generator))


def share(company: Company, found: Sequence[Report], world: Market, generator: np.random.Generator) -> Share:
    """Simulate one name over all sessions."""
    count = len(world.dates)
    volatility = company.volatility * np.exp(world.level + _reverting(generator.standard_normal(count) * 0.015))
    reaction = _on(world, {report.reaction for report in found})
    jump_gap, jump_day = generator.standard_normal((2, count)) * company.event * JUMP_REALIZED * reaction
    deviation = DIFFUSION_REALIZED * volatility / np.sqrt(252)
    gap = deviation * np.sqrt(OVERNIGHT) * _mixed(world.gap, generator.standard_normal(count)) + np.sqrt(JUMP_GAP) * jump_gap
    noise = _mixed(world.steps, generator.standard_normal((count, STEPS)))
    steps = (deviation * np.sqrt((1 - OVERNIGHT) / STEPS))[:, None] * noise + (np.sqrt(1 - JUMP_GAP) / STEPS * jump_day)[:, None]
    dividends = _dividends(company, world)
    gap[_on(world, {day for day, _ in dividends})] += np.log1p(-company.dividend / company.price)
    bars = _bars(world, company.price, gap, steps, _volumes(world, company.volume, reaction, generator))
    return Share(_before_split(bars) if company.split else bars, volatility, dividends, SPLIT_DAY if company.split else None)


def factor_rows(stock: Share) -> list[tuple[date, float, float, float]]:
    """Rows of LEAN's factor file: the last session before each event, and the factors that hold up to it."""
    dates, close = stock.bars.dates, stock.bars.close / 100
    events = [(day, paid, 1.0) for day, paid in stock.dividends]
    events += [(stock.split, 0.0, float(SPLIT_RATIO))] if stock.split else []
    rows: list[tuple[date, float, float, float]] = []
    price_factor = split_factor = 1.0
    for day, paid, ratio in sorted(events, reverse=True):
        before = dates.index(day) - 1
        price_factor *= 1 - paid / float(close[before])
        split_factor /= ratio
        rows.append((dates[before], price_factor, split_factor, float(close[before])))
    return rows[::-1]


def dividend_rows(ticker: str, stock: Share) -> list[str]:
    """Rows of the dividends file: each is announced three weeks before its ex-date, at 8:00 in New York."""
    rows = []
    for day, amount in stock.dividends:
        told = datetime.combine(day - DECLARED, time(8), NEW_YORK)
        rows.append(f"{ticker.upper()},{day},{amount:.2f},{told.isoformat()}\n")
    return rows


def _reverting(shocks: Floats) -> Floats:
    level = np.zeros_like(shocks)
    for number in range(1, shocks.size):
        level[number] = 0.97 * level[number - 1] + shocks[number]
    return level


def _on(world: Market, days: set[date]) -> NDArray[np.bool_]:
    return np.array([day in days for day in world.dates])


def _mixed(common: Floats, own: Floats) -> Floats:
    mixed: Floats = np.sqrt(COMMON) * common + np.sqrt(1 - COMMON) * own
    return mixed


def _dividends(company: Company, world: Market) -> list[tuple[date, float]]:
    if not company.dividend:
        return []
    first = FIRST_EX_THURSDAY + timedelta(weeks=company.ex_week)
    inside = range(1 + (world.dates[-1] - first) // EX_EVERY)
    return [(world.exchange.last_session(first + number * EX_EVERY), company.dividend) for number in inside]


def _volumes(world: Market, mean: float, reaction: NDArray[np.bool_], generator: np.random.Generator) -> NDArray[np.int64]:
    noise = np.exp(0.22 * generator.standard_normal(reaction.size) - 0.024)
    half = np.array([world.exchange.close_of(day).hour < 16 for day in world.dates])
    return np.rint(mean * noise * np.where(reaction, 2.3, 1.0) * np.where(half, 0.5, 1.0)).astype(np.int64)


def _bars(world: Market, price: float, gap: Floats, steps: Floats, volume: NDArray[np.int64]) -> SessionBars:
    day = np.cumsum(steps, axis=1)
    total = np.cumsum(gap + day[:, -1])
    opening = total - day[:, -1]
    path = opening[:, None] + day
    anchor = np.log(price) - opening[next(i for i, when in enumerate(world.dates) if when.year == PRICED)]
    high, low = np.maximum(opening, path.max(axis=1)), np.minimum(opening, path.min(axis=1))
    cents = [np.rint(100 * np.exp(column + anchor)).astype(np.int64) for column in (opening, high, low, total)]
    return SessionBars.of(world.dates, [*cents, volume])


def _before_split(bars: SessionBars) -> SessionBars:
    times = np.where(np.array(bars.dates) < SPLIT_DAY, SPLIT_RATIO, 1)
    prices = [column * times for column in (bars.open, bars.high, bars.low, bars.close)]
    return SessionBars.of(bars.dates, [*prices, bars.volume // times])
