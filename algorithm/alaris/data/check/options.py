"""Checks of one underlying's options: daily quote, trade and open-interest archives, and universe files."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

from alaris.data import lean_folder
from alaris.data.check.findings import Findings
from alaris.data.check.tables import FORMS, check_order, good_lines, open_zip, read_text
from alaris.data.market_hours import ExchangeCalendar

KINDS = ("quote", "trade", "openinterest")
CROSSED_ERROR = 0.05  # share of crossed quotes from which bid and ask were surely exchanged
HEADER = "#expiry,strike,right,"
RESUME = "write the file again; LEAN skips what it cannot name"


def check_options(folder: Path, ticker: str, exchange: ExchangeCalendar | None, findings: Findings) -> None:
    """Check all daily option files of one underlying."""
    daily = folder / "option" / "usa" / "daily"
    for kind in KINDS:
        paths = sorted(daily.glob(f"{ticker.lower()}_[0-9][0-9][0-9][0-9]_{kind}_american.zip"))
        if not paths:
            _say_missing(lean_folder.option_path(folder, ticker, 0, kind), ticker, kind, findings)
        for path in paths:
            _check_archive(path, ticker.lower(), kind, findings)
    _check_universes(lean_folder.universe_folder(folder, ticker), ticker, exchange, findings)


def _say_missing(path: Path, ticker: str, kind: str, findings: Findings) -> None:
    pattern = path.with_name(path.name.replace("_0_", "_<year>_"))
    if kind == "quote":
        remedy = "import its chains; nothing can be priced without quotes"
        findings.error(pattern, "missing", f"no option quotes of {ticker.upper()}", remedy)
    elif kind == "openinterest":
        findings.warning(pattern, "missing", f"no open interest of {ticker.upper()}", "import it; the liquidity check needs it")


def _check_archive(path: Path, ticker: str, kind: str, findings: Findings) -> None:
    archive = open_zip(path, findings)
    if archive is None:
        return
    name_form = re.compile(rf"{re.escape(ticker)}_{kind}_american_(?:call|put)_\d+_\d{{8}}\.csv")
    year, quoted, crossed = path.name.split("_")[1], 0, 0
    with archive:
        whole = path.read_bytes()
        for name in archive.namelist():
            if not name_form.fullmatch(name):
                findings.error(path, "name", f"entry {name!r} is not {ticker}_{kind}_american_<call|put>_<strike>_<expiry>.csv", RESUME)
                continue
            text = read_text(archive, name, path, findings, whole)
            lines = good_lines(path, name, text or "", FORMS[kind], findings)
            check_order(path, name, lines, findings)
            if lines and not (lines[0].startswith(year) and lines[-1].startswith(year)):
                findings.error(path, "year", f"{name} has lines of another year than {year}", "put each year's lines into its own archive")
            if kind == "quote":
                sides, wrong = _crossed(path, name, lines, findings)
                quoted, crossed = quoted + sides, crossed + wrong
    if crossed:
        say = findings.error if crossed > CROSSED_ERROR * quoted else findings.warning
        message = f"{crossed:,} of {quoted:,} two-sided quotes ({crossed / quoted:.2%}) have the bid above the ask"
        say(path, "crossed", message, "such quotes are refused; where there are many, look whether bid and ask were exchanged")


def _crossed(path: Path, name: str, lines: list[str], findings: Findings) -> tuple[int, int]:
    """Two-sided quotes of one contract, and how many of them are crossed."""
    quoted = crossed = 0
    for number, line in enumerate(lines, start=1):
        fields = line.split(",")
        bid, ask = fields[4], fields[9]
        if bid and ask:
            quoted += 1
            crossed += float(bid) > float(ask)
        if float(bid or 1) == 0 or float(ask or 1) == 0:
            remedy = "leave the five fields of a missing side empty: LEAN takes 0 for a price"
            findings.warning(path, "zero", f"{name}: a quote of 0", remedy, line=number)
    return quoted, crossed


def _check_universes(target: Path, ticker: str, exchange: ExchangeCalendar | None, findings: Findings) -> None:
    files = {day: path for path in sorted(target.glob("*.csv")) if (day := _day(path.stem))}
    if not files:
        remedy = "write one a session: LEAN lists contracts from them alone"
        findings.error(target, "missing", f"no option universe files of {ticker.upper()}", remedy)
        return
    for path in files.values():
        _check_universe(path, findings)
    for day in exchange.sessions(min(files), max(files)) if exchange else []:
        if day not in files:
            remedy = "write the file; the universe is not selected on the next session, so no chain is seen then"
            findings.warning(target, "gap", f"no universe file of {day}, a session", remedy)


def _check_universe(path: Path, findings: Findings) -> None:
    try:
        header, _, text = path.read_text(encoding="utf-8-sig").partition("\n")
    except (OSError, ValueError) as error:
        findings.error(path, "file", f"cannot be read: {error}", "write the file again")
        return
    underlying, _, contracts = text.partition("\n")
    if not header.startswith(HEADER):
        findings.error(path, "header", f"begins with {header[:40]!r}, not {HEADER!r}", "write the header line", line=1)
    elif not underlying.startswith(",,,"):
        message = "no line of the underlying, with three empty fields, under the header"
        findings.error(path, "underlying", message, "write that line first", line=2)
    elif not contracts.strip():
        findings.warning(path, "empty", "lists no contract", "write the session's contracts")
    else:
        good_lines(path, path.name, "\n\n" + contracts, FORMS["universe"], findings)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a calendar day has no time zone
    except ValueError:
        return None
