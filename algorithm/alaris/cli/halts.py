"""`alaris halt`, `resume` and `status`: recorded in the journal that each entry reads, and told to whatever trades the account now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alaris.cli.errors import CommandError
from alaris.cli.journal import Address, Reason, Who, address_of, opened
from alaris.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from alaris.operations.situation import Situation
    from alaris.risk.breakers import Breaker, BreakerState

Lean = Annotated[
    Path | None,
    typer.Option("--lean", metavar="DIR", help="Tell LEAN too: its project, or the working folder of an engine without Docker."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("halt")(halt)
    app.command("resume")(resume)
    app.command("status")(status)


def halt(reason: Reason, who: Who, lean: Lean = None, url: Address = None) -> None:
    """Forbid new positions until a person approves; exits stay allowed."""
    from alaris.records.halts import BreakerBook

    with opened(url, reading=False) as journal:
        state = BreakerBook(journal).halt(who, reason, datetime.now(UTC))
    _print(state)
    pass_on(url, lean, "halt", {"who": who, "why": reason, "recorded": "journal"})


def resume(
    reason: Reason,
    who: Who,
    approve: Annotated[bool, typer.Option("--approve", help="State that the cause was reviewed; without it nothing is ended.")] = False,
    breaker: Annotated[str, typer.Option("--breaker", metavar="NAME", help="Which halt, as `alaris status` names it.")] = "OPERATOR",
    lean: Lean = None,
    url: Address = None,
) -> None:
    """End one halt after review; with the operator's own, an emergency stop too."""
    from alaris.operations import emergency
    from alaris.records.halts import BreakerBook

    if not approve:
        raise CommandError("a halt ends by approval; review its cause (`alaris status`), then repeat with --approve")
    chosen, now = _breaker(breaker), datetime.now(UTC)
    with opened(url, reading=False) as journal:
        book = BreakerBook(journal)
        lifted = chosen.value == "OPERATOR" and emergency.lift(journal, who, reason, now)
        if not lifted and not book.state().is_active(chosen):
            raise CommandError(f"{chosen.value} is not halted; `alaris status` lists what is")
        state = book.resume(chosen, who, reason, now)
    if lifted:
        typer.echo("the emergency stop is lifted: the account may be traded again, `alaris live` starts")
    _print(state)
    pass_on(url, lean, "resume", {"who": who, "why": reason, "breaker": chosen.value, "recorded": "journal"})


def status(url: Address = None, as_json: AsJson = False) -> None:
    """Say whether the account's process lives, its connection, orders, positions and halts; exit 1 while new positions are forbidden."""
    from alaris.operations.situation import situation

    with opened(url) as journal:
        found = situation(journal, address_of(url))
    if as_json:
        print_json(found.to_dict())
    else:
        _print_situation(found)
    if not found.entries_allowed:
        raise typer.Exit(1)


def pass_on(url: str | None, lean: Path | None, command: str, arguments: Mapping[str, str]) -> None:
    """Tell what trades the account now what the journal already says; the journal holds where nobody answers."""
    from alaris.operations.reaching import tell, tell_lean

    answer = tell(address_of(url), command, arguments)
    if answer is not None:
        typer.echo(f"the running process: {answer.text}")
    if lean is not None:
        said = {name: value for name, value in arguments.items() if name != "recorded"}
        told = tell_lean(lean, command, said)
        typer.echo(f"LEAN: {told.text}")
    if answer is not None and not answer.done:
        typer.echo("it stands in the journal all the same, which each entry reads first", err=True)


def _print_situation(found: Situation) -> None:
    typer.echo(f"{found.process_text}; connection: {found.connection_text}")
    if found.stopped is not None:
        typer.echo(f"EMERGENCY STOP by {found.stopped.who} at {found.stopped.at:%Y-%m-%d %H:%M} UTC: {found.stopped.why}")
    _print(found.breakers)
    said = found.answered or {}
    rows = [{"open trade": str(trade)} for trade in said.get("trades", ())]
    print_table(rows)
    print_table([{"order that has not ended": key, "state": state} for key, state in found.orders.items()])
    print_table(
        [{"position by the journal": name, "contracts": f"{count:+d}"} for name, count in found.positions.items()], right=("contracts",)
    )


def _breaker(name: str) -> Breaker:
    from alaris.risk.breakers import Breaker

    if name.upper() not in set(Breaker):
        raise CommandError(f"--breaker: expected one of {', '.join(Breaker)}, was {name!r}")
    return Breaker(name.upper())


def _print(state: BreakerState) -> None:
    halted = state.entry_halt()
    typer.echo("new positions are allowed" if halted is None else f"new positions are forbidden: {halted.why}; exits stay allowed")
    print_table([_row(entry) for entry in state.to_dict()["active"]])


def _row(entry: dict[str, Any]) -> dict[str, str]:
    return {"breaker": str(entry["breaker"]), "since": str(entry["since"])[:19], "who": str(entry["who"]), "why": str(entry["why"])}
