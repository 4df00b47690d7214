"""`alaris data bootstrap`: a window of real data through the declared providers, with its plan first; go on where it was killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alaris.cli.data_store import DEFAULT_STORE, StoreFolder, imported_rows, names_of
from alaris.cli.errors import CommandError
from alaris.cli.output import AsJson, console, print_json, print_table
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters

if TYPE_CHECKING:
    from alaris.data.bootstrap import Outcome, Plan
    from alaris.data.bootstrap.running import Progress, Tell


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("bootstrap", cls=ParametersCommand)(bootstrap)


def bootstrap(
    symbols: Annotated[str, typer.Option("--symbols", help="Underlyings, comma separated.")],
    start: Annotated[str, typer.Option("--start", help="First day: 2017-01-01.")],
    end: Annotated[str, typer.Option("--end", help="Last day; what is not over yet is fetched for the calendar only.")],
    store: StoreFolder = DEFAULT_STORE,
    into: Annotated[Path | None, typer.Option("--into", help="Write the store's data into this LEAN data folder as well.")] = None,
    datasets: Annotated[str, typer.Option("--datasets", help="Only these of bars,chains,contracts,dividends,splits,earnings,rates.")] = "",
    known_before: Annotated[
        int | None,
        typer.Option(
            "--reports-known-before", min=1, help="Days; --into then takes reports as known this long before, as no vendor tells when."
        ),
    ] = None,
    plan_only: Annotated[bool, typer.Option("--plan", help="Print what it takes and stop.")] = False,
    parameter: Parameters = None,
    as_json: AsJson = False,
) -> None:
    """Fetch a window of data through web.providers, each piece once however often the run is killed; exit 1 where some is missing."""
    from alaris.data import bootstrap as windows
    from alaris.data.bootstrap.ledger import Work
    from alaris.data.store import Store
    from alaris.settings import load_settings

    settings = load_settings(read_parameters(parameter), environment=os.environ)
    sources, work = windows.collectors(settings), Work(store)
    names, now = names_of(symbols), datetime.now(UTC)
    made = windows.plan(sources, work, names, _window(start, end, now), _datasets(datasets), now)
    if plan_only or not as_json:
        _print_plan(made, as_json=as_json)
    if plan_only:
        return
    with _progress() as tell:
        outcome = windows.run(made, sources, Store(store), work, tell)
    written = _written(Store(store), into, names, known_before)
    _print_outcome(made, outcome, written, as_json=as_json)
    if outcome.missing or made.nobody:
        raise typer.Exit(1)


def _written(store: Any, into: Path | None, names: list[str], known_before: int | None) -> list[dict[str, str | int]]:
    from alaris.data import imports

    if into is None:
        return []
    notice = None if known_before is None else timedelta(days=known_before)
    return imported_rows(imports.store_into_lean(store, into, names, notice))


def _window(start: str, end: str, now: datetime) -> tuple[date, date]:
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError as error:
        raise CommandError(f"--start and --end are dates such as 2017-01-01 ({error})") from None
    if first > last:
        raise CommandError(f"--start {start} is after --end {end}")
    if first > now.date():
        raise CommandError(f"--start {start} has not come yet")
    return first, last


def _datasets(text: str) -> list[str]:
    from alaris.data.bootstrap.planning import ALL

    chosen = [name.strip() for name in text.split(",") if name.strip()] or list(ALL)
    if unknown := [name for name in chosen if name not in ALL]:
        raise CommandError(f"--datasets: no data set {unknown[0]!r}; there are {', '.join(ALL)}")
    return chosen


def _print_plan(made: Plan, *, as_json: bool) -> None:
    rows = plan_rows(made)
    if as_json:
        print_json({"providers": rows, "minutes": made.minutes, "nobody": made.nobody, "left out": made.left_out})
        return
    print_table(
        [{name: _shown(value) for name, value in row.items()} for row in rows], right=("pieces", "done", "calls", "minutes", "days")
    )
    for provider, why in made.left_out.items():
        typer.echo(f"{provider} is left out: {why.removeprefix(f'{provider}: ')}")
    for dataset in made.nobody:
        typer.echo(f"{dataset}: nobody gives it")
    longest = max(made.shares, key=lambda share: share.days, default=None)
    later = f", then {longest.days} days for the daily budget of {longest.source.name}" if longest and longest.days else ""
    typer.echo(f"about {made.minutes:.0f} minutes today{later}; further pages not counted")


def plan_rows(made: Plan) -> list[dict[str, Any]]:
    """A row a provider, in numbers."""
    return [
        {
            "provider": share.source.name,
            "data": ", ".join(dict.fromkeys(piece.dataset for piece in share.pieces)),
            "pieces": len(share.pieces),
            "done": len(share.pieces) - len(share.open),
            "calls": share.calls,
            "a minute": share.vendor.per_minute or None,
            "left today": share.left_today,
            "minutes": share.minutes,
            "more days": share.days,
            "costs": share.vendor.costs,
        }
        for share in made.shares
    ]


def _print_outcome(made: Plan, outcome: Outcome, written: list[dict[str, str | int]], *, as_json: bool) -> None:
    missing: list[dict[str, Any]] = [
        {
            "provider": provider,
            "data": piece.dataset,
            "symbols": ",".join(piece.symbols),
            "first": f"{piece.first}",
            "last": f"{piece.last}",
            "why": why,
        }
        for provider, piece, why in outcome.missing
    ]
    if as_json:
        print_json(
            {
                "plan": plan_rows(made),
                "fetched": outcome.pieces,
                "rows": outcome.rows,
                "missing": missing,
                "nobody": made.nobody,
                "written": written,
            }
        )
        return
    fetched = ", ".join(f"{provider} {count}" for provider, count in outcome.pieces.items() if count) or "none"
    typer.echo(f"pieces fetched: {fetched}; {outcome.rows:,} rows")
    if missing:
        print_table(_by_reason(missing))
        typer.echo(f"{len(missing)} pieces are missing; run the same command again: what is done is not fetched twice")


def _by_reason(missing: list[dict[str, Any]]) -> list[dict[str, str]]:
    """One row a provider, data set and reason."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in missing:
        groups.setdefault((row["provider"], row["data"], row["why"]), []).append(row)
    return [
        {
            "provider": provider,
            "data": dataset,
            "pieces": str(len(rows)),
            "first": min(row["first"] for row in rows),
            "last": max(row["last"] for row in rows),
            "why": why,
        }
        for (provider, dataset, why), rows in groups.items()
    ]


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar a provider on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Bars(*columns, console=console(error=True)) as bars:
        tasks: dict[str, Any] = {}

        def tell(step: Progress) -> None:
            if step.provider not in tasks:
                tasks[step.provider] = bars.add_task(step.provider, total=step.total, note="")
            bars.update(tasks[step.provider], completed=step.done, total=step.total, note=step.note)

        yield tell


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:,.0f}" if isinstance(value, (int, float)) else str(value)
