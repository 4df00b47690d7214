"""Backup and restore of a journal: one moment of it while it is written, proved whole, nothing replaced, nothing lost."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alaris.domain import ConfigurationError, JournalError
from alaris.journal.store import Journal
from alaris.journal.verification import verify
from alaris.operations.backup import back_up, check, restore
from alaris.operations.control import held
from alaris.records.halts import BreakerBook

NOW = datetime(2026, 11, 20, 21, 5, tzinfo=UTC)


@pytest.fixture
def address(tmp_path: Path) -> str:
    path = str(tmp_path / "DU123.db")
    with Journal(path) as journal:
        journal.append_all([("alert", {"text": f"number {number}"}) for number in range(50)])
    return path


def test_a_backup_is_one_moment_of_a_journal_that_is_written(address: str, tmp_path: Path) -> None:
    ended = threading.Event()

    def write() -> None:
        with Journal(address) as journal:
            while not ended.is_set():
                journal.append("alert", {"text": "meanwhile"})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [back_up(address, tmp_path / f"backup-{number}.db") for number in range(5)]
    finally:
        ended.set()
        writer.join()
    assert [check(tmp_path / f"backup-{number}.db") for number in range(5)] == found
    assert all(one.records >= 50 for one in found)
    assert stat.S_IMODE((tmp_path / "backup-0.db").stat().st_mode) == 0o600
    with Journal(address, reading=True) as journal:
        verify(journal, noted_head=found[-1].head)  # the backup is a beginning of the journal


def test_restore_keeps_what_stood_there_and_says_who(address: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    kept = back_up(address, backup)
    with Journal(address) as journal:
        journal.append("alert", {"text": "after the backup"})
    found, aside = restore(backup, address, "M. Keller", "the disk failed", NOW)
    assert (found, aside) == (kept, tmp_path / "DU123.db.before-restore-20261120-210500")
    with Journal(address, reading=True) as journal:
        verify(journal, noted_head=kept.head)
        record = next(record for record in journal.last(4) if record.sequence == 51)
        assert (record.entry["command"], record.entry["who"]) == ("restore", "M. Keller")
        halt = BreakerBook(journal).state().entry_halt()  # one made after the backup would be lost
        assert halt is not None
        assert halt.why == "restored from a backup: the disk failed"
    assert aside is not None
    assert check(aside).records == 51  # what was lost can still be read


def test_what_is_refused(address: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    back_up(address, backup)
    with pytest.raises(ConfigurationError, match="never replaces another"):
        back_up(address, backup)
    with pytest.raises(ConfigurationError, match="pg_dump"):
        back_up("postgresql://alaris@server/journal", tmp_path / "other.db")
    with held(address), pytest.raises(ConfigurationError, match="trades this account already"):
        restore(backup, address, "M. Keller", "a test", NOW)
    content = bytearray(backup.read_bytes())
    place = content.index(b"number 7")
    content[place : place + 8] = b"number 8"
    backup.write_bytes(content)
    with pytest.raises(JournalError, match="record 8 was altered"):
        restore(backup, address, "M. Keller", "a test", NOW)
    with pytest.raises(JournalError, match="there is no journal"):
        restore(tmp_path / "missing.db", address, "M. Keller", "a test", NOW)


def test_a_damaged_journal_gives_no_backup(tmp_path: Path) -> None:
    (tmp_path / "DU9.db").write_bytes(b"not a database" * 512)
    with pytest.raises(JournalError):
        back_up(str(tmp_path / "DU9.db"), tmp_path / "backup.db")
    assert not (tmp_path / "backup.db").exists()
