"""Runs an algorithm as LEAN's .NET process does: loaded and driven on a worker thread, standard output gone, signals impossible.

LEAN constructs the algorithm on one thread and delivers its events on others; Python's main thread stands still (lean.md A.6).
"""

from __future__ import annotations

import contextvars
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

STEP_SECONDS = 1200  # LEAN's limit of one time step; a driver that hangs fails here and not in CI's own time-out


def main() -> int:
    """`foreign_host.py FILE DATA OUTPUT REPORT`: run it, write what was seen to REPORT."""
    file, data, output, report = map(Path, sys.argv[1:])
    os.close(1)
    sys.stdout = None  # an embedded Python may have none
    seen: dict[str, Any] = {}
    worker = threading.Thread(target=lambda: seen.update(_drive(file, data, output)), name="engine")
    worker.start()
    worker.join(STEP_SECONDS)
    report.write_text(json.dumps({"finished": not worker.is_alive(), **seen}))
    return 0


def _drive(file: Path, data: Path, output: Path) -> dict[str, Any]:
    """Run, with every event of the algorithm handed to a thread that has never been seen before."""
    from alaris_runner.api.algorithm import QCAlgorithm
    from alaris_runner.run import run_backtest

    threads: set[str] = set()
    handed = QCAlgorithm.call_on_data

    def elsewhere(algorithm: QCAlgorithm, current: Any) -> None:
        context = contextvars.copy_context()
        errors: list[BaseException] = []

        def step() -> None:
            threads.add(threading.current_thread().name)
            try:
                context.run(handed, algorithm, current)
            except BaseException as error:  # noqa: BLE001 - carried to the thread of the engine
                errors.append(error)

        thread = threading.Thread(target=step)
        thread.start()
        thread.join(STEP_SECONDS)
        if errors:
            raise errors[0]

    setattr(QCAlgorithm, "call_on_data", elsewhere)  # noqa: B010 - the host chooses the thread; mypy refuses the plain assignment
    outcome = run_backtest(file, data, output, {"start": "2017-01-25", "end": "2017-02-13"})
    return {"status": outcome.status, "error": outcome.error, "threads": len(threads), "main": "MainThread" in threads}


if __name__ == "__main__":
    sys.exit(main())
