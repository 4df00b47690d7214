"""Journal in a database: each entry a record bound to the one before; an intent is on the disk before the order leaves the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from alaris.domain import ConfigurationError
from alaris.journal.address import KEY, journal_url
from alaris.plugins import Settings, hookimpl

if TYPE_CHECKING:
    from alaris.journal.store import Journal


class JournalDatabase:
    """Append entries to the journal at an address, opened with the first of them; without an address nothing is written."""

    def __init__(self, address: str) -> None:
        self._address = journal_url(address) if address else ""
        self._journal: Journal | None = None

    @hookimpl
    def record(self, kind: str, entry: Mapping[str, Any]) -> None:
        if self._address:
            self._journal = self._journal or _opened(self._address)
            self._journal.append(kind, entry)

    def close(self) -> None:
        """Close the journal; the next entry opens it again."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None


def _opened(address: str) -> Journal:
    try:
        from alaris.journal.store import Journal  # noqa: PLC0415 - the database's libraries are optional and take time to import
    except ImportError as error:
        raise ConfigurationError(KEY, f"needs {error.name}; pip install 'alaris[journal]'") from error
    return Journal(address)


def plugin(settings: Settings) -> JournalDatabase:
    """Entry point: writes to `sources.journal_url`."""
    return JournalDatabase(settings.sources.journal_url)
