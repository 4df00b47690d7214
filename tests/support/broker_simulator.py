"""A broker in another process, on a local socket: it executes what it was sent by a plan of its own, whether anyone listens or not."""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import socket
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from alaris.records.reconciliation import BrokerPicture
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import Event

TICK = 0.002  # seconds between two steps of a plan
FRONT, BACK = "YUM 170217C67.5", "YUM 170317C67.5"
Message = dict[str, Any]


@dataclass
class Placed:
    """One order as the broker has it: how often it was placed, what is still to come, what was executed, how it ended."""

    plan: list[str]
    times: int = 1
    executions: list[Message] = field(default_factory=list)
    ended: str | None = None


class Simulator:
    """The broker's side: orders by our key, one plan an order by the seed."""

    def __init__(self, seed: int, plan: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a plan is no secret
        self._plan = plan
        self._orders: dict[str, Placed] = {}
        self._clients: list[socket.socket] = []
        self._pending: dict[socket.socket, bytes] = {}

    def serve(self, server: socket.socket) -> None:
        """Serve until killed."""
        while True:
            readable, _, _ = select.select([server, *self._clients], [], [], TICK)
            for client in [client for client in self._clients if client in readable]:
                self._read(client)  # the oldest first: what a dead client still sent counts before a new one's questions
            if server in readable:
                self._clients.append(server.accept()[0])
            self._advance()

    def _read(self, client: socket.socket) -> None:
        data = b""
        with contextlib.suppress(ConnectionResetError):  # a client that was killed
            data = client.recv(65536)
        if not data:
            self._clients.remove(client)
            client.close()
            return
        *lines, rest = (self._pending.get(client, b"") + data).split(b"\n")
        self._pending[client] = rest
        for line in lines:
            self._answer(client, json.loads(line))

    def _answer(self, client: socket.socket, asked: Message) -> None:
        if asked["do"] == "picture":
            client.sendall(json.dumps({"picture": self._picture()}).encode() + b"\n")
        elif asked["do"] == "place":
            self._place(asked["key"])
        elif asked["key"] in self._orders and self._orders[asked["key"]].ended is None:
            order = self._orders[asked["key"]]
            order.plan = [*(["front", "back"] if not order.executions and self._chance.random() < 0.3 else []), "CONFIRM_CANCEL"]

    def _place(self, key: str) -> None:
        if key in self._orders:
            self._orders[key].times += 1
            return
        plans = {
            "fills": ["ACKNOWLEDGE", "front", "back"],
            "rests": ["ACKNOWLEDGE"],
            "halves": ["ACKNOWLEDGE", "front"],
            "rejects": ["REJECT"],
        }
        self._orders[key] = Placed(plans[self._plan])

    def _advance(self) -> None:
        for key, order in self._orders.items():
            if order.plan and order.ended is None and self._chance.random() < 0.7:
                self._step(key, order, order.plan.pop(0))

    def _step(self, key: str, order: Placed, step: str) -> None:
        if step in ("front", "back"):
            execution = _execution(key, step, len(order.executions))
            order.executions.append(execution)
            order.ended = "FILLED" if len(order.executions) == 2 else None
            self._tell(execution)
            if self._chance.random() < 0.3:
                self._tell(execution)  # twice, as brokers do
            return
        order.ended = step if step != "ACKNOWLEDGE" else None
        self._tell({"event": step, "key": key})

    def _tell(self, message: Message) -> None:
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.sendall(json.dumps(message).encode() + b"\n")

    def _picture(self) -> Message:
        executions = [execution for order in self._orders.values() for execution in order.executions]
        return {
            "open": [key for key, order in self._orders.items() if order.ended is None],
            "ended": {key: order.ended for key, order in self._orders.items() if order.ended not in (None, "FILLED")},
            "executions": executions,
            "times": {key: order.times for key, order in self._orders.items()},
        }


def _execution(key: str, leg: str, number: int) -> Message:
    contract, contracts = (FRONT, -1) if leg == "front" else (BACK, 1)
    said = {"id": f"{key}.{number}.01", "contract": contract, "contracts": contracts, "price": "1.25"}
    return {"fill": said, "key": key, "at": datetime.now(UTC).isoformat()}


class Connection:
    """Our side of the socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._lines = b""
        self._waiting: list[Message] = []

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(self, *error: object) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, **question: str) -> None:
        """Send one request."""
        self._socket.sendall(json.dumps(question).encode() + b"\n")

    def picture(self) -> Message:
        """What the broker has, raw; messages that come before it wait."""
        self.ask(do="picture")
        while True:
            message = next(self._messages(5.0))
            if "picture" in message:
                picture: Message = message["picture"]
                return picture
            self._waiting.append(message)

    def messages(self, seconds: float) -> Iterator[Message]:
        """What the broker tells, until it is silent for some seconds."""
        waiting, self._waiting = self._waiting, []
        yield from waiting
        with contextlib.suppress(TimeoutError):
            yield from self._messages(seconds)

    def _messages(self, seconds: float) -> Iterator[Message]:
        while True:
            while b"\n" in self._lines:
                line, _, self._lines = self._lines.partition(b"\n")
                yield json.loads(line)
            self._socket.settimeout(seconds)
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("the broker is gone")
            self._lines += data


def report_of(message: Mapping[str, Any]) -> ExecutionReport:
    """A fill message as the product's own value."""
    fill = message["fill"]
    return ExecutionReport(fill["id"], fill["contract"], fill["contracts"], Decimal(fill["price"]), datetime.fromisoformat(message["at"]))


def picture_of(raw: Mapping[str, Any], at: datetime) -> BrokerPicture:
    """The broker's raw picture as the product's own value."""
    executions = [(message["key"], report_of(message)) for message in raw["executions"]]
    positions: dict[str, int] = {}
    for _, report in executions:
        positions[report.contract] = positions.get(report.contract, 0) + report.contracts
    return BrokerPicture(at, frozenset(raw["open"]), {key: Event(end) for key, end in raw["ended"].items()}, executions, positions)


@contextlib.contextmanager
def simulator(path: Path, seed: int, plan: str) -> Iterator[Path]:
    """A broker in a process of its own."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        process = os.fork()
        if process == 0:
            try:
                Simulator(seed, plan).serve(server)
            except BaseException:  # noqa: BLE001 - the process top of the child
                traceback.print_exc()
            finally:
                os._exit(1)
    try:
        yield path
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        path.unlink()
