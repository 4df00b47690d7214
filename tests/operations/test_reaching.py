"""Commands on their way to whoever trades: a hung process is ended by its lock alone, LEAN is told in its own words; the emergency stop."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alaris.domain import ConfigurationError, InvalidInput
from alaris.journal.store import Journal
from alaris.operations import emergency, reaching
from alaris.operations.control import Running, held, running

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def holder(address: str) -> int:
    """A process that holds an account and never looks for commands."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        with held(address):
            os.write(write, b"held")
            signal.pause()
    os.read(read, 4)
    return process


def test_a_hung_process_is_ended_and_lets_go(tmp_path: Path) -> None:
    address = str(tmp_path / "DU1.db")
    process = holder(address)
    found = running(address)
    assert found is not None
    assert found.process == process
    answer = reaching.tell(address, "flatten", {"who": "M. Keller", "why": "a test"})
    assert answer is not None
    assert f"process {process} trades this account and could not be reached" in answer.text
    waited = _reaped(process, lambda: reaching.end_process(address, found))
    assert os.WTERMSIG(waited) == 9
    assert running(address) is None
    assert reaching.tell(address, "flatten", {}) is None


def _reaped(process: int, end: Callable[[], None]) -> int:
    end()
    return os.waitpid(process, 0)[1]


def test_a_process_that_took_the_place_is_not_killed(tmp_path: Path) -> None:
    address = str(tmp_path / "DU1.db")
    with held(address), pytest.raises(InvalidInput, match=f"process {os.getpid()} holds the account"):
        reaching.end_process(address, Running(1, NOW), seconds=0.1)


def test_leans_cli_is_given_a_python_literal(tmp_path: Path) -> None:
    (tmp_path / "main.py").touch()
    given: list[list[str]] = []

    def run(command: list[str]) -> subprocess.CompletedProcess[str]:
        given.append(command)
        return subprocess.CompletedProcess(command, 0, "Sending command\nSuccess\n", "")

    answer = reaching.tell_lean(tmp_path, "halt", {"who": "M. Keller", "why": "it's \"odd\"; __import__('os')"}, run)
    assert (answer.done, answer.text) == (True, "Success")
    *words, data = given[0]
    assert words == ["lean", "live", "command", str(tmp_path), "--data"]
    assert ast.literal_eval(data) == {"$type": "", "action": "halt", "who": "M. Keller", "why": "it's \"odd\"; __import__('os')"}


def test_no_process_starts_while_an_emergency_stop_stands(tmp_path: Path) -> None:
    with Journal(str(tmp_path / "DU1.db")) as journal:
        emergency.refuse_after_emergency(journal)
        assert not emergency.lift(journal, "R. Ito", "nothing there", NOW)
        for _ in range(2):
            emergency.stop(journal, "M. Keller", "a runaway loop", NOW, {"close": "false"})
        with pytest.raises(
            ConfigurationError, match=r"M\. Keller stopped this account at 2026-11-20 15:00 UTC: a runaway loop.*resume --approve"
        ):
            emergency.refuse_after_emergency(journal)
        assert emergency.lift(journal, "R. Ito", "the loop is mended", NOW)
        emergency.refuse_after_emergency(journal)
        kinds = [record.kind for record in journal.records()]
        assert kinds == ["command", "emergency", "alert"] * 2 + ["approval", "emergency"]
