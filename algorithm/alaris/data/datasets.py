"""What the point-in-time store keeps beside chains: bars, reports, dividends, splits, rates and listed contracts, as columns with times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alaris.data.chain_table import instant
from alaris.domain import InvalidInput

Column = NDArray[Any]
KINDS: Mapping[str, str] = MappingProxyType({"date": "datetime64[D]", "number": "float64", "flag": "bool", "text": "str"})
TIMES = ("observed_at", "available_at")


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """One kind of fact.

    Parameters
    ----------
    name : str
        Its folder in the store and its table in a query.
    day : str
        The column with the date that a row is about; its year names the file.
    columns : mapping of str to str
        The other columns and their kinds: date, number, flag or text.
    key : tuple of str
        Columns that, beside the day, tell one fact from another.
    """

    name: str
    day: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()

    @property
    def kinds(self) -> Mapping[str, str]:
        """All columns of a file and their kinds, `time` for the two times."""
        return {self.day: "date", **self.columns, **dict.fromkeys(TIMES, "time"), "source": "text"}


PRICES = MappingProxyType(dict.fromkeys(("open", "high", "low", "close"), "number"))
BARS = Dataset("bars", "day", MappingProxyType({**PRICES, "volume": "number"}))  # as printed, not adjusted
EARNINGS = Dataset("earnings", "report_date", MappingProxyType({"timing": "text", "quarter": "text"}))
DIVIDENDS = Dataset("dividends", "ex_date", MappingProxyType({"amount": "number"}))  # USD a share
SPLITS = Dataset("splits", "day", MappingProxyType({"ratio": "number"}))  # first session after it, new shares for one old
RATES = Dataset("rates", "day", MappingProxyType({"rate": "number"}))  # three-month bill, continuous, ACT/365, 0.05 for 5 %
CONTRACTS = Dataset(
    "contracts", "day", MappingProxyType({"expiry": "date", "strike": "number", "is_call": "flag"}), ("expiry", "strike", "is_call")
)
DATASETS: Mapping[str, Dataset] = MappingProxyType({one.name: one for one in (BARS, EARNINGS, DIVIDENDS, SPLITS, RATES, CONTRACTS)})
BILLS = "USD-3M"  # the symbol under which rates are kept


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of one data set and symbol; columns as `Dataset.kinds` names them, all of shape (n,), times in UTC microseconds.

    Raises
    ------
    InvalidInput
        A column is missing, unknown, or has another length.
    """

    dataset: Dataset
    symbol: str
    columns: Mapping[str, Column]

    def __post_init__(self) -> None:
        expected, given = set(self.dataset.kinds), set(self.columns)
        if expected != given:
            raise InvalidInput("columns", f"{self.dataset.name} has {sorted(expected)}, given were {sorted(given)}")
        lengths = {name: len(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise InvalidInput("columns", f"must have equal lengths, were {lengths}")

    def __len__(self) -> int:
        return len(self.columns[self.dataset.day])

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def where(self, keep: NDArray[Any]) -> Facts:
        """The rows of a mask or of an index."""
        return Facts(self.dataset, self.symbol, {name: column[keep] for name, column in self.columns.items()})

    def newest(self) -> Facts:
        """Of each fact the statement that became known last, whoever made it; by day."""
        order = np.lexsort((self["available_at"], *self._named()))
        last = np.ones(len(order), dtype=bool)
        if len(order) > 1:
            last[:-1] = np.logical_or.reduce([column[order][1:] != column[order][:-1] for column in self._named()])
        return self.where(order[last])

    def _named(self) -> list[Column]:
        return [self[name] for name in (*reversed(self.dataset.key), self.dataset.day)]


def facts(dataset: Dataset, symbol: str, rows: Sequence[Mapping[str, Any]]) -> Facts:
    """Facts of rows with plain values: dates, aware times, numbers, text."""
    columns = {name: _column(kind, [row[name] for row in rows]) for name, kind in dataset.kinds.items()}
    return Facts(dataset, symbol, columns)


def _column(kind: str, values: Sequence[Any]) -> Column:
    if kind == "time":
        moments: Sequence[datetime] = values
        return np.array([instant(moment) for moment in moments], dtype="datetime64[us]")
    return np.array(values, dtype=KINDS[kind])
