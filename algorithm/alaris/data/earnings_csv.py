"""Earnings calendars as CSV files, plain or gzip: who said when which report comes out, and when that became known."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from alaris.data.market_hours import NEW_YORK
from alaris.domain import DataError, EarningsEvent, Timing

REQUIRED = ("symbol", "date", "release_time")
READ = (*REQUIRED, "qtr", "source", "available_at")
TIMINGS = {"pre": Timing.BEFORE_OPEN, "post": Timing.AFTER_CLOSE, "": Timing.UNKNOWN}
ASSUMED_NOTICE = timedelta(days=90)


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


def read_earnings(path: Path, *, symbols: Collection[str] | None = None, notice: timedelta = ASSUMED_NOTICE) -> list[EarningsEvent]:
    """Read a calendar's statements in file order.

    Parameters
    ----------
    path : Path
        Columns symbol, date (yyyy-mm-dd), release_time (`pre`, `post` or empty), and optionally source (else the file's name) and
        available_at (ISO time with its zone); all others are ignored. A name ending in .gz is read as gzip.
    symbols : collection of str, optional
        Upper case; rows of other symbols are skipped unread.
    notice : timedelta
        A file without available_at does not say when its dates became known: they count as known this long before the report.
        Say so wherever results from such a file are shown.

    Raises
    ------
    DataError
        Naming file, line and column of what cannot be read.
    """
    return [statement.event for statement in read_statements(path, symbols=symbols, notice=notice)]


def read_statements(path: Path, *, symbols: Collection[str] | None = None, notice: timedelta = ASSUMED_NOTICE) -> list[Statement]:
    """Read rows with their quarter and line; parameters and errors of `read_earnings`."""
    statements, errors = scan(path, symbols=symbols, notice=notice)
    if errors:
        raise errors[0]
    return statements


def scan(
    path: Path, *, symbols: Collection[str] | None = None, notice: timedelta = ASSUMED_NOTICE
) -> tuple[list[Statement], list[DataError]]:
    """Good rows and the error of each bad one, without stopping at the first; parameters of `read_earnings`.

    Raises
    ------
    DataError
        If the file as a whole cannot be read.
    """
    try:
        with _opened(path) as file:
            rows = list(_statements(path, file, symbols, notice))
    except FileNotFoundError:
        raise DataError(path, "missing; name a calendar with the columns symbol,date,release_time") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise DataError(path, f"cannot be read ({error}); fetch or write the file again") from error
    return [row for row in rows if isinstance(row, Statement)], [row for row in rows if isinstance(row, DataError)]


def has_times_of_knowledge(path: Path) -> bool:
    """Whether a calendar says when each row became known."""
    try:
        with _opened(path) as file:
            return "available_at" in file.readline().strip().split(",")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read ({error}); fetch or write the file again") from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _statements(path: Path, file: TextIO, symbols: Collection[str] | None, notice: timedelta) -> Iterator[Statement | DataError]:
    rows = csv.reader(file, strict=True)
    header = [name.strip() for name in next(rows, [])]
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise DataError(path, f"no column {', '.join(missing)}; an earnings calendar has symbol,date,release_time", line=1)
    reader = _Row(path, header, notice)
    place = header.index("symbol")
    for row in rows:
        if row and (symbols is None or (len(row) > place and row[place].strip().upper() in symbols)):
            yield reader.read_or_error(row, rows.line_num)


class _Row:
    """Reads one row after the columns of the header."""

    def __init__(self, path: Path, header: list[str], notice: timedelta) -> None:
        self._path, self._notice, self._header = path, notice, header
        self._place = {name: header.index(name) for name in READ if name in header}

    def read_or_error(self, row: list[str], line: int) -> Statement | DataError:
        try:
            return self.read(row, line)
        except DataError as error:
            return error

    def read(self, row: list[str], line: int) -> Statement:
        if len(row) != len(self._header):
            raise DataError(self._path, f"{len(row)} columns, the header has {len(self._header)}", line=line)
        text = {name: row[place].strip() for name, place in self._place.items()}
        if not text["symbol"]:
            raise DataError(self._path, "column symbol: empty", line=line)
        day = self._day(text["date"], line)
        if text["release_time"].lower() not in TIMINGS:
            raise DataError(self._path, f"column release_time: {text['release_time']!r} is not pre, post or empty", line=line)
        event = EarningsEvent(
            symbol=text["symbol"].upper(),
            report_date=day,
            timing=TIMINGS[text["release_time"].lower()],
            source=text.get("source") or self._path.name.split(".")[0],
            available_at=self._known(text.get("available_at", ""), day, line),
        )
        return Statement(event, text.get("qtr", ""), line)

    def _day(self, text: str, line: int) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise DataError(self._path, f"column date: {text!r} is not a date yyyy-mm-dd", line=line) from None

    def _known(self, text: str, day: date, line: int) -> datetime:
        if not text:
            return datetime.combine(day, time(0), NEW_YORK) - self._notice
        try:
            known = datetime.fromisoformat(text)
        except ValueError:
            known = None
        if known is None or known.tzinfo is None:
            message = f"column available_at: {text!r} is not an ISO time with a zone (2017-02-08T12:00:00+00:00)"
            raise DataError(self._path, message, line=line)
        return known
