"""Run the product's algorithm with something wrong done to it or to its data, on the embedded engine."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping
from pathlib import Path

from product_runs import ProductRun, run_file

import alaris

PRELUDE = """
import sys
sys.path.insert(0, {folder!r})
from AlgorithmImports import *
from main import AlarisEarningsCalendar


class Faulty(AlarisEarningsCalendar):
"""
ALGORITHM = Path(alaris.__file__).parents[1]


def faulty_run(folder: Path, data: Path, body: str, parameters: Mapping[str, str], *, imports: str = "") -> ProductRun:
    """Backtest a subclass of the product's algorithm with this class body; the run must complete."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "faulty.py"
    file.write_text(imports + PRELUDE.format(folder=str(ALGORITHM)) + textwrap.indent(textwrap.dedent(body), "    "))
    return run_file(file, folder / "results", data, parameters)


def copied(data: Path, target: Path) -> Path:
    """A data folder of one's own to break."""
    shutil.copytree(data, target)
    return target
