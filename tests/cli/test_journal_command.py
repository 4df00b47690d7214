"""`alaris journal` at the shell: whole or altered, one trade, the newest, Parquet, and errors that say what to do."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from pyarrow import parquet
from shell import Shell

from alaris.journal.store import Journal


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of a journal with a halt and a trade, which the environment names too."""
    path = str(tmp_path / "DU123.db")
    with Journal(path, environment={}) as journal:
        journal.append("alert", {"breaker": "OPERATOR", "action": "tripped", "who": "M. Keller", "why": "news"})
        journal.append("intent", {"trade_id": "2017-02-08|YUM", "symbol": "YUM", "contracts": 3})
        journal.append("fill", {"trade_id": "2017-02-08|YUM", "execution_id": "a.01", "contracts": -3, "price": 1.33})
    monkeypatch.setenv("ALARIS_SOURCES__JOURNAL_URL", path)
    return path


def test_verify_prints_the_head_and_finds_what_was_altered(alaris: Shell, url: str) -> None:
    whole = json.loads(alaris("journal", "verify", "--json").output)
    assert whole["records"] == 3
    assert alaris("journal", "verify", "--url", url, "--head", whole["head"]).code == 0
    connection = sqlite3.connect(url)
    connection.executescript("DROP TRIGGER records_no_update; UPDATE records SET recorded_at = '2017' WHERE sequence = 2")
    connection.close()
    altered = alaris("journal", "verify")
    assert (altered.code, altered.output) == (1, "")
    assert "record 2 was altered; restore a backup" in altered.errors


def test_show_one_trade(alaris: Shell, url: str) -> None:
    records = json.loads(alaris("journal", "show", "2017-02-08|YUM", "--json").output)
    assert [(record["sequence"], record["kind"], record["entry"]["contracts"]) for record in records] == [(2, "intent", 3), (3, "fill", -3)]
    unknown = alaris("journal", "show", "2017-02-08|AAPL")
    assert (unknown.code, unknown.errors.count("\n")) == (2, 1)
    assert "says nothing of trade '2017-02-08|AAPL'" in unknown.errors


def test_tail(alaris: Shell, url: str) -> None:
    newest = alaris("journal", "tail", "--count", "2").output
    assert "execution_id a.01" in newest
    assert "OPERATOR" not in newest
    assert "OPERATOR, action tripped, who M. Keller, why news" in alaris("journal", "tail").output


def test_export(alaris: Shell, url: str, tmp_path: Path) -> None:
    file = tmp_path / "journal.parquet"
    assert "3 rows" in alaris("journal", "export", "--parquet", str(file)).output
    assert parquet.read_table(file).column("sequence").to_pylist() == [1, 2, 3]
    assert file.stat().st_mode & 0o777 == 0o600
    assert "1 rows" in alaris("journal", "export", "--parquet", str(file), "--table", "fills").output
    assert parquet.read_table(file).select(["record", "price"]).to_pylist() == [{"record": 3, "price": 1.33}]
    assert alaris("journal", "export", "--parquet", str(file), "--table", "trades").code == 2


def test_no_journal_named_or_there(alaris: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALARIS_SOURCES__JOURNAL_URL", raising=False)
    assert alaris("journal", "tail").errors == (
        "alaris: sources.journal_url: names no journal; give a path such as journals/DU123.db, or --url\n"
    )
    assert "there is no journal" in alaris("journal", "tail", "--url", "none.db").errors
