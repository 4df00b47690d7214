"""The real YUM chains of 2017 as option chains, read straight from the LEAN folder, for the tests of the data validators."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from alaris.domain import DailyBars, OptionChain

NEW_YORK = ZoneInfo("America/New_York")
NAME = re.compile(r"yum_\w+_american_(call|put)_(\d+)_(\d{8})\.csv")
EVES = {
    date(2017, 2, 8): date(2017, 2, 9),
    date(2017, 5, 2): date(2017, 5, 3),
    date(2017, 8, 2): date(2017, 8, 3),
    date(2017, 11, 1): date(2017, 11, 2),
}
Rows = dict[tuple[str, int, str], dict[str, list[str]]]


@cache
def _rows(path: Path) -> Rows:
    """Contract -> day -> fields of a LEAN daily option zip."""
    found: Rows = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            match = NAME.fullmatch(name)
            assert match, name
            lines = archive.read(name).decode().split("\n")
            found[match[1], int(match[2]), match[3]] = {line[:8]: line.split(",")[1:] for line in lines if line}
    return found


def bars(shared: Path, until: date) -> DailyBars:
    """Daily bars up to and with one session."""
    with zipfile.ZipFile(shared / "data/lean/equity/usa/daily/yum.zip") as archive:
        lines = [line.split(",") for line in archive.read("yum.csv").decode().split("\n") if line]
    lines = [line for line in lines if line[0][:8] <= f"{until:%Y%m%d}"][-90:]
    columns = np.array([[float(field) for field in line[1:6]] for line in lines]).T
    days = np.array([f"{line[0][:4]}-{line[0][4:6]}-{line[0][6:8]}" for line in lines], dtype="datetime64[D]")
    return DailyBars(days, *(columns[:4] / 10_000), columns[4])


def chain(shared: Path, day: date) -> OptionChain:
    """The whole chain at the close of one session; no implied volatility."""
    folder = shared / "data/lean/option/usa/daily"
    quotes, trades, interest = (_rows(folder / f"yum_2017_{kind}_american.zip") for kind in ("quote", "trade", "openinterest"))
    key = f"{day:%Y%m%d}"
    listed = [contract for contract, days in quotes.items() if key in days and contract[2] >= key]
    as_of = datetime.combine(day, time(16), NEW_YORK)

    def field(rows: Rows, index: int, scale: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        texts = [rows.get(contract, {}).get(key, [""] * 10)[index] for contract in listed]
        return np.array([float(text) / scale if text else np.nan for text in texts])

    expiry = np.array([f"{e[:4]}-{e[4:6]}-{e[6:]}" for _, _, e in listed], dtype="datetime64[D]")
    return OptionChain(
        symbol="YUM",
        as_of=as_of,
        spot=float(bars(shared, day).close[-1]),
        expiry=expiry,
        days=(expiry - np.datetime64(day)).astype(float),
        is_call=np.array([right == "call" for right, _, _ in listed]),
        strike=np.array([strike / 10_000 for _, strike, _ in listed]),
        bid=field(quotes, 3, 10_000),
        ask=field(quotes, 8, 10_000),
        volume=np.nan_to_num(field(trades, 4)),
        open_interest=field(interest, 0),
        implied_volatility=np.full(len(listed), np.nan),
        rate=0.0055,
        dividend_yield=0.018,
    )
