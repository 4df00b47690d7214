"""The ledger of refusals: grouped by reason in the order of the phases, each with its value against the limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from alaris.domain import Phase
from alaris.records.decisions import Record
from alaris.records.wording import day, number, phase, reason

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused decision; `share` is value / limit for the small bar (0 to 2), None where it says nothing."""

    day: str
    symbol: str
    value: str
    limit: str
    share: float | None


@dataclass(frozen=True, slots=True)
class RefusalGroup:
    """All refusals for one reason; `rows` are the first of `total`, `worded` where what was seen is text."""

    code: str
    meaning: str
    phase: str
    total: int
    rows: tuple[Refusal, ...]
    worded: bool


def refusals(records: Iterable[Record]) -> list[RefusalGroup]:
    """Refusals by phase (the latest first, for they came nearest to a trade), then by frequency."""
    groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record["outcome"] == "REJECTED":
            groups[record["rejected_phase"] or "", record["reason"] or ""].append(record)
    order = {phase.value: number for number, phase in enumerate(Phase)}
    ranked = sorted(groups.items(), key=lambda item: (-order.get(item[0][0], -1), -len(item[1]), item[0][1]))
    return [_group(code, where, found) for (where, code), found in ranked]


def _group(code: str, where: str, records: list[Record]) -> RefusalGroup:
    rows = tuple(_refusal(record) for record in sorted(records, key=lambda record: (record["as_of"], record["symbol"]))[:MOST_ROWS])
    worded = any(isinstance(record["value"], str) for record in records)
    return RefusalGroup(code, reason(code), phase(where), len(records), rows, worded)


def _refusal(record: Record) -> Refusal:
    value, limit = record["value"], record["limit"]
    comparable = isinstance(value, int | float) and isinstance(limit, int | float) and value >= 0 and limit > 0
    return Refusal(day(record["as_of"]), record["symbol"], number(value), number(limit), min(value / limit, 2.0) if comparable else None)
