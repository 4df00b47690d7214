"""A real Dask scheduler and two workers, each a process of its own; one of them is killed while it runs a backtest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from shell import Shell

from alaris.domain import ConfigurationError
from alaris.sweep.cluster import ClusterWorkers
from alaris.sweep.trial import Job

pytest.importorskip("distributed", reason="needs dask.distributed: pip install 'alaris[dask]'")

Until = Callable[[Callable[[], object], str], None]
LOCAL = ("--host", "127.0.0.1", "--no-dashboard")


@pytest.fixture
def scheduler(python: str, tmp_path: Path, until: Until) -> Iterator[str]:
    """Address of a scheduler with two workers; they are stopped afterwards."""
    contact = tmp_path / "scheduler.json"
    quiet = {**os.environ, "DASK_DISTRIBUTED__ADMIN__LOG_FORMAT": "%(message)s"}
    with ExitStack() as processes, (tmp_path / "cluster.log").open("w") as log:

        def start(*words: str) -> None:
            process = subprocess.Popen([python, "-m", *words], stdout=log, stderr=subprocess.STDOUT, env=quiet)  # noqa: S603 - our own words
            processes.callback(process.wait)
            processes.callback(process.terminate)

        start("distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", str(contact), *LOCAL)
        until(contact.exists, "the scheduler")
        for number in range(2):
            words = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--local-directory", str(tmp_path / f"worker-{number}"))
            start("distributed.cli.dask_worker", "--scheduler-file", str(contact), *words, *LOCAL)
        address = str(json.loads(contact.read_text())["address"])
        until(lambda: (tmp_path / "cluster.log").read_text().count("Registered to:") >= 2, "two workers")
        yield address


def test_a_worker_killed_mid_run_ends_nothing(
    alaris: Shell, scheduler: str, algorithm: Path, market: Path, tmp_path: Path, until: Until
) -> None:
    marker = tmp_path / "marker"
    (tmp_path / "sets.toml").write_text("[grid]\nshare = [0.1, 0.2, 0.3, 0.4, 0.5, 2]\n", encoding="utf-8")

    def kill_one() -> None:
        until(marker.exists, "the run of 0.3")
        os.kill(int(marker.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    words = ("--parameter", "wait", str(marker), "--data-folder", str(market), "--output", "cluster")
    answer = alaris("sweep", str(algorithm), "--sets", "sets.toml", *words, "--scheduler", scheduler)
    killer.join()
    assert (answer.code, answer.errors) == (0, "")
    rows = [json.loads(line) for line in (tmp_path / "cluster" / "runs.jsonl").read_text().splitlines()]
    assert f"5 runs completed on the Dask cluster at {scheduler}" in answer.output, [row["error"] for row in rows]
    assert "1 failed: each is a row with its error" in answer.output
    assert "1 worker lost on the way, the work done again elsewhere" in answer.output
    assert sorted(row["number"] for row in rows) == [1, 2, 3, 4, 5, 6]
    here = alaris("sweep", str(algorithm), "--sets", "sets.toml", *words[:-1], "here", "--json")
    assert json.loads(here.output)["lost_workers"] == 0
    local = [json.loads(line) for line in (tmp_path / "here" / "runs.jsonl").read_text().splitlines()]
    assert equal_parts(rows) == equal_parts(local)


def equal_parts(rows: list[dict[str, object]]) -> list[tuple[object, ...]]:
    """What must not depend on where a run ran."""
    names = ("number", "parameters", "status", "statistics", "days", "equity")
    return sorted(((tuple(repr(row[name]) for name in names)) for row in rows), key=repr)


def test_nobody_at_the_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alaris.sweep.cluster.PATIENCE", 0.5)
    with pytest.raises(ConfigurationError, match=r"--scheduler: no Dask scheduler answers at tcp://127.0.0.1:9"):
        ClusterWorkers("tcp://127.0.0.1:9")


def test_workers_with_threads_run_one_backtest_at_a_time(algorithm: Path, market: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from alaris.sweep.trial import run_trial

    jobs = [Job(number, algorithm, market, {"share": f"0.{number}"}) for number in range(1, 5)]
    with ThreadPoolExecutor(4) as threads:
        rows = list(threads.map(run_trial, jobs))
    assert [row.status for row in rows] == ["Completed"] * 4, [row.error for row in rows]
    assert [row.equity for row in rows] == [run_trial(job).equity for job in jobs]
