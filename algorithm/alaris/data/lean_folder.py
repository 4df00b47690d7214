"""Where things are in a LEAN data folder, and small readers for its daily files."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alaris.data.market_hours import ExchangeCalendar, read_calendar
from alaris.domain import DataError, Dividend

Floats = NDArray[np.float64]
MARKER = "alaris-demo-market.json"
TICKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.^_-]{0,31}")
SCALE = 10_000  # LEAN stores prices of shares and options times 10,000
EPOCH = date(1970, 1, 1).toordinal()
BAR_COLUMNS = ("time", "open", "high", "low", "close", "volume")
UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError)  # what a bad zip raises


@dataclass(frozen=True, slots=True)
class PrintedBars:
    """Daily bars as they were printed, not adjusted; oldest first, shapes (n,), USD and shares."""

    day: NDArray[np.datetime64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One row of a factor file: the factors hold up to and on `day`, whose close is `reference` (0 in the last row)."""

    day: date
    price: float
    split: float
    reference: float


@dataclass(frozen=True, slots=True)
class InterestRates:
    """A step function of annual simple rates, 0.05 for 5 %."""

    days: Sequence[date]
    rates: Sequence[float]

    def on(self, day: date) -> float | None:
        """Rate in force on `day`; None before the first row."""
        rows = bisect_right(self.days, day)
        return self.rates[rows - 1] if rows else None


def file_name(folder: Path, ticker: str) -> str:
    """A ticker as its files are named.

    Raises
    ------
    DataError
        It is none: a name that could lead to another folder, or nowhere.
    """
    if not TICKER.fullmatch(ticker):
        raise DataError(folder, f"{ticker!r} is no ticker")
    return ticker.lower()


def daily_bars_path(folder: Path, ticker: str) -> Path:
    """Daily bars of a share."""
    return folder / "equity" / "usa" / "daily" / f"{file_name(folder, ticker)}.zip"


def map_path(folder: Path, ticker: str) -> Path:
    """Map file: the tickers a share had."""
    return folder / "equity" / "usa" / "map_files" / f"{file_name(folder, ticker)}.csv"


def factor_path(folder: Path, ticker: str) -> Path:
    """Factor file: splits and dividends."""
    return folder / "equity" / "usa" / "factor_files" / f"{file_name(folder, ticker)}.csv"


def option_path(folder: Path, ticker: str, year: int, kind: str) -> Path:
    """Daily option archive of one year; `kind` is quote, trade or openinterest."""
    return folder / "option" / "usa" / "daily" / f"{file_name(folder, ticker)}_{year}_{kind}_american.zip"


def universe_folder(folder: Path, ticker: str) -> Path:
    """Folder of the option universe files, one a session."""
    return folder / "option" / "usa" / "universes" / file_name(folder, ticker)


def market_hours_path(folder: Path) -> Path:
    """Market-hours database."""
    return folder / "market-hours" / "market-hours-database.json"


def symbol_properties_path(folder: Path) -> Path:
    """Symbol-properties database."""
    return folder / "symbol-properties" / "symbol-properties-database.csv"


def interest_rate_path(folder: Path) -> Path:
    """Interest rates."""
    return folder / "alternative" / "interest-rate" / "usa" / "interest-rate.csv"


def earnings_path(folder: Path) -> Path:
    """Alaris' own earnings calendar."""
    return folder / "alternative" / "alaris" / "earnings.csv"


def announced_dividends_path(folder: Path) -> Path:
    """Alaris' own dividends with the time of their announcement, which LEAN's factor files do not say."""
    return folder / "alternative" / "alaris" / "dividends.csv"


def demo_marker(folder: Path) -> dict[str, Any] | None:
    """Marker of a synthetic folder (`synthetic`, `seed`, `origin`, ...); None where the data is not ours."""
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DataError(folder / MARKER, f"cannot be read ({error}); write the demo market again") from error
    return marker if isinstance(marker, dict) else None


def option_tickers(folder: Path) -> list[str]:
    """Underlyings with daily option quotes, upper case, sorted."""
    quotes = (folder / "option" / "usa" / "daily").glob("*_quote_american.zip")
    return sorted({path.name.split("_")[0].upper() for path in quotes})


def minute_option_tickers(folder: Path) -> list[str]:
    """Underlyings with minute option quotes, upper case, sorted."""
    return sorted(path.name.upper() for path in (folder / "option" / "usa" / "minute").glob("*") if any(path.glob("*_quote_american.zip")))


def sessions(folder: Path) -> ExchangeCalendar:
    """Sessions of US shares, from the folder's market-hours database.

    Raises
    ------
    DataError
        If the database is missing or is not one.
    """
    return read_calendar(market_hours_path(folder))


def daily_bars(folder: Path, ticker: str) -> PrintedBars:
    """Daily bars of a share as printed.

    Raises
    ------
    DataError
        Naming file, line and column of what cannot be read.
    """
    path = daily_bars_path(folder, ticker)
    lines = read_entry(path, f"{ticker.lower()}.csv").splitlines()
    rows = np.array([_bar(path, number, line) for number, line in enumerate(lines, start=1)], dtype=np.float64).reshape(-1, 6)
    days = rows[:, 0].astype(np.int64).astype("datetime64[D]")
    return PrintedBars(days, rows[:, 1] / SCALE, rows[:, 2] / SCALE, rows[:, 3] / SCALE, rows[:, 4] / SCALE, rows[:, 5])


def read_entry(path: Path, name: str) -> str:
    """Text of one entry of a zip.

    Raises
    ------
    DataError
        If the file is missing, truncated, not a zip, or has no such entry.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(name).decode("ascii")
    except FileNotFoundError:
        raise DataError(path, "missing; import the data or leave the symbol out") from None
    except KeyError:
        raise DataError(path, f"has no entry {name}; LEAN looks for exactly this name") from None
    except UNREADABLE as error:
        raise DataError(path, f"cannot be read ({error}); fetch or write the file again") from error


def factor_rows(folder: Path, ticker: str) -> list[FactorRow]:
    """Rows of a factor file, oldest first; none where the file is missing, as LEAN has it.

    Raises
    ------
    DataError
        Naming file, line and column of what cannot be read.
    """
    path = factor_path(folder, ticker)
    lines = _lines(path)
    rows = [_factor(path, number, line) for number, line in enumerate(lines, start=1) if line.strip() and "inf" not in line.lower()]
    return sorted(rows, key=lambda row: row.day)


def dividends(folder: Path, ticker: str, exchange: ExchangeCalendar | None = None) -> list[Dividend]:
    """Cash dividends that a factor file implies, oldest first: reference x (1 - factor / next factor), to the cent as LEAN does."""
    rows = factor_rows(folder, ticker)
    exchange = exchange or (sessions(folder) if len(rows) > 1 else None)
    found = []
    for row, after in pairwise(rows):
        amount = round(row.reference * (1 - row.price / after.price), 2)
        if exchange is not None and amount > 0:
            found.append(Dividend(exchange.next_session(row.day), amount))
    return found


def splits(folder: Path, ticker: str, exchange: ExchangeCalendar | None = None) -> list[tuple[date, float]]:
    """First session after each split, and new shares for one old share (2.0 for 2:1), oldest first."""
    rows = factor_rows(folder, ticker)
    steps = [(row.day, round(after.split / row.split, 4)) for row, after in pairwise(rows) if after.split != row.split]
    if not steps:
        return []
    exchange = exchange or sessions(folder)
    return [(exchange.next_session(day), ratio) for day, ratio in steps]


def interest_rates(folder: Path) -> InterestRates:
    """Rates of the folder, oldest first; no rows where the file is missing.

    Raises
    ------
    DataError
        Naming file, line and column of what cannot be read.
    """
    path = interest_rate_path(folder)
    rows = sorted(_rate(path, number, line) for number, line in enumerate(_lines(path), start=1) if number > 1 and line.strip())
    return InterestRates([day for day, _ in rows], [rate for _, rate in rows])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise DataError(path, f"cannot be read ({error}); fetch or write the file again") from error


def _bar(path: Path, number: int, line: str) -> tuple[float, ...]:
    fields = line.split(",")
    if len(fields) != len(BAR_COLUMNS):
        raise DataError(path, f"{len(fields)} columns, expected {len(BAR_COLUMNS)}: {','.join(BAR_COLUMNS)}", line=number)
    if fields[0][8:] != " 00:00":
        raise DataError(path, f"column time: {fields[0]!r} is not a daily bar's 'yyyyMMdd 00:00'", line=number)
    day = _day(path, number, "time", fields[0][:8], "%Y%m%d")
    values = [_number(path, number, name, text) for name, text in zip(BAR_COLUMNS[1:], fields[1:], strict=True)]
    return (day.toordinal() - EPOCH, *values)


def _factor(path: Path, number: int, line: str) -> FactorRow:
    fields = line.split(",")
    if len(fields) < 3:
        raise DataError(path, f"{len(fields)} columns, expected date,price factor,split factor,reference price", line=number)
    day = _day(path, number, "date", fields[0], "%Y%m%d")
    price, split = (_positive(path, number, name, text) for name, text in zip(("price factor", "split factor"), fields[1:3], strict=True))
    return FactorRow(day, price, split, _number(path, number, "reference price", fields[3]) if len(fields) > 3 else 0.0)


def _rate(path: Path, number: int, line: str) -> tuple[date, float]:
    day, _, rate = line.partition(",")
    return _day(path, number, "DATE", day.strip(), "%Y-%m-%d"), _number(path, number, "rate", rate) / 100


def _day(path: Path, line: int, column: str, text: str, form: str) -> date:
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar day has no time zone
    except ValueError:
        raise DataError(path, f"column {column}: {text!r} is not a date", line=line) from None


def _positive(path: Path, line: int, column: str, text: str) -> float:
    value = _number(path, line, column, text)
    if value <= 0:
        raise DataError(path, f"column {column}: {text!r} is not positive", line=line)
    return value


def _number(path: Path, line: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise DataError(path, f"column {column}: {text!r} is not a number", line=line)
    return value
