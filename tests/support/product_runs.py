"""Run the product as a user does: the `alaris backtest` command in a process of its own, its result folder read back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ProductRun:
    """What one backtest left behind."""

    folder: Path
    output: str

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """Rows of decisions.jsonl."""
        return [json.loads(line) for line in (self.folder / "decisions.jsonl").read_text().splitlines()]

    @property
    def journal(self) -> list[dict[str, Any]]:
        """Rows of journal.jsonl."""
        return [json.loads(line) for line in (self.folder / "journal.jsonl").read_text().splitlines()]

    @property
    def events(self) -> list[dict[str, Any]]:
        """LEAN's order events; a run without orders writes no file."""
        rows: list[dict[str, Any]] = []
        for file in self.folder.glob("*-order-events.json"):
            rows.extend(json.loads(file.read_text()))
        return rows

    @property
    def result(self) -> dict[str, Any]:
        """LEAN's result file."""
        (summary,) = self.folder.glob("*-summary.json")
        content: dict[str, Any] = json.loads(summary.with_name(summary.name.replace("-summary", "")).read_text())
        return content


def backtest(folder: Path, data_folder: Path, parameters: Mapping[str, str]) -> ProductRun:
    """Backtest the product's own algorithm; a run that does not complete fails the test with what it printed."""
    return _run([], folder, data_folder, parameters)


def run_file(file: Path, folder: Path, data_folder: Path, parameters: Mapping[str, str]) -> ProductRun:
    """Backtest an algorithm of the test's own."""
    return _run([str(file)], folder, data_folder, parameters)


def _run(file: list[str], folder: Path, data_folder: Path, parameters: Mapping[str, str]) -> ProductRun:
    stated = [word for name, value in parameters.items() for word in ("--parameter", name, value)]
    options = ["--data-folder", str(data_folder), "--output", str(folder)]
    command = [sys.executable, "-m", "alaris.cli", "backtest", *file, *options, *stated]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 - our own command
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return ProductRun(folder, done.stdout)
