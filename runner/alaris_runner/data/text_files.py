"""Text files of a data folder: what is no text is refused with its file and line."""

from __future__ import annotations

from pathlib import Path

from alaris_runner.errors import DataFileError


def read_text(path: Path) -> str:
    """Text of a UTF-8 file, without the mark that some editors put in front.

    Raises
    ------
    DataFileError
        The file holds bytes that are no UTF-8.
    """
    return decoded(path, path.read_bytes()).removeprefix("\ufeff")


def decoded(path: Path | str, data: bytes) -> str:
    """Text of bytes that were read from a file (or an entry of an archive)."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataFileError(path, line, f"byte 0x{data[error.start]:02x} is no UTF-8 text; fetch or write the file again") from error
