"""Chains between our table and LEAN's minute option files: each observation is the minute bar that ends with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alaris.data import lean_chains
from alaris.data.chain_table import ChainTable, aware, instant, joined, table
from alaris.data.lean_chains import GREEKS, KINDS, NUMBERS, UNITS
from alaris.data.lean_folder import SCALE, file_name, universe_folder
from alaris.data.lean_rows import OptionRows, number_grid, of_codes, option_rows, positions, unpacked
from alaris.data.zip_archive import write_zip
from alaris.domain import NEW_YORK, DataError

MINUTE = timedelta(minutes=1)
MINUTE_MILLISECONDS = 60_000
CODE_AND_MINUTE = 1_440


def write_minute_chains(folder: Path, chains: ChainTable) -> int:
    """Write every observation into a LEAN folder's minute files, with the share's price; how many rows. Its days replace those there.

    The whole session's volume stands in the one bar of the last trade that is known, since a snapshot does not say when its trades were.
    A minute file of the share that is there already stays.

    Raises
    ------
    DataError
        A contract was observed twice in one minute.
    """
    ordered = chains.where(np.lexsort((chains.observed_at, chains.is_call, chains.strike, chains.expiry)))
    session, ticker = ordered.session, chains.symbol.lower()
    starts = _milliseconds(ordered.observed_at)
    _require_distinct(folder, ordered, starts)
    for day in np.unique(session):
        here = session == day
        part, stamps = ordered.where(here), [str(start) for start in starts[here].tolist()]
        named = f"{day.astype(object):%Y%m%d}"
        for kind in KINDS:
            lines = lean_chains.lines_of(kind)(part, stamps)
            target = option_minutes(folder, ticker) / f"{named}_{kind}_american.zip"
            lean_chains.write_entries(target, _entries(part, f"{named}_{ticker}_minute_{kind}_american", lines))
        _write_share(share_minutes(folder, ticker) / f"{named}_trade.zip", f"{named}_{ticker}_minute_trade.csv", part, starts[here])
    last = _last_of_sessions(ordered, session)
    lean_chains.write_universes(universe_folder(folder, ticker), ordered.where(last), session[last])
    return len(ordered)


def read_minute_chains(folder: Path, ticker: str, source: str = "lean") -> ChainTable:
    """All minute option rows of one underlying, each known at the end of its minute; Greeks and volumes from the session's universe.

    Raises
    ------
    DataError
        Naming the file and entry of what cannot be read.
    """
    paths = sorted(option_minutes(folder, ticker).glob("[0-9]*_quote_american.zip"))
    listed = lean_chains.listed_of_days(universe_folder(folder, ticker))
    tables = [_day(folder, ticker, path, listed, source) for path in paths]
    if not tables:
        raise DataError(option_minutes(folder, ticker), f"no minute option rows of {ticker.upper()} in this folder")
    return joined(tables).ordered()


def option_minutes(folder: Path, ticker: str) -> Path:
    """Folder of an underlying's minute option archives."""
    return folder / "option" / "usa" / "minute" / file_name(folder, ticker)


def share_minutes(folder: Path, ticker: str) -> Path:
    """Folder of a share's minute archives."""
    return folder / "equity" / "usa" / "minute" / file_name(folder, ticker)


def _day(folder: Path, ticker: str, path: Path, listed: dict[int, OptionRows], source: str) -> ChainTable:
    day = _date(path)
    kinds = {kind: path.with_name(path.name.replace("_quote_", f"_{kind}_")) for kind in KINDS}
    rows = {kind: option_rows(one, NUMBERS[kind], day) for kind, one in kinds.items() if one.is_file()}
    quotes = rows["quote"]
    trades, interest = (_beside(quotes, rows.get(kind), NUMBERS[kind]) for kind in ("trade", "openinterest"))
    told = _of_day(quotes.contract, listed.get((day - date(1970, 1, 1)).days))
    expiry, is_call, strike = of_codes(quotes.contract)
    minutes, place = np.unique(quotes.milliseconds, return_inverse=True)
    ends = [datetime.combine(day, time(), NEW_YORK).replace(tzinfo=None) + timedelta(milliseconds=one) + MINUTE for one in minutes.tolist()]
    stood = np.array([instant(end.replace(tzinfo=NEW_YORK)) for end in ends], dtype="datetime64[us]")[place]
    columns = {
        "observed_at": stood,
        "available_at": stood,
        "expiry": expiry,
        "is_call": is_call,
        "strike": strike,
        "bid": quotes.numbers[:, 3] / SCALE,
        "ask": quotes.numbers[:, 8] / SCALE,
        "last": trades[:, 3] / SCALE,
        "spot": _share(share_minutes(folder, ticker) / f"{day:%Y%m%d}_trade.zip", minutes)[place],
        "volume": np.where(np.isfinite(told[:, 0]), told[:, 0], trades[:, 4]),
        "open_interest": np.where(np.isfinite(told[:, 1]), told[:, 1], interest[:, 0]),
        "implied_volatility": told[:, 2],
        **{name: told[:, 3 + number] * UNITS[name] for number, name in enumerate(GREEKS)},
        "source": np.full(len(strike), source),
    }
    return table(ticker.upper(), columns)


def _beside(quotes: OptionRows, rows: OptionRows | None, columns: int) -> NDArray[np.float64]:
    """Numbers of another kind at the same contract and minute; NaN where there are none."""
    placed = np.full((len(quotes.contract), columns), np.nan)
    if rows is None or not len(rows.contract):
        return placed
    codes = np.unique(rows.contract)
    keys = np.searchsorted(codes, rows.contract) * CODE_AND_MINUTE + rows.milliseconds // MINUTE_MILLISECONDS
    order = np.argsort(keys, kind="stable")
    code, known = positions(codes, quotes.contract)
    place, there = positions(keys[order], code * CODE_AND_MINUTE + quotes.milliseconds // MINUTE_MILLISECONDS)
    placed[known & there] = rows.numbers[order][place[known & there]]
    return placed


def _of_day(contracts: NDArray[np.int64], listed: OptionRows | None) -> NDArray[np.float64]:
    placed = np.full((len(contracts), NUMBERS["universe"]), np.nan)
    if listed is not None:
        order = np.argsort(listed.contract, kind="stable")
        place, known = positions(listed.contract[order], contracts)
        placed[known] = listed.numbers[order][place[known]]
    return placed


def _share(path: Path, minutes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Close of the share's bar that ends at or last before the end of each minute; NaN before the first."""
    if not path.is_file():
        return np.full(len(minutes), np.nan)
    ((name, content),) = unpacked(path)
    text = content.rstrip(b"\r\n").replace(b"\r\n", b"\n")
    if not text or text.count(b",") != 5 * (text.count(b"\n") + 1):
        raise DataError(path, f"entry {name}: a line has not 6 columns")
    grid = number_grid(path, text, 6)
    place = np.searchsorted(grid[:, 0], minutes, side="right") - 1
    return np.where(place >= 0, grid[place, 4] / SCALE, np.nan)


def _write_share(path: Path, name: str, chains: ChainTable, starts: NDArray[np.int64]) -> None:
    if path.is_file():
        return
    minutes, first = np.unique(starts, return_index=True)
    spots = np.rint(chains.spot[first] * SCALE).astype(np.int64).tolist()
    lines = [f"{start},{spot},{spot},{spot},{spot},0\n" for start, spot in zip(minutes.tolist(), spots, strict=True)]
    write_zip(path, [(name, "".join(lines).encode("ascii"))])


def _entries(chains: ChainTable, prefix: str, lines: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    named = (f"{prefix}_{contract}.csv" for contract in lean_chains.contract_names(chains))
    for name, rows in groupby(zip(named, lines, strict=True), key=lambda row: row[0]):
        text = "".join(line for _, line in rows if line)
        if text:
            yield name, text.encode("ascii")


def _milliseconds(moments: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Since midnight in New York: the start of the minute that ends at or first after each moment."""
    distinct, place = np.unique(moments, return_inverse=True)
    starts = []
    for moment in distinct:
        local = aware(moment).astimezone(NEW_YORK)
        seconds = local.hour * 3600 + local.minute * 60 + local.second + (local.microsecond > 0)
        starts.append((-(-seconds // 60) - 1) * MINUTE_MILLISECONDS)
    return np.array(starts, dtype=np.int64)[place]


def _require_distinct(folder: Path, chains: ChainTable, starts: NDArray[np.int64]) -> None:
    session = chains.session
    same = np.ones(max(len(chains) - 1, 0), dtype=bool)
    for column in (session, starts, chains.expiry, chains.strike, chains.is_call):
        same &= column[1:] == column[:-1]
    if same.any():
        raise DataError(folder, f"{chains.symbol} was observed twice in one minute of {session[int(same.argmax())]}; name one source")


def _last_of_sessions(chains: ChainTable, session: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Rows of each session's last observation."""
    days, place = np.unique(session, return_inverse=True)
    newest = np.array([chains.observed_at[session == day].max() for day in days])
    return np.asarray(chains.observed_at == newest[place])


def _date(path: Path) -> date:
    try:
        return datetime.strptime(path.name[:8], "%Y%m%d").date()  # noqa: DTZ007 - a calendar day has no time zone
    except ValueError:
        raise DataError(path, "is not named for a day") from None
