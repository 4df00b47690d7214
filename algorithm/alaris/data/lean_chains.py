"""Chains between our table and LEAN's daily option files: quotes, trades, open interest and universes, nothing lost on the way."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from math import isnan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alaris.data.chain_table import ChainTable, closes, table
from alaris.data.lean_folder import SCALE, UNREADABLE, option_path, universe_folder
from alaris.data.lean_writer import UNIVERSE_HEADER
from alaris.data.zip_archive import write_zip
from alaris.domain import DataError

DAYS, PERCENT = 365.0, 100.0  # LEAN's universe files tell theta a day, vega and rho for 0.01 of change
SIZE = 1  # where a vendor tells no size: the least that a firm quote stands for
KINDS = ("quote", "trade", "openinterest")
GREEKS = ("delta", "gamma", "vega", "theta", "rho")
UNITS = {"delta": 1.0, "gamma": 1.0, "vega": PERCENT, "theta": DAYS, "rho": PERCENT}
Row = tuple[int, int, bool, int]  # session and expiry as 20170209, call, strike times 10,000


def write_chains(folder: Path, chains: ChainTable) -> int:
    """Write one observation a session into a LEAN folder; how many rows. The years and sessions of the table replace those there.

    Where a contract traded and the vendor tells the price, a trade bar says it; without a price only the universe file says the volume.
    The underlying's line of a universe file has the spot at which the chain stood, since a chain tells no other price and no share volume.

    Raises
    ------
    DataError
        A session has several observations.
    """
    ordered = chains.where(np.lexsort((chains.observed_at, chains.is_call, chains.strike, chains.expiry)))
    ticker, session = chains.symbol.lower(), ordered.session
    _require_one_a_session(folder, ordered, session)
    years = session.astype("datetime64[Y]").astype(int) + 1970
    for year in np.unique(years):
        for kind in KINDS:
            part = ordered.where(years == year)
            write_zip(option_path(folder, ticker, int(year), kind), _entries(part, session[years == year], ticker, kind))
    _write_universes(universe_folder(folder, ticker), ordered, session)
    return len(ordered)


def read_chains(folder: Path, ticker: str, source: str = "lean") -> ChainTable:
    """All daily option rows of one underlying, known from the close of their session.

    Raises
    ------
    DataError
        Naming the file and line of what cannot be read.
    """
    quotes = dict(_archive_rows(folder, ticker, "quote"))
    trades, interest = (dict(_archive_rows(folder, ticker, kind)) for kind in ("trade", "openinterest"))
    listed, spots = _universes(universe_folder(folder, ticker))
    keys = sorted(set(quotes) | set(listed))
    if not keys:
        raise DataError(option_path(folder, ticker, 0, "quote"), f"no daily option rows of {ticker.upper()} in this folder")
    day, expiry = (_dates(folder, [key[place] for key in keys]) for place in (0, 1))
    told = np.array([listed.get(key, (np.nan,) * 8) for key in keys])
    sides = np.array([quotes.get(key, ("",) * 10) for key in keys])
    stood = closes(day)
    columns = {
        "observed_at": stood,
        "available_at": stood,
        "expiry": expiry,
        "is_call": np.array([key[2] for key in keys]),
        "strike": np.array([key[3] for key in keys]) / SCALE,
        "bid": _prices(sides[:, 3]),
        "ask": _prices(sides[:, 8]),
        "last": _prices(np.array([trades[key][3] if key in trades else "" for key in keys])),
        "spot": np.array([spots.get(key[0], np.nan) for key in keys]),
        "volume": _either(told[:, 0], [trades[key][4] if key in trades else "" for key in keys]),
        "open_interest": _either(told[:, 1], [interest[key][0] if key in interest else "" for key in keys]),
        "implied_volatility": told[:, 2],
        **{name: told[:, 3 + place] * UNITS[name] for place, name in enumerate(GREEKS)},
        "source": np.full(len(keys), source),
    }
    return table(ticker.upper(), columns).ordered()


def _either(told: NDArray[np.float64], texts: Sequence[str]) -> NDArray[np.float64]:
    return np.where(np.isfinite(told), told, np.array([float(text) if text else np.nan for text in texts]))


def _prices(texts: NDArray[np.str_]) -> NDArray[np.float64]:
    return np.where(texts == "", "nan", texts).astype(float) / SCALE


def _require_one_a_session(folder: Path, chains: ChainTable, session: NDArray[np.datetime64]) -> None:
    keys = [session, chains.expiry, chains.strike, chains.is_call]
    order = np.lexsort(keys)
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in keys:
        same &= column[order][1:] == column[order][:-1]
    if same.any():
        day = session[order][int(same.argmax())]
        raise DataError(folder, f"{chains.symbol} has several observations on {day}; LEAN's daily files hold one, name one source or time")


def _entries(chains: ChainTable, session: NDArray[np.datetime64], ticker: str, kind: str) -> Iterator[tuple[str, bytes]]:
    stamps = [f"{day:%Y%m%d} 00:00" for day in session.astype(object)]
    lines = {"quote": _quotes, "trade": _trades, "openinterest": _interest}[kind](chains, stamps)
    days = [f"{day:%Y%m%d}" for day in chains.expiry.astype(object)]
    strikes = np.rint(chains.strike * SCALE).astype(np.int64).tolist()
    sides = np.where(chains.is_call, "call", "put").tolist()
    named = [f"{ticker}_{kind}_american_{side}_{strike}_{day}.csv" for side, strike, day in zip(sides, strikes, days, strict=True)]
    for name, rows in groupby(zip(named, lines, strict=True), key=lambda row: row[0]):
        text = "".join(line for _, line in rows if line)
        if text:
            yield name, text.encode("ascii")


def _quotes(chains: ChainTable, stamps: Sequence[str]) -> list[str]:
    sides = [[f"{p},{p},{p},{p},{SIZE}" if p >= 0 else ",,,,0" for p in _scaled(price)] for price in (chains.bid, chains.ask)]
    return [f"{stamp},{bid},{ask}\n" for stamp, bid, ask in zip(stamps, *sides, strict=True)]


def _trades(chains: ChainTable, stamps: Sequence[str]) -> list[str]:
    rows = zip(stamps, _scaled(chains.last), chains.volume.tolist(), strict=True)
    return [f"{stamp},{p},{p},{p},{p},{volume:.0f}\n" if volume > 0 and p > 0 else "" for stamp, p, volume in rows]


def _interest(chains: ChainTable, stamps: Sequence[str]) -> list[str]:
    return [f"{stamp},{held:.0f}\n" if held >= 0 else "" for stamp, held in zip(stamps, chains.open_interest.tolist(), strict=True)]


def _scaled(prices: NDArray[np.float64]) -> list[int]:
    whole: list[int] = np.where(prices > 0, np.rint(np.nan_to_num(prices) * SCALE), -1).astype(np.int64).tolist()
    return whole


def _write_universes(target: Path, chains: ChainTable, session: NDArray[np.datetime64]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for day in np.unique(session):
        part = chains.where(session == day)
        spot = f"{part.spot[0]:.10g}"
        head = f"{UNIVERSE_HEADER},,,{spot},{spot},{spot},{spot},0,,,,,,,\n"
        (target / f"{day.astype(object):%Y%m%d}.csv").write_text(head + "".join(_listed(part)), encoding="ascii")


def _listed(chains: ChainTable) -> Iterator[str]:
    mids = (chains.bid + chains.ask) / 2
    greeks = [getattr(chains, name) / UNITS[name] for name in GREEKS]
    columns = (mids, chains.volume, chains.open_interest, chains.implied_volatility, *greeks)
    texts = zip(*([_text(number) for number in column.tolist()] for column in columns), strict=True)
    days = [f"{day:%Y%m%d}" for day in chains.expiry.astype(object)]
    for day, strike, call, (mid, *rest) in zip(days, chains.strike.tolist(), chains.is_call.tolist(), texts, strict=True):
        yield f"{day},{strike:.10g},{'C' if call else 'P'},{mid},{mid},{mid},{mid},{','.join(rest)}\n"


def _text(number: float) -> str:
    """The shortest digits that read back as the same number, without an exponent; nothing for NaN."""
    return "" if isnan(number) else np.format_float_positional(number, trim="-")


def _archive_rows(folder: Path, ticker: str, kind: str) -> Iterator[tuple[Row, list[str]]]:
    pattern = option_path(folder, ticker, 0, kind)
    for path in sorted(pattern.parent.glob(pattern.name.replace("_0_", "_[0-9][0-9][0-9][0-9]_"))):
        try:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield from _entry_rows(path, name, archive.read(name).decode("ascii"))
        except UNREADABLE as error:
            raise DataError(path, f"cannot be read ({error}); fetch or write the file again") from error


def _entry_rows(path: Path, name: str, text: str) -> Iterator[tuple[Row, list[str]]]:
    try:
        _, _, _, side, strike, expiry = name.removesuffix(".csv").split("_")
        contract = (int(expiry), side == "call", int(strike))
        for line in text.splitlines():
            stamp, *fields = line.split(",")
            yield (int(stamp[:8]), *contract), fields
    except ValueError as error:
        raise DataError(path, f"entry {name}: {error}") from error


def _universes(target: Path) -> tuple[dict[Row, tuple[float, ...]], dict[int, float]]:
    listed: dict[Row, tuple[float, ...]] = {}
    spots: dict[int, float] = {}
    for path in sorted(target.glob("[0-9]*.csv")):
        try:
            day = int(path.stem)
            _, underlying, *lines = path.read_text(encoding="utf-8-sig").splitlines()
            spots[day] = float(underlying.split(",")[6])
            for line in lines:
                expiry, strike, right, *rest = line.split(",")
                numbers = tuple(float(text) if text else np.nan for text in rest[4:])
                listed[day, int(expiry), right == "C", round(float(strike) * SCALE)] = numbers
        except (OSError, ValueError, IndexError) as error:
            raise DataError(path, f"cannot be read ({error}); write the file again") from error
    return listed, spots


def _dates(folder: Path, stamps: Sequence[int]) -> NDArray[np.datetime64]:
    """Dates of numbers like 20170209."""
    distinct, place = np.unique(np.array(stamps), return_inverse=True)
    try:
        days = [date(stamp // 10_000, stamp // 100 % 100, stamp % 100) for stamp in distinct.tolist()]
    except ValueError as error:
        raise DataError(folder, f"an option file names a day that is none ({error})") from error
    return np.array(days, dtype="datetime64[D]")[place]
