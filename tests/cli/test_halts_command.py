"""`alaris halt`, `resume` and `status`: who and why in the journal, approval before anything ends, told to whatever trades now."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from shell import Shell

from alaris.journal.store import Journal
from alaris.operations import emergency
from alaris.operations.commands import CommandServer
from alaris.operations.control import held, socket_path
from alaris.records.order_book import OrderBook
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import Order

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of a new journal that the environment names."""
    path = str(tmp_path / "DU123.db")
    Journal(path).close()
    monkeypatch.setenv("ALARIS_SOURCES__JOURNAL_URL", path)
    return path


def test_halt_and_resume_by_approval(alaris: Shell, url: str) -> None:
    calm = alaris("status")
    assert calm.code == 0
    assert calm.output == "no process trades this account; connection: not known\nnew positions are allowed\n"
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


@contextmanager
def trading(url: str, *, hangs: bool = False) -> Iterator[list[tuple[str, Mapping[str, str]]]]:
    """A process that trades the account: what it was told, in order."""
    told: list[tuple[str, Mapping[str, str]]] = []

    def handle(command: str, arguments: Mapping[str, str]) -> str:
        told.append((command, arguments))
        return json.dumps({"connection": "READY", "trades": ["YUM 3 x 67.5 calls"]}) if command == "status" else f"{command} taken"

    ended = threading.Event()
    server = CommandServer(socket_path(url), handle, patience=0.1 if hangs else 5)
    thread = threading.Thread(target=lambda: [server.attend() for _ in iter(lambda: ended.wait(0.002), True)])
    with held(url):
        server.start()
        if not hangs:
            thread.start()
        try:
            yield told
        finally:
            ended.set()
            if not hangs:
                thread.join()
            server.stop()


def test_the_running_process_is_told_and_says_how_it_stands(alaris: Shell, url: str) -> None:
    with trading(url) as told:
        assert "the running process: halt taken" in alaris("halt", "--reason", "the date moved", "--who", "M. Keller").output
        said = alaris("status").output
        assert ", answers; connection: READY" in said
        assert "YUM 3 x 67.5 calls" in said
        assert alaris("resume", "--approve", "--reason", "reviewed", "--who", "R. Ito").code == 0
    assert [command for command, _ in told] == ["halt", "status", "resume"]
    assert told[0][1] == {"who": "M. Keller", "why": "the date moved", "recorded": "journal"}


def test_a_process_that_hangs_is_named_and_the_halt_stands(alaris: Shell, url: str) -> None:
    with trading(url, hangs=True) as told:
        halted = alaris("halt", "--reason", "nothing moves")
        assert "was withdrawn" in halted.output
        assert "it stands in the journal all the same" in halted.errors
        assert "IN TROUBLE: the engine did not take the command" in alaris("status").output
    assert told == []
    assert alaris("status").code == 1


def test_status_without_a_process_reads_the_journal(alaris: Shell, url: str) -> None:
    front, back = "YUM 170217C67.5", "YUM 170317C67.5"
    with Journal(url) as journal:
        book = OrderBook(journal)
        book.intend(Order("run|YUM|enter|1", {front: -1, back: 1}, 2), "2017-02-08|YUM", {"symbol": "YUM"})
        book.send("run|YUM|enter|1", NOW, Decimal("0.95"), "BUY")
        book.fill("run|YUM|enter|1", ExecutionReport("e.1.01", front, -2, Decimal("0.55"), NOW))
    said = alaris("status").output
    assert "run|YUM|enter|1" in said
    assert "PARTLY_FILLED" in said
    assert json.loads(alaris("status", "--json").output)["positions"] == {front: -2}


def test_an_emergency_stop_forbids_until_it_is_lifted(alaris: Shell, url: str) -> None:
    with Journal(url) as journal:
        emergency.stop(journal, "M. Keller", "a runaway loop", NOW, {"close": "false"})
    stopped = alaris("status")
    assert stopped.code == 1
    assert "EMERGENCY STOP by M. Keller at 2026-11-20 15:00 UTC: a runaway loop" in stopped.output
    assert "the emergency stop is lifted" in alaris("resume", "--approve", "--reason", "reviewed").output
    assert alaris("status").code == 0


def test_leans_algorithm_is_told_by_its_command_file(alaris: Shell, tmp_path: Path) -> None:
    taken: list[dict[str, str]] = []

    def engine() -> None:
        while not taken:
            for file in tmp_path.glob("command*.json"):
                taken.append(json.loads(file.read_text()))
                file.unlink()
                (tmp_path / f"result-command-{taken[-1]['Id']}.json").write_text(json.dumps({"Success": True}))

    thread = threading.Thread(target=engine)
    thread.start()
    said = alaris("halt", "--reason", "the date moved", "--who", "M. Keller", "--lean", str(tmp_path))
    thread.join()
    assert "LEAN: LEAN's algorithm answered" in said.output
    assert {name: taken[0][name] for name in ("$type", "action", "who", "why")} == {
        "$type": "",
        "action": "halt",
        "who": "M. Keller",
        "why": "the date moved",
    }
    assert list(tmp_path.glob("*command-*.json")) == []
    assert "no folder" in alaris("halt", "--reason", "again", "--lean", str(tmp_path / "missing")).errors
