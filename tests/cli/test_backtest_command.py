"""`alaris backtest`: which algorithm, which data, which parameters, and what is refused before anything runs."""

import json
from pathlib import Path

import pytest
from shell import Shell

from alaris.cli.backtest import project_of
from alaris.cli.errors import CommandError
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
