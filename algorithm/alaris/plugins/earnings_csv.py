"""Earnings calendars as CSV files, plain or gzip: who said when which report comes out, and when that became known."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from alaris.domain import NEW_YORK, DataError, EarningsEvent, Timing

REQUIRED = ("symbol", "date", "release_time")
OPTIONAL = ("qtr", "source", "available_at")
TIMINGS = MappingProxyType({"pre": Timing.BEFORE_OPEN, "post": Timing.AFTER_CLOSE, "": Timing.UNKNOWN})
ASSUMED_NOTICE = timedelta(days=90)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of a calendar.

    Parameters
    ----------
    event : EarningsEvent
        What is stated, by whom, and since when it is known.
    quarter : str
        As the file names it, `16-Dec`; empty where it does not.
    line : int
        Line in the file.
    """

    event: EarningsEvent
    quarter: str
    line: int


class EarningsFile:
    """A calendar's rows: all looked at when the file is read, each symbol's statements made when they are first asked for.

    Parameters
    ----------
    path : Path
        Columns symbol, date (yyyy-mm-dd), release_time (`pre`, `post` or empty), and optionally qtr, source (else the file's name) and
        available_at (ISO time with its zone); all others are ignored. Gzip is known by its first bytes.
    notice : timedelta
        A file without available_at does not say when its dates became known: they count as known this long before the report.
        Say so wherever results from such a file are shown.

    Raises
    ------
    DataError
        If the file as a whole cannot be read. The error of each bad row is in `errors`, in the order of the file.
    """

    def __init__(self, path: Path, notice: timedelta = ASSUMED_NOTICE) -> None:
        self.path, self._notice = path, notice
        header, lines, rows = _table(path)
        self.dated = "available_at" in header
        misshapen = [_misshapen(path, header, row, line) for row, line in zip(rows, lines, strict=True) if len(row) != len(header)]
        kept = [place for place, row in enumerate(rows) if len(row) == len(header)] if misshapen else range(len(rows))
        self._lines = [lines[place] for place in kept]
        self._cells = _columns(header, [rows[place] for place in kept])
        self._day = _each(self._cells["date"], date.fromisoformat)
        self._told = _each(self._cells["available_at"], _instant)
        faults = self._faults()
        self.errors: Sequence[DataError] = sorted([*misshapen, *faults.values()], key=lambda error: error.line or 0)
        self._rows: dict[str, list[int]] = {}
        for row, symbol in enumerate(self._cells["symbol"]):
            self._rows.setdefault(symbol, []).append(row)
        self._rows = {symbol: [row for row in found if row not in faults] for symbol, found in self._rows.items() if symbol}

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every name of the file, upper case."""
        return tuple(self._rows)

    def statements(self, symbol: str) -> list[Statement]:
        """Good rows of one symbol (upper case) in the order of the file."""
        return [self._statement(symbol, row) for row in self._rows.get(symbol, ())]

    def _statement(self, symbol: str, row: int) -> Statement:
        cells, day = self._cells, self._day[self._cells["date"][row]]
        if day is None:  # such rows are in `errors`, and not among those of a symbol
            raise DataError(self.path, f"column date: {cells['date'][row]!r} is not a date yyyy-mm-dd", line=self._lines[row])
        told = self._told[cells["available_at"][row]] or datetime.combine(day, time(), NEW_YORK) - self._notice
        timing = TIMINGS[cells["release_time"][row].lower()]
        event = EarningsEvent(symbol, day, timing, cells["source"][row] or self.path.name, told)
        return Statement(event, cells["qtr"][row], self._lines[row])

    def _faults(self) -> dict[int, DataError]:
        """Error of each bad row; rows are gone through one by one only where a column holds a bad value at all."""
        cells = self._cells
        unread = None in self._day.values() or any(told and self._told[told] is None for told in self._told)
        if not unread and "" not in cells["symbol"] and {release.lower() for release in set(cells["release_time"])} <= TIMINGS.keys():
            return {}
        found = ((row, self._fault(row, line)) for row, line in enumerate(self._lines))
        return {row: error for row, error in found if error is not None}

    def _fault(self, row: int, line: int) -> DataError | None:
        cells = self._cells
        if not cells["symbol"][row]:
            return DataError(self.path, "column symbol: empty", line=line)
        if self._day[day := cells["date"][row]] is None:
            return DataError(self.path, f"column date: {day!r} is not a date yyyy-mm-dd", line=line)
        if (release := cells["release_time"][row]).lower() not in TIMINGS:
            return DataError(self.path, f"column release_time: {release!r} is not pre, post or empty", line=line)
        if (told := cells["available_at"][row]) and self._told[told] is None:
            message = f"column available_at: {told!r} is not an ISO time with a zone (2017-02-08T12:00:00+00:00)"
            return DataError(self.path, message, line=line)
        return None


def read_earnings(path: Path, *, symbols: Collection[str] | None = None, notice: timedelta = ASSUMED_NOTICE) -> list[EarningsEvent]:
    """Read a calendar's statements in file order; of these symbols (upper case) only where they are named.

    Raises
    ------
    DataError
        Naming file, line and column of the first row that cannot be read, whichever symbol it is of.
    """
    return [statement.event for statement in read_statements(path, symbols=symbols, notice=notice)]


def read_statements(path: Path, *, symbols: Collection[str] | None = None, notice: timedelta = ASSUMED_NOTICE) -> list[Statement]:
    """Read rows with their quarter and line; parameters and errors of `read_earnings`."""
    file = opened(path, notice)
    wanted = (symbol for symbol in file.symbols if symbols is None or symbol in symbols)
    return sorted((statement for symbol in wanted for statement in file.statements(symbol)), key=lambda statement: statement.line)


def opened(path: Path, notice: timedelta = ASSUMED_NOTICE) -> EarningsFile:
    """A calendar without a bad row; raises the DataError of the first one."""
    file = EarningsFile(path, notice)
    if file.errors:
        raise file.errors[0]
    return file


def _table(path: Path) -> tuple[list[str], list[int], list[list[str]]]:
    """Header, and the line and cells of each row that is not blank."""
    try:
        reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
        header = [name.strip().lower() for name in next(reader, [])]
        numbered = [(reader.line_num, row) for row in reader if row]
    except FileNotFoundError:
        raise DataError(path, "missing; name a calendar with the columns symbol,date,release_time") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise DataError(path, f"cannot be read as CSV, plain or gzip ({error}); fetch or write the file again") from error
    if missing := [name for name in REQUIRED if name not in header]:
        raise DataError(path, f"no column {', '.join(missing)}; an earnings calendar has symbol,date,release_time", line=1)
    return header, [line for line, _ in numbered], [row for _, row in numbered]


def _text(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("utf-8-sig")


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    place = {name: header.index(name) for name in (*REQUIRED, *OPTIONAL) if name in header}
    blank = [""] * len(rows)
    cells = {name: [row[place[name]].strip() for row in rows] if name in place else blank for name in (*REQUIRED, *OPTIONAL)}
    cells["symbol"] = [symbol.upper() for symbol in cells["symbol"]]
    return cells


def _misshapen(path: Path, header: Sequence[str], row: Sequence[str], line: int) -> DataError:
    return DataError(path, f"{len(row)} columns, the header has {len(header)}", line=line)


def _each(texts: Iterable[str], read: Callable[[str], T]) -> dict[str, T | None]:
    """Each distinct text as its value, None where it has none."""
    values: dict[str, T | None] = {}
    for text in set(texts):
        try:
            values[text] = read(text)
        except ValueError:
            values[text] = None
    return values


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise ValueError(text)
    return moment
