"""A CSV file of the user's own, plain or gzip, as columns of text; what is wrong with it is said with its line."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alaris.domain import DataError


def read_columns(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Columns by name; a missing optional column is left out, columns of other names are not read.

    Raises
    ------
    DataError
        The file cannot be read, lacks a column, or a line has another number of fields than the header.
    """
    rows = list(csv.reader(io.StringIO(_text(path), newline="")))
    if not rows:
        raise DataError(path, f"is empty; expected the columns {', '.join(required)}")
    header = [name.strip().lower() for name in rows[0]]
    if lacking := [name for name in required if name not in header]:
        raise DataError(path, f"lacks the column {', '.join(lacking)}; its header is {', '.join(header)}", line=1)
    body = [row for row in rows[1:] if row]
    for line, row in enumerate(rows[1:], start=2):
        if row and len(row) != len(header):
            raise DataError(path, f"has {len(row)} fields where the header has {len(header)}", line=line)
    columns = dict(zip(header, zip(*body, strict=True), strict=True)) if body else dict.fromkeys(header, ())
    return {name: columns[name] for name in (*required, *optional) if name in columns}


def dates(path: Path, column: str, texts: Sequence[str]) -> NDArray[np.datetime64]:
    """A column of dates like 2017-02-09; raises DataError with the line of the first that is none."""
    known: dict[str, date] = {}
    for text in set(texts):
        try:
            known[text] = date.fromisoformat(text)
        except ValueError:
            raise DataError(path, f"{column} must be like 2017-02-09, was {text!r}", line=texts.index(text) + 2) from None
    return np.array([known[text] for text in texts], dtype="datetime64[D]")


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read as CSV, plain or gzip ({error})") from error
