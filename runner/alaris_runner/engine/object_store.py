"""The object store: named texts that outlive a run, kept in a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alaris_runner.api.spelling import PascalCase
from alaris_runner.errors import InvalidRequest

_KEY = re.compile(r"[A-Za-z0-9/_#\-$= ]+(\.[A-Za-z0-9]+)?\Z")


class ObjectStore(PascalCase):
    """Texts by key below one folder (LEAN keeps them in `storage/`)."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, key: str) -> Path:
        if not _KEY.match(key):
            raise InvalidRequest(f"object store key '{key}' is not allowed: use letters, digits, / _ # - $ = space and one extension")
        return self._root / key.strip("/")

    def save(self, path: str, text: str | None = None, **_: Any) -> bool:
        """Store a text."""
        file = self._path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text or "")
        return True

    save_string = save

    def save_json(self, path: str, obj: Any) -> bool:
        """Store an object as JSON."""
        return self.save(path, json.dumps(obj))

    def save_bytes(self, path: str, contents: bytes) -> bool:
        """Store bytes."""
        file = self._path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(contents))
        return True

    def read(self, path: str) -> str:
        """Return a stored text.

        Raises
        ------
        InvalidRequest
            Nothing is stored under the key.
        """
        return self.read_bytes(path).decode()

    read_string = read

    def read_bytes(self, path: str) -> bytes:
        """Return stored bytes."""
        file = self._path(path)
        if not file.is_file():
            raise InvalidRequest(f"the object store has no '{path}'; look with contains_key first")
        return file.read_bytes()

    def read_json(self, path: str) -> Any:
        """Return a stored JSON object."""
        return json.loads(self.read(path))

    def contains_key(self, path: str) -> bool:
        """Whether something is stored under a key."""
        return self._path(path).is_file()

    def delete(self, path: str) -> bool:
        """Forget what is stored under a key; False if nothing was."""
        file = self._path(path)
        if not file.is_file():
            return False
        file.unlink()
        return True

    def get_file_path(self, path: str) -> str:
        """Path of the file behind a key; its folder exists."""
        file = self._path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        return str(file)

    @property
    def keys(self) -> list[str]:
        """Keys in use."""
        return sorted(str(p.relative_to(self._root)) for p in self._root.rglob("*") if p.is_file()) if self._root.is_dir() else []

    @property
    def count(self) -> int:
        """Number of stored objects."""
        return len(self.keys)

    def clear(self) -> None:
        """Forget everything."""
        for key in self.keys:
            self.delete(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)
