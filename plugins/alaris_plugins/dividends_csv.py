"""Dividends from a CSV file of the user's own: symbol, ex_date, amount (USD a share), announced_at; known from when they were announced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from math import isfinite, nan
from pathlib import Path

from alaris.domain import NEW_YORK, DataError, Dividend
from alaris.plugins import Settings, hookimpl
from alaris_plugins.csv_file import dates, read_columns


@dataclass(frozen=True, slots=True)
class Announced:
    """A dividend and when it became known."""

    dividend: Dividend
    available_at: datetime


class DividendsFile:
    """Answer with what was announced in time; a row without announced_at counts as known from its ex-date, which helps no decision."""

    def __init__(self, path: Path | None) -> None:
        self._announced: Mapping[str, Sequence[Announced]] = {} if path is None else _by_symbol(path)

    @hookimpl
    def dividends(self, symbol: str, first: date, last: date, as_of: datetime) -> list[Dividend] | None:
        listed = self._announced.get(symbol.upper())
        if listed is None:
            return None
        newest = {one.dividend.ex_date: one.dividend for one in listed if one.available_at <= as_of}  # a later announcement replaces
        return [newest[day] for day in sorted(newest) if first <= day <= last]


def _by_symbol(path: Path) -> dict[str, list[Announced]]:
    columns = read_columns(path, ("symbol", "ex_date", "amount"), ("announced_at",))
    days: list[date] = dates(path, "ex_date", columns["ex_date"]).astype(object).tolist()
    told = columns.get("announced_at", ("",) * len(days))
    found: dict[str, list[Announced]] = {}
    for row, symbol in enumerate(columns["symbol"]):
        dividend = Dividend(days[row], _amount(path, row + 2, columns["amount"][row]))
        found.setdefault(symbol.strip().upper(), []).append(Announced(dividend, _instant(path, row + 2, told[row], days[row])))
    return {symbol: sorted(rows, key=lambda one: one.available_at) for symbol, rows in found.items()}


def _amount(path: Path, line: int, text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = nan
    if not isfinite(amount) or amount < 0:  # 0 takes an announcement back
        raise DataError(path, f"column amount: {text!r} is not USD a share", line=line)
    return amount


def _instant(path: Path, line: int, text: str, ex_date: date) -> datetime:
    if not text:
        return datetime.combine(ex_date, time(), NEW_YORK)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise DataError(path, f"column announced_at: {text!r} is not an ISO time with a zone (2017-01-12T08:00:00-05:00)", line=line)
    return moment


def plugin(settings: Settings) -> DividendsFile:
    """Entry point: reads `sources.dividends`."""
    return DividendsFile(Path(settings.sources.dividends) if settings.sources.dividends else None)
