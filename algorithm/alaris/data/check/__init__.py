"""What is missing or broken in a LEAN data folder, said before a run rather than found after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alaris.data import lean_folder
from alaris.data.check.calendars import check_earnings
from alaris.data.check.findings import Finding, Findings, Severity
from alaris.data.check.options import check_options
from alaris.data.check.shares import check_share
from alaris.data.market_hours import ExchangeCalendar
from alaris.domain import DataError

__all__ = ["Finding", "Severity", "check_folder"]

COPY = "copy it from a LEAN data folder, or from the one that `alaris demo-market` writes"


def check_folder(folder: Path, *, symbols: Sequence[str] | None = None) -> list[Finding]:
    """Check a LEAN data folder for what the strategy needs of it.

    Parameters
    ----------
    folder : Path
        The folder that holds `equity`, `option`, `market-hours` and the others.
    symbols : sequence of str, optional
        Only these underlyings; without it all that have option quotes.

    Returns
    -------
    list of Finding
        Errors first; empty where nothing is wrong. A fault never raises.
    """
    findings = Findings()
    if not folder.is_dir():
        findings.error(folder, "folder", "no such folder", "name the folder that holds equity, option and market-hours")
        return findings.all()
    exchange = _exchange(folder, findings)
    _check_properties(folder, findings)
    _check_rates(folder, findings)
    names = [symbol.upper() for symbol in symbols] if symbols is not None else lean_folder.option_tickers(folder)
    if not names:
        findings.error(folder / "option", "options", "no underlying has daily option quotes", "import option chains")
    for name in names:
        check_share(folder, name, exchange, findings)
        check_options(folder, name, exchange, findings)
    _check_calendar(folder, findings)
    return findings.all()


def _exchange(folder: Path, findings: Findings) -> ExchangeCalendar | None:
    try:
        return lean_folder.sessions(folder)
    except DataError as error:
        findings.error(lean_folder.market_hours_path(folder), "file", str(error), COPY)
        return None


def _check_properties(folder: Path, findings: Findings) -> None:
    path = lean_folder.symbol_properties_path(folder)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        findings.error(path, "missing", "no symbol-properties database; LEAN does not start without it", COPY)
        return
    except (OSError, ValueError) as error:
        findings.error(path, "file", f"cannot be read: {error}", COPY)
        return
    for entry in ("usa,[*],equity,", "usa,[*],option,"):
        if not any(line.startswith(entry) for line in text.splitlines()):
            findings.error(path, "entry", f"no line {entry}...", f"add it, or {COPY}")


def _check_rates(folder: Path, findings: Findings) -> None:
    path = lean_folder.interest_rate_path(folder)
    try:
        rates = lean_folder.interest_rates(folder)
    except DataError as error:
        findings.error(path, "row", str(error), "mend the line", line=error.line)
        return
    if not rates.days:
        findings.warning(path, "missing", "no interest rates; LEAN then takes 1 %", "write rows of yyyy-MM-dd,percent under a header line")


def _check_calendar(folder: Path, findings: Findings) -> None:
    path = lean_folder.earnings_path(folder)
    if path.exists():
        check_earnings(path, findings)
    else:
        remedy = "put one there, or name a file with --parameter calendar"
        findings.warning(path, "missing", "the folder has no earnings calendar of its own", remedy)
