"""One decision from a snapshot in memory (phases 3 to 8, 2,000 contracts), the risk check of an order, and the scenario risk of five."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from sample_market import EVE, PORTFOLIO, SYMBOL, SampleMarket, close_of, fridays, guarded_workflow

from alaris.domain import Leg, LegQuote, MarketSnapshot
from alaris.risk.limits import Proposal, check_limits
from alaris.settings import Limits, Scenarios
from alaris.workflow import Workflow

CONTRACTS, RUNS, TARGET = 2_000, 500, 5.0
CALENDARS = 5
PROPOSAL = Proposal(SYMBOL, 133.0, 2)
GRID = Scenarios().spot_steps * Scenarios().volatility_steps * (Scenarios().days + 1)


class WideMarket(SampleMarket):
    """The sample market whose quotes of the legs are in memory from the second call on."""

    def quotes(self, legs: Sequence[Leg], as_of: datetime) -> list[LegQuote]:
        key = (tuple(legs), as_of)
        if key not in self._kept:
            self._kept[key] = super().quotes(legs, as_of)
        return self._kept[key]

    @cached_property
    def _kept(self) -> dict[object, list[LegQuote]]:
        return {}


def main() -> None:
    """Print median and 95th percentile in milliseconds beside the target."""
    as_of = close_of(EVE)
    market = WideMarket(expiries=fridays(EVE, 32))
    workflow = guarded_workflow(market)
    (report,), _ = workflow.reports([SYMBOL], as_of)
    started = perf_counter()
    snapshot = workflow.snapshot(report, as_of)
    collected = perf_counter() - started
    if not isinstance(snapshot, MarketSnapshot):
        raise SystemExit(f"the sample market gives no snapshot: {snapshot}")
    chain = snapshot.chain.value
    snapshot = replace(snapshot, chain=replace(snapshot.chain, value=chain.where(np.arange(len(chain)) < CONTRACTS)))
    decision = workflow.decide_snapshot(snapshot, PORTFOLIO)
    if decision.intent is None or decision.calendar is None:
        raise SystemExit(f"the sample market is refused: {decision.rejection}")
    times = np.array([_timed(workflow, snapshot) for _ in range(RUNS)]) * 1e3
    median, tail = np.percentile(times, [50, 95])
    print(f"{platform.machine()} {platform.python_version()}  {len(snapshot.chain.value)} contracts, {RUNS} runs")
    print(f"phases 3-8      median {median:6.2f} ms   p95 {tail:6.2f} ms   target p95 <= {TARGET} ms")
    order = _median(lambda: check_limits(PROPOSAL, PORTFOLIO, Limits()))
    print(f"risk check      {order * 1e3:6.3f} ms median   one order against every limit, target <= 1 ms")
    held = [(decision, decision.calendar, decision.spot)] * CALENDARS
    risk = _median(lambda: workflow.scenario_risk(held))
    print(f"scenario risk   {risk * 1e3:6.2f} ms median   {CALENDARS} calendars, {GRID} scenarios each, target <= 20 ms")
    print(f"phase 2, once   {collected * 1e3:6.2f} ms   ({len(chain)} implied volatilities and the sample market's own prices included)")


def _median(work: Callable[[], object]) -> float:
    """Median seconds of a piece of work."""
    return float(np.median([_seconds(work) for _ in range(RUNS)]))


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _timed(workflow: Workflow, snapshot: MarketSnapshot) -> float:
    started = perf_counter()
    workflow.decide_snapshot(snapshot, PORTFOLIO)
    return perf_counter() - started


if __name__ == "__main__":
    main()
