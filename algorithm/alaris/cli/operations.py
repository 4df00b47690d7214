"""`alaris cancel-all`, `flatten`, `emergency-stop`, `system health`: by the account's process, or without it.

A process that lives does what is asked; where it died, these commands connect to the gateway in its place. A process that hangs must be
ended first (`--kill`): two may not hold one account.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alaris.cli.errors import CommandError, RunFailed
from alaris.cli.halts import Lean
from alaris.cli.journal import Address, Reason, Who, address_of, opened
from alaris.cli.output import AsJson, print_json, print_table, working

if TYPE_CHECKING:
    from queue import SimpleQueue

    from alaris.broker import BrokerEvent, Gateway, GatewayAddress
    from alaris.operations.cancelling import Cancelling
    from alaris.operations.desk import Desk
    from alaris.operations.flatten import Closed, Rules
    from alaris.settings import Settings
    from alaris.settings.model import Ibkr

REAL_MONEY_PORT = 4001
READY_SECONDS, ENDING_SECONDS = 30.0, 20.0

Host = Annotated[str | None, typer.Option("--host", help="Where the gateway listens; setting ibkr.host by default.")]
Port = Annotated[int | None, typer.Option("--port", help="Its port; 4001 for real money, else setting ibkr.port by default.")]
Account = Annotated[str | None, typer.Option("--account", help="Account id, where the login manages several.")]
Paper = Annotated[bool, typer.Option("--paper/--real-money", help="A paper account (DU...), or one with real money.")]
Kill = Annotated[bool, typer.Option("--kill", help="End a process of this account that does not answer, and act in its place.")]

Cap = Annotated[float, typer.Option("--cap", min=0.01, help="USD a share given up against the middle of the quotes, at most.")]
StepSeconds = Annotated[float, typer.Option("--step-seconds", min=0.1, help="How long each of an order's limits stands.")]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command acts: gateway and account's journal, and who asks why."""

    host: str | None
    port: int | None
    account: str | None
    paper: bool
    url: str | None
    who: str
    why: str

    def address(self, settings: Ibkr, client: int) -> GatewayAddress:
        """The gateway as one of our clients; what was not said is as the settings say."""
        from alaris.broker import GatewayAddress

        usual = settings.port if self.paper else REAL_MONEY_PORT
        return GatewayAddress(self.host or settings.host, self.port or usual, client, self.paper, account=self.account or settings.account)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("cancel-all")(cancel_all)
    app.command("flatten")(flatten)
    app.command("emergency-stop")(emergency_stop)
    group = typer.Typer(no_args_is_help=True, help="Whether what a trading process stands on is sound.")
    group.command("health")(health)
    app.add_typer(group, name="system")


def cancel_all(
    reason: Reason,
    who: Who,
    *,
    everything: Annotated[bool, typer.Option("--global", help="Every order of the login: manual ones and other programs' too.")] = False,
    yes_account: Annotated[str, typer.Option("--yes-account", metavar="DU...", help="With --global: the account, typed out.")] = "",
    kill: Kill = False,
    host: Host = None,
    port: Port = None,
    account: Account = None,
    paper: Paper = True,
    lean: Lean = None,
    url: Address = None,
) -> None:
    """Forbid new positions, cancel our working orders, and ask the broker until none is left; fills meanwhile are counted."""
    place = Place(host, port, account, paper, url, who, reason)
    _halt(place)
    if everything:
        _require_account(yes_account)
    elif _done_by_lean(place, lean, "cancel-all") or _done_by_process(place, "cancel-all", kill=kill):
        return
    with _desk(place, "cancel-all", kill=kill) as desk:
        _show_cancelled(_cancelled(desk, yes_account if everything else None))


def flatten(
    who: Who,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record; with --confirm it must be said.")] = "",
    confirm: Annotated[bool, typer.Option("--confirm", help="Send the orders; without it they are only shown.")] = False,
    cap: Cap = 0.50,
    step_seconds: StepSeconds = 20.0,
    outside_hours: Annotated[
        bool, typer.Option("--outside-hours", help="Send although the exchange is closed: the broker keeps the orders until it opens.")
    ] = False,
    despite_others: Annotated[
        bool, typer.Option("--despite-others", help="Close although orders of others are open, which may close the same positions.")
    ] = False,
    kill: Kill = False,
    host: Host = None,
    port: Port = None,
    account: Account = None,
    paper: Paper = True,
    lean: Lean = None,
    url: Address = None,
) -> None:
    """Halt, cancel, and close every position by one limit order each, calendars whole; without --confirm only show what would be sent."""
    place = Place(host, port, account, paper, url, who, reason)
    rules = _rules(cap, step_seconds)
    if not confirm:
        _show_plan(place, rules)
        return
    if not reason.strip():
        raise CommandError("--confirm sends orders: say why with --reason TEXT")
    _halt(place)
    if _done_by_lean(place, lean, "flatten") or _done_by_process(place, "flatten", kill=kill):
        return
    with _desk(place, "flatten", kill=kill) as desk:
        _close(desk, rules, outside_hours=outside_hours, despite_others=despite_others)


def emergency_stop(
    reason: Reason,
    who: Who,
    *,
    close: Annotated[bool, typer.Option("--close", help="Close every position too, as `flatten --confirm` does.")] = False,
    cap: Cap = 0.50,
    step_seconds: StepSeconds = 20.0,
    kill: Kill = False,
    host: Host = None,
    port: Port = None,
    account: Account = None,
    paper: Paper = True,
    lean: Lean = None,
    url: Address = None,
) -> None:
    """Halt, end the process, cancel, close if asked, and let none start on this account until a person resumes."""
    from alaris.domain import JournalError
    from alaris.operations import emergency
    from alaris.operations.reaching import has_ended

    place = Place(host, port, account, paper, url, who, reason)
    said = {"close": str(close).lower()}
    try:
        with opened(url, reading=False) as journal:
            emergency.stop(journal, who, reason, datetime.now(UTC), said)
        typer.echo(f"EMERGENCY STOP recorded: no process starts on this account until `alaris resume --approve` ({reason})", err=True)
        _halt(place)
    except JournalError as error:  # a full disk must not keep a living process from being stopped
        typer.echo(f"NOT RECORDED: {error}", err=True)
    if _done_by_lean(place, lean, "emergency-stop", **said):
        return
    # the process only ends: closing is done here, where each step is confirmed by the broker
    if _done_by_process(place, "emergency-stop", kill=kill, close="false") and not has_ended(address_of(url), ENDING_SECONDS):
        raise RunFailed("the process was told to end and still runs; repeat with --kill to end it and act in its place")
    with _desk(place, "emergency-stop", kill=kill) as desk:
        _show_cancelled(_cancelled(desk, None))
        if close:
            _close(desk, _rules(cap, step_seconds), outside_hours=False, despite_others=False)


def health(
    gateway: Annotated[bool, typer.Option("--gateway/--no-gateway", help="Ask the gateway too.")] = True,
    host: Host = None,
    port: Port = None,
    account: Account = None,
    paper: Paper = True,
    url: Address = None,
    as_json: AsJson = False,
) -> None:
    """Look at journal, disk, process, halts, orders, gateway and clock, one line each; exit 1 where one failed."""
    from alaris.operations.health import Health, broker_checks, journal_checks

    address = address_of(url)
    with opened(url) as journal, working("Verifying the journal"):
        checks = list(journal_checks(journal, address))
    if gateway:
        with _gateway(Place(host, port, account, paper, url, "", ""), owner=False) as (asked, _):
            asked.wait_ready(READY_SECONDS)
            checks += broker_checks(asked)
    if as_json:
        print_json([{"check": check.name, "health": check.health.value, "text": check.text} for check in checks])
    else:
        shades = {Health.OK: "green", Health.WARNING: "yellow", Health.FAILED: "red"}
        rows = [{"check": check.name, "": check.health.value, "what was found, what to do": check.text} for check in checks]
        print_table(rows, styles=[shades[check.health] for check in checks])
    if any(check.health is Health.FAILED for check in checks):
        raise typer.Exit(1)


def _halt(place: Place) -> None:
    """Always first, and always possible: it needs no gateway and no process."""
    from alaris.records.halts import BreakerBook

    with opened(place.url, reading=False) as journal:
        BreakerBook(journal).halt(place.who, place.why, datetime.now(UTC))
    typer.echo("new positions are forbidden until `alaris resume --approve`")


def _done_by_lean(place: Place, lean: Path | None, command: str, **arguments: str) -> bool:
    """Whether an algorithm that LEAN runs did it: LEAN owns its orders (client 0), nobody else may change them."""
    from alaris.operations.reaching import tell_lean

    if lean is None:
        return False
    answer = tell_lean(lean, command, {"who": place.who, "why": place.why, **arguments})
    typer.echo(f"LEAN: {answer.text}", err=not answer.done)
    if not answer.done:
        raise RunFailed(
            "LEAN did not do it. Stop it (`lean live stop`), then repeat without --lean; its orders are ended by cancel-all --global"
        )
    return True


def _done_by_process(place: Place, command: str, *, kill: bool, **arguments: str) -> bool:
    """Whether the account's process did it; one that hangs stands in the way unless it may be killed."""
    from alaris.operations.reaching import engine_seconds, tell

    address = address_of(place.url)
    answer = tell(address, command, {"who": place.who, "why": place.why, **arguments})
    if answer is None:
        return False
    if answer.done:
        typer.echo(f"the running process: {answer.text}")
        return True
    typer.echo(f"the running process: {answer.text}", err=True)
    if not kill:
        seconds = engine_seconds(address)
        seen = "does not answer" if seconds is None else f"engine last seen {seconds:.0f} s ago"
        raise CommandError(f"the account's process lives ({seen}); repeat, or repeat with --kill to end it and act in its place")
    return False


@contextmanager
def _desk(place: Place, command: str, *, kill: bool = False) -> Iterator[Desk]:
    """The account in our hands: held, our orders known, the gateway connected as their owner."""
    from alaris.operations.control import held, running
    from alaris.operations.desk import Desk
    from alaris.operations.reaching import end_process

    address = address_of(place.url)
    process = running(address)
    if process is not None and kill:
        typer.echo(f"ending process {process.process}", err=True)
        end_process(address, process)
    with held(address), opened(place.url, reading=False) as journal, _gateway(place, owner=True) as (gateway, events):
        said = {"command": command, "arguments": {}, "who": place.who, "why": place.why, "at": datetime.now(UTC)}
        journal.append("command", said)
        _require_ready(gateway)
        desk = Desk(gateway, journal, events, lambda: datetime.now(UTC))
        desk.take_over(f"{command} by {place.who}, without the process")
        yield desk


@contextmanager
def _gateway(place: Place, *, owner: bool) -> Iterator[tuple[Gateway, SimpleQueue[BrokerEvent]]]:
    """A connection as the client that owns our orders, where no process does; else as the one that only asks."""
    from queue import SimpleQueue

    from alaris.broker import Gateway

    ours = _settings().ibkr
    events: SimpleQueue[BrokerEvent] = SimpleQueue()
    gateway = Gateway(place.address(ours, ours.order_client if owner else ours.operations_client), events.put)
    gateway.start()
    try:
        yield gateway, events
    finally:
        gateway.stop()


def _require_ready(gateway: Gateway) -> None:
    at = f"{gateway.address.host}:{gateway.address.port}"
    with working(f"Connecting to the gateway at {at}"):
        ready = gateway.wait_ready(READY_SECONDS)
    if not ready:
        where = f"the gateway at {at} is {gateway.state.value} ({gateway.problem})"
        raise RunFailed(f"{where}; nothing was sent. Use TWS, IBKR Mobile or the phone desk: docs/operations/disconnect.md")


def _require_account(yes_account: str) -> None:
    if not yes_account:
        raise CommandError("--global cancels manual orders and other programs' too; repeat with --yes-account and the account's name")


def _rules(cap: float, step_seconds: float) -> Rules:
    from alaris.operations.flatten import Rules

    return Rules(_settings().orders, cap, step_seconds)


def _settings() -> Settings:
    from alaris.settings import load_settings

    return load_settings(environment=os.environ)


def _cancelled(desk: Desk, account: str | None) -> Cancelling:
    from alaris.operations.cancelling import cancel_all_of_login, cancel_ours

    return cancel_ours(desk) if account is None else cancel_all_of_login(desk, account)


def _show_cancelled(outcome: Cancelling) -> None:
    typer.echo("\n".join(outcome.lines()) or "no order of ours was open")
    if not outcome.is_clean:
        raise RunFailed("not every order is gone; nothing is closed before it is: repeat")


def _show_plan(place: Place, rules: Rules) -> None:
    """Read only, as the client of operations: the process may be alive."""
    from alaris.operations.desk import Desk
    from alaris.operations.flatten import plan_now, proposals

    with opened(place.url) as journal, _gateway(place, owner=False) as (gateway, events):
        _require_ready(gateway)
        desk = Desk(gateway, journal, events, lambda: datetime.now(UTC))
        plan = plan_now(desk)
        rows = [{"would": one.closing.text, "at": ", ".join(map(str, one.limits)), "": one.text} for one in proposals(desk, plan, rules)]
    print_table(rows)
    _say_left(plan.left)
    typer.echo("nothing was sent; repeat with --confirm" if rows else "nothing to close")


def _close(desk: Desk, rules: Rules, *, outside_hours: bool, despite_others: bool) -> None:
    from alaris.operations.flatten import flatten as closing
    from alaris.operations.flatten import hours_forbid, plan_now

    cancelled = _cancelled(desk, None)
    _show_cancelled(cancelled)
    if cancelled.foreign and not despite_others:
        who = ", ".join(cancelled.foreign)
        raise RunFailed(f"{who}: not ours, and may close the same positions; nothing was sent. End it, or repeat with --despite-others")
    plan = plan_now(desk)
    if not outside_hours and (why := hours_forbid(desk, plan)):
        raise RunFailed(f"{why}; nothing was sent, the halt stands. Repeat then, or with --outside-hours: the broker keeps the orders")
    outcomes: list[Closed] = []
    for outcome in closing(desk, plan, rules):
        typer.echo(f"{outcome.closing.text}: {outcome.text}")
        outcomes.append(outcome)
    _say_left(plan.left)
    if not all(outcome.is_whole for outcome in outcomes):
        raise RunFailed("not everything is closed: look at the lines above, repeat, or close by hand in TWS")
    typer.echo("everything that could be closed is closed" if outcomes else "nothing to close")


def _say_left(left: Mapping[str, str]) -> None:
    for contract, why in left.items():
        typer.echo(f"{contract}: left alone; {why}")
