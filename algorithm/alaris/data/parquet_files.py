"""Parquet files that are whole or not there, say which schema they have, and have one writer at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alaris.domain import ConfigurationError, DataError

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = b"1"
GROUP = 16_384  # rows, about twenty sessions of one underlying: a reader of one session unpacks little else
Window = tuple[np.datetime64, np.datetime64]


def read(path: Path, column: str = "", window: Window | None = None) -> pa.Table:
    """Rows of one file, without the groups of rows whose `column` lies wholly outside the window (first, and first after it).

    Raises
    ------
    DataError
        It is no whole Parquet file, or has another schema's version.
    """
    parquet = _parquet()
    try:
        with parquet.ParquetFile(path) as file:
            table = file.read_row_groups(_groups(file, column, window))
    except (OSError, ValueError) as error:  # pyarrow's own errors are of these two
        raise DataError(path, f"cannot be read as Parquet ({error}); remove it and import its data again") from error
    version = (table.schema.metadata or {}).get(b"alaris")
    if version != VERSION:
        raise DataError(path, f"has the schema {version!r}, this Alaris reads {VERSION!r}; import its data again")
    return table


def write_whole(path: Path, rows: pa.Table) -> None:
    """Beside its place first, then renamed, so that a reader sees the old file or the new one, and so does a computer that lost power.

    The caller is the only writer of this path, see `only_writer`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".draft-{path.name}")  # one name: what a killed writer left is written over by the next
    versioned = rows.replace_schema_metadata({b"alaris": VERSION})
    try:
        with draft.open("wb") as file:
            _parquet().write_table(versioned, file, compression="zstd", compression_level=6, use_dictionary=True, row_group_size=GROUP)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


@contextmanager
def only_writer(lock: Path) -> Iterator[None]:
    """Wait until no other thread or process writes under this lock; the system lets it go when its holder dies, however that happens."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def not_installed(package: str) -> ConfigurationError:
    """The error for a package of the extra `data` that is missing."""
    return ConfigurationError("store", f"needs {package}: pip install 'alaris[data]'")


def _groups(file: Any, name: str, window: Window | None) -> list[int]:
    count, column = file.metadata.num_row_groups, file.schema_arrow.get_field_index(name)
    if window is None or column < 0:
        return list(range(count))
    first, last = (moment.astype(datetime) for moment in window)
    bounds = [file.metadata.row_group(group).column(column).statistics for group in range(count)]
    return [group for group, one in enumerate(bounds) if one is None or (one.max >= first and one.min < last)]


def _parquet() -> Any:
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra of the package
    except ImportError:
        raise not_installed("pyarrow") from None
    return parquet
