"""A vendor's end-of-day option chains as CSV (option_id, symbol, strike, expiration, ..., data_date) into one table a symbol."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alaris.data.chain_table import CLOSE, ChainTable, moments, table
from alaris.domain import DataError

NUMBERS = ("strike", "bid", "ask", "spot_price", "open_interest", "volume", "implied_volatility", "delta", "gamma", "theta", "vega")
REQUIRED = ("symbol", "expiration", "option_type", "price", "data_date", *NUMBERS)


def read_vendor_chains(path: Path, snapshot: time = CLOSE) -> list[ChainTable]:
    """All chains of a file, plain or gzip, a table a symbol; quotes stand at `snapshot`, New York, of `data_date` and are known then.

    A side at 0 is not quoted. `price` is taken as the last trade only where the contract traded.

    Raises
    ------
    DataError
        Naming file, line and column of what cannot be read.
    """
    header, rows = _rows(path)
    cells = {name: [row[header.index(name)] for row in rows] for name in REQUIRED}
    numbers = {name: _numbers(path, name, cells[name]) for name in (*NUMBERS, "price")}
    expiry, day = (_days(path, name, cells[name]) for name in ("expiration", "data_date"))
    calls = np.array([_is_call(path, line, text) for line, text in enumerate(cells["option_type"], start=2)], dtype=bool)
    symbols = np.array(cells["symbol"])
    stood = moments(day, snapshot) if len(day) else day.astype("datetime64[us]")
    _require_distinct(path, symbols, (numbers["strike"], expiry, calls, day))
    columns = {name: numbers[name] for name in NUMBERS if name != "spot_price"}
    columns |= {side: np.where(numbers[side] > 0, numbers[side], np.nan) for side in ("bid", "ask")}
    columns |= {"spot": numbers["spot_price"], "last": np.where(numbers["volume"] > 0, numbers["price"], np.nan)}
    fixed = {"observed_at": stood, "available_at": stood, "expiry": expiry, "is_call": calls, "source": np.full(len(rows), "vendor-eod")}
    whole = {**columns, **fixed}
    return [
        table(str(symbol), {name: values[symbols == symbol] for name, values in whole.items()}).ordered() for symbol in np.unique(symbols)
    ]


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip().lower() for name in next(reader, [])]
        rows = [row for row in reader if row]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise DataError(path, f"cannot be read as CSV, plain or gzip ({error})") from error
    if missing := [name for name in REQUIRED if name not in header]:
        raise DataError(path, f"no column {', '.join(missing)}", line=1)
    for line, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise DataError(path, f"{len(row)} columns, the header has {len(header)}", line=line)
    return header, rows


def _numbers(path: Path, name: str, texts: Sequence[str]) -> NDArray[np.float64]:
    values = np.empty(len(texts))
    for place, text in enumerate(texts):
        try:
            values[place] = float(text) if text else np.nan
        except ValueError:
            raise DataError(path, f"column {name}: {text!r} is not a number", line=place + 2) from None
    bad = np.isinf(values) | (values < 0) if name in {"bid", "ask", "price", "volume", "open_interest"} else np.isinf(values)
    if name in {"strike", "spot_price"}:
        bad |= ~(values > 0)
    if bad.any():
        place = int(bad.argmax())
        raise DataError(path, f"column {name}: {texts[place]!r} is not possible", line=place + 2)
    return values


def _days(path: Path, name: str, texts: Sequence[str]) -> NDArray[np.datetime64]:
    known: dict[str, date] = {}
    for text in set(texts):
        try:
            known[text] = date.fromisoformat(text)
        except ValueError:
            raise DataError(path, f"column {name}: {text!r} is not a date yyyy-mm-dd", line=texts.index(text) + 2) from None
    return np.array([known[text] for text in texts], dtype="datetime64[D]")


def _is_call(path: Path, line: int, text: str) -> bool:
    if text not in {"call", "put"}:
        raise DataError(path, f"column option_type: {text!r} is not call or put", line=line)
    return text == "call"


def _require_distinct(path: Path, symbols: NDArray[np.str_], key: tuple[NDArray[np.generic], ...]) -> None:
    order = np.lexsort((*key, symbols))
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in (*key, symbols):
        same &= column[order][1:] == column[order][:-1]
    if same.any():
        raise DataError(path, "lists a contract twice on one day", line=int(order[int(same.argmax()) + 1]) + 2)
