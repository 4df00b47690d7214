"""`alaris lean`: a workspace for the LEAN CLI, what it still lacks, and two runs side by side."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alaris.cli.errors import CommandError
from alaris.cli.output import AsJson, print_json, print_table, working

if TYPE_CHECKING:
    from alaris.lean.workspace import Comparison, State

SHOWN = 20
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A result folder: of `alaris backtest`, `lean backtest` or `lean live`.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Prepare and check a workspace for the LEAN CLI; compare runs of both engines.")
    for command in (init, doctor, compare):
        group.command(command.__name__)(command)
    app.add_typer(group, name="lean")


def init(
    workspace: Annotated[Path | None, typer.Argument(metavar="WORKSPACE", help="The folder to make.")] = None,
    *,
    here: Annotated[bool, typer.Option("--here", help="Make this checkout of Alaris itself the workspace.")] = False,
    data_folder: Annotated[
        Path | None, typer.Option("--data-folder", help="A LEAN data folder to link to; the demo market (synthetic) by default.")
    ] = None,
    wheel: Annotated[Path | None, typer.Option("--wheel", help="Our wheel for CPython 3.11; the newest in dist/ by default.")] = None,
    requirements: Annotated[
        bool, typer.Option("--requirements", help="Install by requirements.txt when the container starts, without an image of your own.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write what a LEAN workspace lacks; change nothing that is there, and say what differs."""
    from alaris.lean.workspace import Standing, write_workspace

    folder = _workspace(workspace, here=here)
    chosen = _wheel(wheel)
    pieces = write_workspace(folder.resolve(), _data(data_folder, folder), wheel=chosen, requirements=requirements)
    rows = [{"part": _within(piece.path, folder), "": piece.standing.value, "note": piece.note} for piece in pieces]
    if as_json:
        print_json([{"part": row["part"], "standing": row[""], "note": row["note"]} for row in rows])
        return
    shades = {Standing.DIFFERS: "yellow", Standing.MISSING: "yellow", Standing.WRITTEN: "green"}
    print_table(rows, styles=[shades.get(piece.standing, "") for piece in pieces])
    typer.echo(f"\nNext, in {folder}: alaris lean doctor")


def doctor(
    workspace: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The folder of lean.json.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Say what stands between a workspace and LEAN, one line a check; exit 1 where a local backtest could not run."""
    from alaris.lean.workspace import State, examine

    with working("Looking at Docker, the LEAN CLI and the workspace"):
        checks = examine(workspace.resolve(), Path.home())
    if as_json:
        print_json([{**asdict(check), "state": check.state.value} for check in checks])
    else:
        rows = [{"check": check.name, "": check.state.value, "what was seen, what to do": check.text} for check in checks]
        print_table(rows, styles=[_shade(check.state) for check in checks])
    if any(check.state is State.MEND for check in checks):
        raise typer.Exit(1)


def compare(
    first: Folder,
    second: Folder,
    *,
    tolerance: Annotated[float, typer.Option("--tolerance", min=0, help="Of numbers, relative and absolute.")] = 1e-6,
    as_json: AsJson = False,
) -> None:
    """Compare order events, equity and statistics of two runs; exit 1 where they differ."""
    from alaris.lean.workspace import compare_runs

    outcome = compare_runs(first, second, tolerance)
    if as_json:
        print_json({"equal": outcome.equal, "compared": dict(outcome.compared), "differences": [asdict(d) for d in outcome.differences]})
    else:
        _show(outcome, first, second)
    if not outcome.equal:
        raise typer.Exit(1)


def _show(outcome: Comparison, first: Path, second: Path) -> None:
    counts = {name: sum(difference.section == name for difference in outcome.differences) for name in outcome.compared}
    print_table(
        [{"": name, "compared": str(number), "differences": str(counts[name])} for name, number in outcome.compared.items()],
        right=("compared", "differences"),
    )
    if outcome.differences:
        typer.echo(f"\nA: {first}\nB: {second}\n")
        shown = outcome.differences[:SHOWN]
        print_table([{"": d.section, "where": d.place, "A": d.first, "B": d.second} for d in shown])
        if len(outcome.differences) > SHOWN:
            typer.echo(f"\n... and {len(outcome.differences) - SHOWN} more: --json prints all")


def _workspace(given: Path | None, *, here: bool) -> Path:
    if here == (given is not None):
        raise CommandError("WORKSPACE: name a folder, or --here for this checkout, and not both")
    if given is not None:
        return given
    if not Path("algorithm", "alaris", "__init__.py").is_file():
        raise CommandError("--here: this folder is no checkout of Alaris; name a WORKSPACE instead")
    return Path()


def _data(given: Path | None, folder: Path) -> Path:
    """The data folder asked for; what the workspace already links to; else the demo market."""
    if given is not None:
        if not given.is_dir():
            raise CommandError(f"--data-folder {given}: no such folder; name the one that holds equity, option and market-hours")
        return given
    if (folder / "data").is_dir():
        return (folder / "data").resolve()
    from alaris.data import demo_market

    with working("Preparing the demo market"):
        return demo_market.ensure(Path.home() / ".cache" / "alaris")


def _wheel(given: Path | None) -> Path | None:
    from alaris.lean.workspace.wheels import find_wheel

    if given is not None and not given.is_file():
        raise CommandError(f"--wheel {given}: no such file; build one with `pip wheel . --no-deps --wheel-dir dist` in a checkout")
    return given or find_wheel(Path("dist"))


def _within(path: Path, folder: Path) -> str:
    inside = folder.resolve()
    return str(path.relative_to(inside)) if path.is_relative_to(inside) else str(path)


def _shade(state: State) -> str:
    return {"ok": "green", "mend": "red", "note": "", "unknown": "dim"}[state.value]
