"""Orders through the journal: every step before it is believed, nothing sent twice, the same orders after a crash at any step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from alaris.domain import InvalidInput
from alaris.journal.store import Journal
from alaris.journal.verification import verify
from alaris.records.order_book import OrderBook
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import TERMINAL, Event, Order, OrderState

OPEN = datetime(2017, 2, 8, 14, 31, tzinfo=UTC)
FRONT, BACK = "YUM 170217C67.5", "YUM 170317C67.5"
KEY, TRADE = "run|YUM|enter|1", "2017-02-08|YUM"
ORDER = Order(KEY, {FRONT: -1, BACK: 1}, contracts=2)


def at(second: int) -> datetime:
    return OPEN + timedelta(seconds=second)


def leg(number: int, contract: str, contracts: int, correction: int = 1) -> ExecutionReport:
    return ExecutionReport(f"0000e0d5.{number}.{correction:02d}", contract, contracts, Decimal("1.255"), at(number))


STEPS: list[Callable[[OrderBook], Order]] = [
    lambda book: book.intend(ORDER, TRADE, {"symbol": "YUM"}),
    lambda book: book.send(KEY, at(1), Decimal("1.33"), "BUY"),
    lambda book: book.note(KEY, Event.ACKNOWLEDGE, at(2)),
    lambda book: book.fill(KEY, leg(3, FRONT, -2)),
    lambda book: book.charge(KEY, "0000e0d5.3.01", Decimal("1.30")),
    lambda book: book.note(KEY, Event.REQUEST_CANCEL, at(4)),
    lambda book: book.fill(KEY, leg(5, BACK, 1)),
    lambda book: book.fill(KEY, leg(5, BACK, 2, correction=2)),
    lambda book: book.note(KEY, Event.REFUSE_CANCEL, at(6)),
]


@pytest.mark.parametrize("steps", range(1, len(STEPS) + 1))
def test_a_crash_after_any_step_leaves_the_same_order_and_nothing_is_sent_again(steps: int, tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    with Journal(path) as journal:
        book = OrderBook(journal)
        for step in STEPS[:steps]:
            order = step(book)
    with Journal(path) as journal:
        restarted = OrderBook(journal)
        assert restarted.order(KEY) == order
        assert {one.key for one in restarted.open()} == (set() if order.state in TERMINAL else {KEY})
        restarted.declare_unknown(at(60), "started again")
        assert restarted.order(KEY).state is (order.state if order.state in TERMINAL else OrderState.UNKNOWN)
        with pytest.raises(InvalidInput, match="only an intended order is sent, and once"):
            restarted.send(KEY, at(61), Decimal("1.33"), "BUY")
        with pytest.raises(InvalidInput, match="another attempt needs another key"):
            restarted.intend(ORDER, TRADE, {})
        assert verify(journal).records >= steps


def test_reports_repeated_and_split_over_restarts_count_once(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    for _ in range(3):
        with Journal(path) as journal:
            book = OrderBook(journal)
            for step in STEPS if not book.orders and journal.trade_of(KEY) is None else STEPS[2:]:
                order = step(book)
            records = verify(journal).records
    assert (order.state, order.whole, order.is_uneven) == (OrderState.FILLED, 2, False)
    assert order.executions.cash(100) == Decimal("-1.30")  # -2 and +2 at 1.255, and one fee
    assert records == 13  # an intent, an order, 7 statuses, 3 fills, a fee, and not one for a repetition


def test_an_unknown_order_found_absent_frees_its_slot(tmp_path: Path) -> None:
    with Journal(str(tmp_path / "journal.db")) as journal:
        book = OrderBook(journal)
        STEPS[0](book)
        book.declare_unknown(at(10), "killed before sending")
        assert book.note(KEY, Event.FIND_ABSENT, at(20), "reconciled").state is OrderState.ABSENT
        assert list(book.open()) == []
        assert list(OrderBook(journal).orders) == []  # ended orders are read when asked for
        assert OrderBook(journal).order(KEY).state is OrderState.ABSENT


def test_an_order_nobody_intended(tmp_path: Path) -> None:
    with Journal(str(tmp_path / "journal.db")) as journal, pytest.raises(InvalidInput, match="import it by reconciliation"):
        OrderBook(journal).fill("TWS|7", leg(1, BACK, 1))
