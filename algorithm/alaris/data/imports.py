"""Other people's files into the store or into a LEAN data folder: chains, daily bars, earnings calendars."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from alaris.data import lean_facts, lean_folder
from alaris.data.chain_table import ChainTable
from alaris.data.datasets import BARS, BILLS, CONTRACTS, DATASETS, DIVIDENDS, EARNINGS, RATES, SPLITS, Facts, facts
from alaris.data.lean_chains import write_chains
from alaris.data.lean_minutes import write_minute_chains
from alaris.data.market_hours import ruled_database
from alaris.data.store import Store
from alaris.data.zip_archive import write_zip
from alaris.domain import DataError
from alaris.plugins.earnings_csv import opened

PROPERTIES = """market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,market_ticker,\
minimum_order_size,price_magnifier,strike_multiplier

usa,[*],equity,,USD,1,0.01,1
usa,[*],option,,USD,100,0.01,1
"""
ALWAYS = date(1970, 1, 1), date(2100, 1, 1)
PRICES = ("open", "high", "low", "close")
Bar = tuple[float, float, float, float, float]  # open, high, low, close, volume


@dataclass(frozen=True, slots=True)
class Imported:
    """What one import brought: rows read, and rows that were new where that is known."""

    symbol: str
    kind: str
    rows: int
    new: int
    first: date
    last: date


def chains_into_store(chains: Sequence[ChainTable], folder: Path) -> list[Imported]:
    """Add tables to a store."""
    store = Store(folder)
    return [_told(one, "chains", store.add_chains(one)) for one in chains]


def chains_into_lean(chains: Sequence[ChainTable], folder: Path, *, minutes: bool = False) -> list[Imported]:
    """Write tables into a LEAN folder, daily or minute, with the databases that LEAN does not start without where they are missing."""
    written, write = [], write_minute_chains if minutes else write_chains
    for one in chains:
        written.append(_told(one, "chains", write(folder, one)))
        _list_symbol(folder, one.symbol)
    complete(folder)
    return written


def bars_into_lean(path: Path, folder: Path, symbols: Sequence[str] = ()) -> list[Imported]:
    """Daily bars of a CSV (symbol, date, open, high, low, close, volume) into a LEAN folder; other columns are not read.

    Raises
    ------
    DataError
        Naming file, line and column of what cannot be read.
    """
    by_symbol = _bars_of(path, symbols)
    written = []
    for symbol, bars in by_symbol.items():
        days = sorted(bars)
        content = "".join(_bar_line(day, bars[day]) for day in days).encode("ascii")
        write_zip(lean_folder.daily_bars_path(folder, symbol), [(f"{symbol.lower()}.csv", content)])
        _list_symbol(folder, symbol)
        written.append(Imported(symbol, "bars", len(days), len(days), days[0], days[-1]))
    complete(folder)
    return written


def bars_into_store(path: Path, store: Store, symbols: Sequence[str] = ()) -> list[Imported]:
    """Daily bars of such a CSV into a store, each known from 16:00 New York of its day."""
    done = []
    for symbol, bars in _bars_of(path, symbols).items():
        named = [
            {"day": day, **dict(zip((*PRICES, "volume"), bar, strict=True)), **lean_facts.known_at_close(day, path.name)}
            for day, bar in sorted(bars.items())
        ]
        made = facts(BARS, symbol, named)
        done.append(_counted(made, store.add(made)))
    return done


def calendar_into_store(path: Path, store: Store, symbols: Sequence[str] = ()) -> list[Imported]:
    """An earnings calendar into a store, every statement with the time from which it was known."""
    wanted, file = {symbol.upper() for symbol in symbols}, opened(path)
    found = [lean_facts.reports_of(file, symbol) for symbol in file.symbols if not wanted or symbol in wanted]
    return [_counted(one, store.add(one)) for one in found if len(one)]


def calendar_into_lean(path: Path, folder: Path, symbols: Sequence[str] = ()) -> list[Imported]:
    """An earnings calendar into a LEAN folder, where the product looks for it; raises DataError on a bad row."""
    wanted = {symbol.upper() for symbol in symbols}
    file = opened(path)
    rows: list[tuple[str, ...]] = []
    released = {"BEFORE_OPEN": "pre", "AFTER_CLOSE": "post", "UNKNOWN": ""}
    written = []
    for symbol in file.symbols:
        told = file.statements(symbol) if not wanted or symbol in wanted else []
        days = sorted(statement.event.report_date for statement in told)
        if days:
            written.append(Imported(symbol, "calendar", len(days), len(days), days[0], days[-1]))
        for one in told:
            event = one.event
            fields = (
                symbol,
                f"{event.report_date}",
                one.quarter,
                released[event.timing.name],
                event.source,
                event.available_at.isoformat(),
            )
            rows.append(fields)
    lean_facts.merge_calendar(folder, rows)
    return written


def store_into_lean(store: Store, folder: Path, symbols: Sequence[str], known_before: timedelta | None = None) -> list[Imported]:
    """All that a store holds of some symbols into a LEAN folder; `known_before` is that of `lean_facts.write_calendar`."""
    chains = [found for symbol in symbols if (found := store.chains(symbol, *ALWAYS)) is not None]
    return [*chains_into_lean(chains, folder), *facts_into_lean(store, folder, symbols, known_before)]


def facts_into_lean(store: Store, folder: Path, symbols: Sequence[str], known_before: timedelta | None = None) -> list[Imported]:
    """What a store holds beside chains into a LEAN folder: bars, factors, rates, calendar, dividends."""
    reports, dividends, written = [], [], []
    for symbol in symbols:
        found = {dataset: store.facts(dataset, symbol, *ALWAYS) for dataset in DATASETS.values()}
        if len(found[BARS]):
            lean_facts.write_bars(folder, found[BARS])
            lean_facts.write_factors(folder, found[BARS].newest(), found[DIVIDENDS], found[SPLITS])
            _list_symbol(folder, symbol)
        reports.append(found[EARNINGS])
        dividends.append(found[DIVIDENDS])
        written += [_counted(one) for one in found.values() if len(one) and one.dataset is not CONTRACTS]
    if any(map(len, reports)):
        lean_facts.write_calendar(folder, reports, known_before)
    if any(map(len, dividends)):
        lean_facts.write_announced(folder, dividends)
    rates = store.facts(RATES, BILLS, *ALWAYS)
    if len(rates):
        lean_facts.write_rates(folder, rates)
        written.append(_counted(rates))
    complete(folder)
    return written


def facts_into_store(folder: Path, store: Store, symbols: Sequence[str]) -> list[Imported]:
    """What a LEAN folder says beside chains into a store."""
    found = [one for symbol in symbols for one in lean_facts.read_facts(folder, symbol)]
    rates = lean_facts.read_rates(folder)
    return [_counted(one, store.add(one)) for one in [*found, rates] if len(one)]


def complete(folder: Path) -> None:
    """Add market hours and symbol properties where a folder lacks them."""
    for path, content in (
        (lean_folder.market_hours_path(folder), json.dumps(ruled_database(), indent=1)),
        (lean_folder.symbol_properties_path(folder), PROPERTIES),
    ):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="ascii")


def _list_symbol(folder: Path, symbol: str) -> None:
    """A map and a factor file without events, where there is none."""
    ticker = symbol.lower()
    for path, content in (
        (lean_folder.map_path(folder, ticker), f"{lean_facts.LISTED_SINCE:%Y%m%d},{ticker},N\n20501231,{ticker},N\n"),
        (lean_folder.factor_path(folder, ticker), f"{lean_facts.LISTED_SINCE:%Y%m%d},1,1,1\n20501231,1,1,0\n"),
    ):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="ascii")


def _counted(found: Facts, new: int | None = None) -> Imported:
    days = found[found.dataset.day]
    first, last = days.min().astype(object), days.max().astype(object)
    return Imported(found.symbol, found.dataset.name, len(found), len(found) if new is None else new, first, last)


def _told(chains: ChainTable, kind: str, new: int) -> Imported:
    session = chains.session
    first, last = (moment.astype(object) for moment in (session.min(), session.max()))
    return Imported(chains.symbol, kind, len(chains), new, first, last)


def _bars_of(path: Path, symbols: Sequence[str]) -> dict[str, dict[date, Bar]]:
    """Bars of a file by symbol and day."""
    wanted = {symbol.upper() for symbol in symbols}
    by_symbol: dict[str, dict[date, Bar]] = {}
    for line, row in _csv_rows(path, ("symbol", "date", *PRICES, "volume")):
        symbol = row["symbol"].strip().upper()
        if not wanted or symbol in wanted:
            lean_folder.file_name(path, symbol)
            day, bar = _bar(path, line, row)
            if by_symbol.setdefault(symbol, {}).setdefault(day, bar) != bar:
                raise DataError(path, f"lists {symbol} on {day} twice", line=line)
    return by_symbol


def _bar(path: Path, line: int, row: dict[str, str]) -> tuple[date, Bar]:
    try:
        day = date.fromisoformat(row["date"])
        opened_, high, low, close, volume = (float(row[name]) for name in (*PRICES, "volume"))
    except ValueError as error:
        raise DataError(path, f"a bar that cannot be read ({error})", line=line) from None
    if not (0 < low <= min(opened_, close) and max(opened_, close) <= high < 1e9 and 0 <= volume < 1e15):
        raise DataError(path, "a bar that cannot be: prices must be above zero, low and high at the ends, volume not negative", line=line)
    return day, (opened_, high, low, close, volume)


def _bar_line(day: date, bar: Bar) -> str:
    prices = ",".join(f"{price * lean_folder.SCALE:.0f}" for price in bar[:4])
    return f"{day:%Y%m%d} 00:00,{prices},{bar[4]:.0f}\n"


def _csv_rows(path: Path, required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip().lower() for name in next(reader, [])]
        rows = [(reader.line_num, row) for row in reader if row]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise DataError(path, f"cannot be read as CSV, plain or gzip ({error})") from error
    if missing := [name for name in required if name not in header]:
        raise DataError(path, f"no column {', '.join(missing)}", line=1)
    if odd := next((line for line, row in rows if len(row) != len(header)), None):
        raise DataError(path, f"not as many columns as the header's {len(header)}", line=odd)
    place = {name: header.index(name) for name in required}
    return [(line, {name: row[at] for name, at in place.items()}) for line, row in rows]
