"""`alaris journal`: whether it is whole, what it says of a trade, its newest records, all of it as Parquet, a backup and back."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alaris.cli.errors import CommandError
from alaris.cli.output import AsJson, print_json, print_table, working

if TYPE_CHECKING:
    from alaris.journal.records import Record
    from alaris.journal.store import Journal

Address = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="Path of the journal or postgresql://; sources.journal_url of the environment by default."),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")]
Who = Annotated[str, typer.Option("--who", metavar="NAME", default_factory=getuser, help="Who, for the record; the user of this computer.")]
TOLD = (
    "command",
    "finding",
    "of",
    "action",
    "event",
    "state",
    "reason",
    "text",
    "who",
    "why",
    "symbol",
    "contracts",
    "price",
    "limit_price",
    "execution_id",
    "outcome",
)


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Verify, read, export, back up and restore the journal of an account.")
    group.command("verify")(verify)
    group.command("show")(show)
    group.command("tail")(tail)
    group.command("export")(export)
    group.command("backup")(backup)
    group.command("restore")(restore)
    app.add_typer(group, name="journal")


def verify(
    url: Address = None,
    head: Annotated[str | None, typer.Option("--head", metavar="HASH", help="A head noted earlier; it must still be there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Go through the chain from the first record to the last, and the typed tables; exit 1 where something was altered."""
    from alaris.journal.verification import verify as verified

    with opened(url) as journal, working(f"Verifying {journal.name}"):
        found = verified(journal, noted_head=head)
    if as_json:
        print_json({"journal": journal.name, "records": found.records, "head": found.head})
        return
    typer.echo(f"{journal.name}: {found.records:,} records, every one whole and in its place\nhead {found.head}")


def show(
    trade: Annotated[str, typer.Argument(metavar="TRADE", help="A trade id, as decisions and order tags have it.")],
    url: Address = None,
    as_json: AsJson = False,
) -> None:
    """Say all that was recorded of one trade, in order."""
    with opened(url) as journal:
        records = list(journal.records(trade_id=trade))
    if not records:
        raise CommandError(f"{journal.name} says nothing of trade {trade!r}; `alaris journal tail` shows the newest trades")
    _print(records, as_json)


def tail(
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 20,
    url: Address = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest records."""
    with opened(url) as journal:
        _print(list(journal.last(count)), as_json)


def export(
    parquet: Annotated[Path, typer.Option("--parquet", metavar="FILE", help="The file to write; one of that name is replaced.")],
    table: Annotated[str, typer.Option("--table", help="records, intents, orders, statuses, fills, halts or commands.")] = "records",
    url: Address = None,
) -> None:
    """Write the journal, or one of its tables, as a Parquet file."""
    try:
        from alaris.journal.export import export_parquet
    except ImportError as error:
        raise CommandError(f"{error.name} is missing; pip install 'alaris[data,journal]'") from error
    with opened(url) as journal, working(f"Writing {parquet}"):
        count = export_parquet(journal, parquet, table)
    typer.echo(f"{parquet}: {count:,} rows")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file; none of that name may exist.")],
    url: Address = None,
) -> None:
    """Copy a journal while it is written, and verify the copy."""
    from alaris.operations.backup import back_up

    with working(f"Writing {file}"):
        found = back_up(address_of(url), file)
    typer.echo(f"{file}: {found.records:,} records, every one whole\nhead {found.head}")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    reason: Reason,
    who: Who,
    url: Address = None,
) -> None:
    """Verify a backup, put it in the journal's place, keep what stood there beside it, and forbid new positions until a person approves."""
    from alaris.operations.backup import restore as restored

    found, aside = restored(file, address_of(url), who, reason, datetime.now(UTC))
    kept = f"; what stood there is {aside}" if aside else ""
    typer.echo(f"restored {found.records:,} records, head {found.head[:12]}{kept}")
    typer.echo("new positions are forbidden: start, let it compare with the broker, then `alaris resume --approve --reason TEXT`")


def opened(url: str | None, *, reading: bool = True) -> Journal:
    """The journal of a command: as it says, or as the settings of the environment say.

    Raises
    ------
    CommandError
        The libraries of the journal are not installed.
    """
    try:
        from alaris.journal.store import Journal
    except ImportError as error:
        raise CommandError(f"{error.name} is missing; pip install 'alaris[journal]'") from error
    return Journal(address_of(url), reading=reading)


def address_of(url: str | None) -> str:
    """Where the journal of a command stands."""
    from alaris.settings import load_settings

    return url if url is not None else load_settings(environment=os.environ).sources.journal_url


def _print(records: list[Record], as_json: bool) -> None:
    if as_json:
        print_json([_as_json(record) for record in records])
        return
    print_table([_row(record) for record in records], right=("record",))


def _as_json(record: Record) -> dict[str, Any]:
    of_record = {name: getattr(record, name) for name in ("sequence", "kind", "trade_id", "recorded_at", "hash")}
    return {**of_record, "entry": record.entry}


def _row(record: Record) -> dict[str, str]:
    entry = record.entry
    entry = {**entry, **entry["rejection"]} if isinstance(entry.get("rejection"), dict) else entry
    said = [f"{name} {entry[name]}" for name in TOLD if entry.get(name) not in (None, "") and not isinstance(entry[name], dict | list)]
    return {
        "record": f"{record.sequence:,}",
        "at": record.recorded_at[:19],
        "kind": record.kind,
        "trade": record.trade_id or "",
        "said": ", ".join([str(entry["breaker"]), *said] if entry.get("breaker") else said),
        "hash": record.hash[:12],
    }
