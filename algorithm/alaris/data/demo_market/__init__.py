"""The embedded demo market: a LEAN data folder of invented companies, from a seeded scheduled-jump model."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from math import log1p
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alaris.data import lean_folder, lean_writer
from alaris.data.demo_market import chains, schedule, shares, surface
from alaris.data.demo_market.names import COMPANIES, MOST_COMPANIES, Company, companies
from alaris.data.market_hours import us_calendar, us_database
from alaris.domain import InvalidInput

VERSION = 5  # raised with each change of the written bytes, so that `ensure` writes anew
SEED = 20170209
FIRST_BAR, FIRST_CHAIN = date(2015, 9, 1), date(2017, 1, 3)
LAST_SESSIONS = (date(2017, 12, 29), date(2018, 12, 31), date(2019, 12, 31))  # of a market of one, two and three years
LAST = LAST_SESSIONS[0]
LISTED_SINCE = date(2010, 1, 4)
BENCHMARK = "spy"  # LEAN's default benchmark; here the demo market's own synthetic index
RATES = (
    *(("2015-01-01", 0.75), ("2015-12-17", 1.00), ("2016-12-15", 1.25), ("2017-03-16", 1.50), ("2017-06-15", 1.75), ("2017-12-14", 2.00)),
    *(("2018-03-22", 2.25), ("2018-06-14", 2.50), ("2018-09-27", 2.75), ("2018-12-20", 3.00)),
    *(("2019-08-01", 2.75), ("2019-09-19", 2.50), ("2019-10-31", 2.25)),
)
QUOTED_RATE = log1p(0.015)  # one rate for all quotes: the year's middle; rho is the least of an option's worries
PROPERTIES = """market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,market_ticker,\
minimum_order_size,price_magnifier,strike_multiplier

usa,[*],equity,,USD,1,0.01,1
usa,[*],option,,USD,100,0.01,1
"""


@dataclass(frozen=True, slots=True)
class DemoMarket:
    """What was written."""

    folder: Path
    seed: int
    symbols: tuple[str, ...]
    sessions: int
    contracts: int
    option_rows: int
    reports: int


def write(folder: Path, *, seed: int = SEED, symbols: int = len(COMPANIES), years: int = 1, depth: int = 1) -> DemoMarket:
    """Write the demo market as a LEAN data folder; equal arguments give equal bytes.

    Parameters
    ----------
    folder : Path
        Created where absent; files of the same name are replaced.
    seed : int
        Any number >= 0; each company has its own stream, so fewer `symbols` are the first ones unchanged.
    symbols : int
        1 to 200 companies; after the twenty come namesakes with the same traits.
    years : int
        1 to 3 years of chains from 2017 on. Another number of years is another market: its random numbers fall otherwise.
    depth : int
        How many times the usual number of strikes is listed.

    Raises
    ------
    InvalidInput
        If an argument is out of range.
    """
    _check(seed=(seed, None), symbols=(symbols, MOST_COMPANIES), years=(years, len(LAST_SESSIONS)), depth=(depth, None))
    last = LAST_SESSIONS[years - 1]
    exchange = us_calendar(last.year + 1)
    dates = exchange.sessions(FIRST_BAR, last)
    world = shares.market(exchange, dates, _stream(seed, 0))
    _write_common(folder, shares.index_bars(world, _stream(seed, 1)), last)
    seasons = schedule.SEASONS + schedule.SEASONS_A_YEAR * (years - 1)
    listed = companies(symbols, depth)
    calendar, dividends, contracts, rows = [schedule.HEADER], [shares.DIVIDENDS_HEADER], 0, 0
    for number, company in enumerate(listed):
        size, quoted, told, declared = _write_company(folder, company, world, seasons, _stream(seed, number + 2))
        contracts, rows = contracts + size, rows + quoted
        calendar, dividends = calendar + told, dividends + declared
    lean_folder.earnings_path(folder).parent.mkdir(parents=True, exist_ok=True)
    lean_folder.earnings_path(folder).write_text("".join(calendar), encoding="ascii")
    lean_folder.announced_dividends_path(folder).write_text("".join(dividends), encoding="ascii")
    _write_marker(folder, seed, listed)
    tickers = tuple(company.ticker.upper() for company in listed)
    return DemoMarket(folder, seed, tickers, len(exchange.sessions(FIRST_CHAIN, last)), contracts, rows, seasons * symbols)


def _check(**arguments: tuple[int, int | None]) -> None:
    """Refuse what is under 1 (a seed may be 0) or above its limit."""
    for name, (value, most) in arguments.items():
        least = 0 if name == "seed" else 1
        if most is not None and not least <= value <= most:
            raise InvalidInput(name, f"{value} is not between {least} and {most}")
        if value < least:
            raise InvalidInput(name, f"{value} is too small; use {least} or more")


def ensure(cache_folder: Path) -> Path:
    """Folder of the demo market under `cache_folder`, written on the first call and reused afterwards.

    The folder appears whole or not at all: it is written beside its place and renamed.
    """
    target = cache_folder / f"demo-market-{VERSION}-{SEED}"
    if (target / lean_folder.MARKER).exists():
        return target
    cache_folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="demo-market-", dir=cache_folder))
    try:
        write(draft)
        draft.replace(target)
    except OSError:
        if not (target / lean_folder.MARKER).exists():  # else another process was first, and its folder is as good
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _stream(seed: int, number: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number])))


def _write_company(
    folder: Path, company: Company, world: shares.Market, seasons: int, generator: np.random.Generator
) -> tuple[int, int, list[str], list[str]]:
    found = schedule.reports(company, world.exchange, generator, seasons)
    stock = shares.share(company, found, world, generator)
    lean_writer.write_daily_bars(folder, company.ticker, stock.bars)
    lean_writer.write_map_file(folder, company.ticker, LISTED_SINCE)
    lean_writer.write_factor_file(folder, company.ticker, shares.factor_rows(stock))
    bars = _since(stock.bars, FIRST_CHAIN)
    last = world.dates[-1]
    listed = surface.expiries(company.listing, world.exchange, FIRST_CHAIN, last)
    year = surface.Year(company, stock, found, listed, world.exchange, bars.dates)
    quoted = chains.Market(bars.close / 100, surface.at_the_money(year, generator), _dividends_ahead(year), QUOTED_RATE)
    contracts, rows = chains.chain(year, quoted, generator)
    for sessions, of_year in _by_year(bars.dates, rows):
        lean_writer.write_options(folder, company.ticker, sessions, contracts, of_year)
    lean_writer.write_universes(folder, company.ticker, bars, contracts, rows)
    told = schedule.calendar_rows(company, found, last)
    return contracts.strike.size, rows.contract.size, told, shares.dividend_rows(company.ticker, stock)


def _by_year(dates: Sequence[date], rows: lean_writer.OptionRows) -> Iterator[tuple[Sequence[date], lean_writer.OptionRows]]:
    """Sessions and rows of each calendar year: LEAN keeps daily options in one archive a year."""
    for year in sorted({day.year for day in dates}):
        inside = [number for number, day in enumerate(dates) if day.year == year]
        first, end = inside[0], inside[-1] + 1
        kept = (rows.session >= first) & (rows.session < end)
        columns = {column.name: getattr(rows, column.name)[kept] for column in fields(rows)}
        yield dates[first:end], lean_writer.OptionRows(**(columns | {"session": columns["session"] - first}))


def _dividends_ahead(year: surface.Year) -> NDArray[np.float64]:
    """Dividends with an ex-date after each session and up to each expiry, shape (e, n); next year's are expected as this year's."""
    days = [day for day, _ in year.stock.dividends]
    days += [days[-1] + shares.EX_EVERY * ahead for ahead in (1, 2)] if days else []
    ahead = np.zeros((len(year.expiries.dates), len(year.sessions)))
    for day in days:
        reached = [last >= day for last in year.expiries.dates]
        ahead += year.company.dividend * np.outer(reached, [session < day for session in year.sessions])
    return ahead


def _since(bars: lean_writer.SessionBars, first: date) -> lean_writer.SessionBars:
    start = bars.dates.index(first)
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    return lean_writer.SessionBars.of(bars.dates[start:], [column[start:] for column in columns])


def _write_common(folder: Path, index: lean_writer.SessionBars, last: date) -> None:
    lean_writer.write_daily_bars(folder, BENCHMARK, index)
    lean_writer.write_map_file(folder, BENCHMARK, LISTED_SINCE, "P")
    lean_writer.write_factor_file(folder, BENCHMARK, [])
    rates = "".join(f"{day},{rate:.2f}\n" for day, rate in RATES if day <= f"{last}")
    for path, content in (
        (lean_folder.market_hours_path(folder), json.dumps(us_database(last.year + 1), indent=1)),
        (lean_folder.symbol_properties_path(folder), PROPERTIES),
        (lean_folder.interest_rate_path(folder), f"DATE,PCREDIT8\n{rates}"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="ascii")


def _write_marker(folder: Path, seed: int, listed: Sequence[Company]) -> None:
    names = {company.ticker.upper(): company.name for company in listed}
    origin = "Alaris demo market: invented companies, simulated prices"
    marker = {"synthetic": True, "seed": seed, "version": VERSION, "origin": origin, "benchmark": BENCHMARK.upper(), "symbols": names}
    (folder / lean_folder.MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="ascii")
