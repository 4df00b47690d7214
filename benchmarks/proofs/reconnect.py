"""Proof 3: the gateway is away for 1 to 300 s (of a clock that runs faster) around fills; every callback of that time is lost.

A whole live run over a real socket. While the gateway is away an order of ours fills, fills in part, fills one leg, is cancelled,
or nothing happens; a person keeps asking for new entries. After it: what happened is found by the first reconciliation, no entry was
made before that one was clean, positions are the broker's, and no order was sent twice.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from types import MappingProxyType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

from fake_gateway import FakeGateway
from gateway_cases.bench import BACK_ID, FRONT_ID, ORDER_REF, PLACE, brokers_positions, sent_twice
from live_run import LiveRun

from alaris.journal.store import Journal
from alaris.records.order_book import OrderBook
from alaris.records.positions import positions_of
from alaris.workflow.order_state import OrderState

SPEED = 150.0
GAPS = (1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 240, 300)  # seconds
CASES_A_RUN = 20  # a run's session has six hours, by its own clock
PATIENCE = 10.0  # real seconds until something is called lost
Happening = tuple[Callable[[FakeGateway, str], None], OrderState]


class Wrong(Exception):
    """A gap that did not end as it must."""


def _leg_by_leg(gateway: FakeGateway, key: str) -> None:
    gateway.fill_leg(key, FRONT_ID, 2)
    gateway.fill_leg(key, BACK_ID, 2)


def _half_then_cancelled(gateway: FakeGateway, key: str) -> None:
    gateway.fill(key, 1)
    gateway.end(key)


HAPPENINGS: Mapping[str, Happening] = MappingProxyType(
    {
        "filled": (lambda gateway, key: gateway.fill(key), OrderState.FILLED),
        "filled leg by leg": (_leg_by_leg, OrderState.FILLED),
        "half filled": (lambda gateway, key: gateway.fill(key, 1), OrderState.PARTLY_FILLED),
        "one leg filled": (lambda gateway, key: gateway.fill_leg(key, FRONT_ID, 2), OrderState.PARTLY_FILLED),
        "half filled, then cancelled": (_half_then_cancelled, OrderState.CANCELLED),
        "cancelled": (lambda gateway, key: gateway.end(key), OrderState.CANCELLED),
        "nothing": (lambda _gateway, _key: None, OrderState.WORKING),
    }
)


@dataclass(frozen=True)
class Found:
    """One gap: real milliseconds from the gateway's return to the end of the first reconciliation, and entries that were refused."""

    milliseconds: float
    refused: int


def main() -> None:
    """Print the figures and a pass line; leave with 1 where a gap went wrong."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="three gaps of each kind")
    short = arguments.parse_args().short
    logging.getLogger("ib_insync").setLevel(logging.CRITICAL)
    began, found, faults = perf_counter(), list[Found](), list[str]()
    gaps = GAPS[::7] if short else GAPS
    cases = [(name, gap) for name in HAPPENINGS for gap in gaps][:: 4 if short else 1]
    for part in range(0, len(cases), CASES_A_RUN):
        _play(cases[part : part + CASES_A_RUN], found, faults)
    times = [one.milliseconds for one in found]
    print(
        f"reconnect       {len(found)} gaps of {gaps[0]} to {gaps[-1]} s around {len(HAPPENINGS)} kinds of happening, "
        f"{perf_counter() - began:.0f} s"
    )
    if times:
        print(f"                from the gateway's return to known: median {median(times):.0f} ms, worst {max(times):.0f} ms, real time")
        print(f"                {sum(one.refused for one in found):,} entries asked for meanwhile, all refused")
    for fault in faults:
        print(f"                {fault}")
    passed = bool(found) and not faults
    print(f"{'PASS' if passed else 'FAIL'}            found by the first reconciliation, no entry before it was clean, none sent twice\n")
    sys.exit(0 if passed else 1)


def _play(cases: list[tuple[str, int]], found: list[Found], faults: list[str]) -> None:
    with TemporaryDirectory() as folder, FakeGateway() as gateway:
        gateway.plan("rests")
        with LiveRun(Path(folder), gateway, SPEED) as run:
            for name, gap in cases:
                try:
                    found.append(_gap(run, gateway, name, gap))
                except (Wrong, AssertionError, OSError) as error:
                    faults.append(f"{name}, {gap} s: {error}")
                    return


def _gap(run: LiveRun, gateway: FakeGateway, name: str, gap: int) -> Found:
    act, state = HAPPENINGS[name]
    placed = len(gateway.sent(PLACE))
    run.until(lambda: run.enter().done, PATIENCE, "an entry was refused though all was well")
    run.until(lambda: len(gateway.sent(PLACE)) > placed, PATIENCE, "the order never came to the gateway")
    key = gateway.sent(PLACE)[-1][ORDER_REF]
    run.until(lambda: _state(run, key) is OrderState.WORKING, PATIENCE, f"{key} was never working")
    with run.journal() as journal:
        head = journal.head()
    before = head.sequence if head else 0
    gateway.refuse()
    sleep(gap / SPEED / 2)
    act(gateway, key)
    run.until(lambda: run.status()["connection"] != "READY", PATIENCE, "the loss was not noticed")
    refused = _refused_entries(run, gap / SPEED / 2)
    began = perf_counter()
    gateway.accept()
    run.until(lambda: _rounds(run, before) >= 1, PATIENCE, "the account was not compared after the return")
    milliseconds = (perf_counter() - began) * 1000
    with run.journal() as journal:
        _check(journal, gateway, key, before, state)
    _finish(run, gateway, key)
    return Found(milliseconds, refused)


def _refused_entries(run: LiveRun, seconds: float) -> int:
    """Keep asking for entries while the gateway is away; how often it was refused."""
    end, refused = perf_counter() + seconds, 0
    while refused == 0 or perf_counter() < end:
        answer = run.enter()
        _require(not answer.done, f"an entry was made while the gateway was away: {answer.text}")
        refused += 1
        sleep(0.01)
    return refused


def _rounds(run: LiveRun, before: int) -> int:
    """Reconciliations that were finished since a record."""
    with run.journal() as journal:
        return sum(record.sequence > before for record in _ends(journal))


def _ends(journal: Journal) -> list[Any]:
    return [record for record in journal.records(kind="reconciliation") if record.entry["finding"] in ("CLEAN", "NOT_CLEAN")]


def _check(journal: Journal, gateway: FakeGateway, key: str, before: int, state: OrderState) -> None:
    """What the journal holds right after the first reconciliation."""
    first = next(record for record in _ends(journal) if record.sequence > before)
    _require(first.entry["finding"] == "CLEAN", "the first reconciliation was not clean")
    order = OrderBook(journal).order(key)
    _require(order.state is state, f"{key} is {order.state.value}, not {state.value}")
    late = [record.sequence for record in journal.records(kind="fill") if record.sequence > first.sequence]
    _require(not late, "a fill was found only after the first reconciliation")
    early = [record.sequence for record in journal.records(kind="intent") if before < record.sequence < first.sequence]
    _require(not early, "an entry was intended before the account was compared")
    ours, brokers = positions_of(journal), brokers_positions(gateway)
    _require(ours == brokers, f"ours {ours}, the broker's {brokers}")
    _require(sent_twice(gateway) == [], f"sent twice: {sent_twice(gateway)}")


def _finish(run: LiveRun, gateway: FakeGateway, key: str) -> None:
    """End what is still working, so that the next gap begins with nothing open; a leg that is alone gets its other one."""
    order = gateway.order(key)
    if order.is_open and order.leg_filled.get(FRONT_ID, 0) != order.leg_filled.get(BACK_ID, 0):
        gateway.fill_leg(key, BACK_ID, 2)
    if order.is_open:
        gateway.end(key)
    run.until(lambda: not run.status()["orders"] and not run.status()["entries_forbidden"], PATIENCE, f"{key} did not end")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


def _state(run: LiveRun, key: str) -> OrderState:
    with run.journal() as journal:
        return OrderBook(journal).order(key).state


if __name__ == "__main__":
    main()
