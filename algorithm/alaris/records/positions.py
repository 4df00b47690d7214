"""What the account holds by its own journal: every recorded execution of a leg, corrections applied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from alaris.workflow.executions import ExecutionReport, Executions

if TYPE_CHECKING:
    from alaris.journal.store import Journal


IMPORTED = "imported"  # records of this kind: what the account holds beyond our own executions


def account_positions(journal: Journal) -> dict[str, int]:
    """Signed contracts by contract of the whole account: our executions, and what a reconciliation imported beyond them."""
    totals = positions_of(journal)
    newest = journal.latest(IMPORTED)
    for contract, count in (newest.entry["positions"] if newest is not None else {}).items():
        totals[contract] = totals.get(contract, 0) + count
    return {contract: total for contract, total in sorted(totals.items()) if total}


def positions_of(journal: Journal) -> dict[str, int]:
    """Signed contracts by contract; what is flat is left out.

    Only executions with an id count, those that a broker reported: the whole account that `reconcile` compares with the broker's.
    """
    totals: dict[str, int] = {}
    for executions in _by_order(journal).values():
        for contract, count in executions.positions().items():
            totals[contract] = totals.get(contract, 0) + count
    return {contract: total for contract, total in sorted(totals.items()) if total}


def _by_order(journal: Journal) -> dict[str, Executions]:
    """Executions by order: few each, so that joining a report to those before it stays cheap."""
    found: dict[str, Executions] = {}
    for key, report in _reports(journal):
        found[key] = found.get(key, Executions()).with_report(report)
    return found


def _reports(journal: Journal) -> Iterator[tuple[str, ExecutionReport]]:
    for record in journal.records(kind="fill"):
        entry: dict[str, Any] = record.entry
        if "execution_id" in entry:
            when = datetime.fromisoformat(entry["filled_at"])
            yield (
                entry["order_key"],
                ExecutionReport(entry["execution_id"], entry["leg"], entry["contracts"], Decimal(entry["price"]), when),
            )
