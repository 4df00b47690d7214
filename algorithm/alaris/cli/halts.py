"""`alaris halt`, `resume` and `status`: what a person does to the breakers, in the journal that the running algorithm reads."""

from __future__ import annotations

from datetime import UTC, datetime
from getpass import getuser
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alaris.cli.errors import CommandError
from alaris.cli.journal import Address, opened
from alaris.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from alaris.risk.breakers import Breaker, BreakerState

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")]
Who = Annotated[str, typer.Option("--who", metavar="NAME", default_factory=getuser, help="Who, for the record; the user of this computer.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("halt")(halt)
    app.command("resume")(resume)
    app.command("status")(status)


def halt(reason: Reason, who: Who, url: Address = None) -> None:
    """Forbid new positions until a person approves; exits stay allowed."""
    from alaris.records.halts import BreakerBook

    with opened(url, reading=False) as journal:
        state = BreakerBook(journal).halt(who, reason, datetime.now(UTC))
    _print(state)


def resume(
    reason: Reason,
    who: Who,
    approve: Annotated[bool, typer.Option("--approve", help="State that the cause was reviewed; without it nothing is ended.")] = False,
    breaker: Annotated[str, typer.Option("--breaker", metavar="NAME", help="Which halt, as `alaris status` names it.")] = "OPERATOR",
    url: Address = None,
) -> None:
    """End one halt after review."""
    from alaris.records.halts import BreakerBook

    if not approve:
        raise CommandError("a halt ends by approval; review its cause (`alaris status`), then repeat with --approve")
    chosen = _breaker(breaker)
    with opened(url, reading=False) as journal:
        book = BreakerBook(journal)
        if not book.state().is_active(chosen):
            raise CommandError(f"{chosen.value} is not halted; `alaris status` lists what is")
        state = book.resume(chosen, who, reason, datetime.now(UTC))
    _print(state)


def status(url: Address = None, as_json: AsJson = False) -> None:
    """Say which breakers are tripped, since when, by whom and why; exit 1 while new positions are forbidden."""
    from alaris.records.halts import BreakerBook

    with opened(url) as journal:
        state = BreakerBook(journal).state()
    if as_json:
        print_json({"entries_allowed": state.entry_halt() is None, **state.to_dict()})
    else:
        _print(state)
    if state.entry_halt() is not None:
        raise typer.Exit(1)


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
