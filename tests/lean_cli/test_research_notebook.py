"""The research notebook, executed on the embedded engine's QuantBook under LEAN's pins: no cell errs, the replayed decision agrees."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest
from lean_command import common_folder, once, pip_install, run
from product_runs import backtest

from alaris.lean.workspace import lean_file

EXECUTE = """
import json, sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
print(json.dumps([output.get("data", {}) | {"kind": output.output_type} for output in outputs]))
"""


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory, image_python: Path) -> Path:
    """A kernel and matplotlib over the environment that has our wheel at the versions of LEAN's image."""
    folder = common_folder(tmp_path_factory) / "jupyter"
    with once(folder) as first:
        if first:
            pins = ("--constraint", str(lean_file("constraints-lean.txt")))
            pip_install(folder / "environment", *pins, "nbclient", "ipykernel", "matplotlib", over=image_python)
    return folder / "environment"


def test_no_cell_errs_and_the_replayed_decision_is_the_backtests(
    jupyter: Path, repository: Path, small_market: Path, tmp_path: Path
) -> None:
    variables = {**os.environ, "ALARIS_DATA_FOLDER": str(small_market), "HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ipython")}
    command = [str(jupyter / "bin" / "python"), "-c", EXECUTE, str(repository / "algorithm" / "research.ipynb")]
    answer = run(command, folder=tmp_path, variables=variables, seconds=300)
    assert answer.code == 0, answer.output[-3000:]
    outputs = json.loads(answer.output.splitlines()[-1])
    assert "error" not in {output["kind"] for output in outputs}
    assert sum("image/png" in output for output in outputs) == 2  # the term structure, and the calendar the morning after
    (replayed,) = (ast.literal_eval(output["text/plain"]) for output in outputs if "sigma_event" in output.get("text/plain", ""))
    run_of_the_day = backtest(tmp_path / "run", small_market, {"start": "2017-01-25", "end": "2017-02-03", "symbols": "ZQCE"})
    (decision,) = run_of_the_day.decisions
    assert replayed["outcome"] == decision["outcome"]
    for name in ("iv30", "rv30", "sigma_event"):
        assert replayed[name] == pytest.approx(decision[name], rel=0.02), (
            name
        )  # the run sees strikes by rank, the notebook by its own filter
