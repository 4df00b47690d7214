"""Our orders against the broker's word, at a start, after each reconnect and daily: what we missed, what it lacks, where quantities differ.

The broker is right about quantities. A query that failed is not an empty account: then nothing is concluded, and entries wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import TERMINAL, Event

if TYPE_CHECKING:
    from alaris.journal.store import Journal
    from alaris.records.order_book import OrderBook


class Finding(StrEnum):
    """What a reconciliation can find."""

    QUERY_FAILED = "QUERY_FAILED"  # the broker did not answer one of the queries; ask again
    MISSED_FILL = "MISSED_FILL"  # it executed what we had not heard of; counted now
    NOT_AT_BROKER = "NOT_AT_BROKER"  # it has no such order; closed here
    UNEXPLAINED = "UNEXPLAINED"  # partly executed, neither open nor ended; a person must look
    FOREIGN_ORDER = "FOREIGN_ORDER"  # it has an order that no journal of ours intended; a person must look
    POSITION_DIFFERS = "POSITION_DIFFERS"  # the broker is right; a person must look at why


NEEDS_A_PERSON = frozenset({Finding.QUERY_FAILED, Finding.UNEXPLAINED, Finding.FOREIGN_ORDER, Finding.POSITION_DIFFERS})


@dataclass(frozen=True, slots=True)
class BrokerPicture:
    """What the broker said of the account at one time; None where it did not answer.

    `open_orders` are our keys of working orders, `ended` the ends of those that ended, `executions` come with the key of their order,
    `positions` are signed contracts.
    """

    at: datetime
    open_orders: frozenset[str] | None
    ended: Mapping[str, Event] | None
    executions: Sequence[tuple[str, ExecutionReport]] | None
    positions: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing found: of which order or contract, and what either side said."""

    finding: Finding
    of: str
    ours: str = ""
    brokers: str = ""


def reconcile(journal: Journal, book: OrderBook, picture: BrokerPicture, expected: Mapping[str, int]) -> tuple[Difference, ...]:
    """Bring the book to the broker's word, and record each difference; entries may go on where none of them needs a person.

    Parameters
    ----------
    expected : mapping
        Positions by our own account before this picture, by contract; missed fills are added here.
    """
    found = tuple(_differences(book, picture, dict(expected)))
    entries = [("reconciliation", _entry(difference, picture.at)) for difference in found]
    clean = not any(difference.finding in NEEDS_A_PERSON for difference in found)
    journal.append_all([*entries, ("reconciliation", {"finding": "CLEAN" if clean else "NOT_CLEAN", "at": picture.at})])
    return found


def _differences(book: OrderBook, picture: BrokerPicture, expected: dict[str, int]) -> Iterator[Difference]:
    parts = {name: getattr(picture, name) for name in ("open_orders", "ended", "executions", "positions")}
    failed = [name for name, part in parts.items() if part is None]
    if failed:
        yield from (Difference(Finding.QUERY_FAILED, name) for name in failed)
        return
    yield from _executions(book, parts["executions"], expected)
    yield from _orders(book, picture.at, parts["open_orders"], parts["ended"])
    held = {contract: count for contract, count in expected.items() if count}
    for contract in sorted(held.keys() | parts["positions"].keys()):
        ours, brokers = held.get(contract, 0), parts["positions"].get(contract, 0)
        if ours != brokers:
            yield Difference(Finding.POSITION_DIFFERS, contract, str(ours), str(brokers))


def _executions(book: OrderBook, executions: Sequence[tuple[str, ExecutionReport]], expected: dict[str, int]) -> Iterator[Difference]:
    for key, report in executions:
        if not book.knows(key):
            yield Difference(Finding.FOREIGN_ORDER, key, brokers=f"{report.contracts} {report.contract}")
            continue
        before = book.order(key).executions.positions()
        if book.fill(key, report).executions.positions() != before:
            after = book.order(key).executions.positions()
            for contract in before.keys() | after.keys():
                expected[contract] = expected.get(contract, 0) + after.get(contract, 0) - before.get(contract, 0)
            yield Difference(Finding.MISSED_FILL, key, brokers=f"{report.contracts} {report.contract}")


def _orders(book: OrderBook, at: datetime, open_orders: frozenset[str], ended: Mapping[str, Event]) -> Iterator[Difference]:
    for key in sorted(open_orders | ended.keys()):
        if book.knows(key):
            book.note(key, ended.get(key, Event.ACKNOWLEDGE), at, "reconciled")
        else:
            yield Difference(Finding.FOREIGN_ORDER, key)
    for order in [order for order in book.open() if order.key not in open_orders and order.key not in ended]:
        if order.executions.positions():
            book.note(order.key, Event.FALL_SILENT, at, "neither open nor ended at the broker")
            yield Difference(Finding.UNEXPLAINED, order.key, order.state.value)
            continue
        after = book.note(order.key, Event.FIND_ABSENT, at, "not at the broker")
        if after.state in TERMINAL:
            yield Difference(Finding.NOT_AT_BROKER, order.key, order.state.value)


def _entry(difference: Difference, at: datetime) -> dict[str, Any]:
    said = {"of": difference.of, "ours": difference.ours, "brokers": difference.brokers}
    return {"finding": difference.finding.value, **said, "at": at}
