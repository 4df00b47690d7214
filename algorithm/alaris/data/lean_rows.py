"""LEAN's option rows as arrays: archives of thousands of small entries read in one pass, numbers parsed a whole file at a time."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alaris.data.lean_folder import SCALE, UNREADABLE
from alaris.data.number_text import numbers
from alaris.domain import DataError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
LOCAL_HEADER, STORED, DEFLATED = 30, 0, 8
ENTRY = re.compile(r"(?:\d{8}_)?[^_]+_(?:minute_)?[a-z]+_american_(call|put)_(\d+)_(\d{8})\.csv")
STRIKE_BITS, DAY_BITS = 36, 16  # strikes to 6.8 million USD, days to the year 2149
DAY_MILLISECONDS = 86_400_000
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class OptionRows:
    """Rows of one kind: which contract (`contract_code`) and day (days since 1970), and the numbers after the time, NaN where empty."""

    contract: Integers
    day: Integers
    milliseconds: Integers
    numbers: Floats


def no_rows(columns: int) -> OptionRows:
    """No row of so many numbers."""
    nothing = np.empty(0, dtype=np.int64)
    return OptionRows(nothing, nothing, nothing, np.empty((0, columns)))


def unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each entry of a zip, checked; six times as fast as `zipfile` on entries of a few hundred bytes.

    Raises
    ------
    DataError
        It is no whole zip.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            whole = path.read_bytes()
            for entry in archive.infolist():
                yield entry.filename, entry_content(archive, entry, whole)
    except (*UNREADABLE, struct.error) as error:
        raise DataError(path, f"cannot be read ({error}); fetch or write the file again") from error


def option_rows(path: Path, columns: int, day: date | None = None) -> OptionRows:
    """All rows of an option archive that has `columns` numbers after the time.

    Parameters
    ----------
    day : date, optional
        Day of a minute archive, whose rows begin with milliseconds since midnight; a daily archive's begin with their date.

    Raises
    ------
    DataError
        Naming file and entry of what cannot be read.
    """
    codes, counts, texts = [], [], []
    for name, content in unpacked(path):
        text = content.rstrip(b"\r\n").replace(b"\r\n", b"\n")
        if not text:
            continue
        codes.append(_entry_code(path, name))
        counts.append(text.count(b"\n") + 1)
        texts.append(text)
        if text.count(b",") != counts[-1] * columns:
            raise DataError(path, f"entry {name}: a line has not {columns + 1} columns")
    if not texts:
        return no_rows(columns)
    joined = b"\n".join(texts)
    grid = number_grid(path, joined if day else joined.replace(b" 00:00,", b","), columns + 1)
    first = _whole(path, grid[:, 0])
    if day is not None and len(first) and not (first.min() >= 0 and first.max() < DAY_MILLISECONDS):
        raise DataError(path, "a line begins with milliseconds beyond its day")
    days = days_of(path, first) if day is None else np.full(len(first), day.toordinal() - EPOCH)
    return OptionRows(np.repeat(np.array(codes), counts), days, first if day else np.zeros_like(first), grid[:, 1:])


def number_grid(path: Path, text: bytes, columns: int) -> Floats:
    """Lines of numbers, shape (lines, columns), NaN for an empty field; the caller has counted the commas."""
    flat = text.replace(b"\n", b",")
    found = numbers(flat)
    if found is None:
        found = np.array([_number(path, field) for field in flat.split(b",")])
    return found.reshape(-1, columns)


def _number(path: Path, field: bytes) -> float:
    """A field that is written in another way, with an exponent perhaps."""
    try:
        number = float(field) if field else float("nan")
    except ValueError:
        number = float("inf")
    if np.isinf(number):
        raise DataError(path, f"{field[:40].decode('ascii', 'replace')!r} is not a number")
    return number


def days_of(path: Path, stamps: Integers) -> Integers:
    """Days since 1970 of numbers like 20170209."""
    distinct, place = np.unique(stamps, return_inverse=True)
    return np.array([_day(path, stamp) for stamp in distinct.tolist()], dtype=np.int64)[place]


def contract_codes(path: Path, expiry: Integers, is_call: NDArray[np.bool_], strike: Integers) -> Integers:
    """One number a contract: expiry in days since 1970, right, strike times 10,000."""
    if strike.size and not (strike.min() > 0 and strike.max() < 1 << STRIKE_BITS):
        raise DataError(path, "a strike is not possible")
    return ((expiry * 2 + is_call) << STRIKE_BITS) | strike


def of_codes(codes: Integers) -> tuple[NDArray[np.datetime64], NDArray[np.bool_], Floats]:
    """Expiry, right and strike (USD) of contract codes."""
    strike = codes & ((1 << STRIKE_BITS) - 1)
    named = codes >> STRIKE_BITS
    return (named >> 1).astype("datetime64[D]"), (named & 1).astype(bool), strike / SCALE


def positions(known: Integers, wanted: Integers) -> tuple[Integers, NDArray[np.bool_]]:
    """Where sorted distinct `known` numbers hold the wanted ones, and whether they do."""
    place = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    return place, (known[place] == wanted) if len(known) else np.zeros(len(wanted), dtype=bool)


def row_keys(contracts: Integers, rows: OptionRows) -> Integers:
    """One number a contract and day, from the sorted distinct codes of all contracts."""
    return (np.searchsorted(contracts, rows.contract) << DAY_BITS) | rows.day


def entry_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, whole: bytes) -> bytes:
    """One entry of an archive whose bytes are at hand; raises what `zipfile` would (`UNREADABLE`, struct.error)."""
    if entry.compress_type not in {STORED, DEFLATED} or entry.flag_bits & 1:
        return archive.read(entry)
    name_length, extra_length = struct.unpack_from("<2H", whole, entry.header_offset + LOCAL_HEADER - 4)
    start = entry.header_offset + LOCAL_HEADER + name_length + extra_length
    packed = whole[start : start + entry.compress_size]
    content = packed if entry.compress_type == STORED else zlib.decompress(packed, -15)
    if zlib.crc32(content) != entry.CRC:
        raise zipfile.BadZipFile(f"bad checksum of {entry.filename}")
    return content


def _entry_code(path: Path, name: str) -> int:
    match = ENTRY.fullmatch(name)
    if match is None:
        raise DataError(path, f"entry {name!r} is not named for a contract")
    side, strike, expiry = match.groups()
    if not 0 < int(strike) < 1 << STRIKE_BITS:
        raise DataError(path, f"entry {name}: a strike that is not possible")
    return (_day(path, int(expiry)) * 2 + (side == "call")) << STRIKE_BITS | int(strike)


def _day(path: Path, stamp: int) -> int:
    try:
        days = date(stamp // 10_000, stamp // 100 % 100, stamp % 100).toordinal() - EPOCH
    except (ValueError, OverflowError):
        raise DataError(path, f"{stamp} is not a date") from None
    if not 0 <= days < 1 << DAY_BITS:
        raise DataError(path, f"{stamp} is not a date of an option")
    return days


def _whole(path: Path, numbers: Floats) -> Integers:
    if not np.isfinite(numbers).all() or (np.abs(numbers) > 1e15).any():
        raise DataError(path, "a line begins without its time")
    return numbers.astype(np.int64)
