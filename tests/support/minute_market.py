"""A demo market on minute data: two sessions of one invented company, each contract quoted every minute about its daily close."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

OPEN, CLOSE = 9 * 60 + 30, 16 * 60
Width = Callable[[date, int], float]


@dataclass(frozen=True, slots=True)
class Script:
    """What the minutes show: `width` of every option quote in USD by day and minute, `spot` times the daily close, quotes that fail.

    `prices` names the session whose closing prices a session shows all day long, where it is another one.
    """

    width: Width = lambda _day, _minute: 0.02
    spot: Callable[[date, int], float] = lambda _day, _minute: 1.0
    quoted: Callable[[date, int], bool] = lambda _day, _minute: True
    prices: Mapping[date, date] = field(default_factory=dict)


def write(folder: Path, ticker: str, sessions: list[date], script: Script, near: tuple[float, int]) -> None:
    """Add minute files of `sessions` to a daily demo market; `near` keeps strikes within a share of the spot and days to expiry."""
    name = ticker.lower()
    spots = _closes(folder / f"equity/usa/daily/{name}.zip")
    daily = zipfile.ZipFile(folder / f"option/usa/daily/{name}_{sessions[0].year}_quote_american.zip")
    for day in sessions:
        shown = script.prices.get(day, day)
        spot = spots[shown]
        _write(
            folder / f"equity/usa/minute/{name}/{day:%Y%m%d}_trade.zip",
            {f"{day:%Y%m%d}_{name}_minute_trade.csv": _trades(day, spot, script)},
        )
        entries = {}
        for entry in daily.namelist():
            _, _, _, right, strike, expiry = entry.removesuffix(".csv").split("_")
            until = date.fromisoformat(f"{expiry[:4]}-{expiry[4:6]}-{expiry[6:]}")
            if abs(int(strike) / 1e4 / spot - 1) > near[0] or not day <= until <= day + timedelta(days=near[1]):
                continue
            sides = _sides(daily.read(entry).decode(), shown)
            if sides is not None:
                entries[f"{day:%Y%m%d}_{name}_minute_quote_american_{right}_{strike}_{expiry}.csv"] = _quotes(day, *sides, script)
        _write(folder / f"option/usa/minute/{name}/{day:%Y%m%d}_quote_american.zip", entries)


def _closes(path: Path) -> dict[date, float]:
    with zipfile.ZipFile(path) as archive:
        rows = [line.split(",") for line in archive.read(archive.namelist()[0]).decode().splitlines()]
    return {date.fromisoformat(f"{row[0][:4]}-{row[0][4:6]}-{row[0][6:8]}"): int(row[4]) / 1e4 for row in rows}


def _sides(rows: str, day: date) -> tuple[float | None, float] | None:
    """Closing bid (None where there was none) and ask of a session."""
    for line in rows.splitlines():
        cells = line.split(",")
        if cells[0].startswith(f"{day:%Y%m%d}") and cells[9]:
            return int(cells[4]) / 1e4 if cells[4] else None, int(cells[9]) / 1e4
    return None


def _trades(day: date, spot: float, script: Script) -> str:
    def row(minute: int) -> str:
        price = round(spot * script.spot(day, minute) * 100) * 100
        return f"{minute * 60_000},{price},{price},{price},{price},10000"

    return "\n".join(row(minute) for minute in range(OPEN, CLOSE))


def _quotes(day: date, bid: float | None, ask: float, script: Script) -> str:
    """Quotes about the closing mid; a contract without a bid keeps its ask."""
    rows = []
    for minute in range(OPEN, CLOSE):
        half = script.width(day, minute) / 2
        sides = (None, ask) if bid is None else ((bid + ask) / 2 - half, (bid + ask) / 2 + half)
        if script.quoted(day, minute):
            rows.append(f"{minute * 60_000}," + ",".join(_side(price) for price in sides))
    return "\n".join(rows)


def _side(price: float | None) -> str:
    if price is None or round(price * 100) <= 0:
        return ",,,,0"
    stated = round(price * 100) * 100
    return f"{stated},{stated},{stated},{stated},50"


def _write(path: Path, entries: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
