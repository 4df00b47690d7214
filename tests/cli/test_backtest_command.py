"""`alaris backtest`: which algorithm, which data, which parameters, and what is refused before anything runs."""

import json
from pathlib import Path

import pytest
from sample_results import result_folder
from shell import Shell

from alaris.cli.backtest import failure_of, project_of
from alaris.cli.errors import CommandError, RunFailed
from alaris.cli.parameters import SEPARATOR, read_parameters


def test_a_project_folder_has_a_main_and_parameters(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("", encoding="utf-8")
    (tmp_path / "config.json").write_text(json.dumps({"parameters": {"symbols": "YUM", "cash": 50000}}), encoding="utf-8")
    project = project_of(tmp_path)
    assert (project.file, project.name, project.parameters) == (tmp_path / "main.py", tmp_path.name, {"symbols": "YUM", "cash": "50000"})


def test_a_file_is_run_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "basic_template.py"
    file.write_text("", encoding="utf-8")
    assert (project_of(file).file, project_of(file).name, project_of(file).parameters) == (file, "basic_template", {})


def test_without_arguments_it_is_the_products_own_algorithm() -> None:
    assert project_of(None).file.name == "main.py"


def test_a_broken_project_configuration_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("", encoding="utf-8")
    (tmp_path / "config.json").write_text("[]", encoding="utf-8")
    with pytest.raises(CommandError, match=r"config\.json: cannot be read as a LEAN project configuration"):
        project_of(tmp_path)


def test_parameters_are_pairs_and_the_last_wins() -> None:
    assert read_parameters([f"symbols{SEPARATOR}YUM", f"a=b{SEPARATOR}c=d", f"symbols{SEPARATOR}"]) == {"symbols": "", "a=b": "c=d"}
    assert read_parameters(None) == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("absent.py",), "absent.py: expected an algorithm FILE.py, or a PROJECT folder with a main.py"),
        ((".",), ".: expected an algorithm FILE.py, or a PROJECT folder with a main.py"),
        (("--parameter", "universe.minimum_prize", "3"), "did you mean universe.minimum_price?"),
        (("--parameter", "cash", "much"), "cash: expected a positive number of USD, was 'much'"),
        (("--data-folder", "absent"), "--data-folder absent: no such folder"),
        (("--parameter", "symbols"), "--parameter needs a name and a value, e.g. --parameter symbols YUM"),
        (("--parameter", "symbols", "--parameter", "cash", "1"), "--parameter needs a name and a value"),
    ],
)
def test_bad_input_is_refused_before_the_run(alaris: Shell, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    answer = alaris("backtest", *arguments)
    assert (answer.code, answer.output) == (2, "")
    assert message in answer.errors
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_says_what_and_where(tmp_path: Path) -> None:
    frames = '  File "/p/main.py", line 12, in on_data\n    1 / 0\n  File "/x/alaris_runner/a.py", line 3, in b\n'
    trace = f"Traceback (most recent call last):\n{frames}ZeroDivisionError: division by zero\n"
    failure = failure_of(trace, tmp_path / "run.json")
    assert isinstance(failure, RunFailed)
    assert str(failure).startswith("the run did not complete: ZeroDivisionError: division by zero (main.py, line 12); all of it is in")


def test_a_run_stopped_by_bad_data_is_bad_input(tmp_path: Path) -> None:
    trace = 'Traceback\n  File "x.py", line 1, in y\nalaris.domain.errors.DataError: calendar.csv:3: has no date; mend the row\n'
    failure = failure_of(trace, tmp_path / "run.json")
    assert isinstance(failure, CommandError)
    assert str(failure) == "calendar.csv:3: has no date; mend the row"


ALGORITHM = """
from AlgorithmImports import *

class Idle(QCAlgorithm):
    def initialize(self) -> None:
        self.set_start_date(2017, 3, 1)
        self.set_end_date(2017, 3, 10)
        self.log(f"greeting {self.get_parameter('greeting')}")
        if self.get_parameter("fail"):
            raise KeyError("on purpose")
"""


@pytest.fixture
def market(alaris: Shell) -> str:
    assert alaris("demo-market", "--output", "market", "--symbols", "1").code == 0
    return "market"


def test_any_algorithm_file_runs_with_its_parameters(alaris: Shell, market: str, tmp_path: Path) -> None:
    (tmp_path / "idle.py").write_text(ALGORITHM, encoding="utf-8")
    words = ("--parameter", "greeting", "good morning", "--output", "results", "--backtest-name", "quiet", "--json")
    answer = alaris("backtest", "idle.py", "--data-folder", market, *words)
    assert (answer.code, answer.errors) == (0, "")
    said = json.loads(answer.output)
    assert said["statistics"]["Total Orders"] == "0"
    assert Path(said["report"]).is_file()
    assert any("greeting good morning" in log.read_text(encoding="utf-8") for log in (tmp_path / "results").glob("*-log.txt"))


def test_a_failing_algorithm_exits_1_with_one_line(alaris: Shell, market: str, tmp_path: Path) -> None:
    (tmp_path / "idle.py").write_text(ALGORITHM, encoding="utf-8")
    answer = alaris("backtest", "idle.py", "--data-folder", market, "--parameter", "fail", "1", "--output", "results")
    assert (answer.code, answer.output, answer.errors.count("\n")) == (1, "", 1)
    assert "KeyError: 'on purpose' (idle.py, line 10)" in answer.errors


def test_results_of_an_earlier_run_are_not_mistaken_for_new_ones(alaris: Shell, market: str, tmp_path: Path) -> None:
    (tmp_path / "idle.py").write_text(ALGORITHM, encoding="utf-8")
    results = tmp_path / "results"
    results.mkdir()
    result_folder(results)
    assert alaris("backtest", "idle.py", "--data-folder", market, "--output", "results").code == 0
    assert not (results / "decisions.jsonl").exists()
