"""`alaris scan`: what the workflow would say of a whole universe on one day, from recorded data."""

from __future__ import annotations

import os
from datetime import date
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alaris.cli.errors import CommandError
from alaris.cli.output import AsJson, print_json, print_table, working
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters

if TYPE_CHECKING:
    from alaris.domain import Decision
    from alaris.settings import Settings

RANKS = ("RECOMMENDED", "CONSIDER", "AVOID", "")
CASH = 100_000.0  # USD; no order is placed, sizes are of this account


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("scan", cls=ParametersCommand)(scan)


def scan(
    day: Annotated[str, typer.Option("--date", help="The session whose close is looked at: 2017-02-08.")],
    store: Annotated[Path, typer.Option("--store", help="Folder of the point-in-time store, with the chains.")],
    data_folder: Annotated[
        Path | None, typer.Option("--data-folder", help="LEAN data folder, for bars, rates and dividends; else the store's own.")
    ] = None,
    symbols: Annotated[str | None, typer.Option("--symbols", help="Underlyings, comma separated; all of the store by default.")] = None,
    parameter: Parameters = None,
    as_json: AsJson = False,
) -> None:
    """Look at every symbol with a report due after DATE's close, as a run would; the best first, the refused with their reasons."""
    with working("Scanning"):
        decisions = decided(_session(day), store, data_folder, symbols, read_parameters(parameter))
    rows = [_row(decision) for decision in sorted(decisions, key=_rank)]
    if as_json:
        print_json(rows)
    elif rows:
        print_table([{name: _shown(value) for name, value in row.items()} for row in rows])
    else:
        typer.echo(f"no report is due after the close of {day} as the calendar knew it then")


def decided(day: date, store: Path, folder: Path | None, symbols: str | None, parameters: dict[str, str]) -> list[Decision]:
    """What the workflow says of each symbol of a store with a report due, and of those it refuses to look at."""
    from alaris.data import lean_folder
    from alaris.data.market_hours import ruled_calendar
    from alaris.data.store import Store
    from alaris.data.stored_market import StoredMarket
    from alaris.plugins import PluginManager, Portfolio
    from alaris.workflow import Workflow

    sessions = lean_folder.sessions(folder) if folder else ruled_calendar()
    settings = _with_calendar(parameters, folder, store)
    manager = PluginManager(settings)
    manager.register(StoredMarket(store, folder, sessions), "stored_market", same_thread=True)
    manager.load_entry_points()
    workflow = Workflow(settings, manager, sessions)
    names = [name.strip().upper() for name in (symbols or "").split(",") if name.strip()]
    listed = names or sorted({part.symbol for part in Store(store).parts()})
    as_of = sessions.close_of(sessions.last_session(day))
    reports, refused = workflow.reports(listed, as_of)
    return [*(workflow.decide(report, Portfolio(equity=CASH, cash=CASH), as_of) for report in reports), *refused]


def _with_calendar(parameters: dict[str, str], folder: Path | None, store: Path) -> Settings:
    from alaris.data import lean_folder
    from alaris.data.store import Store
    from alaris.settings import load_settings

    calendar = lean_folder.earnings_path(folder) if folder else None
    stated = {"sources.calendar": str(calendar)} if calendar and calendar.is_file() else {}
    settings = load_settings({**stated, **parameters}, environment=os.environ)
    if not settings.sources.calendar and not settings.web.providers and not Store(store).parts("earnings"):
        raise CommandError(f"{folder or store} has no earnings calendar; name one with --parameter sources.calendar FILE")
    return settings


def _rank(decision: Decision) -> tuple[int, float, str]:
    signal = decision.signal
    return (RANKS.index(signal.recommendation.name) if signal else len(RANKS), signal.slope if signal else 0.0, decision.symbol)


def _row(decision: Decision) -> dict[str, str | float | int | None]:
    signal, rejection = decision.signal, decision.rejection
    numbers = {name: getattr(signal, name) if signal else None for name in ("iv30", "rv30", "iv_rv_ratio", "slope", "sigma_event")}
    failed = [verdict.id for verdict in decision.verdicts if not verdict.passed]
    return {
        "symbol": decision.symbol,
        "reaction": None if decision.report is None else f"{decision.report.reaction_session}",
        "signal": signal.recommendation.name if signal else None,
        "spot": _number(decision.spot),
        **{name: _number(value) for name, value in numbers.items()},
        "contracts": decision.contracts or None,
        "ended": decision.rejected_phase.value if decision.rejected_phase else None,
        "reason": rejection.reason.value if rejection else None,
        "failed": ", ".join(failed) or None,
    }


def _number(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _shown(value: float | str | None) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _session(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--date: {text!r} is not a date such as 2017-02-08") from None
