"""The point-in-time store: Parquet files by data set, symbol and year, whole or not at all, and nothing known before its time.

    <store>/chains/symbol=YUM/year=2017.parquet

A datum that is stated anew stays beside the one stated before: a reader as of a date sees what was known then.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alaris.data.chain_table import COLUMNS, ChainTable, instant
from alaris.domain import ConfigurationError, DataError
from alaris.plugins.earnings_csv import NEW_YORK

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = b"1"
GROUP = 16_384  # rows, about twenty sessions of one underlying: a reader of one session unpacks little else
SCALE = 10_000  # prices are kept as whole ten-thousandths, which loses nothing of a listed price and packs three times as well
PRICES = ("strike", "bid", "ask", "last", "spot")
WHOLE = ("volume", "open_interest")
KEY = ("observed_at", "expiry", "is_call", "strike", "source", "available_at")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the store."""

    dataset: str
    symbol: str
    year: int
    path: Path


class Store:
    """A folder of Parquet files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def parts(self, dataset: str = "chains") -> list[Part]:
        """All files of a data set."""
        found = sorted((self.folder / dataset).glob("symbol=*/year=[0-9][0-9][0-9][0-9].parquet"))
        return [Part(dataset, path.parent.name.removeprefix("symbol="), int(path.stem.removeprefix("year=")), path) for path in found]

    def add_chains(self, chains: ChainTable) -> int:
        """Add rows to their years; how many are new. A row that is there already is not stored twice."""
        years = chains.session.astype("datetime64[Y]").astype(int) + 1970
        return sum(self._add_year(chains.where(years == year), int(year)) for year in np.unique(years))

    def chains(self, symbol: str, first: date, last: date, *, as_of: datetime | None = None) -> ChainTable | None:
        """Rows of the sessions between two dates, as far as they were known at `as_of`; None where there is none."""
        paths = [path for year in range(first.year, last.year + 1) if (path := self._path(symbol, year)).is_file()]
        window = (instant(datetime.combine(first, time(), NEW_YORK)), instant(datetime.combine(last + timedelta(days=1), time(), NEW_YORK)))
        tables = [self._read(path, window) for path in paths]
        if not tables:
            return None
        import pyarrow as pa  # noqa: PLC0415 - an extra of the package

        whole = _chain_table(symbol, pa.concat_tables(tables))
        session = whole.session
        keep = (session >= np.datetime64(first)) & (session <= np.datetime64(last))
        if as_of is not None:
            keep &= whole.available_at <= instant(as_of)
        return whole if keep.all() else whole.where(keep) if keep.any() else None

    def query(self, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Answer of DuckDB to one statement over the tables named for the data sets; names of the columns, and the rows.

        Raises
        ------
        ConfigurationError
            DuckDB is not installed, the store is empty, or the statement is wrong.
        """
        try:
            import duckdb  # noqa: PLC0415 - an extra of the package
        except ImportError:
            raise _not_installed("duckdb") from None
        datasets = [path.name for path in sorted(self.folder.glob("*")) if self.parts(path.name)]
        if not datasets:
            raise ConfigurationError("store", f"{self.folder} holds no data yet; import some with `alaris data import`")
        connection = duckdb.connect()
        try:
            inside = str(self.folder).replace("'", "''")
            connection.execute(f"SET allowed_directories = ['{inside}']")
            for name in datasets:
                files = str(self.folder / name / "symbol=*" / "year=*.parquet").replace("'", "''")
                scaled = ", ".join(f"{column} / {SCALE}.0 AS {column}" for column in PRICES)
                scan = f"read_parquet('{files}', hive_partitioning = true, union_by_name = true)"
                connection.execute(f'CREATE VIEW "{name}" AS SELECT * REPLACE ({scaled}) FROM {scan}')  # noqa: S608 - our own names
            connection.execute("SET enable_external_access = false")  # a question reads this store and nothing else
            answer = connection.execute(statement)
            return [column[0] for column in answer.description or ()], answer.fetchall()
        except duckdb.Error as error:
            raise ConfigurationError("query", " ".join(str(error).split())[:300]) from None
        finally:
            connection.close()

    def _add_year(self, chains: ChainTable, year: int) -> int:
        import pyarrow as pa  # noqa: PLC0415

        path, added = self._path(chains.symbol, year), _arrow(chains)
        before = self._read(path) if path.is_file() else added.slice(0, 0)
        merged = _distinct(pa.concat_tables([before, added]))
        if merged.num_rows > before.num_rows:
            _write_whole(path, merged)
        return int(merged.num_rows - before.num_rows)

    def _path(self, symbol: str, year: int) -> Path:
        return self.folder / "chains" / f"symbol={symbol}" / f"year={year}.parquet"

    def _read(self, path: Path, window: tuple[np.datetime64, np.datetime64] | None = None) -> pa.Table:
        """Rows of one file, those outside the window left unread where whole groups of them are."""
        parquet = _parquet()
        try:
            file = parquet.ParquetFile(path)
            table = file.read_row_groups(_groups(file, window))
        except (OSError, ValueError) as error:  # pyarrow's own errors are of these two
            raise DataError(path, f"cannot be read as Parquet ({error}); remove it and import its data again") from error
        version = (table.schema.metadata or {}).get(b"alaris")
        if version != VERSION:
            raise DataError(path, f"has the schema {version!r}, this Alaris reads {VERSION!r}; import its data again")
        return table


def _groups(file: Any, window: tuple[np.datetime64, np.datetime64] | None) -> list[int]:
    count, column = file.metadata.num_row_groups, file.schema_arrow.get_field_index("observed_at")
    if window is None or column < 0:
        return list(range(count))
    first, last = (moment.astype(datetime) for moment in window)
    bounds = [file.metadata.row_group(group).column(column).statistics for group in range(count)]
    return [group for group, one in enumerate(bounds) if one is None or (one.max >= first and one.min < last)]


def _arrow(chains: ChainTable) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415

    columns = {name: _column(name, getattr(chains, name)) for name in COLUMNS}
    return pa.table(columns).replace_schema_metadata({b"alaris": VERSION})


def _column(name: str, values: Any) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415

    if name in PRICES:
        return _whole(np.rint(values * SCALE), values, name)
    if name in WHOLE:
        return _whole(values, values, name)
    if name == "source":
        return pa.array(values.tolist()).dictionary_encode()
    if name in {"expiry", "is_call"}:
        return pa.array(values)
    if name in {"observed_at", "available_at"}:
        return pa.array(values.astype("datetime64[us]"))
    return pa.array(values, from_pandas=True)


def _whole(values: Any, stated: Any, name: str) -> pa.Array:
    """Whole numbers, null for NaN; a price finer than a ten-thousandth is refused rather than rounded."""
    import pyarrow as pa  # noqa: PLC0415

    missing = ~np.isfinite(stated)
    scale = SCALE if name in PRICES else 1
    if np.any(np.abs(values / scale - stated)[~missing] > 1e-9 * np.maximum(1, np.abs(stated[~missing]))):
        raise DataError(name, "holds a number finer than the store keeps")
    return pa.array(np.where(missing, 0, values).astype(np.int64), mask=missing).cast(pa.int32())


def _chain_table(symbol: str, rows: pa.Table) -> ChainTable:
    columns = {name: _numpy(name, rows.column(name)) for name in COLUMNS}
    return ChainTable(symbol, **columns)


def _numpy(name: str, column: pa.ChunkedArray) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    if name in PRICES or name in WHOLE:
        numbers = column.cast(pa.float64()).to_numpy()
        return numbers / SCALE if name in PRICES else numbers
    if name == "source":
        packed = column.combine_chunks().dictionary_encode() if not pa.types.is_dictionary(column.type) else column.unify_dictionaries()
        whole = packed.combine_chunks() if isinstance(packed, pa.ChunkedArray) else packed
        return np.array(whole.dictionary.to_pylist(), dtype=np.str_)[whole.indices.to_numpy()]
    values = column.to_numpy()
    return values.astype("datetime64[us]") if name in {"observed_at", "available_at"} else values


def _distinct(rows: pa.Table) -> pa.Table:
    """Rows by contract and time, each statement once: of equal ones the first stays."""
    places = _numpy_key(rows)
    order = np.lexsort(places)
    same = np.ones(len(order), dtype=bool)
    for column in places:
        same[1:] &= column[order][1:] == column[order][:-1]
    if len(same):
        same[0] = False
    return rows.take(order[~same])


def _numpy_key(rows: pa.Table) -> list[Any]:
    order = ("source", "is_call", "strike", "expiry", "available_at", "observed_at")  # by time first, then by contract
    return [_numpy(name, rows.column(name)) for name in order]


def _write_whole(path: Path, rows: pa.Table) -> None:
    """Beside its place first, then renamed, so that a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-", suffix=".parquet")
    try:
        with os.fdopen(handle, "wb") as file:
            _parquet().write_table(rows, file, compression="zstd", compression_level=6, use_dictionary=True, row_group_size=GROUP)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    finally:
        with suppress(FileNotFoundError):
            Path(draft).unlink()


def _parquet() -> Any:
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra of the package
    except ImportError:
        raise _not_installed("pyarrow") from None
    return parquet


def _not_installed(package: str) -> ConfigurationError:
    return ConfigurationError("store", f"needs {package}: pip install 'alaris[data]'")
