"""`alaris optimize` and `alaris sweep`: many backtests at once, here or on a cluster, one table and one page of what they are worth."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alaris.cli.errors import CommandError, RunFailed
from alaris.cli.output import AsJson, console, print_json, print_table
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters
from alaris.cli.ranges import RangesCommand, read_ranges

if TYPE_CHECKING:
    from alaris.sweep.findings import Findings
    from alaris.sweep.folder import Question
    from alaris.sweep.plan import Plan
    from alaris.sweep.running import Outcome, Workers
    from alaris.sweep.trial import Row

Project = Annotated[Path | None, typer.Argument(metavar="PROJECT|FILE.py", help="LEAN project or algorithm; the product's own by default.")]
DataFolder = Annotated[Path | None, typer.Option("--data-folder", help="A LEAN data folder; the demo market (synthetic) by default.")]
Ranges = Annotated[
    list[str] | None,
    typer.Option("--parameter", metavar="NAME MIN MAX STEP", help="A parameter to vary, or NAME VALUE for a fixed one; may be repeated."),
]
TargetName = Annotated[str, typer.Option("--target", metavar="STATISTIC", help="The statistic to look for, by LEAN's name or path.")]
TargetDirection = Annotated[str, typer.Option("--target-direction", metavar="max|min", help="Whether more of it is better.")]
Constraints = Annotated[
    list[str] | None, typer.Option("--constraint", metavar="'STATISTIC OPERATOR VALUE'", help='E.g. "Drawdown < 0.25"; may be repeated.')
]
Output = Annotated[Path | None, typer.Option("--output", help="Folder of the results; one that holds the same sweep is resumed.")]
Resume = Annotated[Path | None, typer.Option("--resume", metavar="DIR", help="Go on with an interrupted sweep; needs nothing else.")]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="When resuming, run again what failed.")]
Concurrent = Annotated[int | None, typer.Option("--max-concurrent-backtests", min=1, help="Processes; one a core by default.")]
Scheduler = Annotated[str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Run on the Dask cluster of this scheduler.")]
KeepRuns = Annotated[str, typer.Option("--keep", metavar="none|files|pages", help="What to keep of each run beside its row.")]
SETS_HELP = "A CSV of parameter sets, or a TOML file with a [grid] or [[set]] tables."
SHOWN = 10


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("optimize", cls=RangesCommand)(optimize)
    app.command("sweep", cls=ParametersCommand)(sweep)


def optimize(
    project: Project = None,
    *,
    parameter: Ranges = None,
    target: TargetName = "Sharpe Ratio",
    target_direction: TargetDirection = "max",
    constraint: Constraints = None,
    strategy: Annotated[str, typer.Option("--strategy", help="Only Grid Search: every combination.")] = "Grid Search",
    data_folder: DataFolder = None,
    output: Output = None,
    resume: Resume = None,
    retry_failed: RetryFailed = False,
    max_concurrent_backtests: Concurrent = None,
    scheduler: Scheduler = None,
    keep: KeepRuns = "none",
    as_json: AsJson = False,
) -> None:
    """Search a grid of parameters for the best statistic, and say how much of it to believe."""
    if strategy.casefold() != "grid search":
        raise CommandError(f'--strategy {strategy!r}: only "Grid Search" is here; `lean optimize` has others')
    start = _workers(scheduler, max_concurrent_backtests)
    if resume is not None:
        _resume(resume, start, retry_failed, as_json, given=project or parameter)
        return
    fixed, ranges = read_ranges(parameter)
    if not ranges:
        raise CommandError("nothing to optimize; give --parameter NAME MIN MAX STEP, e.g. --parameter universe.minimum_price 5 25 5")
    grid = {one.name: one.values for one in ranges}
    plan = _plan(project, data_folder, fixed, grid=grid)
    question = _question(target, target_direction, constraint, keep)
    _sweep(plan, question, output or _new_folder("optimizations"), start, retry_failed, as_json)


def sweep(
    project: Project = None,
    *,
    sets: Annotated[Path | None, typer.Option("--sets", metavar="FILE", help=SETS_HELP)] = None,
    each_symbol: Annotated[bool, typer.Option("--each-symbol", help="One run for each of parameter `symbols`, or of the data.")] = False,
    parameter: Parameters = None,
    target: TargetName = "Sharpe Ratio",
    target_direction: TargetDirection = "max",
    constraint: Constraints = None,
    data_folder: DataFolder = None,
    output: Output = None,
    resume: Resume = None,
    retry_failed: RetryFailed = False,
    max_concurrent_backtests: Concurrent = None,
    scheduler: Scheduler = None,
    keep: KeepRuns = "none",
    as_json: AsJson = False,
) -> None:
    """Run a backtest for each parameter set of a file, or for each symbol."""
    from alaris.sweep.plan import read_sets

    start = _workers(scheduler, max_concurrent_backtests)
    if resume is not None:
        _resume(resume, start, retry_failed, as_json, given=project or parameter or sets)
        return
    if sets is None and not each_symbol:
        raise CommandError("nothing to sweep; give --sets FILE, or --each-symbol")
    listed, grid = read_sets(sets) if sets is not None else ([{}], {})
    plan = _plan(project, data_folder, read_parameters(parameter), listed, grid, each_symbol=each_symbol)
    question = _question(target, target_direction, constraint, keep)
    _sweep(plan, question, output or _new_folder("sweeps"), start, retry_failed, as_json)


def _plan(
    project: Path | None,
    data_folder: Path | None,
    fixed: Mapping[str, str],
    sets: list[Mapping[str, str]] | None = None,
    grid: Mapping[str, Any] | None = None,
    *,
    each_symbol: bool = False,
) -> Plan:
    from alaris.cli.backtest import data_folder_of, project_of, require_readable
    from alaris.data.lean_folder import option_tickers
    from alaris.sweep.plan import SYMBOLS, make_plan

    chosen, data = project_of(project), data_folder_of(data_folder)
    parameters = {**chosen.parameters, **fixed}
    if each_symbol:
        named = [name.strip().upper() for name in parameters.get(SYMBOLS, "").split(",") if name.strip()]
        grid = {SYMBOLS: named or option_tickers(data), **(grid or {})}
    plan = make_plan(chosen.file, data, fixed=parameters, sets=sets, grid=grid)
    if project is None:
        require_readable(plan.trials[0].parameters)
    return plan


def _question(target: str, direction: str, constraints: list[str] | None, keep: str) -> Question:
    from alaris.sweep.folder import Question
    from alaris.sweep.objective import Target, read_constraint
    from alaris.sweep.trial import Keep

    wanted = direction.casefold()
    if wanted not in ("max", "min"):
        raise CommandError(f"--target-direction {direction}: expected max or min")
    if keep not in set(Keep):
        raise CommandError(f"--keep {keep}: expected none, files or pages")
    return Question(
        Target(target, "max" if wanted == "max" else "min"), tuple(read_constraint(one) for one in constraints or ()), Keep(keep)
    )


def _workers(scheduler: str | None, processes: int | None) -> Callable[[Path], Workers]:
    """What makes the workers once there is a folder for what they print."""
    if scheduler is not None and processes is not None:
        raise CommandError("--max-concurrent-backtests: the cluster decides that with --scheduler; leave one of them out")

    def start(folder: Path) -> Workers:
        from alaris.sweep.cluster import ClusterWorkers
        from alaris.sweep.folder import LOG
        from alaris.sweep.local import LocalWorkers

        return ClusterWorkers(scheduler) if scheduler else LocalWorkers(processes or len(os.sched_getaffinity(0)), folder / LOG)

    return start


def _new_folder(kind: str) -> Path:
    from alaris.cli.results import new_folder

    return Path(kind) / new_folder().name


def _resume(folder: Path, start: Callable[[Path], Workers], retry_failed: bool, as_json: bool, *, given: object) -> None:
    from alaris.sweep.folder import read_folder

    if given:
        raise CommandError(f"--resume {folder}: the folder says what is run; leave project, parameters and sets out")
    plan, question = read_folder(folder)
    _sweep(plan, question, folder, start, retry_failed, as_json)


def _sweep(plan: Plan, question: Question, folder: Path, start: Callable[[Path], Workers], retry_failed: bool, as_json: bool) -> None:
    from alaris.sweep.findings import findings
    from alaris.sweep.page import write_page
    from alaris.sweep.running import run_sweep
    from alaris.sweep.table import require_parquet

    require_parquet()
    target = folder.resolve()
    with _interruptible(target), _progress(len(plan.trials)) as advance:
        outcome = run_sweep(plan, question, target, lambda: start(target), retry_failed=retry_failed, on_row=advance)
    found = findings(outcome.rows, plan.varied, question)
    _write_table(target, plan, question, outcome)
    page = write_page(target, plan, question, outcome, found)
    _show(target, page, plan, question, outcome, found, as_json)


def _write_table(folder: Path, plan: Plan, question: Question, outcome: Outcome) -> None:
    from alaris.sweep.folder import TABLE
    from alaris.sweep.table import write_table

    about = {"algorithm": str(plan.algorithm), "data_folder": str(plan.data_folder), **question.as_json()}
    write_table(folder / TABLE, outcome.rows, about)


@contextmanager
def _interruptible(folder: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"alaris: interrupted; what is done is kept. Go on with: alaris sweep --resume {folder}", err=True)
        raise


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Row], None]]:
    """A bar with an estimate on a terminal; silent in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    failed = 0
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task("Backtests", total=total)

        def advance(row: Row) -> None:
            nonlocal failed
            failed += not row.completed
            bar.update(task, advance=1, description=f"Backtests, {failed} failed" if failed else "Backtests")

        yield advance


def _show(folder: Path, page: Path, plan: Plan, question: Question, outcome: Outcome, found: Findings, as_json: bool) -> None:
    from alaris.sweep.summary import counts_line, summary, top_rows

    if as_json:
        print_json(summary(folder, page, question, outcome, found))
    else:
        rows = top_rows(plan, question, found, SHOWN)
        print_table(rows, right=tuple(rows[0]) if rows else ())
        typer.echo(counts_line(outcome))
        typer.echo(f"Report: {page}")
    if not any(row.completed for row in outcome.rows):
        raise RunFailed(f"no run completed; the first one: {outcome.rows[0].reason}")
