"""A month of health checks every 15 minutes with a clock that runs 1,000 times as fast: no memory, thread or descriptor is left behind.

Five calendars are open throughout. Each check asks plugins on threads of their own (one of them hangs now and then), reprices, judges every
exit, feeds the breakers, and writes to both journals. The account is not new: its journal is longer than SQLite's page cache (2 MB), which
would otherwise fill in the course of the month. The first session is warm-up.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

import numpy as np
from sample_market import EVE, PORTFOLIO, SYMBOL, SampleMarket, WeekdaySessions, close_of, sample_settings

from alaris.domain import Calendar, Decision, Execution
from alaris.journal.store import Journal
from alaris.lean.safeguards import Safeguards
from alaris.plugins import PluginManager, hookimpl
from alaris.workflow import Workflow

SPEED, SESSIONS, POSITIONS = 1_000.0, 21, 5
INTERVAL = timedelta(minutes=15)
STEADY_BYTES = 512.0  # a check: a seventh of one health record, 50 kB a day
HANGS_EVERY = 40  # checks
EARLIER = 12_000  # records
FRONT, BACK = date(2024, 6, 21), date(2024, 7, 19)
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Look:
    """What the process held at one check."""

    resident: int
    threads: int
    descriptors: int


class Hanging:
    """A vendor that now and then does not answer in time."""

    def __init__(self, seconds: float) -> None:
        self._calls, self._seconds = 0, seconds

    @hookimpl
    def execution_quotes(self) -> None:
        """Know nothing, slowly every so often."""
        self._calls += 1
        if self._calls % (HANGS_EVERY * POSITIONS) == 0:
            time.sleep(self._seconds)


class Account:
    """Five open calendars and everything that looks after them."""

    def __init__(self, folder: Path) -> None:
        settings = sample_settings(plugins__call_seconds="0.05", plugins__strikes="1000000", sources__journal=str(folder / "journal.jsonl"))
        market = SampleMarket()
        self.plugins = PluginManager(settings, only=())
        self.plugins.register(Hanging(0.2), "hanging")
        self.plugins.register(market, "market")
        self.plugins.load_entry_points()
        self.workflow = Workflow(settings, self.plugins, WeekdaySessions())
        self.guards = Safeguards(settings.breakers, lambda _: None)
        self.journal = Journal(str(folder / "journal.db"))
        old = {"trade_id": "of an earlier month", "unrealized": 0.1234567, "expected": 0.1234567, "as_of": close_of(EVE).isoformat()}
        self.journal.append_all([("health", old)] * EARLIER)
        self.held = [self._held(market, number) for number in range(POSITIONS)]

    def check(self, now: datetime) -> None:
        """One look at every position, as the adapter does."""
        self.guards.retry(now)
        self.guards.watch_equity(1e6, now)
        for held in self.held:
            calendar = self.workflow.calendar_now(held, now, held.spot)
            if calendar is None:
                continue
            found = self.workflow.health(held, calendar, held.spot)
            self.workflow.exit_due(held, calendar, held.spot, now)
            entry = {"trade_id": held.trade_id, "unrealized": found.unrealized, "expected": found.expected, "as_of": now.isoformat()}
            self.plugins.record("health", entry)
            self.journal.append("health", entry)

    def _held(self, market: SampleMarket, number: int) -> Decision:
        """A calendar that was opened at the sample market's eve; its report and its expiries lie behind the month."""
        (report,), _ = self.workflow.reports([SYMBOL], close_of(EVE))
        decision = self.workflow.decide(report, PORTFOLIO, close_of(EVE))
        if decision.calendar is None:
            raise SystemExit(f"the sample market is refused: {decision.rejection}")
        legs = (replace(decision.calendar.front.leg, expiry=FRONT), replace(decision.calendar.back.leg, expiry=BACK))
        calendar = Calendar(*(replace(quote, implied_volatility=0.30) for quote in market.quotes(legs, close_of(EVE))))
        later = replace(decision, calendar=calendar, report=replace(report, reaction_session=FRONT), trade_id=f"soak-{number}")
        return self.workflow.entered(later, Execution(close_of(EVE), calendar.natural_debit, (), calendar, decision.spot))


def main() -> None:
    """Soak, print slopes and counts, and leave with 1 where something is left behind."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="two sessions without waiting for the clock")
    short = arguments.parse_args().short
    sessions, speed = (2, float("inf")) if short else (SESSIONS, SPEED)
    began = perf_counter()
    with TemporaryDirectory() as folder:
        account = Account(Path(folder))
        moments = list(_moments(sessions))
        looks = [_look_after(account, moment, began + number * INTERVAL.total_seconds() / speed) for number, moment in enumerate(moments)]
        account.journal.close()
    time.sleep(0.3)  # the last hanging call ends
    steady = looks[len(looks) // sessions :]
    slope = float(np.polyfit(np.arange(len(steady)), [look.resident for look in steady], 1)[0])
    threads, descriptors = (_growth(steady, name) for name in ("threads", "descriptors"))
    first, last, hours = looks[0], looks[-1], (moments[-1] - moments[0]) / timedelta(hours=1)
    sizes = f"{first.resident / 2**20:.0f} to {last.resident / 2**20:.0f} MB"
    print(f"soak            {len(looks)} checks of {POSITIONS} calendars, {hours:.0f} h of the clock in {perf_counter() - began:.0f} s")
    print(f"                memory {slope:+.0f} bytes a check (limit {STEADY_BYTES:.0f}), {sizes}")
    print(f"                threads {first.threads} to {threading.active_count()}, descriptors {first.descriptors} to {last.descriptors}")
    passed = (short or slope <= STEADY_BYTES) and threads <= 1 and descriptors <= 0
    print(f"{'PASS' if passed else 'FAIL'}            no memory, thread or descriptor left behind\n")
    sys.exit(0 if passed else 1)


def _growth(looks: list[Look], name: str) -> int:
    """How far a count went beyond that of the first checks."""
    counts = [int(getattr(look, name)) for look in looks]
    return max(counts) - max(counts[:5])


def _moments(sessions: int) -> Iterator[datetime]:
    """Every 15 minutes from 09:45 to 16:00 of each session from the entry's on."""
    days, day = WeekdaySessions(), EVE
    for _ in range(sessions):
        day = days.next_session(day)
        moment = days.open_of(day) + INTERVAL
        while moment <= days.close_of(day):
            yield moment
            moment += INTERVAL


def _look_after(account: Account, moment: datetime, due: float) -> Look:
    """Wait for the fast clock, check, and look at the process."""
    time.sleep(max(due - perf_counter(), 0.0))
    account.check(moment)
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    return Look(resident, threading.active_count(), len(list(Path("/proc/self/fd").iterdir())))


if __name__ == "__main__":
    main()
