"""The table of a sweep: one Parquet file, a row a run, its parameters, statistics and daily equity in columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alaris.domain import ConfigurationError
from alaris.sweep.plan import number_of
from alaris.sweep.trial import Row

INSTALL = "pip install 'alaris[sweep]'"
OWN_COLUMNS = ("run", "status", "error", "seconds")
PARAMETER = "parameter."


def require_parquet() -> None:
    """Make sure before the first run that the table can be written after the last.

    Raises
    ------
    ConfigurationError
        pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise ConfigurationError("sweep", f"its table needs pyarrow; install it with {INSTALL}")


def write_table(path: Path, rows: Sequence[Row], about: dict[str, Any]) -> None:
    """Write the table, whole or not at all.

    Columns: ``run``, ``status``, ``error``, ``seconds``; ``parameter.<name>`` (a number where all its values are);
    LEAN's statistics under their names (shares, not percent); ``days`` and ``equity``, a list each.

    Parameters
    ----------
    path : Path
        Replaced where it exists.
    rows : sequence of Row
        One a run.
    about : dict
        Kept as JSON in the file's metadata under ``alaris``.
    """
    import pyarrow as pa  # noqa: PLC0415 - an optional extra, and 100 ms
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pa.table(_columns(pa, rows)).replace_schema_metadata({"alaris": json.dumps(about)})
    draft = path.with_name(f".{path.name}.draft")
    pq.write_table(table, draft, compression="zstd")
    draft.replace(path)


def _columns(pa: Any, rows: Sequence[Row]) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "run": pa.array([row.number for row in rows], pa.int32()),
        "status": pa.array([row.status for row in rows], pa.string()),
        "error": pa.array([row.error or None for row in rows], pa.string()),
        "seconds": pa.array([row.seconds for row in rows], pa.float64()),
    }
    for name in dict.fromkeys(name for row in rows for name in row.parameters):
        columns[PARAMETER + name] = _parameter(pa, [row.parameters.get(name) for row in rows])
    for name in dict.fromkeys(name for row in rows for name in row.statistics):
        columns[name] = pa.array([row.statistics.get(name) for row in rows], pa.float64())
    columns["days"] = pa.array([list(row.days) for row in rows], pa.list_(pa.string()))
    columns["equity"] = pa.array([list(row.equity) for row in rows], pa.list_(pa.float64()))
    return columns


def _parameter(pa: Any, values: Sequence[str | None]) -> Any:
    sized = [None if value is None else number_of(value) for value in values]
    if all(number is not None for number, value in zip(sized, values, strict=True) if value is not None):
        return pa.array([None if number is None else float(number) for number in sized], pa.float64())
    return pa.array(values, pa.string())
