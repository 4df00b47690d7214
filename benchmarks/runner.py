"""Whole-process time and memory of the embedded runner beside what LEAN took for the same cases.

usage: python benchmarks/runner.py [--repeat 3]; how a run grows with its symbols is in growth.py

LEAN's figures were recorded once on a 2-core machine (../shared/reference/lean.md C2 and the issue); they are a yardstick, not a race on
this machine. Needs ../shared (the golden algorithms and their data).
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

SHARED = Path(__file__).resolve().parents[2] / "shared"
EMPTY_MONTH = """from AlgorithmImports import *

class EmptyMonth(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2017, 3, 1)
        self.set_end_date(2017, 3, 31)
        self.add_equity("YUM", Resolution.DAILY)
"""


class Case(NamedTuple):
    """A case, LEAN's seconds and gigabytes where they were recorded, and the seconds we want."""

    name: str
    algorithm: str
    lean_seconds: float
    lean_gigabytes: float | None
    target: float


CASES = (
    Case("empty month (start-up)", "", 3.1, None, 0.35),
    Case("eve_calendar_2017", "eve_calendar_year.py", 9.5, 0.9, 0.6),
    Case("scan_chain_2017", "scan_chain_year.py", 19.0, 2.7, 1.5),
    Case("option_orders_goog_ib", "option_orders_minute.py", 5.8, None, 0.5),
    Case("statistics_2014_2015", "statistics_year.py", 3.3, None, 0.45),
)


class Run(NamedTuple):
    """Wall seconds, processor seconds and megabytes of one process."""

    wall: float
    processor: float
    megabytes: float


def measure(file: Path, output: Path, environment: dict[str, str]) -> Run:
    """One run as its own process."""
    command = [sys.executable, "-m", "alaris_runner", str(file), "--data-folder", str(SHARED / "data" / "lean"), "--output", str(output)]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own module
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status != 0:
        raise SystemExit(f"{file} did not complete")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def processor() -> str:
    """Name of the processor, where the system tells it."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each case; the median is printed")
    options = parser.parse_args()
    repeat = options.repeat
    if not SHARED.is_dir():
        raise SystemExit(f"{SHARED} is not here: the benchmark needs the golden algorithms and their data")
    print(f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    print(f"{'case':26} {'LEAN s':>7} {'ours s':>7} {'CPU s':>7} {'target':>7} {'LEAN GB':>8} {'ours MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPYCACHEPREFIX": f"{folder}/pyc"}
        empty = Path(folder) / "empty_month.py"
        empty.write_text(EMPTY_MONTH)
        measure(empty, Path(folder) / "warm", environment)  # compile the modules once, as an installed package is
        for case in CASES:
            file = SHARED / "golden" / "algorithms" / case.algorithm if case.algorithm else empty
            runs = [measure(file, Path(folder) / "output", environment) for _ in range(repeat)]
            gigabytes = f"{case.lean_gigabytes:.1f}" if case.lean_gigabytes is not None else "-"
            ours = f"{median(run.wall for run in runs):7.2f} {median(run.processor for run in runs):7.2f} {case.target:7.2f}"
            print(f"{case.name:26} {case.lean_seconds:7.1f} {ours} {gigabytes:>8} {max(run.megabytes for run in runs):8.0f}")


if __name__ == "__main__":
    main()
