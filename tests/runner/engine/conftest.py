"""Runs on a small data folder written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
from small_data_folder import write_folder

from alaris_runner.run import RunOutcome, run_backtest

Run = Callable[..., "Finished"]

HEADER = """
from AlgorithmImports import *

class Tried(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 19)
        self.set_cash(10000)
        self.set_benchmark(lambda time: 0)
"""


class Finished:
    """A run's outcome, its log lines without the framing ones, and its result."""

    def __init__(self, outcome: RunOutcome) -> None:
        self.outcome = outcome
        lines = (outcome.output / "run-log.txt").read_text().splitlines()
        self.log = [line for line in lines if "Launching analysis" not in line and "completed in" not in line]
        self.result: dict[str, Any] = json.loads(outcome.result_file.read_text())

    @property
    def said(self) -> list[str]:
        """Texts of the log without their times."""
        return [line[20:] for line in self.log]


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "data")


@pytest.fixture
def run(tmp_path: Path, data_folder: Path) -> Run:
    """Run the body of a class on the small folder: `run(setup, methods)`."""

    def body(setup: str, methods: str = "", parameters: dict[str, str] | None = None) -> Finished:
        file = tmp_path / "tried.py"
        file.write_text(HEADER + indent(dedent(setup), " " * 8) + "\n" + indent(dedent(methods), " " * 4))
        return Finished(run_backtest(file, data_folder, tmp_path / "output", parameters))

    return body
