"""`alaris explain`: why a symbol was traded or refused, phase by phase, with numbers and limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alaris.cli.errors import CommandError
from alaris.cli.output import AsJson, console, print_json

if TYPE_CHECKING:
    from alaris.records import RunFolder
    from alaris.records.explanation import Line, PhaseExplanation

Record = dict[str, Any]
MARKS = {True: "✓", False: "✗", None: " "}
COLOURS = {"passed": "green", "refused": "red", "not reached": "bright_black", "failed, not enforced": "yellow"}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="The underlying.")],
    day: Annotated[str, typer.Argument(metavar="DATE", help="Day of the decision, of the report, or of the reaction: 2017-02-08.")],
    output: Annotated[Path | None, typer.Option("--output", help="The result folder; the latest one by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say why SYMBOL was traded or refused on DATE: the ten phases with what was seen and the limits."""
    from alaris.cli.results import latest_folder
    from alaris.records import read_run

    run = read_run(output or latest_folder())
    found = decisions_of(run, symbol.upper(), _date(day))
    if as_json:
        print_json([_as_json(record, run) for record in found])
        return
    for record in found:
        _print(record, run)


def decisions_of(run: RunFolder, symbol: str, day: date) -> list[Record]:
    """Decisions on a symbol that were made on a day, or whose report or reaction falls on it.

    Raises
    ------
    CommandError
        There is none; the message names the dates that there are, or the symbols.
    """
    of_symbol = [record for record in run.decisions if record["symbol"].upper() == symbol]
    if not of_symbol:
        raise CommandError(f"{run.path} holds no decision on {symbol}; {_known_symbols(run, symbol)}")
    found = [record for record in of_symbol if day.isoformat() in _days(record)]
    if not found:
        dates = sorted({_decided(record) for record in of_symbol})
        shown = ", ".join(dates[:40]) + (f" and {len(dates) - 40} more" if len(dates) > 40 else "")
        raise CommandError(f"{symbol} has no decision on {day}; it has them on {shown}")
    return found


def _known_symbols(run: RunFolder, symbol: str) -> str:
    from difflib import get_close_matches

    known = sorted({record["symbol"] for record in run.decisions})
    close = get_close_matches(symbol, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"it has them on {', '.join(known[:40])}" if known else "it holds no decision at all"


def _days(record: Record) -> set[str]:
    return {_decided(record), record["report_date"] or "", record["reaction_session"] or ""}


def _decided(record: Record) -> str:
    """The day of the decision in New York."""
    from zoneinfo import ZoneInfo

    return datetime.fromisoformat(record["as_of"]).astimezone(ZoneInfo("America/New_York")).date().isoformat()


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"DATE: expected a day such as 2017-02-08, was {text!r}") from None


def _as_json(record: Record, run: RunFolder) -> Record:
    from alaris.records.explanation import explain as phases_of

    phases = [asdict(phase) for phase in phases_of(record, run.settings)]
    return {
        "trade_id": record["trade_id"],
        "symbol": record["symbol"],
        "as_of": record["as_of"],
        "outcome": record["outcome"],
        "phases": phases,
    }


def _print(record: Record, run: RunFolder) -> None:
    from rich.text import Text

    from alaris.records.explanation import explain as phases_of

    screen = console()
    screen.print()
    screen.print(
        Text.assemble((record["symbol"], "bold"), f"  decided {_decided(record)}, preset {record['preset']}, profile {record['profile']}")
    )
    screen.print(_outcome(record))
    for number, phase in enumerate(phases_of(record, run.settings), start=1):
        _print_phase(number, phase)


def _outcome(record: Record) -> Any:
    from rich.text import Text

    from alaris.records.wording import dollars, number, phase, reason

    if record["outcome"] == "TRADED":
        return Text(f"TRADED  {record['contracts']} spreads, P&L {dollars(record['pnl'], signed=True)}", style="bold green")
    values = f" ({number(record['value'])} against {number(record['limit'])})" if record["limit"] is not None else ""
    return Text(f"REFUSED in {phase(record['rejected_phase']).lower()}: {reason(record['reason'])}{values}", style="bold red")


def _print_phase(number: int, phase: PhaseExplanation) -> None:
    from rich.text import Text

    screen = console()
    screen.print(Text.assemble("\n", (f"{number:>2}  {phase.title:<24}", "bold"), (phase.state.value, COLOURS[phase.state.value])))
    widths = [
        max((len(text) for text in column), default=0) for column in zip(*((line.name, line.value) for line in phase.lines), strict=True)
    ]
    for line in phase.lines:
        screen.print(_line(line, widths))


def _line(line: Line, widths: Sequence[int]) -> Any:
    from rich.text import Text

    from alaris.records.wording import NONE

    text = f"    {'!' if line.warned else MARKS[line.passed]} {line.name:<{widths[0]}}  {line.value:>{widths[1]}}"
    text += f"   limit {line.limit}" if line.limit and line.limit != NONE else ""
    style = "red" if line.passed is False else "yellow" if line.warned else ""
    return Text.assemble((text, style), (f"   {line.note}" if line.note else "", "bright_black"))
