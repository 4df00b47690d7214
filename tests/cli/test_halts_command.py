"""`alaris halt`, `resume` and `status`: who and why in the journal, approval before anything ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import Shell

from alaris.journal.store import Journal


@pytest.fixture(autouse=True)
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of a new journal that the environment names."""
    path = str(tmp_path / "DU123.db")
    Journal(path).close()
    monkeypatch.setenv("ALARIS_SOURCES__JOURNAL_URL", path)
    return path


def test_halt_and_resume_by_approval(alaris: Shell, url: str) -> None:
    assert (alaris("status").code, alaris("status").output) == (0, "new positions are allowed\n")
    assert "forbidden: the date moved; exits stay allowed" in alaris("halt", "--reason", "the date moved", "--who", "M. Keller").output
    halted = alaris("status", "--json")
    assert halted.code == 1
    assert json.loads(halted.output)["active"][0]["who"] == "M. Keller"
    refused = alaris("resume", "--reason", "reviewed")
    assert (refused.code, "repeat with --approve" in refused.errors) == (2, True)
    assert alaris("resume", "--approve", "--reason", "reviewed", "--who", "R. Ito").output == "new positions are allowed\n"
    with Journal(url, reading=True) as journal:
        kinds = [record.kind for record in journal.records()]
        assert kinds == ["command", "halt", "breakers"] * 2
        assert [row["action"] for name, row in journal.typed(1, 9) if name == "halts"] == ["tripped", "ended"]


def test_what_cannot_be_resumed(alaris: Shell) -> None:
    assert "OPERATOR is not halted" in alaris("resume", "--approve", "--reason", "reviewed").errors
    assert "expected one of DAILY_LOSS" in alaris("resume", "--approve", "--reason", "reviewed", "--breaker", "rain").errors
    assert "a halt and its approval must say who and why" in alaris("halt", "--reason", " ").errors
