"""Two result folders side by side: order events, equity, statistics. Equal means that both engines did the same."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from alaris.domain.errors import DataError

# a hash over .NET decimals, and an estimate that follows another clock
NOT_COMPARED = frozenset({"OrderListHash", "Estimated Strategy Capacity", "Lowest Capacity Asset"})
EVENT_COLUMNS = ("time", "symbolValue", "direction", "status", "quantity", "fillPrice", "fillQuantity", "orderFeeAmount", "isAssignment")
TOLERANCE = 1e-6  # relative, and absolute in USD: what is written as a decimal is read back as a double
ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two runs differ: the section, where in it, and both values as text."""

    section: str
    place: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many values of each section were compared, and every difference."""

    compared: Mapping[str, int]
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class _Run:
    events: Sequence[Mapping[str, Any]]
    equity: Sequence[Sequence[float]]
    statistics: Mapping[str, str]


def compare_runs(first: Path, second: Path, tolerance: float = TOLERANCE) -> Comparison:
    """Compare what two runs of the same algorithm left, whichever engine made them.

    Parameters
    ----------
    first, second : Path
        Result folders with LEAN's `<id>.json` and `<id>-order-events.json`; the ids may differ.
    tolerance : float
        Of numbers, relative and absolute.

    Raises
    ------
    DataError
        A folder holds no result, or more than one.
    """
    one, two = _read(first), _read(second)
    differences = [
        *_events(one.events, two.events, tolerance),
        *_equity(one.equity, two.equity, tolerance),
        *_statistics(one.statistics, two.statistics, tolerance),
    ]
    compared = {
        "order events": max(len(one.events), len(two.events)),
        "equity": max(len(one.equity), len(two.equity)),
        "statistics": len(one.statistics.keys() | two.statistics.keys()),
    }
    return Comparison(compared, tuple(differences))


def _read(folder: Path) -> _Run:
    summaries = sorted(folder.glob("*-summary.json")) if folder.is_dir() else []
    if len(summaries) != 1:
        raise DataError(folder, f"must hold exactly one LEAN result, holds {len(summaries)}; name the output folder of one backtest")
    stem = summaries[0].name.removesuffix("-summary.json")
    result = _json(folder / f"{stem}.json")
    events = folder / f"{stem}-order-events.json"
    equity = result.get("charts", {}).get("Strategy Equity", {}).get("series", {}).get("Equity", {}).get("values", [])
    statistics = {name: str(value) for name, value in result.get("statistics", {}).items() if name not in NOT_COMPARED}
    return _Run(_json(events) if events.exists() else [], equity, statistics)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DataError(path, f"cannot be read as JSON ({error}); run the backtest again") from error


def _events(first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]], tolerance: float) -> Iterator[Difference]:
    """Event by event in their order; ids are the engine's own affair."""
    for number, (one, two) in enumerate(zip_longest(first, second), start=1):
        place = f"{number}: {_title(one or two or {})}"
        if one is None or two is None:
            yield Difference("order events", place, ABSENT if one is None else "present", ABSENT if two is None else "present")
            continue
        for column in EVENT_COLUMNS:
            if not _same(one.get(column), two.get(column), tolerance):
                yield Difference("order events", f"{place}, {column}", str(one.get(column)), str(two.get(column)))


def _title(event: Mapping[str, Any]) -> str:
    return f"{event.get('symbolValue', '')} {event.get('status', '')}".strip()


def _equity(first: Iterable[Sequence[float]], second: Iterable[Sequence[float]], tolerance: float) -> Iterator[Difference]:
    """Point by point; a point is a UTC second and a value, or open, high, low and close."""
    one, two = ({int(point[0]): list(point[1:]) for point in points} for points in (first, second))
    for second_of_day in sorted(one.keys() | two.keys()):
        values = one.get(second_of_day), two.get(second_of_day)
        if not _same(*values, tolerance):
            shown = (ABSENT if value is None else ", ".join(map(str, value)) for value in values)
            yield Difference("equity", str(second_of_day), *shown)


def _statistics(first: Mapping[str, str], second: Mapping[str, str], tolerance: float) -> Iterator[Difference]:
    for name in sorted(first.keys() | second.keys()):
        one, two = first.get(name, ABSENT), second.get(name, ABSENT)
        if not _same(_number(one), _number(two), tolerance):
            yield Difference("statistics", name, one, two)


def _number(text: str) -> float | str:
    """A statistic such as -$3.90 or 12.5% as its number."""
    try:
        return float(text.replace("$", "").replace("%", "").replace(",", ""))
    except ValueError:
        return text


def _same(one: Any, two: Any, tolerance: float) -> bool:
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(_same(a, b, tolerance) for a, b in zip(one, two, strict=True))
    if isinstance(one, int | float) and isinstance(two, int | float):
        return math.isclose(one, two, rel_tol=tolerance, abs_tol=tolerance)
    return bool(one == two)
