"""Zip archives of price files: the directory is read once, an entry is unpacked when it is asked for."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from alaris_runner.errors import DataFileError

_ENTRY, _END, _END64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
_IN_EXTRA = 0xFFFFFFFF  # the number stands in the zip64 extra field, 4.5.3
_DIRECTORY = struct.Struct("<4s6H3L5H2L")  # central directory record, APPNOTE.TXT 4.3.12
_LOCAL = struct.Struct("<4s5H3L2H")  # local file header, 4.3.7
_STORED, _DEFLATED = 0, 8


class ZipArchive:
    """One zip file in memory.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    DataFileError
        The file is truncated or is no zip archive.
    """

    __slots__ = ("_bytes", "_index", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._bytes = path.read_bytes()
        try:
            self._index = self._directory()
        except (struct.error, ValueError) as error:
            raise DataFileError(path, None, "not a complete zip archive (truncated?); fetch or write it again") from error

    def _directory(self) -> dict[str, tuple[int, int, int, int]]:
        end = self._bytes.rfind(_END)
        if end < 0:
            raise ValueError("no end record")
        at = _start(self._bytes, end)
        index: dict[str, tuple[int, int, int, int]] = {}
        unpack, size = _DIRECTORY.unpack_from, _DIRECTORY.size
        while self._bytes.startswith(_ENTRY, at):
            record = unpack(self._bytes, at)
            name_at, name_length = at + size, record[10]
            name = self._bytes[name_at : name_at + name_length].decode()
            packed, unpacked, header = record[8], record[9], record[16]
            if _IN_EXTRA in (packed, unpacked, header):
                extra = self._bytes[name_at + name_length : name_at + name_length + record[11]]
                packed, header = _large(extra, packed, unpacked, header)
            index[name] = (record[4], record[7], packed, header)
            at = name_at + name_length + record[11] + record[12]
        if not self._bytes.startswith((_END, _END64), at):
            raise ValueError("broken directory")
        return index

    def names(self) -> list[str]:
        """Names of the entries."""
        return list(self._index)

    def __contains__(self, name: str) -> bool:
        return name in self._index

    def read(self, name: str) -> str:
        """Text of one entry; KeyError if there is none of this name."""
        method, checksum, packed_size, at = self._index[name]
        try:
            header = _LOCAL.unpack_from(self._bytes, at)
            start = at + _LOCAL.size + header[9] + header[10]
            packed = self._bytes[start : start + packed_size]
            data = zlib.decompress(packed, -15) if method == _DEFLATED else packed
        except (struct.error, zlib.error) as error:
            raise DataFileError(
                f"{self.path}#{name}", None, f"the entry cannot be unpacked ({error}); fetch or write the archive again"
            ) from error
        if method not in (_STORED, _DEFLATED) or zlib.crc32(data) != checksum:
            raise DataFileError(f"{self.path}#{name}", None, "the entry's checksum does not match; fetch or write the archive again")
        return data.decode()


def _start(data: bytes, end: int) -> int:
    """Where the central directory begins, by the end record or its zip64 sister."""
    (at,) = struct.unpack_from("<L", data, end + 16)
    if at != _IN_EXTRA:
        return int(at)
    end64 = data.rfind(_END64, 0, end)
    if end64 < 0:
        raise ValueError("no zip64 end record")
    return int(struct.unpack_from("<Q", data, end64 + 48)[0])


def _large(extra: bytes, packed: int, unpacked: int, header: int) -> tuple[int, int]:
    """(packed size, header offset) out of a zip64 extra field: the numbers that did not fit, in a fixed order."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{length // 8}Q", extra, at + 4))
            if unpacked == _IN_EXTRA:
                next(numbers)
            packed = next(numbers) if packed == _IN_EXTRA else packed
            header = next(numbers) if header == _IN_EXTRA else header
            return packed, header
        at += 4 + length
    raise ValueError("no zip64 field")
