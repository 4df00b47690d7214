"""Proof 1: the order path is killed (-9) at each named step, x 50 seeds, against a broker simulator in another process.

After each kill a new process starts on the same journal, declares what was open unknown, reconciles, and only then goes on. In the end
our positions are the broker's, the broker was never sent an order twice, at most one order a trade has filled, and every intent has
ended or is declared unknown.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

from broker_simulator import BACK, FRONT, Connection, picture_of, report_of, simulator

from alaris.journal.store import Journal
from alaris.journal.verification import verify
from alaris.records.order_book import OrderBook
from alaris.records.reconciliation import reconcile
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import TERMINAL, Event, Order, OrderState

STEPS = ("before intent", "after intent", "before submit", "after submit", "after ack", "after first leg", "mid-cancel", "mid-reconcile")
PLANS = {"after first leg": ("fills", "halves"), "mid-cancel": ("rests", "halves")}
ANY_PLAN = ("fills", "rests", "halves", "rejects")
SEEDS, PATIENCE = 50, 0.05
Kill = Callable[[str], None]


class Watched(OrderBook):
    """A book that can be killed in the middle of a reconciliation."""

    kill: Kill = staticmethod(lambda _: None)

    def note(self, key: str, event: Event, at: datetime, reason: str = "") -> Order:
        """As the book does, then perhaps die."""
        order = super().note(key, event, at, reason)
        if reason != "":
            self.kill("mid-reconcile")
        return order

    def fill(self, key: str, report: ExecutionReport) -> Order:
        """As the book does, then perhaps die."""
        order = super().fill(key, report)
        self.kill("mid-reconcile")
        return order


def main() -> None:
    """Print the figures and a pass line; leave with 1 where a case fails."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=int, default=SEEDS)
    arguments.add_argument("--short", action="store_true", help="one seed a step")
    given = arguments.parse_args()
    began, faults, kills = perf_counter(), list[str](), Counter[str]()
    with TemporaryDirectory() as name:
        Journal(f"{name}/empty.db").close()
        for step in STEPS:
            for seed in range(1 if given.short else given.seeds):
                died, fault = _case(Path(name), step, seed)
                kills[step] += died
                faults += [f"{step}, seed {seed}: {fault}"] if fault else []
    seconds = perf_counter() - began
    print(f"order path      {kills.total()} kills -9 at {len(kills)} steps, {min(kills.values())} or more at each, {seconds:.0f} s")
    for fault in faults:
        print(f"                {fault}")
    passed = not faults and (given.short or all(kills[step] for step in STEPS))
    print(f"{'PASS' if passed else 'FAIL'}            positions equal the broker's, no order sent twice, every intent ended or unknown\n")
    sys.exit(0 if passed else 1)


def _case(folder: Path, step: str, seed: int) -> tuple[int, str]:
    """How often the step killed, and what was wrong in the end."""
    path = folder / "journal.db"
    for end in ("", "-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    shutil.copy(folder / "empty.db", path)
    plans = PLANS.get(step, ANY_PLAN)
    with simulator(folder / "broker", seed, plans[seed % len(plans)]) as broker:
        first = "after submit" if step == "mid-reconcile" else step
        endings = [_life(path, broker, kill_at) for kill_at in ([first, step, ""] if step == "mid-reconcile" else [step, ""])]
        fault = _fault(path, broker)
    killed = [status == -signal.SIGKILL for status in endings]
    wrong = "" if endings[-1] == 0 else f"the last life ended with {endings[-1]}"
    return int(killed[-2]), wrong or fault


def _life(path: Path, broker: Path, kill_at: str) -> int:
    process = os.fork()
    if process == 0:
        status = 1
        try:
            _trade(path, broker, partial(_perhaps_die, kill_at))
            status = 0
        except BaseException:  # noqa: BLE001 - the process top of the child
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _perhaps_die(kill_at: str, step: str) -> None:
    if step == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)


def _trade(path: Path, broker: Path, kill: Kill) -> None:
    with Journal(str(path)) as journal, Connection(broker) as connection:
        book = Watched(journal)
        if list(book.open()):
            book.declare_unknown(_now(), "started again")
            book.kill = kill
            reconcile(journal, book, picture_of(connection.picture(), _now()), {})
            book.kill = lambda _: None
        order = _ordered(book, connection, kill)
        for deadline in (PATIENCE, 10 * PATIENCE):
            order = _followed(book, connection, order, deadline, kill)
            if order.state in TERMINAL or order.state is OrderState.UNKNOWN:
                return
            order = book.note(order.key, Event.REQUEST_CANCEL, _now())
            connection.ask(do="cancel", key=order.key)
            kill("mid-cancel")
        book.declare_unknown(_now(), "no answer")


def _ordered(book: OrderBook, connection: Connection, kill: Kill) -> Order:
    """The order of this trade: the one that was sent, or a new attempt where the broker has none of those before."""
    attempt = 1
    while book.knows(f"run|YUM|enter|{attempt}"):
        order = book.order(f"run|YUM|enter|{attempt}")
        if order.state is not OrderState.ABSENT:
            return order
        attempt += 1
    kill("before intent")
    order = book.intend(Order(f"run|YUM|enter|{attempt}", {FRONT: -1, BACK: 1}, contracts=1), "2017-02-08|YUM", {"symbol": "YUM"})
    kill("after intent")
    order = book.send(order.key, _now(), Decimal("0.45"), "BUY")
    kill("before submit")
    connection.ask(do="place", key=order.key)
    kill("after submit")
    return order


def _followed(book: OrderBook, connection: Connection, order: Order, seconds: float, kill: Kill) -> Order:
    for message in connection.messages(seconds):
        if message["key"] != order.key:
            continue
        if "fill" in message:
            order = book.fill(order.key, report_of(message))
            kill("after first leg")
        else:
            order = book.note(order.key, Event(message["event"]), _now())
            kill("after ack")
        if order.state in TERMINAL:
            break
    return order


def _fault(path: Path, broker: Path) -> str:
    """What is wrong in the end; nothing where all is well."""
    with Journal(str(path)) as journal, Connection(broker) as connection:
        raw = connection.picture()
        verify(journal)
        book = OrderBook(journal)
        orders = [book.order(key) for key in (f"run|YUM|enter|{attempt}" for attempt in range(1, 9)) if book.knows(key)]
    ours: Counter[str] = Counter()
    for order in orders:
        ours.update(order.executions.positions())
    brokers = picture_of(raw, _now()).positions or {}
    twice = [key for key, times in raw["times"].items() if times > 1]
    filled = [order.key for order in orders if order.executions.positions()]
    open_still = [order.state.value for order in orders if order.state not in TERMINAL and order.state is not OrderState.UNKNOWN]
    if dict(ours) != brokers:
        return f"our positions are {dict(ours)}, the broker's {brokers}"
    if twice or len(filled) > 1:
        return f"sent twice: {twice}; filled: {filled}"
    return f"not ended: {open_still}" if open_still else ""


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
