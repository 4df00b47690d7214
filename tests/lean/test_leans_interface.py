"""`main.py` and the adapter use what LEAN has: held to quantconnect-stubs by mypy, and to what is cheap on the engine."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from lean_command import Answer, run

from alaris.lean import algorithm_file

# each makes the engine price a whole chain: 400 ms and more where iterating costs 1 ms (lean.md C2)
DEAR_ON_LEAN = frozenset({"greeks", "data_frame", "theoretical_price"})
WRONG = """
from AlgorithmImports import *

class Wrong(QCAlgorithm):
    def initialize(self) -> None:
        self.set_start_day(2017, 1, 3)
"""


def checked(repository: Path, *files: str) -> Answer:
    return run([sys.executable, "-m", "mypy", "--no-error-summary", *files], folder=repository, seconds=400)


def test_main_and_the_adapter_use_no_member_that_leans_stubs_lack(repository: Path) -> None:
    answer = checked(repository, "algorithm/main.py", *map(str, sorted((repository / "algorithm/alaris/lean").glob("*.py"))))
    assert answer.code == 0, answer.output


def test_the_stubs_would_tell(repository: Path, tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)
    answer = checked(repository, str(file))
    assert '"Wrong" has no attribute "set_start_day"' in answer.output, answer.output


def adapter_files() -> list[Path]:
    folder = algorithm_file().parent
    return [folder / "main.py", *sorted((folder / "alaris" / "lean").glob("*.py"))]


@pytest.mark.parametrize("file", adapter_files(), ids=lambda file: file.name)
def test_nothing_dear_is_asked_of_the_engine(file: Path) -> None:
    attributes = {node.attr for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)}
    assert attributes & DEAR_ON_LEAN == set()
