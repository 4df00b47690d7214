"""Halts that a person put into the account's journal with `alaris halt`, read anew before each entry."""

from __future__ import annotations

from collections.abc import Callable

from alaris.risk.breakers import Halt

HaltReader = Callable[[], tuple[Halt, ...]]


def no_halts() -> tuple[Halt, ...]:
    """For an account without a journal."""
    return ()


def journal_halts(address: str) -> HaltReader:
    """What reads the halts that stand in the journal at `address`; an empty address has none.

    Raises
    ------
    JournalError
        The journal cannot be opened: better no run than one that a halt does not reach.
    """
    if not address:
        return no_halts
    from alaris.journal.store import Journal  # noqa: PLC0415 - a database is only imported where there is one
    from alaris.records.halts import BreakerBook  # noqa: PLC0415

    book = BreakerBook(Journal(address))
    return lambda: book.state().active
