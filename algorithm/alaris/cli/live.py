"""`alaris live` and `alaris replay`: the same algorithm on a broker's account, and a recorded day played again."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alaris.cli.backtest import Project, failure_of, project_of, require_readable
from alaris.cli.errors import CommandError, RunFailed
from alaris.cli.output import AsJson, print_json, print_table
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters

if TYPE_CHECKING:
    from alaris.broker import GatewayAddress
    from alaris.live.launch import Plan
    from alaris.live.replay import Replayed
    from alaris.settings import Settings
    from alaris.settings.model import Ibkr

LIVE_PORT = 4001
UNAVAILABLE = "BrokerUnavailable: "
LONGEST_SHOWN = 120  # characters of a value in a difference


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("live", cls=ParametersCommand)(live)
    app.command("replay")(replay)


def live(
    project: Annotated[
        Path | None, typer.Argument(metavar="PROJECT|FILE.py", help="A LEAN project or algorithm; the product's own by default.")
    ] = None,
    *,
    data_folder: Annotated[Path, typer.Option("--data-folder", help="A LEAN data folder: sessions, daily bars, factor files.")],
    broker: Annotated[str, typer.Option("--broker", help="Whose account: ibkr.")] = "ibkr",
    paper: Annotated[bool, typer.Option("--paper/--real-money", help="A paper account (DU...), or one with real money.")] = True,
    host: Annotated[str | None, typer.Option("--host", help="Where the gateway listens; setting ibkr.host by default.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Its port; 4001 for real money, else setting ibkr.port by default.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="Account id, where the login manages several.")] = None,
    shadow: Annotated[bool, typer.Option("--shadow", help="Decide and record; send nothing.")] = False,
    lines: Annotated[int, typer.Option("--lines", help="Market data lines of this process; quotes by hook use others.")] = 40,
    parameter: Parameters = None,
    output: Annotated[Path | None, typer.Option("--output", help="Folder of results and state; live/paper by default.")] = None,
    record: Annotated[Path | None, typer.Option("--record", help="Folder of what was seen; OUTPUT/record by default.")] = None,
) -> None:
    """Trade until Ctrl-C, SIGTERM or a command ends it; positions stay."""
    from alaris.live.launch import Plan
    from alaris.live.session import LiveRules

    if broker != "ibkr":
        raise CommandError(f"--broker: expected ibkr, was {broker!r}")
    if not data_folder.is_dir():
        raise CommandError(f"--data-folder {data_folder}: no such folder; name the one that holds equity, option and market-hours")
    chosen = project_of(project)
    parameters = _parameters(chosen, parameter, own=project is None, paper=paper)
    target = (output or Path("live") / ("paper" if paper else "real-money")).resolve()
    settings = _settings(parameters, own=project is None)
    address = _address(settings.ibkr, host, port, account, paper=paper)
    journal = settings.sources.journal_url or str(target / "journal.db")
    places = (chosen.file, data_folder.resolve(), target, (record or target / "record").resolve(), journal)
    _start(Plan(*places, address, parameters, shadow, LiveRules(lines=lines)))


def replay(
    day: Annotated[str, typer.Argument(metavar="DAY", help="A day in New York, e.g. 2026-11-23.")],
    record: Annotated[Path, typer.Option("--record", help="Folder of what was seen.")] = Path("live") / "paper" / "record",
    as_json: AsJson = False,
) -> None:
    """Play a recorded day again; exit 1 unless every decision is the same, byte for byte."""
    from alaris.live import replay as replaying

    found = replaying.replay(record.resolve(), _day(day))
    rows = [_row(one) for one in found]
    if as_json:
        print_json({"day": day, "same": all(one.same for one in found), "processes": rows})
    else:
        print_table([{name: str(value) for name, value in row.items()} for row in rows], right=("then", "now"))
        for one in found:
            _explain(one)
    if not all(one.same for one in found):
        raise typer.Exit(1)


def _parameters(project: Project, given: Parameters, *, own: bool, paper: bool) -> dict[str, str]:
    parameters = {**project.parameters, **read_parameters(given)}
    if own:
        parameters.setdefault("profile", "paper" if paper else "live")
        if paper != (parameters["profile"] == "paper"):
            raise CommandError(f"profile {parameters['profile']} does not go with {'--paper' if paper else '--real-money'}")
        require_readable(parameters)
    return parameters


def _settings(parameters: dict[str, str], *, own: bool) -> Settings:
    """The settings of the product's own algorithm; of any other, those of the environment."""
    from alaris.lean.parameters import read_parameters as read_run_parameters
    from alaris.settings import load_settings

    return read_run_parameters(parameters, os.environ).settings if own else load_settings({}, environment=os.environ)


def _address(settings: Ibkr, host: str | None, port: int | None, account: str | None, *, paper: bool) -> GatewayAddress:
    from alaris.broker import GatewayAddress

    usual = settings.port if paper else LIVE_PORT
    return GatewayAddress(host or settings.host, port or usual, settings.order_client, paper, account=account or settings.account)


def _start(plan: Plan) -> None:
    from alaris.live.launch import launch
    from alaris.live.world import ENDED_WAITING

    word = "shadow trading" if plan.shadow else "trading"
    _tell(f"{word} at {plan.address.host}:{plan.address.port} as soon as it is READY; Ctrl-C ends it, positions stay")
    _tell(f"journal {plan.journal}; record {plan.record}; results {plan.output}")
    outcome = launch(plan, tell=_tell)
    last = outcome.error.strip().rpartition("\n")[2]
    if ENDED_WAITING in last:
        _tell(ENDED_WAITING)
    elif UNAVAILABLE in last:
        raise RunFailed(last.partition(UNAVAILABLE)[2])
    elif not outcome.completed:
        raise failure_of(outcome.error, outcome.result_file)
    else:
        _tell(f"ended; results in {plan.output}")


def _tell(text: str) -> None:
    """A line of the service's log, on standard error."""
    typer.echo(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}", err=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"DAY: expected a date such as 2026-11-23, was {text!r}") from None


def _row(one: Replayed) -> dict[str, str | int | bool]:
    return {"started": one.started.isoformat(timespec="seconds"), "then": len(one.then), "now": len(one.now), "same": one.same}


def _explain(one: Replayed) -> None:
    if one.error:
        typer.echo(f"the replay ended with an error: {one.error.strip().splitlines()[-1]}")
    place = one.first_difference
    if place is None:
        return
    then, now = (json.loads(lines[place]) if place < len(lines) else {} for lines in (one.then, one.now))
    about = " ".join(str((then or now).get(name, "")) for name in ("as_of", "kind", "symbol")).strip()
    typer.echo(f"first difference, decision {place + 1} ({about}):")
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            typer.echo(f"  {name}: then {_short(then.get(name))}; now {_short(now.get(name))}")


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."
