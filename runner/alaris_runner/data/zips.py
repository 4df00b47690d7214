"""Zip archives of price files: the directory is read once, an entry is unpacked when it is asked for."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from alaris_runner.data.text_files import decoded
from alaris_runner.errors import DataFileError

_ENTRY, _END, _END64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
_IN_EXTRA = 0xFFFFFFFF  # the number stands in the zip64 extra field, 4.5.3
_DIRECTORY = struct.Struct("<4s6H3L5H2L")  # central directory record, APPNOTE.TXT 4.3.12
_LENGTHS, _LENGTHS_AT = struct.Struct("<3H"), 28  # of name, extra field and comment inside that record
_LOCAL = struct.Struct("<4s5H3L2H")  # local file header, 4.3.7
_NAME_AND_EXTRA = 512  # of a local header: read at once with what follows it
_TAIL = 1 << 18  # bytes at the end that hold most directories whole
_STORED, _DEFLATED = 0, 8


class ZipArchive:
    """The directory of one zip file; an entry is read from the file when it is asked for, and the file then stays open.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    DataFileError
        The file is truncated or is no zip archive.
    """

    __slots__ = ("_file", "_index", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1  # a bare descriptor: it costs a fraction of a file object
        try:
            with path.open("rb") as file:
                self._index = _directory(file)
        except (struct.error, ValueError) as error:
            raise DataFileError(path, None, "not a complete zip archive (truncated?); fetch or write it again") from error

    def close(self) -> None:
        """Close the file; reading an entry opens it again."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether the file is open."""
        return self._file >= 0

    def names(self) -> list[str]:
        """Names of the entries."""
        return list(self._index)

    def __contains__(self, name: str) -> bool:
        return name in self._index

    def read(self, name: str) -> str:
        """Text of one entry; KeyError if there is none of this name."""
        record = self._index[name]
        try:
            method, checksum, packed = self._packed(record)
            data = zlib.decompress(packed, -15) if method == _DEFLATED else packed
        except (struct.error, zlib.error, ValueError) as error:
            raise DataFileError(
                f"{self.path}#{name}", None, f"the entry cannot be unpacked ({error}); fetch or write the archive again"
            ) from error
        if method not in (_STORED, _DEFLATED) or zlib.crc32(data) != checksum:
            raise DataFileError(f"{self.path}#{name}", None, "the entry's checksum does not match; fetch or write the archive again")
        return decoded(f"{self.path}#{name}", data)

    def _packed(self, record: bytes) -> tuple[int, int, bytes]:
        """(method, checksum, packed bytes) of an entry."""
        numbers = _DIRECTORY.unpack_from(record)
        size, unpacked, at = numbers[8], numbers[9], numbers[16]
        if _IN_EXTRA in (size, unpacked, at):
            size, at = _large(record[_DIRECTORY.size :], size, unpacked, at)
        if self._file < 0:
            self._file = os.open(self.path, os.O_RDONLY)
        head = os.pread(self._file, _LOCAL.size + _NAME_AND_EXTRA + size, at)
        local = _LOCAL.unpack_from(head)
        start = _LOCAL.size + local[9] + local[10]
        packed = head[start : start + size]
        if len(packed) < size:
            packed += os.pread(self._file, size - len(packed), at + len(head))
        return numbers[4], numbers[7], packed


def _directory(file: BinaryIO) -> dict[str, bytes]:
    """Records of the central directory by name, each without its name but with its extra field."""
    length = file.seek(0, os.SEEK_END)
    tail_at = max(0, length - _TAIL)
    file.seek(tail_at)
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0:
        raise ValueError("no end record")
    start = _start(tail, end)
    if start < tail_at:
        file.seek(start)
        tail, tail_at = file.read(), start
    at = start - tail_at
    index: dict[str, bytes] = {}
    unpack, size = _LENGTHS.unpack_from, _DIRECTORY.size
    while tail.startswith(_ENTRY, at):
        name_length, extra_length, comment_length = unpack(tail, at + _LENGTHS_AT)
        name_at = at + size
        name_end = name_at + name_length
        index[tail[name_at:name_end].decode()] = tail[at:name_at] + tail[name_end : name_end + extra_length]
        at = name_end + extra_length + comment_length
    if not tail.startswith((_END, _END64), at):
        raise ValueError("broken directory")
    return index


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
