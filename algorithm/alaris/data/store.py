"""The point-in-time store: Parquet files by data set, symbol and year, whole or not at all, and nothing known before its time.

    <store>/chains/symbol=YUM/year=2017.parquet
    <store>/earnings/symbol=YUM/year=2017.parquet

A datum that is stated anew stays beside the one stated before: a reader as of a date sees what was known then. Writers of one file, threads
or processes of one computer, wait for each other, so that none loses what another added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alaris.data import parquet_files
from alaris.data.chain_table import COLUMNS, ChainTable, instant
from alaris.data.datasets import BARS, DATASETS, KINDS, Column, Dataset, Facts
from alaris.data.lean_folder import file_name
from alaris.data.parquet_files import not_installed
from alaris.domain import NEW_YORK, ConfigurationError, DataError

if TYPE_CHECKING:
    import pyarrow as pa

CHAINS = "chains"
SCALE = 10_000  # prices are kept as whole ten-thousandths, which loses nothing of a listed price and packs three times as well
PRICES = ("strike", "bid", "ask", "last", "spot")
WHOLE = ("volume", "open_interest")
BY_TIME = ("observed_at", "available_at", "expiry", "strike", "is_call", "source")  # a session's rows stand together


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

    def symbols(self) -> list[str]:
        """Underlyings with chains or bars, sorted."""
        return sorted({part.symbol for name in (CHAINS, BARS.name) for part in self.parts(name)})

    def add_chains(self, chains: ChainTable) -> int:
        """Add rows to their years; how many are new. A row that is there already is not stored twice."""
        years = chains.session.astype("datetime64[Y]").astype(int) + 1970
        parts = {int(year): chains.where(years == year) for year in np.unique(years)}
        return sum(self._add(CHAINS, chains.symbol, year, _arrow(part), _chain_key) for year, part in parts.items())

    def chains(self, symbol: str, first: date, last: date, *, as_of: datetime | None = None) -> ChainTable | None:
        """Rows of the sessions between two dates, as far as they were known at `as_of`; None where there is none."""
        window = (instant(datetime.combine(first, time(), NEW_YORK)), instant(datetime.combine(last + timedelta(days=1), time(), NEW_YORK)))
        rows = self._read(CHAINS, symbol, range(first.year, last.year + 1), window)
        if rows is None:
            return None
        whole = ChainTable(symbol, **{name: _numpy(name, rows.column(name)) for name in COLUMNS})
        session = whole.session
        keep = (session >= np.datetime64(first)) & (session <= np.datetime64(last))
        if as_of is not None:
            keep &= whole.available_at <= instant(as_of)
        return whole if keep.all() else whole.where(keep) if keep.any() else None

    def add(self, facts: Facts) -> int:
        """Add facts to their years; how many are new. Of two statements of one source at one time the first stays."""
        dataset = facts.dataset
        years = facts[dataset.day].astype("datetime64[Y]").astype(int) + 1970
        parts = {int(year): _facts_arrow(facts.where(years == year)) for year in np.unique(years)}
        return sum(self._add(dataset.name, facts.symbol, year, part, _facts_key(dataset)) for year, part in parts.items())

    def facts(self, dataset: Dataset, symbol: str, first: date, last: date, *, as_of: datetime | None = None) -> Facts:
        """Every statement about the days between two dates that was known at `as_of`, by day; revisions stand behind one another."""
        rows = self._read(dataset.name, symbol, range(first.year, last.year + 1))
        if rows is None:
            return Facts(dataset, symbol, {name: np.array([], _dtype(kind)) for name, kind in dataset.kinds.items()})
        found = Facts(dataset, symbol, {name: _plain(rows.column(name), kind) for name, kind in dataset.kinds.items()})
        keep = (found[dataset.day] >= np.datetime64(first)) & (found[dataset.day] <= np.datetime64(last))
        if as_of is not None:
            keep &= found["available_at"] <= instant(as_of)
        return found.where(keep)

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
            raise not_installed("duckdb") from None
        datasets = [name for name in (CHAINS, *DATASETS) if self.parts(name)]
        if not datasets:
            raise ConfigurationError("store", f"{self.folder} holds no data yet; import some with `alaris data import`")
        connection = duckdb.connect()
        try:
            inside = str(self.folder).replace("'", "''")
            connection.execute(f"SET allowed_directories = ['{inside}']")
            for name in datasets:
                files = str(self.folder / name / "symbol=*" / "year=*.parquet").replace("'", "''")
                scaled = ", ".join(f"{column} / {SCALE}.0 AS {column}" for column in PRICES)
                chosen = f"* REPLACE ({scaled})" if name == CHAINS else "*"
                scan = f"read_parquet('{files}', hive_partitioning = true, union_by_name = true)"
                connection.execute(f'CREATE VIEW "{name}" AS SELECT {chosen} FROM {scan}')  # noqa: S608 - our own names
            connection.execute("SET enable_external_access = false")  # a question reads this store and nothing else
            answer = connection.execute(statement)
            return [column[0] for column in answer.description or ()], answer.fetchall()
        except duckdb.Error as error:
            raise ConfigurationError("query", " ".join(str(error).split())[:300]) from None
        finally:
            connection.close()

    def _add(self, dataset: str, symbol: str, year: int, added: pa.Table, key: Callable[[pa.Table], Sequence[Column]]) -> int:
        import pyarrow as pa  # noqa: PLC0415 - an extra of the package

        path = self._path(dataset, symbol, year)
        with parquet_files.only_writer(self.folder / ".locks" / f"{dataset}-{symbol}-{year}"):
            before = parquet_files.read(path) if path.is_file() else added.slice(0, 0)
            merged = _distinct(pa.concat_tables([before, added]), key)
            if merged.num_rows > before.num_rows:
                parquet_files.write_whole(path, merged)
        return int(merged.num_rows - before.num_rows)

    def _path(self, dataset: str, symbol: str, year: int) -> Path:
        file_name(self.folder, symbol)  # a name of a folder, so nothing that leads elsewhere
        return self.folder / dataset / f"symbol={symbol}" / f"year={year}.parquet"

    def _read(self, dataset: str, symbol: str, years: range, window: parquet_files.Window | None = None) -> pa.Table | None:
        import pyarrow as pa  # noqa: PLC0415

        found = self._path(dataset, symbol, 0).parent.glob("year=[0-9][0-9][0-9][0-9].parquet")
        paths = [path for path in sorted(found) if int(path.stem.removeprefix("year=")) in years]
        tables = [parquet_files.read(path, "observed_at", window) for path in paths]
        return pa.concat_tables(tables) if tables else None


def _arrow(chains: ChainTable) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415

    return pa.table({name: _column(name, getattr(chains, name)) for name in COLUMNS})


def _facts_arrow(facts: Facts) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415

    kinds = facts.dataset.kinds
    return pa.table({name: pa.array(column.tolist() if kinds[name] == "text" else column) for name, column in facts.columns.items()})


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


def _plain(column: pa.ChunkedArray, kind: str) -> Column:
    values = np.array(column.to_pylist()) if kind == "text" else column.to_numpy()
    return np.asarray(values, dtype=_dtype(kind))


def _dtype(kind: str) -> str:
    return "datetime64[us]" if kind == "time" else KINDS[kind]


def _distinct(rows: pa.Table, key: Callable[[pa.Table], Sequence[Column]]) -> pa.Table:
    """Rows in the order of their key, each statement once: of equal ones the first stays."""
    places = key(rows)
    order = np.lexsort(places[::-1])
    first = np.zeros(len(order), dtype=bool)
    first[:1] = True
    for column in places:
        ordered = column[order]
        first[1:] |= ordered[1:] != ordered[:-1]
    return rows.take(order[first])


def _chain_key(rows: pa.Table) -> list[Column]:
    return [_numpy(name, rows.column(name)) for name in BY_TIME]


def _facts_key(dataset: Dataset) -> Callable[[pa.Table], Sequence[Column]]:
    names = (dataset.day, *dataset.key, "available_at", "source", "observed_at")
    return lambda rows: [_plain(rows.column(name), dataset.kinds[name]) for name in names]
