"""The JSON-lines journal: strict JSON, one line an entry, durable intents, and a failure that is told."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from alaris.domain import JournalError, Reason
from alaris.plugins import PluginManager, samples
from alaris.settings import load_settings
from alaris_plugins.journal_jsonl import JournalLines


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON")) for line in path.read_text().splitlines()]


def test_entries_are_strict_json_in_order(tmp_path: Path) -> None:
    path = tmp_path / "results" / "journal.jsonl"
    host = PluginManager(load_settings({"sources.journal": str(path)}))
    host.load_entry_points([])
    assert host.record("decision", {"spot": 66.59, "pnl": float("nan"), "reason": Reason.LOW_VOLUME, "at": samples.AS_OF}) == 0
    assert host.record("intent", {"intent": samples.intent(), "note": "naïve"}) == 0
    first, second = lines(path)
    assert first == {"kind": "decision", "spot": 66.59, "pnl": None, "reason": "LOW_VOLUME", "at": "2017-02-08T21:00:00+00:00"}
    assert second["kind"] == "intent"
    assert second["intent"]["legs"][0]["expiry"] == "2017-02-10"
    assert second["intent"]["ladder"] == {"prices": [1.33, 1.45], "seconds": [60.0, 60.0]}


def test_only_its_owner_reads_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = JournalLines(path)
    journal.record("alert", {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    journal.close()


def test_an_intent_is_on_the_disk_before_the_call_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    journal = JournalLines(tmp_path / "journal.jsonl")
    journal.record("fill", {})
    assert synced == []
    journal.record("intent", {})
    assert len(synced) == 1
    journal.close()


def test_a_line_torn_by_a_crash_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"kind": "fill"}\n{"kind": "dec')
    journal = JournalLines(path)
    journal.record("alert", {"title": "restarted"})
    journal.close()
    assert json.loads(path.read_text().splitlines()[-1]) == {"kind": "alert", "title": "restarted"}


def test_a_journal_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    path = tmp_path / "taken" / "journal.jsonl"
    with pytest.raises(JournalError, match="cannot be written"):
        JournalLines(path).record("intent", {})
    host = PluginManager(load_settings({"sources.journal": str(path)}))
    host.load_entry_points([])
    assert [host.record("intent", {}) for _ in range(5)] == [1] * 5  # disabled after three, and still told


def test_without_a_path_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    JournalLines(None).record("intent", {})
    assert list(tmp_path.iterdir()) == []


def test_secrets_are_not_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENDOR_API_KEY", "s3cr3t-of-the-vendor")
    path = tmp_path / "journal.jsonl"
    journal = JournalLines(path)
    journal.record("alert", {"text": "GET https://vendor/?apiKey=abc123def failed for s3cr3t-of-the-vendor", "password": "hunter2hunter2"})
    journal.close()
    assert not [word for word in ("abc123def", "s3cr3t-of-the-vendor", "hunter2hunter2") if word in path.read_text()]
