"""Halts that a person put into the account's journal with `alaris halt`, read anew before each entry."""

from __future__ import annotations

from collections.abc import Callable

from alaris.plugins.journal import open_journal
from alaris.records.halts import BreakerBook
from alaris.risk.breakers import Halt

HaltReader = Callable[[], tuple[Halt, ...]]


def no_halts() -> tuple[Halt, ...]:
    """For an account without a journal."""
    return ()


def journal_halts(address: str) -> HaltReader:
    """What reads the halts that stand in the journal at `address`; an empty address has none.

    Raises
    ------
    ConfigurationError, JournalError
        The journal cannot be opened: better no run than one that a halt does not reach.
    """
    if not address:
        return no_halts
    book = BreakerBook(open_journal(address))
    return lambda: book.state().active
