"""`alaris plugins`: which plugins there are, and what each of them answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alaris.cli import plugins_check
from alaris.cli.errors import CommandError
from alaris.cli.output import AsJson, print_json, print_table
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters

if TYPE_CHECKING:
    from alaris.plugins import PluginManager
    from alaris.plugins.calls import Call

Chosen = Annotated[str | None, typer.Option("--plugins", metavar="A,B", help="Only these installed plugins besides Alaris's own.")]
NoPlugins = Annotated[bool, typer.Option("--no-plugins", help="Only Alaris's own plugins.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="List plugins and see what they answer.")
    group.command("list", cls=ParametersCommand)(listing)
    group.command("trace", cls=ParametersCommand)(trace)
    plugins_check.add_to(group)
    app.add_typer(group, name="plugins")


def only_of(plugins: str | None, no_plugins: bool) -> tuple[str, ...] | None:
    """What `--plugins` and `--no-plugins` leave: None for all.

    Raises
    ------
    CommandError
        Both were given.
    """
    if plugins is not None and no_plugins:
        raise CommandError("--plugins and --no-plugins exclude each other; give one of them")
    if no_plugins:
        return ()
    return None if plugins is None else tuple(name.strip() for name in plugins.split(",") if name.strip())


def listing(plugins: Chosen = None, no_plugins: NoPlugins = False, parameter: Parameters = None, as_json: AsJson = False) -> None:
    """List the plugins in the order they are asked: hooks, package, state."""
    manager = _manager(read_parameters(parameter), only_of(plugins, no_plugins))
    rows = [
        {
            "name": row.name,
            "kind": "guard" if row.guard else "advice",
            "state": row.state,
            "package": f"{row.distribution} {row.version}".strip(),
            "hooks": ", ".join(row.hooks),
            "error": row.last_error,
        }
        for row in manager.report()
    ]
    if as_json:
        print_json(rows)
        return
    shown = rows if any(row["error"] for row in rows) else [{name: cell for name, cell in row.items() if name != "error"} for row in rows]
    print_table(shown, styles=["" if row["state"] == "active" else "red" for row in rows])


def trace(
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="The underlying.")],
    day: Annotated[str, typer.Argument(metavar="DATE", help="As of 16:00 New York of this day: 2017-02-08.")],
    *,
    plugins: Chosen = None,
    no_plugins: NoPlugins = False,
    parameter: Parameters = None,
    as_json: AsJson = False,
) -> None:
    """Ask every source of data about SYMBOL as of DATE and show each call, its answer and its time."""
    calls: list[Call] = []
    manager = _manager(read_parameters(parameter), only_of(plugins, no_plugins), calls.append)
    for ask in _questions(manager, symbol.upper(), _as_of(day)):
        ask()
    rows = [
        {
            "plugin": call.plugin,
            "hook": call.hook,
            "answer": ("failed: " if call.failed else "") + call.answer,
            "ms": f"{1000 * call.seconds:.1f}",
        }
        for call in calls
    ]
    if as_json:
        print_json([{**row, "arguments": dict(call.arguments)} for row, call in zip(rows, calls, strict=True)])
    elif not rows:
        typer.echo("No plugin answers questions about data here; in a backtest the engine's own data do.")
        typer.echo("Name files to ask: --parameter sources.calendar FILE, --parameter sources.bars FILE.")
    else:
        print_table(rows, right=("ms",), styles=["red" if call.failed else "" for call in calls])


def _questions(manager: PluginManager, symbol: str, as_of: datetime) -> list[Callable[[], Any]]:
    today = as_of.date()
    return [
        lambda: manager.earnings_events(symbol, today - timedelta(days=365), today + timedelta(days=90), as_of),
        lambda: manager.daily_bars(symbol, 90, as_of),
        lambda: manager.option_chain(symbol, as_of),
        lambda: manager.risk_free_rate(30, as_of),
        lambda: manager.dividends(symbol, today, today + timedelta(days=90), as_of),
    ]


def _manager(parameters: dict[str, str], only: tuple[str, ...] | None, tracer: Callable[[Call], None] | None = None) -> PluginManager:
    from alaris.plugins import PluginManager
    from alaris.settings import load_settings

    manager = PluginManager(load_settings(parameters, environment=os.environ), only=only, tracer=tracer)
    manager.load_entry_points()
    return manager


def _as_of(text: str) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"DATE: expected a day such as 2017-02-08, was {text!r}") from None
    return datetime(day.year, day.month, day.day, 16, tzinfo=ZoneInfo("America/New_York"))
