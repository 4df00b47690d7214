"""Facts between the store and a LEAN data folder: bars, factor files, interest rates, earnings calendar, announced dividends."""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import expm1, log1p
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alaris.data import lean_folder
from alaris.data.chain_table import CLOSE, aware, closes
from alaris.data.datasets import BARS, BILLS, DIVIDENDS, EARNINGS, RATES, SPLITS, Dataset, Facts, facts
from alaris.data.zip_archive import write_zip
from alaris.domain import NEW_YORK, DataError
from alaris.plugins.earnings_csv import TIMINGS, EarningsFile

SOURCE = "lean"
PRICES = ("open", "high", "low", "close")
RELEASED = MappingProxyType({timing.value: text for text, timing in TIMINGS.items()})
CALENDAR = ("symbol", "date", "qtr", "release_time", "source", "available_at")
ANNOUNCED = ("symbol", "ex_date", "amount", "announced_at")
RATE_HEADER = "DATE,PCREDIT8"  # LEAN reads the columns by their place
LISTED_SINCE = date(1998, 1, 2)  # where no map file says otherwise; LEAN's own sample files begin here
Row = Mapping[str, Any]


def write_bars(folder: Path, bars: Facts) -> None:
    """Write bars as printed into `equity/usa/daily`; they replace those there.

    Raises
    ------
    DataError
        A price is finer than LEAN's ten-thousandth of a dollar.
    """
    newest, ticker = bars.newest(), bars.symbol.lower()
    lines = []
    for place, day in enumerate(newest["day"].tolist()):
        prices = [_scaled(folder, bars.symbol, day, newest[name][place]) for name in PRICES]
        lines.append(f"{day:%Y%m%d} 00:00,{','.join(map(str, prices))},{newest['volume'][place]:.0f}\n")
    write_zip(lean_folder.daily_bars_path(folder, ticker), [(f"{ticker}.csv", "".join(lines).encode("ascii"))])


def write_factors(folder: Path, bars: Facts, dividends: Facts, splits: Facts) -> None:
    """Write the factor file that dividends and splits imply: each row holds up to the last session before its event.

    Price factor: the product of 1 - amount / close over the later dividends; split factor: that of 1 / ratio over the later splits
    (LEAN's factor files, Data/equity/usa/factor_files).
    """
    days, close = bars["day"].tolist(), bars["close"].tolist()
    events: dict[int, tuple[float, float]] = {}
    for source, name in ((dividends, "amount"), (splits, "ratio")):
        newest = source.newest()
        for day, value in zip(newest[source.dataset.day].tolist(), newest[name].tolist(), strict=True):
            if place := bisect_left(days, day):
                amount, ratio = events.get(place - 1, (0.0, 1.0))
                events[place - 1] = (amount + value, ratio) if name == "amount" else (amount, ratio * value)
    rows, price, split = ["20501231,1,1,0\n"], 1.0, 1.0
    for place in sorted(events, reverse=True):
        amount, ratio = events[place]
        price, split = price * (1 - amount / close[place]), split / ratio
        rows.append(f"{days[place]:%Y%m%d},{price:.10g},{split:.10g},{close[place]:.10g}\n")
    rows.append(f"{min(LISTED_SINCE, *days[:1]):%Y%m%d},{price:.10g},{split:.10g},{close[0] if close else 1:.10g}\n")
    path = lean_folder.factor_path(folder, bars.symbol)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(reversed(rows)), encoding="ascii")


def write_rates(folder: Path, rates: Facts) -> None:
    """Write rates into LEAN's interest-rate file, as simple annual per cent; days that are there already are replaced."""
    kept = lean_folder.interest_rates(folder)
    known = {day: repr(round(rate * 100, 12)) for day, rate in zip(kept.days, kept.rates, strict=True)}
    newest = rates.newest()
    known |= {day: repr(expm1(rate) * 100) for day, rate in zip(newest["day"].tolist(), newest["rate"].tolist(), strict=True)}
    path = lean_folder.interest_rate_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{RATE_HEADER}\n" + "".join(f"{day},{known[day]}\n" for day in sorted(known)), encoding="ascii")


def write_calendar(folder: Path, reports: Iterable[Facts], known_before: timedelta | None = None) -> None:
    """Add statements about reports to the folder's calendar, every revision with its time.

    Parameters
    ----------
    known_before : timedelta, optional
        Where it is given, a report counts as known this long before its day, as calendars without times do; otherwise from when
        it was seen, so that a backtest of the past sees nothing of a calendar that was fetched today.
    """
    rows = []
    for one in reports:
        cells = (one["report_date"].tolist(), one["quarter"], one["timing"], one["source"], one["available_at"])
        for day, quarter, timing, source, seen in zip(*cells, strict=True):
            told = aware(seen) if known_before is None else datetime.combine(day, time(), NEW_YORK) - known_before
            rows.append((one.symbol, f"{day}", str(quarter), RELEASED[str(timing)], str(source), told.isoformat()))
    merge_calendar(folder, rows)


def merge_calendar(folder: Path, rows: Sequence[tuple[str, ...]]) -> None:
    """Add rows (`CALENDAR`) to the folder's calendar; what is there stays."""
    _merge_csv(lean_folder.earnings_path(folder), CALENDAR, rows)


def write_announced(folder: Path, dividends: Iterable[Facts]) -> None:
    """Add dividends with the time of their announcement, to the last digit."""
    rows = [
        (one.symbol, f"{day}", repr(amount), aware(seen).isoformat())
        for one in dividends
        for day, amount, seen in zip(one["ex_date"].tolist(), one["amount"].tolist(), one["available_at"], strict=True)
    ]
    _merge_csv(lean_folder.announced_dividends_path(folder), ANNOUNCED, rows)


def read_facts(folder: Path, ticker: str) -> list[Facts]:
    """All that a LEAN folder says of one share: bars, dividends, splits, reports; only what there is.

    LEAN's own files do not say when a datum became known: a bar counts as known from 16:00 New York of its day, a dividend and a split from
    the start of theirs. Dividends come from Alaris' own file where there is one, since LEAN's factors give them to the cent only.

    Raises
    ------
    DataError
        Naming file and line of what cannot be read.
    """
    symbol = ticker.upper()
    readers: Sequence[tuple[Dataset, Callable[[Path, str], list[Row]]]] = (
        (BARS, _bars),
        (DIVIDENDS, _dividends),
        (SPLITS, _splits),
        (EARNINGS, _reports),
    )
    return [facts(dataset, symbol, rows) for dataset, read in readers if (rows := read(folder, symbol))]


def read_rates(folder: Path) -> Facts:
    """The folder's interest rates as continuous rates, each known from the midnight after its day."""
    told = lean_folder.interest_rates(folder)
    rows = [
        {"day": day, "rate": log1p(rate), **_known(_midnight(day + timedelta(days=1)))}
        for day, rate in zip(told.days, told.rates, strict=True)
    ]
    return facts(RATES, BILLS, rows)


def _bars(folder: Path, symbol: str) -> list[Row]:
    if not lean_folder.daily_bars_path(folder, symbol).is_file():
        return []
    bars = lean_folder.daily_bars(folder, symbol)
    columns = {name: getattr(bars, name).tolist() for name in (*PRICES, "volume")}
    return [
        {"day": day, **{name: column[place] for name, column in columns.items()}, **_known(aware(stood))}
        for place, (day, stood) in enumerate(zip(bars.day.tolist(), closes(bars.day) if len(bars.day) else [], strict=True))
    ]


def _dividends(folder: Path, symbol: str) -> list[Row]:
    path = lean_folder.announced_dividends_path(folder)
    own = [row for row in _csv_rows(path, ANNOUNCED) if row["symbol"].upper() == symbol]
    if not own:
        return [
            {"ex_date": paid.ex_date, "amount": paid.amount, **_known(_midnight(paid.ex_date))}
            for paid in lean_folder.dividends(folder, symbol)
        ]
    try:
        return [
            {"ex_date": day, "amount": float(row["amount"]), **_known(_announced(row["announced_at"], day))}
            for row in own
            for day in [date.fromisoformat(row["ex_date"])]
        ]
    except ValueError as error:
        raise DataError(path, f"a row of {symbol} cannot be read ({error})") from None


def _announced(text: str, ex_date: date) -> datetime:
    """When a dividend became known; a time without its zone is no time."""
    moment = datetime.fromisoformat(text) if text else _midnight(ex_date)
    if moment.utcoffset() is None:
        raise ValueError(f"{text!r} has no zone")
    return moment


def _splits(folder: Path, symbol: str) -> list[Row]:
    return [{"day": day, "ratio": ratio, **_known(_midnight(day))} for day, ratio in lean_folder.splits(folder, symbol)]


def _reports(folder: Path, symbol: str) -> list[Row]:
    path = lean_folder.earnings_path(folder)
    return _stated(EarningsFile(path), symbol) if path.is_file() else []


def reports_of(file: EarningsFile, symbol: str) -> Facts:
    """Statements of one calendar about one symbol."""
    return facts(EARNINGS, symbol, _stated(file, symbol))


def known_at_close(day: date, source: str) -> dict[str, Any]:
    """The columns of a datum of a session's close: whose it is and since when it is known."""
    return _known(datetime.combine(day, CLOSE, NEW_YORK), source)


def _stated(file: EarningsFile, symbol: str) -> list[Row]:
    return [
        {
            "report_date": one.event.report_date,
            "timing": one.event.timing.value,
            "quarter": one.quarter,
            **_known(one.event.available_at, one.event.source),
        }
        for one in file.statements(symbol)
    ]


def _known(moment: datetime, source: str = SOURCE) -> dict[str, Any]:
    return {"observed_at": moment, "available_at": moment, "source": source}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK)


def _scaled(folder: Path, symbol: str, day: date, price: float) -> int:
    scaled = round(price * lean_folder.SCALE)
    if abs(scaled / lean_folder.SCALE - price) > 1e-9 * price:
        raise DataError(lean_folder.daily_bars_path(folder, symbol), f"{price!r} of {day} is finer than LEAN keeps, 0.0001 USD")
    return scaled


def _merge_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Add rows to a file of ours; what is there stays, in its order."""
    before = [tuple(row.get(name) or "" for name in header) for row in _csv_rows(path, header)]
    merged = list(dict.fromkeys([*before, *map(tuple, rows)]))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *merged])
    draft.replace(path)


def _csv_rows(path: Path, header: Sequence[str]) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [{name: row.get(name) or "" for name in header} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(path, f"cannot be read as CSV ({error}); write the file again") from error
    return rows
