"""Zip archives of price files: the directory is read once, an entry is unpacked when it is asked for."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from alaris_runner.errors import DataFileError

_END = b"PK\x05\x06"
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
        count, _, at = struct.unpack_from("<HLL", self._bytes, end + 10)
        index: dict[str, tuple[int, int, int, int]] = {}
        unpack, size = _DIRECTORY.unpack_from, _DIRECTORY.size
        for _ in range(count):
            record = unpack(self._bytes, at)
            if record[0] != b"PK\x01\x02":
                raise ValueError("broken directory")
            name_at, name_length = at + size, record[10]
            name = self._bytes[name_at : name_at + name_length].decode()
            index[name] = (record[4], record[7], record[8], record[16])
            at = name_at + name_length + record[11] + record[12]
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
            raise DataFileError(f"{self.path}#{name}", None, f"the entry cannot be unpacked ({error}); fetch or write the archive again") from error
        if method not in (_STORED, _DEFLATED) or zlib.crc32(data) != checksum:
            raise DataFileError(f"{self.path}#{name}", None, "the entry's checksum does not match; fetch or write the archive again")
        return data.decode()
