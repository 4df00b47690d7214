"""The entry point: all command groups, and every error in one line that says what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from alaris import __version__
from alaris.cli import backtest, data, explain, halts, journal, lean, live, operations, option, plugins, report, scan, settings, sweep
from alaris.cli.errors import exit_code, said

app = typer.Typer(
    name="alaris",
    help="Earnings-volatility trading on QuantConnect LEAN: backtest, explain, price.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
backtest.add_to(app)
live.add_to(app)
sweep.add_to(app)
explain.add_to(app)
report.add_to(app)
option.add_to(app)
data.add_to(app)
scan.add_to(app)
settings.add_to(app)
journal.add_to(app)
halts.add_to(app)
operations.add_to(app)
plugins.add_to(app)
lean.add_to(app)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"alaris {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")] = False,
    traceback: Annotated[bool, typer.Option("--traceback", help="Show where an error came from, for a bug report.")] = False,
) -> None:
    """Options of every command."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave: 0 when it did what was asked, 2 for bad input, 1 for a run that failed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(args=given, prog_name="alaris")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains again when it flushes at exit
        sys.exit(141)
    except Exception as error:  # the process top: a user gets a sentence, `--traceback` gets the rest
        if "--traceback" in given:
            raise
        typer.echo(f"alaris: {said(error)}", err=True)
        sys.exit(exit_code(error))
    sys.exit(0)
