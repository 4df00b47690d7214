"""Open the database of a journal: a private file in write-ahead mode, or a server; its tables at the newest version."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from alaris.domain import JournalError
from alaris.journal.address import journal_file
from alaris.journal.tables import REVISION

WAIT_MILLISECONDS = 5_000  # for another process's transaction
CHAIN_LOCK = 0x616C61726973  # "alaris": PostgreSQL's advisory lock of whoever appends
OWNER_ONLY = 0o600
CHECKPOINT_PAGES = 8_000  # of 4 kB; the write-ahead log is folded in this often, each time waiting for the disk twice


def opened(url: str, *, reading: bool) -> Connection:
    """One connection to the journal, its tables checked, or made where they are missing.

    Raises
    ------
    JournalError
        There is no journal to read, it cannot be opened, or its tables are of another version.
    """
    file = journal_file(url)
    name = str(file or url)
    if file is not None:
        _prepare(file, reading=reading)
    try:
        engine = create_engine(_readable(file) if reading and file else url)
        _listen(engine, reading=reading)
        return _connected(engine, name, reading=reading)
    except ImportError as error:
        raise JournalError(f"{name}: {error.name} is missing; pip install 'alaris[postgresql]'") from error
    except (SQLAlchemyError, OSError) as error:
        cause = " ".join(str(getattr(error, "orig", None) or error).split())
        raise JournalError(f"{name}: the journal cannot be opened ({cause}); check the place and its permissions") from error


def durability(connection: Connection, durable: bool) -> None:
    """Say whether commits of SQLite wait for the disk; PostgreSQL's always do."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")


def _prepare(file: Path, *, reading: bool) -> None:
    if reading:
        if not file.is_file():
            raise JournalError(f"{file}: there is no journal; sources.journal_url names the one that runs write")
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _make_private(file)
    except OSError as error:
        raise JournalError(f"{file}: the journal cannot be made ({error.strerror}); choose another place") from error


def _make_private(file: Path) -> None:
    """Make it where it is missing; SQLite gives the files beside it the same permissions.

    A file that stands is not opened here: closing it again would end the locks of this process's other connections to it (a rule of
    POSIX), and another process that leaves would then take the write-ahead log away from under them.
    """
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
    except FileExistsError:
        file.chmod(OWNER_ONLY)


def _readable(file: Path) -> str:
    return f"sqlite:///file:{file}?mode=ro&uri=true"


def _connected(engine: Engine, name: str, *, reading: bool) -> Connection:
    with ExitStack() as on_failure:
        on_failure.callback(engine.dispose)
        connection = on_failure.enter_context(engine.connect())
        _bring_up(connection, name, reading=reading)
        on_failure.pop_all()
    return connection


def _listen(engine: Engine, *, reading: bool) -> None:
    if engine.dialect.name == "postgresql":
        if not reading:
            event.listen(engine, "begin", lambda connection: connection.execute(text(f"SELECT pg_advisory_xact_lock({CHAIN_LOCK})")))
        return
    event.listen(engine, "connect", _reader_connected if reading else _writer_connected)
    begin = "BEGIN" if reading else "BEGIN IMMEDIATE"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))


def _reader_connected(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the `begin` listener opens transactions; Python's driver would open them too late
    connection.execute(f"PRAGMA busy_timeout={WAIT_MILLISECONDS}")


def _writer_connected(connection: Any, record: object) -> None:
    _reader_connected(connection, record)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    connection.execute("PRAGMA foreign_keys=ON")


def _bring_up(connection: Connection, name: str, *, reading: bool) -> None:
    with connection.begin():
        version = _version(connection)
        if version == REVISION:
            return
        if reading:
            raise JournalError(f"{name}: its tables are of version {version or 'none'}, not {REVISION}; start Alaris once to bring them up")
        if version is not None and version > REVISION:
            raise JournalError(f"{name}: its tables are of version {version}, newer than this Alaris knows ({REVISION}); update Alaris")
        _migrate(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - half a second that only a journal with older tables costs
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
