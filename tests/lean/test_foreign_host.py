"""In a host like LEAN's - foreign threads, no standard output, no main thread - the algorithm does the same."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from lean_command import run
from product_runs import backtest

from alaris.data import demo_market
from alaris.lean import algorithm_file
from alaris.lean.workspace import compare_runs

SUPPORT = Path(__file__).resolve().parents[1] / "support"


def test_foreign_threads_and_a_closed_standard_output_change_nothing(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("host") / "data"
    demo_market.write(data, symbols=3)
    report = tmp_path / "report.json"
    command = [sys.executable, str(SUPPORT / "foreign_host.py"), str(algorithm_file()), str(data), str(tmp_path / "foreign"), str(report)]
    answer = run(command, folder=tmp_path, variables={**os.environ, "PYTHONWARNINGS": "error"})
    assert answer.code == 0, answer.output
    seen = json.loads(report.read_text())
    assert (seen["finished"], seen["status"], seen["main"]) == (True, "Completed", False), seen
    assert seen["threads"] > 10  # a new one for each slice
    ordinary = backtest(tmp_path / "ordinary", data, {"start": "2017-01-25", "end": "2017-02-13"})
    outcome = compare_runs(ordinary.folder, tmp_path / "foreign")
    assert outcome.equal, outcome.differences[:5]
    assert outcome.compared["order events"] > 0


IMPORT = """
import sys, threading
from alaris_runner import AlgorithmImports
sys.modules["AlgorithmImports"] = AlgorithmImports.build()
import alaris.lean.earnings_calendar
print(threading.active_count())
"""


def test_importing_the_algorithm_starts_nothing_and_writes_nothing(tmp_path: Path) -> None:
    """LEAN gives an algorithm 90 s to be made (`algorithm-creation-timeout`)."""
    answer = run([sys.executable, "-B", "-c", IMPORT], folder=tmp_path, seconds=90)
    assert (answer.code, answer.output.strip()) == (0, "1"), answer.output
    assert list(tmp_path.iterdir()) == []
