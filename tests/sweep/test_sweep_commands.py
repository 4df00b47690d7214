"""`alaris optimize` and `alaris sweep`: their words, their table and page, and what they refuse before anything runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from shell import Shell

from alaris.cli.errors import CommandError
from alaris.cli.ranges import _joined as joined
from alaris.cli.ranges import read_ranges
from alaris.sweep.plan import ParameterRange


def test_optimize_finds_the_best_and_writes_a_table_and_a_page(alaris: Shell, algorithm: Path, market: Path, tmp_path: Path) -> None:
    words = ("--parameter", "share", "0.2", "1.2", "0.5", "--parameter", "unused", "1", "2", "1", "--parameter", "symbols", "SPY")
    aim = ("--target", "Total Fees", "--target-direction", "min", "--constraint", "Total Orders >= 1")
    answer = alaris(
        "optimize", str(algorithm), *words, *aim, "--data-folder", str(market), "--output", "found", "--keep", "files", "--json"
    )
    assert (answer.code, answer.errors) == (0, "")
    said = json.loads(answer.output)
    assert (said["runs"], said["completed"], said["failed"]) == (6, 4, 2)
    assert said["constraints"] == ["Total Orders >= 1"]
    assert said["best"]["parameters"] == {"symbols": "SPY", "share": "0.2", "unused": "1"}  # the smallest order pays the smallest fee
    assert said["best"]["neighbours"]["count"] == 3
    table = pq.read_table(said["table"]).to_pydict()
    assert table["run"] == [1, 2, 3, 4, 5, 6]
    assert table["parameter.share"] == [0.2, 0.2, 0.7, 0.7, 1.2, 1.2]
    assert table["parameter.symbols"] == ["SPY"] * 6
    assert table["status"] == ["Completed"] * 4 + ["RuntimeError"] * 2
    assert "a share of 1.2 is more than there is" in table["error"][4]
    assert table["Sharpe Ratio"][5] is None
    assert len(table["equity"][0]) == len(table["days"][0]) == 33
    assert sorted(path.name for path in (tmp_path / "found" / "runs").iterdir()) == [f"{number:04d}" for number in range(1, 7)]
    assert (tmp_path / "found" / "runs" / "0001" / "run.json").is_file()


def test_the_page_shows_everything_and_needs_no_network(alaris: Shell, algorithm: Path, market: Path, tmp_path: Path) -> None:
    words = ("--parameter", "share", "0.2", "1.2", "0.2", "--parameter", "unused", "1", "3", "1")
    answer = alaris("optimize", str(algorithm), *words, "--data-folder", str(market), "--output", "found")
    assert answer.code == 0, answer.errors
    assert f"Report: {tmp_path / 'found' / 'sweep.html'}" in answer.output
    page = (tmp_path / "found" / "sweep.html").read_text(encoding="utf-8")
    for heading in (
        "Heat map",
        "Stability of the neighbourhood",
        "Walk-forward split",
        "Deflated Sharpe ratio",
        "Equity of the best run",
        "Runs",
        "Failures",
    ):
        assert f"<h2>{heading}</h2>" in page, heading
    assert page.count('class="cell') == 18
    assert page.count('class="cell best"') == 1
    assert "SYNTHETIC" in page
    assert "a share of 1.2 is more than there is (holder.py, line 21)" in page
    assert not re.search(r"(src|href)=\"https?:", page)


def test_one_run_a_symbol(alaris: Shell, algorithm: Path, market: Path) -> None:
    answer = alaris("sweep", str(algorithm), "--each-symbol", "--data-folder", str(market), "--json", "--target", "End Equity")
    assert answer.code == 0, answer.errors
    said = json.loads(answer.output)
    assert said["runs"] == 2
    assert Path(said["output"]).parent.name == "sweeps"
    table = pq.read_table(said["table"]).to_pydict()
    named = json.loads((market / "alaris-demo-market.json").read_text())["symbols"]
    assert sorted(table["parameter.symbols"]) == sorted(named)
    again = alaris("sweep", str(algorithm), "--each-symbol", "--parameter", "symbols", "SPY", "--data-folder", str(market))
    assert (again.code, again.output) == (2, "")
    assert "fewer than two different parameter sets" in again.errors


def test_a_sweep_without_a_completed_run_exits_1_and_says_why(alaris: Shell, algorithm: Path, market: Path) -> None:
    answer = alaris("optimize", str(algorithm), "--parameter", "share", "2", "3", "1", "--data-folder", str(market), "--output", "found")
    assert answer.code == 1
    assert "no run completed; the first one: ValueError: a share of 2 is more than there is (holder.py, line 21)" in answer.errors
    assert Path("found/sweep.parquet").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("optimize",), "nothing to optimize; give --parameter NAME MIN MAX STEP"),
        (("optimize", "--parameter", "a", "1", "2"), "--parameter a 1 2: one number is missing"),
        (("optimize", "--parameter", "a"), "--parameter needs a name and what it is to be"),
        (("optimize", "--parameter", "a", "5", "1", "1"), "--parameter a: MAX must not be below MIN 5"),
        (("optimize", "--strategy", "Euler Search"), 'only "Grid Search" is here'),
        (("optimize", "x.py", "--resume", "there"), "leave project, parameters and sets out"),
        (("optimize", "--scheduler", "tcp://x:1", "--max-concurrent-backtests", "2"), "the cluster decides that"),
        (("sweep",), "nothing to sweep; give --sets FILE, or --each-symbol"),
        (("sweep", "--sets", "absent.csv"), "absent.csv: cannot be read"),
        (("sweep", "--resume", "absent"), "holds no sweep.json"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(alaris: Shell, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    answer = alaris(*words)
    assert (answer.code, answer.output) == (2, "")
    assert message in answer.errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target-direction", "up"), "--target-direction up: expected max or min"),
        (("--keep", "all"), "--keep all: expected none, files or pages"),
        (("--constraint", "Drawdown"), "--constraint: expected"),
    ],
)
def test_bad_questions_are_refused(alaris: Shell, algorithm: Path, market: Path, words: tuple[str, ...], message: str) -> None:
    answer = alaris("optimize", str(algorithm), "--parameter", "share", "0.1", "0.2", "0.1", "--data-folder", str(market), *words)
    assert (answer.code, answer.output) == (2, "")
    assert message in answer.errors


def test_an_unknown_setting_of_the_products_own_algorithm_is_refused(alaris: Shell, market: Path) -> None:
    answer = alaris("optimize", "--parameter", "universe.minimum_prize", "5", "10", "5", "--data-folder", str(market))
    assert (answer.code, answer.output) == (2, "")
    assert "did you mean universe.minimum_price?" in answer.errors


def test_three_numbers_are_a_range_and_one_value_is_fixed() -> None:
    words = joined(["--parameter", "a", "1", "5", "0.5", "--parameter", "b", "-3", "main.py", "--parameter", "c", "-2", "-1", "1"])
    fixed, ranges = read_ranges([word for word in words if "\x1f" in word])
    assert fixed == {"b": "-3"}
    assert [one.name for one in ranges] == ["a", "c"]
    assert ranges[1].values == ("-2", "-1")
    assert "main.py" in words
    assert isinstance(ranges[0], ParameterRange)


def test_of_a_repeated_name_the_last_counts() -> None:
    assert read_ranges(["a\x1f1\x1f2\x1f1", "a\x1f7"]) == ({"a": "7"}, [])
    with pytest.raises(CommandError, match="one number is missing"):
        joined(["--parameter", "a", "1", "2"])
