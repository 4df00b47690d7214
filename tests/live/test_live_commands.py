"""Commands of a person to a live run: done on the engine's thread, answered, recorded, and done again in a replay."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from live_desk import BUYER, DECIDER, KEY, Desk

from alaris.domain import InvalidInput
from alaris.live.replay import replay
from alaris.workflow.order_state import Event


class Server:
    """A command server without a socket: a test puts commands in, and reads the answers."""

    def __init__(self, handle: Callable[[str, dict[str, str]], str]) -> None:
        self._handle = handle
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answers: list[str] = []

    @property
    def waits(self) -> bool:
        return bool(self.asked)

    def attend(self) -> int:
        asked, self.asked = self.asked, []
        for command, arguments in asked:
            try:
                self.answers.append(self._handle(command, arguments))
            except InvalidInput as error:
                self.answers.append(f"refused: {error}")
        return len(asked)


def commanded(desk: Desk, text: str, *commands: tuple[float, str]) -> list[str]:
    """Run with commands at some seconds after the start; the answers."""
    server: list[Server] = []

    def ask(command: str) -> None:
        if not server:
            server.append(Server(desk.session.commands.handle))
            desk.session.commands.server = server[0]  # type: ignore[assignment]  # what the run uses of one
        server[0].asked.append((command, {"who": "Ada", "why": "a look"}))

    for seconds, command in commands:
        desk.wall.then(seconds, lambda command=command: ask(command))  # type: ignore[misc]  # the default binds this command
    desk.gateway.on_place = lambda order: desk.gateway.acknowledge(order.key)
    desk.gateway.on_cancel = lambda key: desk.gateway.state_of(key, Event.CONFIRM_CANCEL)
    assert desk.run(text).completed, desk.log
    return server[0].answers


def test_status_says_what_is_open_and_what_is_forbidden(desk: Desk) -> None:
    desk.market(10)
    (said,) = commanded(desk, BUYER, (95, "status"))
    status = json.loads(said)
    assert (status["connection"], status["halts"], status["entries_forbidden"], status["shadow"]) == ("READY", [], "", False)
    assert [(order["key"], order["quantity"], order["status"]) for order in status["orders"]] == [
        (KEY, -2.0, "SUBMITTED"),
        (KEY, 2.0, "SUBMITTED"),
    ]
    assert status["moment"].startswith("2017-02-08T15:00:3")  # at once, not at the next bar


def test_of_an_algorithm_without_commands_orders_can_be_cancelled_and_the_run_ended(desk: Desk) -> None:
    desk.market(10)
    answers = commanded(desk, BUYER, (95, "flatten"), (100, "cancel-all"), (150, "emergency-stop"))
    assert answers[0].startswith("refused: command: the algorithm has no on_command")
    assert answers[1:] == ["2 orders are being cancelled", "0 orders are being cancelled; the run ends"]
    assert desk.gateway.cancels == [KEY]
    assert "Algorithm Stopped" in desk.log
    assert desk.engine is not None
    assert desk.engine.algorithm_time.hour == 10  # long before the close


def test_a_command_is_done_again_in_a_replay(desk: Desk) -> None:
    desk.market(10)
    assert commanded(desk, DECIDER, (95, "halt")) == ["done"]
    (found,) = replay(desk.folder / "record", date(2017, 2, 8))
    assert found.same, (found.error, found.first_difference)
    halts = [json.loads(line) for line in found.now if '"command": "halt"' in line]
    assert [(one["as_of"][:16], one["why"]) for one in halts] == [("2017-02-08T10:00", "a look")]


def test_a_command_before_the_run_has_begun_is_refused(desk: Desk) -> None:
    desk.market(10)
    desk.run(BUYER)
    desk.session._engine = None
    with pytest.raises(InvalidInput, match="has not begun"):
        desk.session.commands.handle("halt", {})
