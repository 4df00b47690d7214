"""Checks of one share: daily bars, map file, factor file, and splits that no factor explains."""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import pairwise
from math import log
from pathlib import Path

from alaris.data import lean_folder
from alaris.data.check.findings import Findings
from alaris.data.check.tables import FORMS, check_order, good_lines, open_zip, read_text
from alaris.data.market_hours import ExchangeCalendar
from alaris.domain import DataError

SPLIT_RATIOS = (1.5, 2, 3, 4, 5, 7, 10, 20)
SPLIT_TOLERANCE, SPLIT_SURE = 0.06, 0.02  # log; a session's own move on top of the split (Apple fell by half on 2000-09-29)


def check_share(folder: Path, ticker: str, exchange: ExchangeCalendar | None, findings: Findings) -> None:
    """Check all files of one share."""
    bars = _bars(folder, ticker, findings)
    if bars and exchange:
        _check_sessions(lean_folder.daily_bars_path(folder, ticker), bars, exchange, findings)
    _check_map(folder, ticker, findings)
    _check_factors(folder, ticker, bars, findings)


def _bars(folder: Path, ticker: str, findings: Findings) -> list[tuple[date, list[float]]]:
    path, entry = lean_folder.daily_bars_path(folder, ticker), f"{ticker.lower()}.csv"
    if not path.exists():
        findings.error(path, "missing", f"no daily bars of {ticker.upper()}", "import its daily bars; without them it is never traded")
        return []
    archive = open_zip(path, findings)
    if archive is None:
        return []
    with archive:
        if entry not in archive.namelist():
            found = ", ".join(archive.namelist()[:3]) or "nothing"
            findings.error(path, "name", f"no entry {entry}, but {found}", f"name the entry {entry}: LEAN looks for exactly this")
            return []
        text = read_text(archive, entry, path, findings)
    lines = good_lines(path, entry, text or "", FORMS["bars"], findings)
    if text is not None and not lines:
        findings.error(path, "empty", f"{entry} has no bars", "import its daily bars")
    check_order(path, entry, lines, findings)
    return [bar for number, line in enumerate(lines, start=1) if (bar := _bar(path, entry, number, line, findings))]


def _bar(path: Path, entry: str, number: int, line: str, findings: Findings) -> tuple[date, list[float]] | None:
    stamp, *texts = line.split(",")
    day, values = _day(stamp[:8]), [float(text) for text in texts]
    if day is None:
        findings.error(path, "date", f"{entry}: {stamp[:8]!r} is not a date", "mend or remove the line", line=number)
        return None
    opening, high, low, close, _ = values
    if min(values[:4]) <= 0:
        remedy = "remove the line: a session without trades has no bar"
        findings.error(path, "zero", f"{entry}: a price of {day} is zero", remedy, line=number)
        return None
    if high < max(opening, close, low) or low > min(opening, close):
        findings.warning(path, "range", f"{entry}: {day} opens or closes outside its high and low", "fetch the bar again", line=number)
    return day, values


def _check_sessions(path: Path, bars: list[tuple[date, list[float]]], exchange: ExchangeCalendar, findings: Findings) -> None:
    days = {day for day, _ in bars}
    for day in sorted(days):
        if not exchange.is_session(day):
            findings.warning(path, "closed", f"a bar on {day}, when the exchange is closed", "remove the bar or mend the market hours")
    for day in exchange.sessions(min(days), max(days)):
        if day not in days:
            findings.warning(path, "gap", f"no bar on {day}, a session", "fetch the bar; windows of sessions are shorter without it")


def _check_map(folder: Path, ticker: str, findings: Findings) -> None:
    path = lean_folder.map_path(folder, ticker)
    if not path.exists():
        remedy = "write two lines, first day and 20501231, so that its identifier is stable"
        findings.warning(path, "missing", f"no map file of {ticker.upper()}", remedy)
        return
    for number, line in enumerate(_lines(path, findings), start=1):
        if line and not re.fullmatch(r"\d{8},[^,]+(?:,[^,]*){0,2}", line):
            findings.error(path, "form", f"{line[:60]!r} is not yyyyMMdd,ticker,exchange", "mend the line", line=number)


def _check_factors(folder: Path, ticker: str, bars: list[tuple[date, list[float]]], findings: Findings) -> None:
    path = lean_folder.factor_path(folder, ticker)
    if not path.exists():
        findings.warning(path, "missing", f"no factor file of {ticker.upper()}", "without it no split and no dividend is known")
    try:
        rows = lean_folder.factor_rows(folder, ticker)
    except DataError as error:
        findings.error(path, "form", str(error), "mend the line", line=error.line)
        return
    explained = {row.day for row, after in pairwise(rows) if abs(log(after.split / row.split)) > SPLIT_TOLERANCE}
    for (before, old), (day, new) in pairwise(bars):
        split = None if before in explained else _likely_split(log(new[0] / old[3]))
        if split:
            shown, sure = split
            message = f"{old[3] / 1e4:g} to {new[0] / 1e4:g} on {day} looks like a {shown} split that no factor explains"
            say = findings.error if sure else findings.warning
            say(path, f"split {sure}", message, f"if it is one, add a row {before:%Y%m%d} with its factor to {path.name}")


def _likely_split(jump: float) -> tuple[str, bool] | None:
    """The split that a jump (log) looks like, and whether that is more than a likeness; None where it looks like none."""
    ratio = min(SPLIT_RATIOS, key=lambda ratio: abs(abs(jump) - log(ratio)))
    distance = abs(abs(jump) - log(ratio))
    if distance > SPLIT_TOLERANCE:
        return None
    return (f"{ratio:g}:1" if jump < 0 else f"1:{ratio:g}"), distance < SPLIT_SURE


def _lines(path: Path, findings: Findings) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        findings.error(path, "file", f"cannot be read: {error}", "fetch the file again")
        return []


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a calendar day has no time zone
    except ValueError:
        return None
