"""Journal in a database: each entry a record bound to the one before; an intent is on the disk before the order leaves the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from alaris.plugins import Settings, hookimpl
from alaris.plugins.journal import journal_url, open_journal

if TYPE_CHECKING:
    from alaris.plugins.journal import Journal


class JournalDatabase:
    """Append entries to the journal at an address, opened with the first of them; without an address nothing is written."""

    def __init__(self, address: str) -> None:
        self._address = journal_url(address) if address else ""
        self._journal: Journal | None = None

    @hookimpl
    def record(self, kind: str, entry: Mapping[str, Any]) -> None:
        if self._address:
            self._journal = self._journal or open_journal(self._address)
            self._journal.append(kind, entry)

    def close(self) -> None:
        """Close the journal; the next entry opens it again."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None


def plugin(settings: Settings) -> JournalDatabase:
    """Entry point: writes to `sources.journal_url`."""
    return JournalDatabase(settings.sources.journal_url)
