"""A copy of a journal while it is written, proved whole before it counts; and the way back from it after a loss."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from alaris.domain import ConfigurationError, JournalError
from alaris.journal.address import KEY, journal_file, journal_url
from alaris.journal.store import Journal
from alaris.journal.verification import Verified, verify
from alaris.operations.control import OWNER_ONLY_FILE, OWNER_ONLY_FOLDER, held
from alaris.records.halts import BreakerBook

BESIDE = ("", "-wal", "-shm")  # a SQLite journal in write-ahead mode


def back_up(address: str, target: Path) -> Verified:
    """Copy a journal into a new private file by SQLite's online backup: one moment of it, whoever writes meanwhile.

    Raises
    ------
    ConfigurationError
        The journal is no file, or the target exists: a backup never replaces one.
    JournalError
        The journal cannot be read, or the copy is not whole; such a copy is removed.
    """
    source = _file(address)
    if target.exists():
        raise ConfigurationError("FILE", f"{target} exists; a backup never replaces another, choose a new name")
    _copy(source, target)
    try:
        return check(target)
    except JournalError:
        target.unlink()
        raise


def check(backup: Path) -> Verified:
    """Whether a backup is whole: each record, each link, each typed row.

    Raises
    ------
    JournalError
        It is not, or there is none.
    """
    with Journal(str(backup), reading=True) as journal:
        return verify(journal)


def restore(backup: Path, address: str, who: str, why: str, at: datetime) -> tuple[Verified, Path | None]:
    """Put a backup in a journal's place; what stood there is kept beside it, and the restoring is recorded.

    What happened after the backup is not in it, a halt perhaps among it: so new positions are forbidden until a person approves, and the
    next start compares with the broker.

    Returns
    -------
    tuple
        What was restored, and where the journal that stood there went.

    Raises
    ------
    ConfigurationError
        A process trades the account, or the journal is no file.
    JournalError
        The backup is not whole.
    """
    found, target = check(backup), _file(address)
    with held(address):
        aside = _set_aside(target, at) if target.exists() else None
        _copy(backup, target)
        with Journal(address) as journal:
            entry = {"from": str(backup), "records": found.records, "head": found.head, "set_aside": str(aside or "")}
            journal.append("command", {"command": "restore", "arguments": entry, "who": who, "why": why, "at": at})
            BreakerBook(journal).halt(who, f"restored from a backup: {why}", at)
    return found, aside


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY_FOLDER)
    try:
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE))
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as read, closing(sqlite3.connect(target)) as written:
            read.backup(written)
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise JournalError(f"{source}: cannot be copied ({error}); `alaris journal verify` says more") from error


def _set_aside(target: Path, at: datetime) -> Path:
    aside = target.with_name(f"{target.name}.before-restore-{at:%Y%m%d-%H%M%S}")
    for end in BESIDE:
        part = target.with_name(target.name + end)
        if part.exists():
            part.rename(aside.with_name(aside.name + end))
    return aside


def _file(address: str) -> Path:
    file = journal_file(journal_url(address))
    if file is None:
        raise ConfigurationError(KEY, "is a database on a server; back it up and restore it with pg_dump and pg_restore")
    return file
