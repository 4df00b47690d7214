"""Print how long a sweep of 200 backtests of the golden eve calendar takes on the cores of this machine, beside one run by itself."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"
ALGORITHM = SHARED / "golden" / "algorithms" / "eve_calendar_year.py"
RUNS, TARGET = 200, 40.0


class Time(NamedTuple):
    """Wall seconds, and processor seconds over all cores."""

    wall: float
    processor: float


def main() -> None:
    """Run the sweep as a user does, and print its time beside the target."""
    if not ALGORITHM.is_file():
        raise SystemExit(f"needs the golden algorithms in {SHARED}, which are not part of the repository")
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {load}")
    with tempfile.TemporaryDirectory() as folder:
        data = ("--data-folder", str(SHARED / "data" / "lean"))
        single = timed([sys.executable, "-m", "alaris_runner", str(ALGORITHM), *data, "--output", f"{folder}/single"])
        words = ("--parameter", "quantity", "1", str(runs), "1", "--output", f"{folder}/sweep")
        whole = timed([sys.executable, "-m", "alaris.cli", "optimize", str(ALGORITHM), *data, *words])
    print(f"{'case':44} {'target':>8} {'wall':>10} {'processor':>11}")
    print(f"{'one run, whole process':44} {'':>8} {single.wall:8.2f} s {single.processor:9.2f} s")
    print(f"{f'{runs} runs, whole process, table and page':44} {TARGET * runs / RUNS:6.1f} s {whole.wall:8.2f} s {whole.processor:9.2f} s")
    print(f"{'a run':44} {1000 * TARGET / RUNS:5.0f} ms {1000 * whole.wall / runs:7.0f} ms {1000 * whole.processor / runs:8.0f} ms")


def timed(command: list[str]) -> Time:
    """Seconds of a whole process and of those it started."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Time(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    main()
