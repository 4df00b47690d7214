"""`alaris backtest`: run a LEAN algorithm on the embedded engine; without arguments the product's own on the demo market."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alaris.cli.errors import CommandError, RunFailed
from alaris.cli.output import AsJson, print_json, print_table, working
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters

if TYPE_CHECKING:
    from alaris.records import RunFolder

OWN_ERRORS = ("alaris.", "alaris_runner.")
USER_MENDS = frozenset({"ConfigurationError", "DataError", "DataFileError", "InvalidInput", "PluginError"})
STATISTICS = ("Total Orders", "Net Profit", "Compounding Annual Return", "Drawdown", "Sharpe Ratio", "Win Rate", "Total Fees")


@dataclass(frozen=True, slots=True)
class Project:
    """What is run: the algorithm file, its name, and the parameters of its config.json."""

    file: Path
    name: str
    parameters: Mapping[str, str]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backtest", cls=ParametersCommand)(backtest)


def backtest(
    project: Annotated[
        Path | None, typer.Argument(metavar="PROJECT|FILE.py", help="A LEAN project or algorithm; the product's own by default.")
    ] = None,
    *,
    data_folder: Annotated[
        Path | None, typer.Option("--data-folder", help="A LEAN data folder; the demo market (synthetic) by default.")
    ] = None,
    parameter: Parameters = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Folder of the results, replacing those in it; backtests/<time> by default.")
    ] = None,
    backtest_name: Annotated[str | None, typer.Option("--backtest-name", help="Name of the run in its results.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a backtest, print its summary and the path of its report page."""
    from alaris.cli.results import new_folder

    chosen = project_of(project)
    parameters = {**chosen.parameters, **read_parameters(parameter)}
    if project is None:
        require_readable(parameters)
    data = data_folder_of(data_folder)
    target = (output or new_folder()).resolve()
    _prepare(target)
    run = _run(chosen, data, target, parameters, backtest_name or chosen.name)
    _show(run, as_json)


def project_of(path: Path | None) -> Project:
    """The algorithm to run.

    Raises
    ------
    CommandError
        The path is neither a Python file nor a folder with a main.py.
    """
    if path is None:
        from alaris.lean import algorithm_file

        return Project(algorithm_file(), "alaris", {})
    file = path / "main.py" if path.is_dir() else path
    if not file.is_file():
        raise CommandError(f"{path}: expected an algorithm FILE.py, or a PROJECT folder with a main.py")
    config = _config(file.with_name("config.json")) if path.is_dir() else {}
    return Project(file.resolve(), path.resolve().name if path.is_dir() else path.stem, config)


def require_readable(parameters: Mapping[str, str]) -> None:
    """Refuse a wrong parameter of the product's own algorithm at once, not from inside the run."""
    from alaris.lean.parameters import read_parameters as read_run_parameters

    read_run_parameters(parameters, os.environ)


def _config(path: Path) -> dict[str, str]:
    """Parameters of a LEAN project's config.json."""
    if not path.is_file():
        return {}
    try:
        parameters = json.loads(path.read_text(encoding="utf-8")).get("parameters", {})
        return {str(name): str(value) for name, value in parameters.items()}
    except (ValueError, AttributeError) as error:
        raise CommandError(f"{path}: cannot be read as a LEAN project configuration ({error})") from error


def data_folder_of(given: Path | None) -> Path:
    if given is not None:
        if not given.is_dir():
            raise CommandError(f"--data-folder {given}: no such folder; name the one that holds equity, option and market-hours")
        return given.resolve()
    from alaris.data import demo_market

    with working("Preparing the demo market"):
        return demo_market.ensure(Path.home() / ".cache" / "alaris")


def _prepare(target: Path) -> None:
    """Make the folder, without what an earlier run left that would be taken for this one's."""
    from alaris.records.run_folder import OWN_FILES

    target.mkdir(parents=True, exist_ok=True)
    for name in OWN_FILES:
        (target / name).unlink(missing_ok=True)


def _run(project: Project, data: Path, target: Path, parameters: dict[str, str], name: str) -> RunFolder:
    from alaris_runner.run import run_backtest

    with working(f"Backtesting {name}"):
        outcome = run_backtest(project.file, data, target, parameters, backtest_name=name)
    if not outcome.completed:
        raise failure_of(outcome.error, outcome.result_file)
    from alaris.records import read_run
    from alaris.records.report import write_report

    write_report(target)
    return read_run(target)


def failure_of(trace: str, result_file: Path) -> Exception:
    """The error that ended a run, in one line with its place: the user's to mend where it is about settings or data."""
    last = next((line.strip() for line in reversed(trace.splitlines()) if line.strip()), "no reason was given")
    kind, _, message = last.partition(": ")
    if kind.startswith(OWN_ERRORS) and kind.rpartition(".")[2] in USER_MENDS:
        return CommandError(message)
    places = re.findall(r'File "([^"]+)", line (\d+)', trace)
    theirs = [place for place in places if "alaris_runner" not in Path(place[0]).parts] or places
    place = f" ({Path(theirs[-1][0]).name}, line {theirs[-1][1]})" if theirs else ""
    return RunFailed(f"the run did not complete: {last}{place}; all of it is in {result_file} under state.StackTrace")


def _show(run: RunFolder, as_json: bool) -> None:
    statistics = run.result.get("statistics", {})
    summary = _summary(run)
    page = run.path / "report.html"
    if as_json:
        print_json({"output": str(run.path), "report": str(page), "statistics": statistics, **summary})
        return
    if run.origin is not None and run.origin.synthetic:
        typer.echo("SYNTHETIC: invented companies, made-up prices\n")
    rows = [{"": name, "value": statistics[name]} for name in STATISTICS if name in statistics]
    rows += [{"": name.replace("_", " ").capitalize(), "value": f"{value:,}"} for name, value in summary.items()]
    print_table(rows, right=("value",))
    typer.echo(f"\nReport: {page}")


def _summary(run: RunFolder) -> dict[str, Any]:
    if not run.decisions:
        return {}
    traded = sum(record["outcome"] == "TRADED" for record in run.decisions)
    return {"decisions": len(run.decisions), "traded": traded, "refused": len(run.decisions) - traded}
