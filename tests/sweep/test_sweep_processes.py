"""Processes that die: a worker killed mid-run, a sweep killed and resumed. Nothing is lost but what was in flight, nothing is run twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from alaris.domain import DataError
from alaris.sweep.folder import Journal, Question, locked, read_folder
from alaris.sweep.local import LocalWorkers
from alaris.sweep.plan import Plan, make_plan
from alaris.sweep.running import Outcome, run_sweep
from alaris.sweep.trial import Row

Until = Callable[[Callable[[], object], str], None]
Kill = Callable[[Path], int]
SHARES = ("0.1", "0.2", "0.3", "0.4", "0.5", "2")  # the last one fails


@pytest.fixture
def plan(algorithm: Path, market: Path, tmp_path: Path) -> Plan:
    """Six runs; the one of 0.3 waits at a marker the first time, to be killed."""
    fixed = {"journal": str(tmp_path / "starts"), "wait": str(tmp_path / "marker")}
    return make_plan(algorithm, market, fixed=fixed, grid={"share": SHARES})


def starts(tmp_path: Path) -> Counter[str]:
    return Counter((tmp_path / "starts").read_text().split())


def sweep(plan: Plan, folder: Path, size: int) -> Outcome:
    return run_sweep(plan, Question(), folder, lambda: LocalWorkers(size, folder / "workers.log"))


def test_a_worker_killed_mid_run_is_replaced_and_its_run_done_again(plan: Plan, tmp_path: Path, until: Until, kill: Kill) -> None:
    marker = tmp_path / "marker"

    def kill_one() -> None:
        until(marker.exists, "the run of 0.3")
        kill(marker)

    killer = threading.Thread(target=kill_one)
    killer.start()
    outcome = sweep(plan, tmp_path / "sweep", 2)
    killer.join()
    assert outcome.lost == 1
    assert [row.status for row in outcome.rows] == ["Completed"] * 5 + ["RuntimeError"]
    assert starts(tmp_path) == {"0.1": 1, "0.2": 1, "0.3": 2, "0.4": 1, "0.5": 1, "2": 1}
    assert "an algorithm may print" in (tmp_path / "sweep" / "workers.log").read_text()


def test_a_run_that_kills_every_process_is_a_row(algorithm: Path, market: Path, tmp_path: Path, until: Until, kill: Kill) -> None:
    marker = tmp_path / "marker"
    fixed = {"wait": str(marker), "wait_at": "0.2", "every_time": "1"}
    plan = make_plan(algorithm, market, fixed=fixed, grid={"share": ("0.1", "0.2", "0.4")})

    def kill_twice() -> None:
        for _ in range(2):
            until(marker.exists, "the run of 0.2")
            kill(marker)
            marker.unlink()

    killer = threading.Thread(target=kill_twice)
    killer.start()
    outcome = sweep(plan, tmp_path / "sweep", 1)
    killer.join()
    assert [row.status for row in outcome.rows] == ["Completed", "WorkerLost", "Completed"], outcome.rows
    assert outcome.rows[1].reason == "its process died 2 times, the last time by SIGKILL; often that is the system out of memory"
    assert outcome.lost == 2


@pytest.fixture
def half_done(plan: Plan, python: str, tmp_path: Path, until: Until) -> Path:
    """The folder of a sweep that got `kill -9` while its third run was on."""
    folder, marker = tmp_path / "sweep", tmp_path / "marker"
    file = tmp_path / "sets.csv"
    file.write_text("share\n" + "\n".join(SHARES) + "\n", encoding="utf-8")
    fixed = [word for name, value in plan.trials[0].parameters.items() if name != "share" for word in ("--parameter", name, value)]
    command = [python, "-m", "alaris.cli", "sweep", str(plan.algorithm), "--sets", str(file), *fixed]
    command += ["--data-folder", str(plan.data_folder), "--output", str(folder), "--max-concurrent-backtests", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:  # noqa: S603 - our own command
        until(marker.exists, "the run of 0.3")
        with pytest.raises(DataError, match="is in use by another sweep"), locked(folder):
            pass
        os.kill(process.pid, signal.SIGKILL)
    worker = int(marker.read_text())
    until(lambda: not Path(f"/proc/{worker}").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text().split()[2], "the orphan to leave")
    return folder


def test_a_killed_sweep_is_resumed_and_nothing_is_run_twice(half_done: Path, tmp_path: Path, python: str) -> None:
    assert starts(tmp_path) == {"0.1": 1, "0.2": 1, "0.3": 1}
    command = [python, "-m", "alaris.cli", "sweep", "--resume", str(half_done), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)  # noqa: S603 - our own command
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert (said["runs"], said["completed"], said["failed"], said["resumed"]) == (6, 5, 1, 2)
    assert starts(tmp_path) == {"0.1": 1, "0.2": 1, "0.3": 2, "0.4": 1, "0.5": 1, "2": 1}
    again = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)  # noqa: S603
    assert again["resumed"] == 6
    assert sum(starts(tmp_path).values()) == 7


def test_an_interrupted_sweep_says_how_to_go_on(plan: Plan, python: str, tmp_path: Path, until: Until) -> None:
    fixed = [word for name in ("wait", "journal") for word in ("--parameter", name, plan.trials[0].parameters[name])]
    command = [python, "-m", "alaris.cli", "optimize", str(plan.algorithm), "--parameter", "share", "0.1", "0.5", "0.1", *fixed]
    command += ["--data-folder", str(plan.data_folder), "--output", str(tmp_path / "sweep")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        until((tmp_path / "marker").exists, "the run of 0.3")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    assert errors == f"alaris: interrupted; what is done is kept. Go on with: alaris sweep --resume {tmp_path / 'sweep'}\n"
    worker = int((tmp_path / "marker").read_text())
    assert not Path(f"/proc/{worker}").exists()


def test_a_resumed_sweep_has_the_rows_of_one_that_was_not_interrupted(half_done: Path, tmp_path: Path) -> None:
    plan, question = read_folder(half_done)
    resumed = run_sweep(plan, question, half_done, lambda: LocalWorkers(2, tmp_path / "log"))
    whole = run_sweep(plan, question, tmp_path / "whole", lambda: LocalWorkers(2, tmp_path / "log"))
    assert [comparable(row) for row in resumed.rows] == [comparable(row) for row in whole.rows]


def comparable(row: Row) -> dict[str, object]:
    return {name: value for name, value in row.as_json().items() if name != "seconds"}


def test_failed_runs_are_done_again_only_where_asked(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "marker").touch()
    folder = tmp_path / "sweep"
    sweep(plan, folder, 2)
    assert sweep(plan, folder, 2).resumed == 6
    outcome = run_sweep(plan, Question(), folder, lambda: LocalWorkers(1, folder / "workers.log"), retry_failed=True)
    assert (outcome.resumed, outcome.rows[5].status) == (5, "RuntimeError")
    assert starts(tmp_path)["2"] == 2
    assert starts(tmp_path)["0.1"] == 1


def test_a_line_that_a_kill_cut_short_is_dropped(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append(Row(1, {"a": "1"}, "Completed"))
    file = tmp_path / "runs.jsonl"
    file.write_text(file.read_text() + '{"number": 2, "param', encoding="utf-8")
    assert list(Journal(tmp_path).rows) == [1]
    with Journal(tmp_path) as journal:
        journal.append(Row(2, {"a": "2"}, "Completed"))
    assert list(Journal(tmp_path).rows) == [1, 2]


def test_a_journal_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs.jsonl").write_text('{"n": 1}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"runs\.jsonl: cannot be read"):
        Journal(tmp_path)


def test_another_plan_does_not_go_into_the_folder(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "marker").touch()
    sweep(plan, tmp_path / "sweep", 1)
    other = make_plan(plan.algorithm, plan.data_folder, grid={"share": ("0.1", "0.2")})
    with pytest.raises(DataError, match=r"holds a sweep of something else \(changed: sets\)"):
        sweep(other, tmp_path / "sweep", 1)
    plan.algorithm.write_text(plan.algorithm.read_text() + "\n# changed\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"\(changed: sha256\)"):
        sweep(plan, tmp_path / "sweep", 1)
