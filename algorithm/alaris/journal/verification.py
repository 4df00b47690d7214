"""Whether a journal is whole: every hash, every link, no gap, and typed tables that say what the records say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from alaris.domain import JournalError
from alaris.journal.records import GENESIS, Record, hash_of
from alaris.journal.store import PAGE, Journal
from alaris.journal.typed_rows import typed_rows


@dataclass(frozen=True, slots=True)
class Verified:
    """How many records were found whole, and the hash of the newest; note it elsewhere to see later that none was cut off."""

    records: int
    head: str


def verify(journal: Journal, *, noted_head: str | None = None) -> Verified:
    """Go through the whole journal.

    Parameters
    ----------
    noted_head : str, optional
        A head's hash as noted elsewhere; it must still be among the records.

    Raises
    ------
    JournalError
        The first record that was altered, removed or put in, by its number.
    """
    count, head, noted = 0, GENESIS, noted_head in (None, GENESIS)
    for page in _pages(journal):
        for record in page:
            _check(journal, record, count + 1, head)
            count, head = record.sequence, record.hash
            noted = noted or head == noted_head
        _check_typed(journal, page)
    if not noted:
        raise JournalError(f"{journal.name}: no record has the hash {noted_head} that was noted; records were cut off; restore a backup")
    return Verified(count, head)


def _pages(journal: Journal) -> Iterator[list[Record]]:
    records = journal.records()
    while page := list(islice(records, PAGE)):
        yield page


def _check(journal: Journal, record: Record, sequence: int, previous: str) -> None:
    parts = (record.sequence, record.kind, record.trade_id, record.recorded_at, record.content, record.previous_hash)
    if record.sequence != sequence:
        raise JournalError(f"{journal.name}: record {sequence} is missing; restore a backup")
    if record.previous_hash != previous:
        raise JournalError(f"{journal.name}: record {sequence} does not follow record {sequence - 1}; restore a backup")
    if record.hash != hash_of(*parts):
        raise JournalError(f"{journal.name}: record {sequence} was altered; restore a backup")


def _check_typed(journal: Journal, page: list[Record]) -> None:
    stored = {(name, row["record"], row["position"]): row for name, row in journal.typed(page[0].sequence, page[-1].sequence)}
    expected = {
        (name, record.sequence, position): {"record": record.sequence, "position": position, **row}
        for record in page
        for position, (name, row) in enumerate(typed_rows(record.kind, record.entry))
    }
    for key in sorted(expected.keys() | stored.keys(), key=lambda key: (key[1], key[0], key[2])):
        if stored.get(key) != expected.get(key):
            raise JournalError(f"{journal.name}: table {key[0]} does not say what record {key[1]} says; restore a backup")
