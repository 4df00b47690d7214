"""What commands print: tables or JSON on standard output, progress on standard error of a terminal only."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
UNLIMITED = 10_000  # columns; a pipe gets whole lines, whatever the width of the terminal that started it


def console(*, error: bool = False) -> Console:
    """The terminal, or the pipe as wide as its content."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    return Console(stderr=error, highlight=False, width=None if stream.isatty() else UNLIMITED, markup=False, emoji=False)


def print_json(content: Any) -> None:
    """JSON, indented, in the order it was made."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(rows: Sequence[Mapping[str, str]], *, right: Sequence[str] = (), styles: Sequence[str] = ()) -> None:
    """Rows under the names of their columns; `right` are aligned right, `styles` colours whole rows on a terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for name in rows[0]:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row, style in zip(rows, styles or [""] * len(rows), strict=True):
        table.add_row(*(Text(cell) for cell in row.values()), style=style)
    console().print(table)


@contextmanager
def working(text: str) -> Iterator[None]:
    """Say on a terminal that something takes a while; silent in a pipe."""
    if not sys.stderr.isatty():
        yield
        return
    with console(error=True).status(text):
        yield
