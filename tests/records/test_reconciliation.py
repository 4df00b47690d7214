"""Reconciliation: missed fills counted once, orders the broker lacks closed, foreign ones told, and a failed query is no empty account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from alaris.journal.store import Journal
from alaris.records.order_book import OrderBook
from alaris.records.reconciliation import BrokerPicture, Difference, Finding, reconcile
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import Event, Order, OrderState

OPEN = datetime(2017, 2, 8, 14, 31, tzinfo=UTC)
FRONT, BACK = "YUM 170217C67.5", "YUM 170317C67.5"
KEY = "run|YUM|enter|1"
FILLS = [
    (KEY, ExecutionReport("0000e0d5.1.01", FRONT, -1, Decimal("1.00"), OPEN)),
    (KEY, ExecutionReport("0000e0d5.2.01", BACK, 1, Decimal("1.40"), OPEN)),
]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal with one order sent, of which nothing was heard since."""
    with Journal(str(tmp_path / "journal.db")) as opened:
        book = OrderBook(opened)
        book.intend(Order(KEY, {FRONT: -1, BACK: 1}, contracts=1), "2017-02-08|YUM", {})
        book.send(KEY, OPEN, Decimal("0.45"), "BUY")
        yield opened


def picture(
    open_orders: frozenset[str] | None = frozenset(),
    ended: Mapping[str, Event] | None = None,
    executions: list[tuple[str, ExecutionReport]] | None = None,
    positions: Mapping[str, int] | None = None,
    *,
    failed: str = "",
) -> BrokerPicture:
    parts = {"open_orders": open_orders, "ended": ended or {}, "executions": executions or [], "positions": positions or {}}
    return BrokerPicture(OPEN + timedelta(minutes=1), **{name: None if name == failed else part for name, part in parts.items()})  # type: ignore[arg-type]


def reconciled(journal: Journal, seen: BrokerPicture) -> tuple[OrderState, list[Finding]]:
    book = OrderBook(journal)
    book.declare_unknown(OPEN + timedelta(seconds=30), "started again")
    found = reconcile(journal, book, seen, {})
    last = journal.head()
    needs_a_person = {Finding.QUERY_FAILED, Finding.UNEXPLAINED, Finding.FOREIGN_ORDER, Finding.POSITION_DIFFERS}
    assert last is not None
    assert last.entry["finding"] == ("NOT_CLEAN" if needs_a_person & {one.finding for one in found} else "CLEAN")
    return book.order(KEY).state, [one.finding for one in found]


def test_what_filled_unheard_is_counted(journal: Journal) -> None:
    seen = picture(executions=FILLS, positions={FRONT: -1, BACK: 1})
    assert reconciled(journal, seen) == (OrderState.FILLED, [Finding.MISSED_FILL, Finding.MISSED_FILL])
    assert [row["execution_id"] for name, row in journal.typed(1, 99) if name == "fills"] == ["0000e0d5.1.01", "0000e0d5.2.01"]


def test_what_still_works_is_known_again(journal: Journal) -> None:
    assert reconciled(journal, picture(open_orders=frozenset({KEY}))) == (OrderState.WORKING, [])


def test_what_ended_unheard_has_ended(journal: Journal) -> None:
    assert reconciled(journal, picture(ended={KEY: Event.CONFIRM_CANCEL})) == (OrderState.CANCELLED, [])


def test_what_the_broker_lacks_is_closed(journal: Journal) -> None:
    assert reconciled(journal, picture()) == (OrderState.ABSENT, [Finding.NOT_AT_BROKER])


@pytest.mark.parametrize("failed", ["open_orders", "ended", "executions", "positions"])
def test_a_failed_query_is_not_an_empty_account(journal: Journal, failed: str) -> None:
    assert reconciled(journal, picture(failed=failed)) == (OrderState.UNKNOWN, [Finding.QUERY_FAILED])


def test_one_leg_and_no_order_is_for_a_person(journal: Journal) -> None:
    state, findings = reconciled(journal, picture(executions=FILLS[:1], positions={FRONT: -1}))
    assert (state, findings) == (OrderState.UNKNOWN, [Finding.MISSED_FILL, Finding.UNEXPLAINED])


def test_orders_and_positions_that_are_not_ours(journal: Journal) -> None:
    foreign = ("TWS|7", ExecutionReport("0000e0d5.9.01", "YUM", 100, Decimal(66), OPEN))
    seen = picture(open_orders=frozenset({KEY, "TWS|8"}), executions=[foreign], positions={"YUM": 100})
    assert reconciled(journal, seen) == (OrderState.WORKING, [Finding.FOREIGN_ORDER, Finding.FOREIGN_ORDER, Finding.POSITION_DIFFERS])
    assert Difference(Finding.POSITION_DIFFERS, "YUM", "0", "100").brokers == "100"
