"""Journal as JSON lines: one entry a line, in order; an intent is on the disk before the order leaves the process."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from alaris.domain import JournalError
from alaris.plugins import Settings, hookimpl
from alaris.plugins.journal import Redactor, plain

DURABLE = frozenset({"intent", "command"})  # what must be known after a crash, whatever else is lost


class JournalLines:
    """Append entries to one file, without secrets, readable by its owner only; without a path nothing is written."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._redactor = Redactor(os.environ)
        self._file: FileIO | None = None

    @hookimpl
    def record(self, kind: str, entry: Mapping[str, Any]) -> None:
        if self._path is None:
            return
        content = json.dumps({"kind": kind, **plain(entry)}, allow_nan=False, ensure_ascii=False)
        line = self._redactor.text(content).encode() + b"\n"
        try:
            file = self._file = self._file or _opened(self._path)
            _write_whole(file, line)
            if kind in DURABLE:
                os.fsync(file.fileno())
        except OSError as error:
            raise JournalError(f"{self._path}: the journal cannot be written ({error}); free the disk or choose sources.journal") from error

    def close(self) -> None:
        """Close the file; the next entry opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self) -> None:
        self.close()  # a host that is dropped drops its plugins without a word


def _opened(path: Path) -> FileIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+")
    size = file.seek(0, os.SEEK_END)
    if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
        _write_whole(file, b"\n")  # a crash tore the last line; the next entry starts on its own
    return file


def _write_whole(file: FileIO, line: bytes) -> None:
    written = file.write(line)
    if written != len(line):
        raise OSError(f"{written} of {len(line)} bytes were written")


def plugin(settings: Settings) -> JournalLines:
    """Entry point: writes to `sources.journal`."""
    return JournalLines(Path(settings.sources.journal) if settings.sources.journal else None)
