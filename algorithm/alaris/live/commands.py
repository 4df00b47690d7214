"""Commands of a person to a live run, done on the engine's thread and kept on the tape, so that a replay does them too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from alaris.domain import InvalidInput

if TYPE_CHECKING:
    from alaris.live.tape import Tape
    from alaris.operations.commands import CommandServer
    from alaris_runner.engine.engine import Engine


class Commands:
    """Takes commands to the algorithm and its answers back.

    Parameters
    ----------
    tape : Tape
    engine : callable
        The engine, None before the run has begun.
    status : callable
        What `alaris status` is told.
    stop : callable
        Ends the run.
    """

    def __init__(
        self, tape: Tape, engine: Callable[[], Engine | None], status: Callable[[Engine], Mapping[str, Any]], stop: Callable[[], None]
    ) -> None:
        self._tape = tape
        self._engine = engine
        self._status = status
        self._stop = stop
        self._served: list[dict[str, Any]] = []
        self._said: list[str] | None = None
        self.server: CommandServer | None = None

    @property
    def waits(self) -> bool:
        """Whether a command waits for the engine's thread."""
        return self.server is not None and self.server.waits

    def hear(self, text: str) -> None:
        """Take a message of the run: while a command is done, it is part of the answer."""
        if self._said is not None:
            self._said.append(text)

    def attend(self) -> None:
        """Do what was asked; in a replay, what was asked then."""
        served = self._tape.take("commands", self._serve)
        if self.server is None:
            self._repeat(served or ())

    def handle(self, command: str, arguments: Mapping[str, str]) -> str:
        """Do one command; the answer for who sent it."""
        if command != "status":
            self._served.append({"command": command, "arguments": dict(arguments)})
        return self._do(command, arguments)

    def _serve(self) -> list[dict[str, Any]]:
        self._served = []
        if self.server is not None:
            self.server.attend()
        return self._served

    def _repeat(self, commands: Iterable[Mapping[str, Any]]) -> None:
        for one in commands:
            with suppress(InvalidInput):  # it was refused then too
                self._do(one["command"], one["arguments"])

    def _do(self, command: str, arguments: Mapping[str, str]) -> str:
        engine = self._engine()
        if engine is None:
            raise InvalidInput("command", "the run has not begun yet")
        if command == "status":
            return json.dumps(self._status(engine))
        self._said = []
        try:
            done = engine.algorithm.on_command({"action": command, **arguments})
            said = "; ".join(self._said)
        finally:
            self._said = None
        if done is None:
            return self._without_algorithm(engine, command)
        if not done:
            raise InvalidInput("command", said or f"the algorithm refused {command}")
        return said or "done"

    def _without_algorithm(self, engine: Engine, command: str) -> str:
        """Of an algorithm that takes no commands, the orders can be cancelled and the run ended; more cannot be done from outside."""
        if command not in ("cancel-all", "emergency-stop"):
            raise InvalidInput("command", f"the algorithm has no on_command, so {command} does nothing; cancel-all and emergency-stop work")
        tickets = engine.transactions.manager.cancel_open_orders()
        if command == "emergency-stop":
            self._stop()
        return f"{len(tickets)} orders are being cancelled" + ("; the run ends" if command == "emergency-stop" else "")
