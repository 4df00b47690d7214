"""Repeated options with a name and a value, as in the LEAN CLI: `--parameter KEY VALUE`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from alaris.cli.errors import CommandError

OPTION, SEPARATOR = "--parameter", "\x1f"

Parameters = Annotated[
    list[str] | None,
    typer.Option(OPTION, metavar="KEY VALUE", help="A parameter of the algorithm, or a setting by its dotted name; may be repeated."),
]


class ParametersCommand(TyperCommand):
    """A command whose `--parameter` takes two values each time, which Typer's own options cannot."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join each name with its value before the options are read."""
        return super().parse_args(ctx, _joined(args))


def read_parameters(given: Sequence[str] | None) -> dict[str, str]:
    """Names to values; a repeated name takes its last value."""
    return dict(pair.split(SEPARATOR, 1) for pair in given or ())


def _joined(arguments: Sequence[str]) -> list[str]:
    rest, result = list(arguments), []
    while rest:
        argument = rest.pop(0)
        result.append(argument)
        if argument == OPTION:
            if len(rest) < 2 or OPTION in rest[:2]:
                raise CommandError(f"{OPTION} needs a name and a value, e.g. {OPTION} symbols YUM")
            result.append(f"{rest.pop(0)}{SEPARATOR}{rest.pop(0)}")
    return result
