"""`alaris data check` and `alaris demo-market`: what a LEAN data folder lacks, and one that lacks nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alaris.cli import data_bootstrap, data_store, data_validate
from alaris.cli.output import AsJson, print_json, print_table, working

if TYPE_CHECKING:
    from alaris.data.check import Finding


def add_to(app: typer.Typer) -> None:
    """Add the group and the command."""
    group = typer.Typer(no_args_is_help=True, help="Bring data in, look at it, ask it.")
    group.callback()(_group)
    group.command("check")(check)
    data_store.add_to(group)
    data_bootstrap.add_to(group)
    data_validate.add_to(group)
    app.add_typer(group, name="data")
    app.command("demo-market")(demo_market)


def _group() -> None:
    """Bring data in, look at it, ask it."""


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A LEAN data folder.")],
    symbols: Annotated[str | None, typer.Option("--symbols", help="Only these underlyings, comma separated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is missing or broken in a LEAN data folder; exit 1 where a run would stop or be wrong."""
    from alaris.data.check import Severity, check_folder

    names = [name.strip() for name in symbols.split(",") if name.strip()] if symbols else None
    with working(f"Checking {folder}"):
        findings = check_folder(folder, symbols=names)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        print_json([_row(finding, folder) for finding in findings])
    else:
        styles = ["red" if finding.severity is Severity.ERROR else "yellow" for finding in findings]
        print_table([_row(finding, folder) for finding in findings], styles=styles)
        typer.echo(
            f"{folder}: {errors} errors, {len(findings) - errors} warnings" if findings else f"{folder}: nothing is missing or broken"
        )
    if errors:
        raise typer.Exit(1)


def _row(finding: Finding, folder: Path) -> dict[str, str]:
    inside = finding.path.relative_to(folder) if finding.path.is_relative_to(folder) else finding.path
    place = f"{inside}" if finding.line is None else f"{inside}:{finding.line}"
    return {"severity": finding.severity.value, "place": place, "fault": finding.message, "remedy": finding.remedy}


def demo_market(
    output: Annotated[Path, typer.Option("--output", help="The folder to write; files of the same name are replaced.")],
    seed: Annotated[int | None, typer.Option("--seed", help="Another seed makes another market.")] = None,
    symbols: Annotated[int, typer.Option("--symbols", help="How many companies; after 20 come namesakes.")] = 20,
    years: Annotated[int, typer.Option("--years", help="Years of chains from 2017 on, 1 to 3.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Write a LEAN data folder of invented companies, the same bytes for the same seed."""
    from alaris.data import demo_market as market

    with working("Writing the demo market"):
        made = market.write(output, seed=market.SEED if seed is None else seed, symbols=symbols, years=years)
    counts = {
        "seed": made.seed,
        "sessions": made.sessions,
        "reports": made.reports,
        "contracts": made.contracts,
        "option rows": made.option_rows,
    }
    if as_json:
        print_json(
            {
                "folder": str(made.folder),
                "synthetic": True,
                "symbols": list(made.symbols),
                **{name.replace(" ", "_"): n for name, n in counts.items()},
            }
        )
        return
    typer.echo(f"{made.folder}: {len(made.symbols)} invented companies, SYNTHETIC")
    print_table([{name: f"{value:,}" if name != "seed" else str(value) for name, value in counts.items()}], right=list(counts))
