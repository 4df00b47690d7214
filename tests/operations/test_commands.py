"""The command socket: done by the engine's thread, answered in one line, withdrawn when the engine hangs, private to its owner."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from alaris.domain import ConfigurationError, InvalidInput
from alaris.operations.commands import LONGEST, CommandServer, send_command
from alaris.operations.control import control_folder, held, running, socket_path

SAID = {"who": "M. Keller", "why": "a test"}


@contextmanager
def engine(server: CommandServer) -> Iterator[None]:
    """An engine's thread that attends the server each 2 ms."""
    ended = threading.Event()

    def cycle() -> None:
        while not ended.wait(0.002):
            server.attend()

    thread = threading.Thread(target=cycle, name="engine")
    server.start()
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        server.stop()


def echo(command: str, arguments: Mapping[str, str]) -> str:
    if command == "refuse":
        raise InvalidInput("breaker", "there is no such breaker")
    if command == "fault":
        raise ZeroDivisionError("a fault of ours")
    return f"{command} by {threading.current_thread().name}: {arguments.get('why')}"


def test_done_by_the_engines_thread_and_recorded(tmp_path: Path) -> None:
    records: list[tuple[str, Mapping[str, Any]]] = []
    path = tmp_path / "control" / "command"
    with engine(CommandServer(path, echo, record=lambda kind, entry: records.append((kind, entry)))):
        answer = send_command(path, "flatten", SAID)
        assert (answer.done, answer.text) == (True, "flatten by engine: a test")
        assert not send_command(path, "cancel-all", {"who": "M. Keller"}).done  # no reason, no record, nothing done
        assert send_command(path, "halt", {**SAID, "recorded": "journal"}).done  # the sender wrote it down itself
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    ((kind, entry),) = records
    assert (kind, entry["command"], entry["who"], entry["why"]) == ("command", "flatten", "M. Keller", "a test")
    assert not path.exists()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("alaris-command")]


@pytest.mark.parametrize(
    ("command", "told"), [("refuse", "breaker: there is no such breaker"), ("fault", "ZeroDivisionError: a fault of ours")]
)
def test_what_cannot_be_done_says_why_and_ends_nothing(command: str, told: str, tmp_path: Path) -> None:
    with engine(CommandServer(tmp_path / "command", echo)):
        answer = send_command(tmp_path / "command", command, SAID)
        assert not answer.done
        assert told in answer.text
        assert send_command(tmp_path / "command", "status").done


def test_a_hung_engine_is_seen_and_its_command_withdrawn(tmp_path: Path) -> None:
    done: list[str] = []

    def note(command: str, _: Mapping[str, str]) -> str:
        done.append(command)
        return "done"

    server = CommandServer(tmp_path / "command", note, patience=0.05)
    server.start()
    try:
        answer = send_command(tmp_path / "command", "flatten", SAID)
        assert not answer.done
        assert "withdrawn" in answer.text
        alive = json.loads(send_command(tmp_path / "command", "ping").text)
        assert alive["process"] == os.getpid()
        assert alive["engine_seconds"] >= 0.05
        assert server.attend() == 0  # the engine wakes up: nothing happens behind the person's back
        assert done == []
    finally:
        server.stop()


def _raw(path: Path, sent: bytes) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer: dict[str, Any] = json.loads(connection.makefile().readline())
        return answer


@pytest.mark.parametrize(
    "sent",
    [b"", b"{", b"[]\n", b'{"command": 1, "arguments": {}}\n', b'{"command": "status"}\n', b"\xff\xfe\n", b"x" * (LONGEST + 8192)],
    ids=["nothing", "half a line", "a list", "no name", "no arguments", "not text", "too long"],
)
def test_broken_lines_are_refused(sent: bytes, tmp_path: Path) -> None:
    with engine(CommandServer(tmp_path / "command", echo)):
        answer = _raw(tmp_path / "command", sent)
        assert not answer["done"]
        assert "could not be read" in answer["text"]
        assert send_command(tmp_path / "command", "ping").done


def test_who_sends_to_nobody_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError, match="no process listens"):
        send_command(tmp_path / "command", "status")
    with pytest.raises(InvalidInput, match="at most 65,536 bytes"):
        send_command(tmp_path / "command", "halt", {"why": "x" * LONGEST})


def test_a_restarted_server_takes_the_place_of_a_dead_ones_socket(tmp_path: Path) -> None:
    server = CommandServer(tmp_path / "command", echo)
    (tmp_path / "command").touch()
    for _ in range(2):
        with engine(server):
            assert send_command(tmp_path / "command", "status").done


def test_one_process_an_account(tmp_path: Path) -> None:
    address = str(tmp_path / "DU123.db")
    assert running(address) is None
    with held(address):
        found = running(address)
        assert found is not None
        assert found.process == os.getpid()
        with pytest.raises(ConfigurationError, match=f"process {os.getpid()} trades this account"), held(address):
            pass
    assert running(address) is None
    assert stat.S_IMODE(control_folder(address).stat().st_mode) == 0o700


def _killed_holder(address: str, ready: Callable[[], None]) -> None:
    with held(address):
        ready()
        os.kill(os.getpid(), 9)


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    address = str(tmp_path / "DU123.db")
    process = os.fork()
    if process == 0:
        _killed_holder(address, lambda: None)
    os.waitpid(process, 0)
    assert running(address) is None
    with held(address):
        assert running(address) is not None


def test_where_the_socket_stands(tmp_path: Path) -> None:
    assert socket_path("/accounts/DU123.db") == Path("/accounts/DU123.db.control/command")
    server = socket_path("postgresql://alaris@server/journal")
    assert server.parent.parent == Path.home() / ".cache" / "alaris" / "control"


def test_a_socket_is_reached_however_long_its_folder_is_named(tmp_path: Path) -> None:
    path = socket_path(str(tmp_path / ("a" * 120) / "DU123.db"))
    with pytest.raises(ConnectionError, match="no process listens there"):
        send_command(path, "ping")
    server = CommandServer(path, lambda command, arguments: command)
    server.start()
    assert send_command(path, "ping").done
    server.stop()
    with pytest.raises(ConnectionError, match="no process listens there"):
        send_command(path, "ping")


def test_a_long_path_is_refused_where_the_system_knows_no_shorter_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alaris.operations.control.OPEN_FILES", Path("/no/such/folder"))
    with pytest.raises(ConfigurationError, match="too long for the command socket"):
        socket_path(f"/{'a' * 120}/DU123.db")
