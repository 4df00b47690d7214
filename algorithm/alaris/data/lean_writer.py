"""Write a LEAN data folder: daily bars, option quotes, trades, open interest and universes, in LEAN's own formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alaris.data import text_columns as text
from alaris.data.lean_folder import daily_bars_path, factor_path, map_path, option_path, universe_folder
from alaris.data.zip_archive import write_zip

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
UNIVERSE_HEADER = "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho\n"


@dataclass(frozen=True, slots=True)
class SessionBars:
    """Daily bars of one share; prices in whole cents, one row a session, shapes (n,)."""

    dates: Sequence[date]
    open: Integers
    high: Integers
    low: Integers
    close: Integers
    volume: Integers

    @classmethod
    def of(cls, dates: Sequence[date], columns: Sequence[Integers]) -> SessionBars:
        """Bars of the columns open, high, low, close and volume."""
        opening, high, low, close, volume = columns
        return cls(dates, opening, high, low, close, volume)


@dataclass(frozen=True, slots=True)
class Contracts:
    """Listed option contracts, shapes (c,); strikes in USD, `expiry` indexes `expiries`."""

    expiries: Sequence[date]
    expiry: Integers
    strike: Floats
    is_call: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OptionRows:
    """One row a contract and session, sorted by contract, then session; all shapes (n,).

    `bid` and `ask` are whole cents with 0 for no quote; `trade` is in cents where `volume` > 0. Volatility and Greeks are the
    universe file's: annualised volatility, theta a day, vega and rho for 0.01 of change.
    """

    contract: Integers
    session: Integers
    bid: Integers
    ask: Integers
    size: Integers
    trade: Integers
    volume: Integers
    open_interest: Integers
    volatility: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats


def write_daily_bars(folder: Path, ticker: str, bars: SessionBars) -> None:
    """Write `equity/usa/daily/<ticker>.zip`."""
    stamp = text.words([f"{day:%Y%m%d} 00:00" for day in bars.dates], np.arange(len(bars.dates)))
    prices = [text.whole(column * 100) for column in (bars.open, bars.high, bars.low, bars.close)]
    lines, _ = text.rows([stamp, *prices, text.whole(bars.volume)], ",,,,,\n")
    write_zip(daily_bars_path(folder, ticker), [(f"{ticker}.csv", lines)])


def write_map_file(folder: Path, ticker: str, first: date, exchange: str = "N") -> None:
    """Write a map file of a share that never changed its ticker."""
    path = map_path(folder, ticker)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{first:%Y%m%d},{ticker},{exchange}\n20501231,{ticker},{exchange}\n", encoding="ascii")


def write_factor_file(folder: Path, ticker: str, rows: Sequence[tuple[date, float, float, float]]) -> None:
    """Write a factor file; rows are (last session before the event, price factor, split factor, that session's close)."""
    lines = [f"{day:%Y%m%d},{price:.7f},{split:.7g},{reference:.2f}\n" for day, price, split, reference in rows]
    path = factor_path(folder, ticker)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines) + "20501231,1,1,0\n", encoding="ascii")


def write_options(folder: Path, ticker: str, sessions: Sequence[date], contracts: Contracts, rows: OptionRows) -> None:
    """Write the daily quote, trade and open-interest zips of one underlying for one calendar year of `sessions`."""
    stamps = text.words([f"{day:%Y%m%d} 00:00" for day in sessions], rows.session)
    year = sessions[0].year
    open_interest = text.rows([stamps, text.whole(rows.open_interest)], ",\n")
    for kind, (lines, starts), contract in (
        ("quote", _quotes(stamps, rows), rows.contract),
        ("trade", _trades(stamps, rows), rows.contract[rows.volume > 0]),
        ("openinterest", open_interest, rows.contract),
    ):
        names = _entry_names(ticker, kind, contracts)
        write_zip(option_path(folder, ticker, year, kind), _entries(names, contract, lines, starts))


def write_universes(folder: Path, ticker: str, bars: SessionBars, contracts: Contracts, rows: OptionRows) -> None:
    """Write one universe file a session: the underlying's bar, then each contract with its mid, volatility and Greeks."""
    order = np.argsort(rows.session, kind="stable")
    lines, starts = _universe_lines(contracts, rows, order)
    edges = np.searchsorted(rows.session[order], np.arange(len(bars.dates) + 1))
    target = universe_folder(folder, ticker)
    target.mkdir(parents=True, exist_ok=True)
    for number, day in enumerate(bars.dates):
        if edges[number] == edges[number + 1]:
            continue
        prices = ",".join(f"{column[number] / 100:.2f}" for column in (bars.open, bars.high, bars.low, bars.close))
        head = f"{UNIVERSE_HEADER},,,{prices},{bars.volume[number]},,,,,,,\n".encode("ascii")
        body = lines[starts[edges[number]] : starts[edges[number + 1]]]
        (target / f"{day:%Y%m%d}.csv").write_bytes(head + body)


def _quotes(stamps: text.Bytes, rows: OptionRows) -> tuple[bytes, Integers]:
    columns = [stamps]
    for price in (rows.bid, rows.ask):
        side = text.where(price > 0, text.whole(price * 100))
        columns += [side, side, side, side, text.whole(np.where(price > 0, rows.size, 0))]
    return text.rows(columns, "," * 10 + "\n")


def _trades(stamps: text.Bytes, rows: OptionRows) -> tuple[bytes, Integers]:
    traded = rows.volume > 0
    price = text.whole(rows.trade[traded] * 100)
    return text.rows([stamps[traded], price, price, price, price, text.whole(rows.volume[traded])], ",,,,,\n")


def _entry_names(ticker: str, kind: str, contracts: Contracts) -> list[str]:
    days = [f"{day:%Y%m%d}" for day in contracts.expiries]
    sides = [f"{ticker}_{kind}_american_{side}_" for side in ("put", "call")]
    scaled = np.rint(contracts.strike * 10_000).astype(np.int64).tolist()
    listed = zip(contracts.is_call.tolist(), scaled, contracts.expiry.tolist(), strict=True)
    return [f"{sides[call]}{strike}_{days[expiry]}.csv" for call, strike, expiry in listed]


def _entries(names: Sequence[str], contract: Integers, lines: bytes, starts: Integers) -> list[tuple[str, bytes]]:
    edges = starts[np.searchsorted(contract, np.arange(len(names) + 1))].tolist()
    return [(name, lines[edges[i] : edges[i + 1]]) for i, name in enumerate(names) if edges[i + 1] > edges[i]]


def _universe_lines(contracts: Contracts, rows: OptionRows, order: Integers) -> tuple[bytes, Integers]:
    contract = rows.contract[order]
    days = [f"{day:%Y%m%d}" for day in contracts.expiries]
    strikes, strike_index = np.unique(contracts.strike, return_inverse=True)
    mid = text.decimal((rows.bid + rows.ask)[order] / 200.0, 2)
    columns = [
        text.words(days, contracts.expiry[contract]),
        text.words([f"{strike:g}" for strike in strikes], strike_index[contract]),
        text.words(["P", "C"], contracts.is_call[contract].astype(np.int64)),
        *(mid, mid, mid, mid),
        text.whole(rows.volume[order]),
        text.whole(rows.open_interest[order]),
    ]
    greeks = ((rows.volatility, 4), (rows.delta, 3), (rows.gamma, 4), (rows.vega, 4), (rows.theta, 4), (rows.rho, 3))
    columns += [text.decimal(values[order], places) for values, places in greeks]
    return text.rows(columns, "," * 14 + "\n")
