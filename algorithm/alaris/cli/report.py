"""`alaris report`: make the report page of a result folder again, and open it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="A result folder; the latest one by default.")] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
) -> None:
    """Write report.html of a result folder: equity, events, refusals, settings, origin of the data."""
    from alaris.cli.results import latest_folder
    from alaris.records.report import write_report

    page = write_report(folder or latest_folder())
    typer.echo(page)
    if open_page:
        typer.launch(page.resolve().as_uri())
