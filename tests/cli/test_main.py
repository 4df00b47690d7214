"""The entry point: help, version, errors in one line with an exit code, and nothing heavy imported for help."""

import subprocess
import sys
from pathlib import Path

import pytest
from shell import Shell

import alaris as package
from alaris.cli import backtest
from alaris.cli.errors import exit_code, said
from alaris.domain import DataError, JournalError
from alaris_runner.errors import AlgorithmLoadError, NotSupportedByRunner

HEAVY = {"numpy", "pandas", "rich.live", "jinja2", "pydantic", "plotly", "alaris.domain", "alaris_runner", "httpx"}


def test_version(alaris: Shell) -> None:
    answer = alaris("--version")
    assert (answer.code, answer.output) == (0, f"alaris {package.__version__}\n")


def test_help_names_every_command_of_the_issue(alaris: Shell) -> None:
    answer = alaris("--help")
    assert answer.code == 0
    for command in ("backtest", "explain", "report", "settings", "plugins", "price", "iv", "greeks", "data", "demo-market"):
        assert command in answer.output


@pytest.mark.parametrize("group", ["settings", "plugins", "data"])
def test_a_group_alone_shows_its_commands(alaris: Shell, group: str) -> None:
    assert alaris(group, "--help").code == 0


def test_help_imports_nothing_heavy() -> None:
    script = "import sys\nfrom alaris.cli.main import app\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    loaded = done.stdout.split()
    assert set(loaded) & HEAVY == set()


def test_a_wrong_command_names_the_nearest(alaris: Shell) -> None:
    answer = alaris("bakctest")
    assert answer.code == 2
    assert "'backtest'" in answer.errors


def test_an_unexpected_error_is_one_line(alaris: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path | None) -> None:
        raise ZeroDivisionError("something\nelse")

    monkeypatch.setattr(backtest, "project_of", broken)
    answer = alaris("backtest")
    assert answer.code == 1
    remedy = "This is a fault of Alaris; repeat with `alaris --traceback ...` and report it"
    assert answer.errors == f"alaris: unexpected ZeroDivisionError: something else. {remedy}\n"


def test_traceback_is_there_on_demand(alaris: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path | None) -> None:
        raise ZeroDivisionError("something")

    monkeypatch.setattr(backtest, "project_of", broken)
    with pytest.raises(ZeroDivisionError):
        alaris("--traceback", "backtest")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DataError("a.csv", "has no rows", line=3), 2, "a.csv:3: has no rows"),
        (JournalError("the chain does not verify"), 1, "the chain does not verify"),
        (AlgorithmLoadError("no QCAlgorithm in a.py"), 2, "no QCAlgorithm in a.py"),
        (NotSupportedByRunner("QCAlgorithm.add_future"), 1, "QCAlgorithm.add_future is not supported by the embedded runner. Run this"),
        (PermissionError(13, "Permission denied", "/x"), 1, "/x: Permission denied; check that"),
    ],
)
def test_errors_say_what_to_do(error: Exception, code: int, line: str) -> None:
    assert exit_code(error) == code
    assert said(error).startswith(line)
    assert "\n" not in said(error)
