"""Checks of an earnings calendar: rows that cannot be read, unknown times of day, sources that disagree."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from alaris.data.check.findings import Findings
from alaris.domain import DataError, Timing
from alaris.plugins.earnings_csv import EarningsFile, Statement

SAME_REPORT_DAYS = 45  # statements closer than this are about one report: companies report each quarter


def check_earnings(path: Path, findings: Findings) -> None:
    """Check one calendar file."""
    try:
        file = EarningsFile(path)
    except DataError as error:
        findings.error(path, "file", str(error), "write the calendar again, or name another with --parameter calendar", line=error.line)
        return
    for fault in file.errors:
        findings.error(path, "row", str(fault), "mend the row; a run stops at it", line=fault.line)
    if not file.dated:
        message = "no column available_at: it does not say when each date became known"
        findings.warning(path, "known", message, "a backtest takes the dates as known beforehand; add the column where you can")
    for symbol in sorted(file.symbols):
        for report in _reports(sorted(file.statements(symbol), key=lambda statement: statement.event.report_date)):
            _check_report(path, symbol, report, findings)


def _reports(rows: Iterable[Statement]) -> list[list[Statement]]:
    groups: list[list[Statement]] = []
    for row in rows:
        if groups and (row.event.report_date - groups[-1][0].event.report_date).days < SAME_REPORT_DAYS:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _check_report(path: Path, symbol: str, report: list[Statement], findings: Findings) -> None:
    newest = {row.event.source: row for row in sorted(report, key=lambda row: row.event.available_at)}
    stated: dict[tuple[date, Timing], Statement] = {(r.event.report_date, r.event.timing): r for r in newest.values()}
    line = min(row.line for row in newest.values())
    if any(timing is Timing.UNKNOWN for _, timing in stated):
        message = f"{symbol}: no time of day for {min(day for day, _ in stated)}"
        remedy = "find out whether it is before the open or after the close; until then it is refused"
        findings.warning(path, f"timing {symbol}", message, remedy, line=line)
    beliefs = _beliefs(report)
    if beliefs:
        message = f"{symbol}: sources disagree on one report: {beliefs}"
        findings.warning(path, f"sources {symbol}", message, "see which is right; such reports are refused", line=line)


def _beliefs(report: list[Statement]) -> str:
    """What the sources say of one report before it is published, where they differ."""
    first = min(row.event.report_date for row in report)
    told = [row for row in sorted(report, key=lambda row: row.event.available_at) if row.event.available_at.date() < first]
    newest = {row.event.source: (row.event.report_date, row.event.timing) for row in told}
    if len(set(newest.values())) < 2:
        return ""
    return "; ".join(f"{source} {day} {timing}" for source, (day, timing) in sorted(newest.items()))
