"""The demo market against measured markets: each band is around a figure of `reference/providers.md` 2, mostly YUM in 2017."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from alaris.data import demo_market, lean_folder
from alaris.data.demo_market import schedule
from alaris.data.demo_market.names import COMPANIES, Company, Listing
from alaris.data.market_hours import us_calendar

Floats = NDArray[np.float64]
EXCHANGE = us_calendar()
SESSIONS = EXCHANGE.sessions(demo_market.FIRST_CHAIN, demo_market.LAST)


@dataclass(frozen=True)
class Curve:
    """At-the-money volatility by days left, read from a universe file."""

    days: Floats
    volatility: Floats

    def at(self, days: float) -> float:
        inside = float(np.clip(days, self.days[0], self.days[-1]))
        return float(np.sqrt(np.interp(inside, self.days, self.volatility**2 * self.days) / inside))

    @property
    def slope(self) -> float:
        return (self.at(45) - float(self.volatility[0])) / (45 - float(self.days[0]))


def day_of(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


@cache
def curve(folder: Path, ticker: str, day: date) -> Curve | None:
    path = lean_folder.universe_folder(folder, ticker) / f"{day:%Y%m%d}.csv"
    if not path.exists():
        return None
    underlying, *rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    nearest: dict[int, tuple[float, float]] = {}
    for row in rows:
        left = (day_of(row[0]) - day).days
        candidate = abs(float(row[1]) - float(underlying[6])), float(row[9])
        if left > 0 and candidate < nearest.get(left, (np.inf, 0.0)):
            nearest[left] = candidate
    days = sorted(nearest)
    return Curve(np.array(days, dtype=float), np.array([nearest[left][1] for left in days]))


def reactions(company: Company) -> list[date]:
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence([demo_market.SEED, COMPANIES.index(company) + 2])))
    return [report.reaction for report in schedule.reports(company, EXCHANGE, stream) if report.reaction.year == 2017]


WEEKLIES = [company for company in COMPANIES if company.listing is Listing.WEEKLY]
EVENTS = [(company.ticker, SESSIONS.index(day)) for company in WEEKLIES for day in reactions(company)]


def curves(folder: Path, before: int) -> list[Curve]:
    """Curves of all events, so many sessions before the reaction session."""
    found = (curve(folder, ticker, SESSIONS[place - before]) for ticker, place in EVENTS if place >= before)
    return [one for one in found if one is not None]


@pytest.mark.parametrize(
    ("before", "front", "near"),  # YUM: front 18 18 30 51 62 %, 30 days 21 22 23 23 23.4 %; our names are some 10 % more volatile
    [(15, 0.18, 0.21), (7, 0.18, 0.22), (4, 0.30, 0.23), (2, 0.51, 0.23), (1, 0.62, 0.234)],
)
def test_run_up(whole_market: Path, before: int, front: float, near: float) -> None:
    found = curves(whole_market, before)
    assert np.mean([one.volatility[0] for one in found]) == pytest.approx(front, rel=0.15)
    assert np.mean([one.at(30) for one in found]) == pytest.approx(near, rel=0.15)


def test_crush(whole_market: Path) -> None:
    falls = []
    for ticker, place in EVENTS:
        eve, after = curve(whole_market, ticker, SESSIONS[place - 1]), curve(whole_market, ticker, SESSIONS[place])
        if eve is None or after is None:
            continue
        front = after.volatility[after.days == eve.days[0] - (SESSIONS[place] - SESSIONS[place - 1]).days]
        falls.append([float(front[0]) / eve.volatility[0] - 1, *(after.at(days) / eve.at(days) - 1 for days in (30, 60, 90))])
    means = np.mean(falls, axis=0)
    assert means[0] == pytest.approx(-0.50, abs=0.08)  # front, one to three days left
    assert means[1:] == pytest.approx([-0.24, -0.15, -0.10], abs=0.03)


def test_slope_on_eves_and_on_quiet_days(whole_market: Path) -> None:
    eves = [one.slope for one in curves(whole_market, 1)]
    assert -0.0150 <= min(eves) <= np.median(eves) <= max(eves) <= -0.0053  # YUM -0.0053 .. -0.0117; some names jump more
    quiet = []
    for company in WEEKLIES:
        days = reactions(company)
        far = [s for s in SESSIONS if s < date(2017, 11, 25) and all((d - s).days > 40 or (s - d).days > 12 for d in days)]
        quiet += [one.slope for session in far if (one := curve(whole_market, company.ticker, session))]
    assert np.median(quiet) == pytest.approx(0.0002, abs=0.0004)
    assert np.percentile(quiet, 90) == pytest.approx(0.0011, abs=0.0006)
    assert np.mean(np.array(quiet) <= -0.00406) < 0.01  # measured 0.6 %


def test_implied_is_rich_to_realised_on_eves(whole_market: Path) -> None:
    ratios = []
    for ticker, place in EVENTS:
        eve = curve(whole_market, ticker, SESSIONS[place - 1])
        if eve is not None:
            ratios.append(eve.at(30) / yang_zhang(whole_market, ticker, SESSIONS[place - 1]))
    assert 1.3 <= np.percentile(ratios, 10) <= np.percentile(ratios, 90) <= 2.2  # YUM 1.30 .. 1.78 over eight reports
    assert np.median(ratios) == pytest.approx(1.65, abs=0.2)


def yang_zhang(folder: Path, ticker: str, last: date) -> float:
    """Yang and Zhang (2000), 30 sessions to `last`, written out for the test."""
    bars = lean_folder.daily_bars(folder, ticker)
    end = int(np.searchsorted(bars.day, np.datetime64(last))) + 1
    opening, high, low, close = (np.log(column[end - 31 : end]) for column in (bars.open, bars.high, bars.low, bars.close))
    ratio = next((r for d, r in lean_folder.splits(folder, ticker) if bars.day[end - 31] < np.datetime64(d) <= np.datetime64(last)), 1.0)
    gap, day = opening[1:] - close[:-1], close[1:] - opening[1:]
    gap = np.where(gap < -0.4, gap + np.log(ratio), gap)
    inside = ((high - opening) * (high - close) + (low - opening) * (low - close))[1:]
    share = 0.34 / (1.34 + 31 / 29)
    return float(np.sqrt(252 * (gap.var(ddof=1) + share * day.var(ddof=1) + (1 - share) * inside.mean())))


def test_moves_against_what_options_implied(whole_market: Path) -> None:
    moves = []
    for company in COMPANIES:
        bars = lean_folder.daily_bars(whole_market, company.ticker)
        for day in reactions(company):
            place = int(np.searchsorted(bars.day, np.datetime64(day)))
            moves.append(np.log(bars.close[place] / bars.close[place - 1]) / company.event)
    # a straddle is worth 0.84 sigma_e; realised over implied 0.84 and sd of their quotient 1.06: 0.71 and 0.89 of sigma_e
    assert np.mean(np.abs(moves)) == pytest.approx(0.71, abs=0.12)  # 80 moves: standard error 0.06
    assert np.std(moves) == pytest.approx(0.89, abs=0.14)


BUCKETS = ((0, 8), (8, 21), (21, 45), (45, 75), (75, 120))


@dataclass(frozen=True)
class Quotes:
    """Quotes of one name by bucket of days left: width and its share of mid at the money, zero bids out of the money, volume."""

    width: list[list[float]]
    share: list[list[float]]
    zero: list[list[bool]]
    volume: list[list[int]]


@pytest.fixture(scope="module")
def wide(small_market: Path) -> Quotes:
    return quotes(small_market, "zqbe")


@pytest.fixture(scope="module")
def tight(small_market: Path) -> Quotes:
    return quotes(small_market, "zqal")


def quotes(folder: Path, ticker: str) -> Quotes:
    bars = lean_folder.daily_bars(folder, ticker)
    spots = {str(day).replace("-", ""): close for day, close in zip(bars.day, bars.close, strict=True)}
    volumes = _volumes(folder, ticker)
    found = Quotes([[] for _ in BUCKETS], [[] for _ in BUCKETS], [[] for _ in BUCKETS], [[] for _ in BUCKETS])
    with zipfile.ZipFile(lean_folder.option_path(folder, ticker, 2017, "quote")) as archive:
        for name in archive.namelist():
            *_, right, scaled, expiry = name[:-4].split("_")
            for line in archive.read(name).decode().splitlines():
                fields = line.split(",")
                day = fields[0][:8]
                left = (day_of(expiry) - day_of(day)).days
                bucket = next((i for i, (low, high) in enumerate(BUCKETS) if low < left <= high), None)
                if bucket is None:
                    continue
                spot, strike = spots[day], int(scaled) / 1e4
                inside = (spot - strike if right == "call" else strike - spot) / spot
                bid, ask = int(fields[4] or 0) / 1e4, int(fields[9]) / 1e4
                if abs(inside) < 0.01:
                    found.width[bucket].append(ask - bid)
                    found.share[bucket].append(2 * (ask - bid) / (ask + bid))
                    found.volume[bucket].append(volumes[right, scaled, expiry].get(day, 0))
                if -0.10 < inside < -0.05:
                    found.zero[bucket].append(bid == 0)
    return found


def _volumes(folder: Path, ticker: str) -> dict[tuple[str, str, str], dict[str, int]]:
    found: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    with zipfile.ZipFile(lean_folder.option_path(folder, ticker, 2017, "trade")) as archive:
        for name in archive.namelist():
            *_, right, scaled, expiry = name[:-4].split("_")
            found[right, scaled, expiry] = {line[:8]: int(line.split(",")[5]) for line in archive.read(name).decode().splitlines()}
    return found


def test_spreads_at_the_money(wide: Quotes, tight: Quotes) -> None:
    assert [np.median(b) for b in wide.width] == pytest.approx([0.11, 0.16, 0.19, 0.21, 0.23], abs=0.025)
    assert [np.median(b) for b in wide.share] == pytest.approx([0.23, 0.16, 0.12, 0.11, 0.08], abs=0.035)
    # AAPL 2015: 3 2 4 2 2 %; only at the last days left, with little premium, is our liquid name wider
    assert all(np.median(b) < 0.05 for b in tight.share[1:])
    assert np.median(tight.share[0]) < 0.08


def test_zero_bids_out_of_the_money(wide: Quotes) -> None:
    shares = [float(np.mean(b)) for b in wide.zero[:4]]
    assert shares == pytest.approx([0.89, 0.53, 0.18, 0.03], abs=0.11)
    assert all(near > far for near, far in pairwise(shares))


def test_volume_at_the_money(wide: Quotes, tight: Quotes) -> None:
    assert [np.mean(b) for b in wide.volume] == pytest.approx([31, 14, 9, 22, 21], rel=0.45)
    assert all(0.1 < np.mean(np.array(b) == 0) < 0.8 for b in wide.volume)  # YUM 0.29 .. 0.74
    assert all(np.median(b) > 150 for b in tight.volume)  # AAPL 180 .. 18,200


def test_monthlies_beat_weeklies_of_the_same_age(small_market: Path) -> None:
    totals: dict[bool, list[int]] = {True: [], False: []}
    with zipfile.ZipFile(lean_folder.option_path(small_market, "zqal", 2017, "openinterest")) as archive:
        for name in archive.namelist():
            expiry = day_of(name[-12:-4])
            for line in archive.read(name).decode().splitlines():
                if 14 <= (expiry - day_of(line[:8])).days <= 35:
                    totals[15 <= expiry.day <= 21].append(int(line.split(",")[1]))
    assert np.mean(totals[True]) > 2 * np.mean(totals[False])
