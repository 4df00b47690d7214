"""`alaris data validate`: the folder's files, and the data validators on every session of every underlying in it."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alaris.cli.output import AsJson, print_json, print_table, working
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters

if TYPE_CHECKING:
    from alaris.data.check import Finding
    from alaris.data.validation import Judge, Session
    from alaris.settings import Settings

VALIDATORS = ("price_check", "arbitrage_check", "volume_check", "earnings_check")


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("validate", cls=ParametersCommand)(validate)


def validate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A LEAN data folder.")],
    symbols: Annotated[str | None, typer.Option("--symbols", help="Only these underlyings, comma separated.")] = None,
    page: Annotated[Path | None, typer.Option("--page", help="Write a page with pictures here, e.g. validation.html.")] = None,
    parameter: Parameters = None,
    as_json: AsJson = False,
) -> None:
    """Judge every session as a run would: prices, parity and butterflies, volumes, reports, files; exit 1 where something is refused."""
    from alaris.data.check import Severity, check_folder
    from alaris.data.lean_folder import option_tickers
    from alaris.data.validation import judged
    from alaris.settings import load_settings

    settings = load_settings(read_parameters(parameter), environment=os.environ)
    names = [name.strip().upper() for name in (symbols or "").split(",") if name.strip()] or option_tickers(folder)
    with working(f"Validating {folder}"):
        found = check_folder(folder, symbols=names)
        judge = _judge(settings)
        sessions = [session for name in names for session in judged(folder, name, settings, judge)]
        if page is not None:
            from alaris.data.validation_page import write_page

            write_page(page, folder, found, sessions)
    rows = [*(_file_row(one, folder) for one in found), *_session_rows(sessions)]
    if as_json:
        print_json(rows)
    else:
        print_table([{name: str(value) for name, value in row.items()} for row in rows], right=("sessions", "refused", "warned"))
        typer.echo(f"{folder}: {len(sessions)} sessions" + (f"; the page is {page}" if page else ""))
    if any(row["refused"] for row in rows) or any(one.severity is Severity.ERROR for one in found):
        raise typer.Exit(1)


def _judge(settings: Settings) -> Judge:
    plugins = [import_module(f"alaris_plugins.{name}").plugin(settings) for name in VALIDATORS]
    return lambda snapshot: [verdict for plugin in plugins for verdict in plugin.validate_snapshot(snapshot)]


def _file_row(one: Finding, folder: Path) -> dict[str, Any]:
    place = one.path.relative_to(folder) if one.path.is_relative_to(folder) else one.path
    refused = int(one.severity.value == "ERROR")
    row = {"symbol": str(place), "check": "files", "sessions": "", "refused": refused, "warned": 1 - refused, "first": ""}
    return {**row, "note": one.message}


def _session_rows(sessions: list[Session]) -> list[dict[str, Any]]:
    from alaris.data.validation import summed

    rows = []
    for (symbol, name), told in summed(sessions).items():
        refused = [(day, one) for day, one in told if one.refused]
        warned = [(day, one) for day, one in told if one.warned]
        first, note = next(((str(day), one.note) for day, one in refused or warned), ("", ""))
        counts = {"sessions": len(told), "refused": len(refused), "warned": len(warned)}
        rows.append({"symbol": symbol, "check": name, **counts, "first": first, "note": note[:160]})
    return rows
