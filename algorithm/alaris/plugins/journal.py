"""The account's journal, for record sinks: opened by its address, with the database's libraries imported only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alaris.domain import ConfigurationError
from alaris.journal.address import KEY, journal_url
from alaris.journal.records import plain
from alaris.journal.redaction import Redactor

if TYPE_CHECKING:
    from alaris.journal.store import Journal as Journal  # noqa: PLC0414 - handed on to plugins that name its type

__all__ = ["Redactor", "journal_url", "open_journal", "plain"]


def open_journal(address: str) -> Journal:
    """Open a journal for writing; its file and tables are made where they are missing.

    Raises
    ------
    ConfigurationError
        The address cannot be used, or the extra `alaris[journal]` is not installed.
    JournalError
        The journal cannot be opened.
    """
    try:
        from alaris.journal.store import Journal  # noqa: PLC0415 - the database's libraries are optional and take time to import
    except ImportError as error:
        raise ConfigurationError(KEY, f"needs {error.name}; pip install 'alaris[journal]'") from error
    return Journal(address)
