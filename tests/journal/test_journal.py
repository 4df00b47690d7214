"""The journal: records in a chain, typed tables beside them, append-only, private, shared by processes, told when it cannot be written."""

from __future__ import annotations

import json
import sqlite3
import stat
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from alaris.domain import ConfigurationError, JournalError
from alaris.journal.address import journal_url
from alaris.journal.records import GENESIS
from alaris.journal.store import Journal
from alaris.journal.tables import METADATA, REVISION
from alaris.journal.verification import verify
from alaris.plugins import PluginManager, samples
from alaris.settings import load_settings
from alaris_plugins.journal_sql import plugin

HALT = {"breaker": "OPERATOR", "action": "tripped", "who": "M. Keller", "why": "news", "as_of": "2017-02-08T21:00:00+00:00"}
FILL = {"trade_id": "T1", "order_key": "k", "execution_id": "a.01", "side": "entry", "contracts": -2, "price": Decimal("1.33"), "fee": 1.3}


def by_hand(path: Path, *statements: str) -> None:
    """Change the file as one would who wants to hide something: the triggers go first."""
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def rows(path: str, table: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608 - the names are the test's own
    connection.close()
    return found


def test_each_record_carries_the_hash_of_the_one_before(journal: Journal) -> None:
    first, second = journal.append("alert", {"text": "naïve", "pnl": float("nan")}), journal.append("fill", FILL)
    assert (first.sequence, first.previous_hash, first.content) == (1, GENESIS, '{"pnl":null,"text":"naïve"}')
    assert (second.sequence, second.previous_hash) == (2, first.hash)
    # what the hash is of, said once more without the product's code
    parts = [1, "alert", None, first.recorded_at, first.content, GENESIS]
    assert first.hash == sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
    assert verify(journal).records == 2
    assert verify(journal, noted_head=first.hash).head == second.hash


def test_typed_tables_say_what_was_recorded(journal: Journal) -> None:
    journal.append("intent", {"intent": samples.intent(), "order_key": "run|YUM|enter|1"})
    journal.append("order", {"order_key": "k", "trade_id": "T1", "action": "BUY", "contracts": 2, "limit_price": 1.4, "broker_id": 7})
    journal.append(
        "status", {"order_key": "k", "state": "WORKING", "event": "ACKNOWLEDGE", "filled": 0, "at": datetime(2017, 2, 8, tzinfo=UTC)}
    )
    journal.append("fill", FILL)
    journal.append("alert", HALT)
    journal.append("command", {"command": "halt", "arguments": {"reason": "news"}, "who": "M. Keller", "why": "news"})
    (intent,), (order,), (status,) = (rows(journal.name, table) for table in ("intents", "orders", "statuses"))
    assert (intent["symbol"], intent["order_key"], json.loads(intent["ladder"])["prices"]) == ("SAMPLE", "run|YUM|enter|1", [1.33, 1.45])
    assert (order["limit_price"], order["broker_id"], status["state"]) == (1.4, "7", "WORKING")
    (fill,), (halt,), (command,) = (rows(journal.name, table) for table in ("fills", "halts", "commands"))
    assert (fill["contracts"], fill["price"], fill["execution_id"]) == (-2, 1.33, "a.01")
    assert (halt["who"], halt["why"], halt["at"]) == ("M. Keller", "news", "2017-02-08T21:00:00+00:00")
    assert (command["command"], json.loads(command["arguments"])) == ("halt", {"reason": "news"})
    assert verify(journal).records == 6


@pytest.mark.parametrize("statement", ["UPDATE records SET content = '{}'", "DELETE FROM records", "UPDATE halts SET why = 'rain'"])
def test_it_is_append_only(journal: Journal, statement: str) -> None:
    journal.append("alert", HALT)
    connection = sqlite3.connect(journal.name)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ('UPDATE records SET content = \'{"text":"sunny"}\' WHERE sequence = 2', "record 2 was altered"),
        ("UPDATE records SET recorded_at = '2017' WHERE sequence = 2", "record 2 was altered"),
        ("DELETE FROM records WHERE sequence = 2", "record 2 is missing"),
        ("DELETE FROM records WHERE sequence = 4", "no record has the hash"),
        ("UPDATE records SET previous_hash = hash WHERE sequence = 3", "record 3 does not follow record 2"),
        ("UPDATE halts SET why = 'rain'", "table halts does not say what record 3 says"),
        ("DELETE FROM halts", "table halts does not say what record 3 says"),
        ("INSERT INTO halts (record, position) VALUES (1, 0)", "table halts does not say what record 1 says"),
    ],
)
def test_tampering_is_found(tmp_path: Path, statement: str, said: str) -> None:
    path = tmp_path / "journal.db"
    with Journal(str(path)) as journal:
        head = journal.append_all([("alert", {"text": "1"}), ("alert", {"text": "2"}), ("alert", HALT), ("alert", {"text": "4"})])[-1].hash
    by_hand(path, statement)
    with Journal(str(path), reading=True) as journal, pytest.raises(JournalError, match=said):
        verify(journal, noted_head=head)


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "accounts" / "DU123.db"
    with Journal(str(path)) as journal:
        journal.append("intent", {})
        assert [stat.S_IMODE(Path(f"{path}{end}").stat().st_mode) for end in ("", "-wal", "-shm")] == [0o600] * 3


def test_an_intent_waits_for_the_disk_and_a_fill_for_the_database(journal: Journal) -> None:
    def synchronous() -> int:
        driver: Any = journal._connection.connection.driver_connection
        level: int = driver.execute("PRAGMA synchronous").fetchone()[0]
        return level

    journal.append("fill", FILL)
    assert synchronous() == 1  # NORMAL: in the file, whatever becomes of the process
    durable: list[tuple[str, dict[str, Any]]] = [("intent", {}), ("decision", {"intent": {"trade_id": "T1"}}), ("command", {})]
    for kind, entry in [*durable, ("alert", dict[str, Any](HALT))]:
        journal.append("fill", FILL)
        journal.append(kind, entry)
        assert synchronous() == 2, kind  # FULL: on the disk, whatever becomes of the machine


def test_two_writers_share_one_chain(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    with Journal(path) as one, Journal(path) as other:
        for number in range(10):
            (one if number % 2 else other).append("alert", {"number": number})
        assert [record.entry["number"] for record in one.records()] == list(range(10))
        assert verify(other).records == 10


def test_all_or_none_of_a_transaction(journal: Journal) -> None:
    class Unsayable:
        def __str__(self) -> str:
            raise ValueError("no words")

    journal.append("alert", {})
    with pytest.raises(ValueError, match="no words"):
        journal.append_all([("alert", {}), ("alert", {"value": Unsayable()})])
    assert journal.append("alert", {}).sequence == 2
    assert verify(journal).records == 2


def test_a_journal_that_cannot_be_opened_or_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(JournalError, match="cannot be made"):
        Journal(str(tmp_path / "taken" / "journal.db"))
    (tmp_path / "text.db").write_text("no database at all, and long enough to be read as the head of one" * 20)
    with pytest.raises(JournalError, match="cannot be opened"):
        Journal(str(tmp_path / "text.db"))
    with pytest.raises(JournalError, match="there is no journal"):
        Journal(str(tmp_path / "none.db"), reading=True)
    path = tmp_path / "journal.db"
    with Journal(str(path)) as journal:
        journal.append("alert", {})
        by_hand(path, "DROP TABLE records")
        with pytest.raises(JournalError, match="cannot be written"):
            journal.append("alert", {})


def test_a_newer_journal_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal(str(path)).close()
    by_hand(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(JournalError, match="newer than this Alaris knows"):
        Journal(str(path))


def test_the_newest_migration_makes_the_tables_of_the_code(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", "alaris.journal:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION
    with Journal(str(tmp_path / "migrated.db")) as journal:
        engine = create_engine(journal.url)
        made = {name: {column["name"] for column in inspect(engine).get_columns(name)} for name in METADATA.tables}
        engine.dispose()
    assert made == {name: {column.name for column in table.columns} for name, table in METADATA.tables.items()}


@pytest.mark.parametrize(
    ("address", "said"),
    [("", "names no journal"), ("mysql://h/d", "of kind 'mysql'"), ("postgresql://u:hunter22@h/d", "carries a password")],
)
def test_an_address_that_cannot_be_used(address: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        journal_url(address)
    assert "hunter22" not in str(caught.value)


def test_the_plugin_writes_to_it_and_a_password_stops_the_start(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    host, sink = PluginManager(load_settings({"plugins.enabled": "journal_sql"})), plugin(load_settings({"sources.journal_url": path}))
    host.register(sink, "journal_sql")
    assert host.record("intent", {"intent": samples.intent()}) == 0
    sink.close()
    with Journal(path, reading=True) as journal:
        assert [record.kind for record in journal.records()] == ["intent"]
        assert verify(journal).records == 1


def test_postgresql_keeps_the_same_chain(postgresql: str) -> None:
    with Journal(postgresql) as journal, Journal(postgresql) as other:
        first = journal.append("alert", HALT)
        journal.append_all([("fill", FILL), ("intent", {"intent": samples.intent()})])
        other.append("command", {"command": "halt", "who": "M. Keller", "why": "news"})
        assert verify(journal, noted_head=first.hash).records == 4
        assert {name for name, _ in journal.typed(1, 4)} == {"halts", "fills", "intents", "commands"}
        engine = create_engine(journal.url)
        with engine.connect() as connection, pytest.raises(Exception, match="append-only"):
            connection.exec_driver_sql("DELETE FROM records")
        engine.dispose()
