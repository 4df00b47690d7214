"""The LEAN CLI's `--parameter NAME MIN MAX STEP` of an optimization; `--parameter NAME VALUE` fixes one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from alaris.cli.errors import CommandError
from alaris.cli.parameters import OPTION, SEPARATOR

if TYPE_CHECKING:
    from alaris.sweep.plan import ParameterRange

FORM = f"{OPTION} NAME MIN MAX STEP, or {OPTION} NAME VALUE for a fixed one"


class RangesCommand(TyperCommand):
    """A command whose `--parameter` takes a name and three numbers, or a name and a value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join each name with what belongs to it before the options are read."""
        return super().parse_args(ctx, _joined(args))


def read_ranges(given: Sequence[str] | None) -> tuple[dict[str, str], list[ParameterRange]]:
    """(fixed parameters, varied ones); of a repeated name the last counts."""
    from alaris.sweep.plan import ParameterRange, number_of

    fixed: dict[str, str] = {}
    ranges: dict[str, ParameterRange] = {}
    for text in given or ():
        name, *values = text.split(SEPARATOR)
        fixed.pop(name, None)
        ranges.pop(name, None)
        numbers = [number for value in values if (number := number_of(value)) is not None]
        if len(values) == 1:
            fixed[name] = values[0]
        else:
            ranges[name] = ParameterRange(name, *numbers)
    return fixed, list(ranges.values())


def _joined(arguments: Sequence[str]) -> list[str]:
    rest, result = list(arguments), []
    while rest:
        argument = rest.pop(0)
        result.append(argument)
        if argument == OPTION:
            words = _words(rest)
            del rest[: len(words)]
            result.append(SEPARATOR.join(words))
    return result


def _words(rest: Sequence[str]) -> list[str]:
    """The name and its three numbers, or its one value."""
    if len(rest) < 2 or OPTION in rest[:2]:
        raise CommandError(f"{OPTION} needs a name and what it is to be: {FORM}")
    numbers = list(takewhile(_is_number, rest[1:4]))
    if len(numbers) == 2:
        raise CommandError(f"{OPTION} {' '.join(rest[:3])}: one number is missing; expected {FORM}")
    return list(rest[:4] if len(numbers) == 3 else rest[:2])


def _is_number(word: str) -> bool:
    from alaris.sweep.plan import number_of

    return number_of(word) is not None
