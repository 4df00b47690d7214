"""Positions by the journal alone: legs only, corrections and repetitions counted once, the same after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from alaris.journal.store import Journal
from alaris.records.order_book import OrderBook
from alaris.records.positions import account_positions, positions_of
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import Order

OPEN = datetime(2017, 2, 8, 14, 31, tzinfo=UTC)
FRONT, BACK = "YUM 170217C67.5", "YUM 170317C67.5"


def test_positions_are_what_the_recorded_legs_come_to(tmp_path: Path) -> None:
    with Journal(str(tmp_path / "DU1.db")) as journal:
        book = OrderBook(journal)
        assert positions_of(journal) == {}
        for attempt, contracts in ((1, 3), (2, 2)):
            key = f"run|YUM|enter|{attempt}"
            book.intend(Order(key, {FRONT: -1, BACK: 1}, contracts), "2017-02-08|YUM", {"symbol": "YUM"})
            book.send(key, OPEN, Decimal("1.33"), "BUY")
            for number, (contract, sign) in enumerate((("", 1), (FRONT, -1), (BACK, 1))):
                filled_at = OPEN + timedelta(seconds=number)
                for _ in range(2):  # every report twice
                    report = ExecutionReport(f"e{attempt}.{number}.01", contract, sign * contracts, Decimal("1.25"), filled_at)
                    book.fill(key, report)
        book.fill("run|YUM|enter|2", ExecutionReport("e2.2.02", BACK, 1, Decimal("1.25"), OPEN + timedelta(seconds=9)))  # 2 becomes 1
        assert positions_of(journal) == {FRONT: -5, BACK: 4}
        assert account_positions(journal) == {FRONT: -5, BACK: 4}
        imported = {"positions": {FRONT: 5, "YUM": -500}, "seen": [], "why": "assigned"}
        journal.append("imported", {"positions": {FRONT: 9}, "seen": [], "why": "before"})
        journal.append("imported", imported)  # the newest holds
        assert account_positions(journal) == {BACK: 4, "YUM": -500}
    with Journal(str(tmp_path / "DU1.db"), reading=True) as journal:
        assert positions_of(journal) == {FRONT: -5, BACK: 4}
