"""Commands of a person to a running process: one JSON line each way over a private local socket, done by the engine's own thread.

The server's thread only takes lines and gives answers, so that a process whose engine hangs still says so. A command that the engine did
not begin in time is withdrawn: nothing happens later behind the back of a person who was told that it did not.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event, Lock, Thread
from time import monotonic
from typing import Any

from alaris.domain import AlarisError, InvalidInput
from alaris.operations.control import OWNER_ONLY_FILE, private_folder, short_name

LONGEST = 65_536  # bytes of one line
READING_SECONDS, AT_ONCE = 2.0, 8
WITHOUT_ENGINE = "ping"
Handle = Callable[[str, Mapping[str, str]], str]
Recorder = Callable[[str, Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a process said to a command: whether it was done, and what or why not."""

    done: bool
    text: str


class Standing(Enum):
    """How far the engine is with a command."""

    WAITING = "waiting"
    BEGUN = "begun"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


@dataclass(slots=True)
class Asked:
    """One command on its way to the engine's thread and back."""

    command: str
    arguments: Mapping[str, str]
    standing: Standing = Standing.WAITING
    answer: Answer | None = None
    _finished: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def begin(self) -> bool:
        """Whether it may still be done."""
        return self._move(Standing.WAITING, Standing.BEGUN)

    def finish(self, answer: Answer) -> None:
        """Hand back the answer."""
        self.answer = answer
        self._move(Standing.BEGUN, Standing.ANSWERED)
        self._finished.set()

    def waited(self, seconds: float) -> Answer:
        """The answer, or what is to be known where none came in time."""
        self._finished.wait(seconds)
        if self.answer is not None:
            return self.answer
        if self._move(Standing.WAITING, Standing.WITHDRAWN):
            return Answer(False, f"the engine did not take the command in {seconds:g} s and it was withdrawn; the process hangs or is busy")
        return Answer(False, f"the engine began the command and did not finish it in {seconds:g} s; ask for its status")

    def _move(self, before: Standing, after: Standing) -> bool:
        with self._lock:
            if self.standing is not before:
                return False
            self.standing = after
            return True


class CommandServer:
    """The process's side.

    Parameters
    ----------
    path : Path
        Of the socket, mode 0600; its folder is made with mode 0700.
    handle : callable
        Does a command with its arguments and says what was done; an AlarisError refuses it. Called by `attend` only.
    record : callable, optional
        Is told each command with who, when and why before it is done: a journal's `append`. What the sender has recorded itself
        (`recorded` among the arguments) is not recorded again.
    patience : float
        Seconds that a sender waits for the engine.
    bell : callable
        Called on the server's thread when a command waits, to wake an engine that sleeps.
    """

    def __init__(
        self,
        path: Path,
        handle: Handle,
        *,
        record: Recorder | None = None,
        patience: float = 10.0,
        bell: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._handle = handle
        self._record = record
        self._patience = patience
        self._bell = bell
        self._queue: SimpleQueue[Asked] = SimpleQueue()
        self._slots = BoundedSemaphore(AT_ONCE)
        self._since = datetime.now(UTC)
        self._attended = monotonic()
        self._listener: socket.socket | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Listen; the caller holds the account (`alaris.operations.control.held`), so a socket that stands there is a dead process's."""
        private_folder(self._path.parent)
        made = self._path.with_name(f".{self._path.name}")
        made.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        with short_name(made) as name:
            listener.bind(name)
        made.chmod(OWNER_ONLY_FILE)
        listener.listen(AT_ONCE)
        made.rename(self._path)  # it is seen once it listens, and only its owner may use it
        self._listener, self._attended = listener, monotonic()
        self._thread = Thread(target=self._accept, args=(listener,), name="alaris-commands", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; what waits is told that the process ends."""
        if self._listener is None or self._thread is None:
            return
        with suppress(OSError):  # a socket that is listening, not connected
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self._listener = self._thread = None
        self._path.unlink(missing_ok=True)
        while (asked := self._next()) is not None:
            if asked.begin():
                asked.finish(Answer(False, "the process is ending"))
        taken = sum(self._slots.acquire(timeout=READING_SECONDS) for _ in range(AT_ONCE))  # the last answers are on their way
        for _ in range(taken):
            self._slots.release()

    @property
    def waits(self) -> bool:
        """Whether a command waits for the engine's thread."""
        return not self._queue.empty()

    def attend(self) -> int:
        """Do what was asked since the last time; call it each cycle from the engine's thread. How many commands were done."""
        self._attended = monotonic()
        count = 0
        while (asked := self._next()) is not None:
            if asked.begin():
                asked.finish(self._done(asked))
                count += 1
        return count

    def _next(self) -> Asked | None:
        try:
            return self._queue.get_nowait()
        except Empty:
            return None

    def _done(self, asked: Asked) -> Answer:
        try:
            if self._record is not None and "recorded" not in asked.arguments and asked.command != "status":
                self._record("command", _entry(asked))
            return Answer(True, self._handle(asked.command, asked.arguments))
        except AlarisError as error:
            return Answer(False, str(error))
        except Exception as error:  # noqa: BLE001 - the top of a command: a fault in one must not end a process that holds positions
            return Answer(False, f"the command failed: {type(error).__name__}: {error}")

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:  # closed by `stop`
                return
            if self._slots.acquire(blocking=False):
                Thread(target=self._serve, args=(connection,), name="alaris-command", daemon=True).start()
            else:
                _say(connection, Answer(False, f"{AT_ONCE} commands wait already; try again"))

    def _serve(self, connection: socket.socket) -> None:
        try:
            _say(connection, self._answer(connection))
        finally:
            self._slots.release()

    def _answer(self, connection: socket.socket) -> Answer:
        try:
            command, arguments = _read(connection)
        except (OSError, ValueError) as error:
            return Answer(False, f"the command could not be read: {error}")
        if command == WITHOUT_ENGINE:
            return Answer(True, json.dumps(self._alive()))
        asked = Asked(command, arguments)
        self._queue.put(asked)
        self._bell()
        return asked.waited(self._patience)

    def _alive(self) -> dict[str, Any]:
        return {"process": os.getpid(), "since": self._since.isoformat(), "engine_seconds": round(monotonic() - self._attended, 3)}


def send_command(path: Path, command: str, arguments: Mapping[str, str] | None = None, *, seconds: float = 15.0) -> Answer:
    """Send one command to a running process and wait for its answer.

    Raises
    ------
    ConnectionError
        No process listens there, or it hung up without an answer.
    TimeoutError
        It took the line and said nothing in `seconds`: the process hangs.
    """
    line = json.dumps({"command": command, "arguments": dict(arguments or {})}).encode() + b"\n"
    if len(line) > LONGEST:
        raise InvalidInput("arguments", f"a command has at most {LONGEST:,} bytes, this has {len(line):,}")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        try:
            with short_name(path) as name:
                connection.connect(name)
        except FileNotFoundError as error:
            raise ConnectionError(f"{path}: no process listens there") from error
        connection.sendall(line)
        entry = json.loads(_line(connection))
    return Answer(bool(entry["done"]), str(entry["text"]))


def _read(connection: socket.socket) -> tuple[str, dict[str, str]]:
    connection.settimeout(READING_SECONDS)
    entry = json.loads(_line(connection))
    if not (isinstance(entry, dict) and isinstance(entry.get("command"), str) and isinstance(entry.get("arguments"), dict)):
        raise ValueError('expected {"command": "status", "arguments": {}}')
    return entry["command"], {str(name): str(value) for name, value in entry["arguments"].items()}


def _line(connection: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b"\n"):
        part = connection.recv(8192)
        if not part:
            raise ConnectionError("the other side hung up in the middle of a line")
        received += part
        if len(received) > LONGEST:
            raise ValueError(f"longer than {LONGEST:,} bytes")
    return received


def _say(connection: socket.socket, answer: Answer) -> None:
    with connection, suppress(OSError):  # whoever asked has left
        connection.settimeout(READING_SECONDS)
        connection.sendall(json.dumps({"done": answer.done, "text": answer.text}).encode() + b"\n")


def _entry(asked: Asked) -> dict[str, Any]:
    said = {name: value for name, value in asked.arguments.items() if name not in ("who", "why")}
    who, why = (asked.arguments.get(name, "").strip() for name in ("who", "why"))
    if not who or not why:
        raise InvalidInput("who" if not who else "why", "a command must say who and why")
    return {"command": asked.command, "arguments": said, "who": who, "why": why, "at": datetime.now(UTC)}
