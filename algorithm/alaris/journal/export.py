"""The journal as a Parquet file: all records, or one typed table with the time and hash of the record each row belongs to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as arrow
from pyarrow import parquet

from alaris.domain import InvalidInput
from alaris.journal.records import Record
from alaris.journal.store import PAGE, Journal
from alaris.journal.tables import RECORDS, TYPED
from alaris.journal.typed_rows import typed_rows

OF_RECORD = ("recorded_at", "hash")
KINDS = {str: arrow.string(), int: arrow.int64(), float: arrow.float64()}


def export_parquet(journal: Journal, path: Path, table: str = "records") -> int:
    """Write records, or the rows of one typed table, and say how many. The file is its owner's only.

    Raises
    ------
    InvalidInput
        The journal has no such table.
    """
    if table != "records" and table not in TYPED:
        raise InvalidInput("table", f"expected one of records, {', '.join(TYPED)}, was {table!r}")
    schema, count = _schema(table), 0
    with (
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
        parquet.ParquetWriter(file, schema) as writer,
    ):
        records = journal.records()
        while page := list(islice(records, PAGE)):
            rows = list(_rows(page, table))
            writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
            count += len(rows)
    return count


def _rows(records: Sequence[Record], table: str) -> Iterator[dict[str, Any]]:
    for record in records:
        if table == "records":
            yield {name: getattr(record, name) for name in Record.__slots__}
            continue
        for position, (name, row) in enumerate(typed_rows(record.kind, record.entry)):
            if name == table:
                yield {"record": record.sequence, "position": position, **row, "recorded_at": record.recorded_at, "hash": record.hash}


def _schema(table: str) -> arrow.Schema:
    columns = (RECORDS if table == "records" else TYPED[table]).columns
    fields = [(column.name, KINDS[column.type.python_type]) for column in columns]
    return arrow.schema(fields if table == "records" else [*fields, *((name, arrow.string()) for name in OF_RECORD)])
