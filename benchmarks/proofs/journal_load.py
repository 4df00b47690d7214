"""Proof 4, load: 2,000 records a second for 2 minutes, then 10,000 a second for 30 seconds, none lost, the chain whole.

Records fall due at the stated rate, one by one; those that fell due while a transaction was on its way go into the next one. Every
twentieth is an intent, which waits for the disk. A record's delay runs from when it was due to when its transaction was committed.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep
from typing import Any

import numpy as np

from alaris.journal.store import Journal
from alaris.journal.verification import verify

FULL, SHORT = ((2_000, 120.0), (10_000, 30.0)), ((500, 1.0), (2_000, 1.0))
BEHIND = 1.0  # seconds; a journal that is further behind at the end does not hold the rate
LARGEST = 5_000  # records in a transaction


def main() -> None:
    """Print each load's figures and a pass line; leave with 1 where it fails."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="a second of each at lower rates, without judging the speed")
    short = arguments.parse_args().short
    with TemporaryDirectory() as folder:
        passed = [_held(Path(folder) / f"{rate}.db", rate, seconds, judged=not short) for rate, seconds in (SHORT if short else FULL)]
    sys.exit(0 if all(passed) else 1)


def _held(path: Path, rate: int, seconds: float, *, judged: bool) -> bool:
    with Journal(str(path)) as journal:
        started = process_time()
        delays, behind = _load(journal, rate, seconds)
        processor = process_time() - started
        began = perf_counter()
        found = verify(journal)
        verified = perf_counter() - began
    median, tail, worst = np.percentile(delays, [50, 99, 100]) * 1e3
    print(f"journal load    {rate:6,}/s for {seconds:.0f} s: {len(delays):,} records, {behind * 1e3:.0f} ms behind at the end")
    print(f"                delay to committed: median {median:.1f} ms, p99 {tail:.1f} ms, worst {worst:.0f} ms")
    cost = processor / len(delays) * 1e6
    print(f"                load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, this proof's own part among it")
    print(f"                processor {cost:.0f} us a record, memory {_memory():.0f} MB, verified in {verified:.1f} s")
    passed = found.records == len(delays) == int(rate * seconds) and (behind <= BEHIND or not judged)
    print(f"{'PASS' if passed else 'FAIL'}            {found.records:,} of {int(rate * seconds):,} records there, the chain is whole\n")
    return passed


def _load(journal: Journal, rate: int, seconds: float) -> tuple[np.ndarray[Any, np.dtype[np.float64]], float]:
    total, written, start = int(rate * seconds), 0, perf_counter()
    delays = np.empty(total)
    while written < total:
        due = min(total, int((perf_counter() - start) * rate), written + LARGEST)
        if due == written:
            sleep(0.5 / rate)
            continue
        journal.append_all([_entry(number) for number in range(written, due)])
        delays[written:due] = perf_counter() - start - np.arange(written, due) / rate
        written = due
    return delays, perf_counter() - start - seconds


def _entry(number: int) -> tuple[str, Mapping[str, Any]]:
    trade = {"trade_id": f"2017-02-08|YUM|{number // 20}", "order_key": f"run|YUM|enter|{number // 20}"}
    if number % 20 == 0:
        return "intent", {**trade, "symbol": "YUM", "contracts": 3, "legs": [{"strike": 67.5, "ratio": -1}, {"strike": 67.5, "ratio": 1}]}
    if number % 2:
        return "status", {**trade, "state": "WORKING", "event": "ACKNOWLEDGE", "filled": 0, "at": "2017-02-08T21:00:00+00:00"}
    return "fill", {**trade, "execution_id": f"0000e0d5.{number}.01", "side": "entry", "contracts": -3, "price": 1.33, "fee": 1.95}


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
