"""Chains between our table and LEAN's daily option files: quotes, trades, open interest and universes, nothing lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import groupby, pairwise
from math import isnan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alaris.data.chain_table import ChainTable, closes, table
from alaris.data.lean_folder import SCALE, option_path, universe_folder
from alaris.data.lean_rows import (
    DAY_BITS,
    OptionRows,
    contract_codes,
    days_of,
    no_rows,
    number_grid,
    of_codes,
    option_rows,
    positions,
    row_keys,
)
from alaris.data.lean_writer import UNIVERSE_HEADER
from alaris.data.zip_archive import write_zip
from alaris.domain import DataError

DAYS, PERCENT = 365.0, 100.0  # LEAN's universe files tell theta a day, vega and rho for 0.01 of change
SIZE = 1  # where a vendor tells no size: the least that a firm quote stands for
KINDS = ("quote", "trade", "openinterest")
GREEKS = ("delta", "gamma", "vega", "theta", "rho")
UNITS = {"delta": 1.0, "gamma": 1.0, "vega": PERCENT, "theta": DAYS, "rho": PERCENT}
NUMBERS = {"quote": 10, "trade": 5, "openinterest": 1, "universe": 8}  # columns after time or contract
PRICES_OF_UNIVERSE = ("open", "high", "low", "close")
FARTHEST = 1e8  # an expiry is eight digits, a strike less


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
            write_entries(option_path(folder, ticker, int(year), kind), _entries(part, session[years == year], ticker, kind))
    write_universes(universe_folder(folder, ticker), ordered, session)
    return len(ordered)


def read_chains(folder: Path, ticker: str, source: str = "lean") -> ChainTable:
    """All daily option rows of one underlying, known from the close of their session.

    Raises
    ------
    DataError
        Naming the file and line of what cannot be read.
    """
    quotes, trades, interest = (_archives(folder, ticker, kind) for kind in KINDS)
    told, spots = _universes(universe_folder(folder, ticker))
    contracts = np.unique(np.concatenate([rows.contract for rows in (quotes, trades, interest, told)]))
    keys = np.unique(np.concatenate([row_keys(contracts, rows) for rows in (quotes, told)]))
    if not len(keys):
        raise DataError(option_path(folder, ticker, 0, "quote"), f"no daily option rows of {ticker.upper()} in this folder")
    expiry, is_call, strike = of_codes(contracts[keys >> DAY_BITS])
    day = keys & ((1 << DAY_BITS) - 1)
    quoted, traded, held, listed = (_placed(keys, contracts, rows) for rows in (quotes, trades, interest, told))
    stood = closes(day.astype("datetime64[D]"))
    spot, known = positions(spots[0], day)
    columns = {
        "observed_at": stood,
        "available_at": stood,
        "expiry": expiry,
        "is_call": is_call,
        "strike": strike,
        "bid": quoted[:, 3] / SCALE,
        "ask": quoted[:, 8] / SCALE,
        "last": traded[:, 3] / SCALE,
        "spot": np.where(known, spots[1][spot], np.nan) if len(spots[0]) else np.full(len(keys), np.nan),
        "volume": np.where(np.isfinite(listed[:, 0]), listed[:, 0], traded[:, 4]),
        "open_interest": np.where(np.isfinite(listed[:, 1]), listed[:, 1], held[:, 0]),
        "implied_volatility": listed[:, 2],
        **{name: listed[:, 3 + place] * UNITS[name] for place, name in enumerate(GREEKS)},
        "source": np.full(len(keys), source),
    }
    return table(ticker.upper(), columns).ordered()


def _placed(keys: NDArray[np.int64], contracts: NDArray[np.int64], rows: OptionRows) -> NDArray[np.float64]:
    """Numbers of rows at the place of their key; NaN where there is no row, and of two rows the later."""
    placed = np.full((len(keys), rows.numbers.shape[1]), np.nan)
    place, known = positions(keys, row_keys(contracts, rows))
    placed[place[known]] = rows.numbers[known]
    return placed


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
    lines = lines_of(kind)(chains, stamps)
    named = [f"{ticker}_{kind}_american_{contract}.csv" for contract in contract_names(chains)]
    for name, rows in groupby(zip(named, lines, strict=True), key=lambda row: row[0]):
        text = "".join(line for _, line in rows if line)
        if text:
            yield name, text.encode("ascii")


def write_entries(path: Path, entries: Iterable[tuple[str, bytes]]) -> None:
    """Write an archive; where there is no entry, none, and one that was there is gone."""
    listed = list(entries)
    if listed:
        write_zip(path, listed)
    else:
        path.unlink(missing_ok=True)


def lines_of(kind: str) -> Callable[[ChainTable, Sequence[str]], list[str]]:
    """The function that writes a table's lines of a kind, one a row, under the stamps of their times; an empty one where there is none."""
    return {"quote": _quotes, "trade": _trades, "openinterest": _interest}[kind]


def contract_names(chains: ChainTable) -> list[str]:
    """Each row's contract as LEAN's entries name it: call_500000_20170317."""
    days = [f"{day:%Y%m%d}" for day in chains.expiry.astype(object)]
    strikes = np.rint(chains.strike * SCALE).astype(np.int64).tolist()
    sides = np.where(chains.is_call, "call", "put").tolist()
    return [f"{side}_{strike}_{day}" for side, strike, day in zip(sides, strikes, days, strict=True)]


def _quotes(chains: ChainTable, stamps: Sequence[str]) -> list[str]:
    sides = [[f"{p},{p},{p},{p},{SIZE}" if p >= 0 else ",,,,0" for p in _scaled(price)] for price in (chains.bid, chains.ask)]
    return [f"{stamp},{bid},{ask}\n" for stamp, bid, ask in zip(stamps, *sides, strict=True)]


def _trades(chains: ChainTable, stamps: Sequence[str]) -> list[str]:
    rows = zip(stamps, _scaled(chains.last), chains.volume.tolist(), strict=True)
    return [f"{stamp},{p},{p},{p},{p},{max(0, volume):.0f}\n" if p > 0 else "" for stamp, p, volume in rows]


def _interest(chains: ChainTable, stamps: Sequence[str]) -> list[str]:
    return [f"{stamp},{held:.0f}\n" if held >= 0 else "" for stamp, held in zip(stamps, chains.open_interest.tolist(), strict=True)]


def _scaled(prices: NDArray[np.float64]) -> list[int]:
    whole: list[int] = np.where(prices > 0, np.rint(np.nan_to_num(prices) * SCALE), -1).astype(np.int64).tolist()
    return whole


def write_universes(target: Path, chains: ChainTable, session: NDArray[np.datetime64]) -> None:
    """Write one universe file a session, of tables with one observation a session."""
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


def _archives(folder: Path, ticker: str, kind: str) -> OptionRows:
    """Rows of all years."""
    pattern = option_path(folder, ticker, 0, kind)
    paths = sorted(pattern.parent.glob(pattern.name.replace("_0_", "_[0-9][0-9][0-9][0-9]_")))
    return _stacked([option_rows(path, NUMBERS[kind]) for path in paths], NUMBERS[kind])


def _stacked(parts: Sequence[OptionRows], columns: int) -> OptionRows:
    whole = [no_rows(columns), *parts]
    return OptionRows(*(np.concatenate([getattr(part, field.name) for part in whole]) for field in fields(OptionRows)))


def _universes(target: Path) -> tuple[OptionRows, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Contracts of all sessions with volume, open interest, volatility and Greeks; and the spot of each session."""
    parts, days, spots = [], [], []
    for path in sorted(target.glob("[0-9]*.csv")):
        text = _universe_text(path)
        _, _, body = text.partition("\n")
        underlying, _, contracts = body.partition("\n")
        day = int(days_of(path, np.array([int(path.stem)]))[0])
        days.append(day)
        spots.append(_spot(path, underlying))
        if contracts.strip():
            parts.append(_listed_rows(path, contracts.rstrip("\n"), day))
    return _stacked(parts, NUMBERS["universe"]), (np.array(days, dtype=np.int64), np.array(spots, dtype=float))


def listed_of_days(target: Path) -> dict[int, OptionRows]:
    """What universe files say of each contract, by day (days since 1970)."""
    told, _ = _universes(target)
    edges = np.flatnonzero(np.concatenate([[True], told.day[1:] != told.day[:-1], [True]])) if len(told.day) else np.array([0])
    parts = {int(told.day[first]): slice(first, last) for first, last in pairwise(edges.tolist())}
    return {day: OptionRows(*(getattr(told, field.name)[part] for field in fields(OptionRows))) for day, part in parts.items()}


def _universe_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise DataError(path, f"cannot be read ({error}); write the file again") from error


def _spot(path: Path, underlying: str) -> float:
    cells = underlying.split(",")
    try:
        return float(cells[6])
    except (ValueError, IndexError):
        raise DataError(path, "its second line is not that of the underlying, with a price", line=2) from None


def _listed_rows(path: Path, text: str, day: int) -> OptionRows:
    lines = text.count("\n") + 1
    columns = 3 + len(PRICES_OF_UNIVERSE) + NUMBERS["universe"]
    if text.count(",") != lines * (columns - 1) or text.count(",C,") + text.count(",P,") != lines:
        raise DataError(path, f"a line has not the {columns} columns of an option universe, or neither C nor P")
    packed = text.replace(",C,", ",1,").replace(",P,", ",0,").encode("ascii", "replace")
    grid = number_grid(path, packed, columns)
    if not np.isfinite(grid[:, :3]).all() or (np.abs(grid[:, :2]) > FARTHEST).any():
        raise DataError(path, "a line names no contract")
    expiry = days_of(path, grid[:, 0].astype(np.int64))
    code = contract_codes(path, expiry, grid[:, 2] == 1, np.rint(grid[:, 1] * SCALE).astype(np.int64))
    return OptionRows(code, np.full(lines, day), np.zeros(lines, np.int64), grid[:, 3 + len(PRICES_OF_UNIVERSE) :])
