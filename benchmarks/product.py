"""Print how fast the product itself is: its backtest of YUM 2017, the demo market, `alaris --help`."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared" / "data"
ALARIS = str(Path(sys.executable).with_name("alaris"))


def measured(command: list[str], repeats: int = 3) -> tuple[float, float]:
    """Median wall seconds and largest resident megabytes of a whole process."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"})  # noqa: S603 - our own command
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    """Print one row a case."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'case':34} {'limit':>9} {'median':>9} {'peak':>9}")
    with tempfile.TemporaryDirectory() as folder:
        backtest = [ALARIS, "backtest", "--output", folder]
        report("alaris --help", "0.3 s", [ALARIS, "--help"])
        if SHARED.is_dir():
            calendar = str(SHARED / "calendar" / "earnings_2012_2017.csv.gz")
            year = {"symbols": "YUM", "start": "2017-01-03", "end": "2017-12-29", "calendar": calendar}
            stated = [word for name, value in year.items() for word in ("--parameter", name, value)]
            report("YUM 2017, whole process", "3 s", [*backtest, "--data-folder", str(SHARED / "lean"), *stated])
        report("demo market, whole process", "15 s", backtest)


def report(case: str, limit: str, command: list[str]) -> None:
    """Measure and print one row."""
    seconds, megabytes = measured(command)
    print(f"{case:34} {limit:>9} {seconds:7.2f} s {megabytes:6.0f} MB", flush=True)


if __name__ == "__main__":
    main()
