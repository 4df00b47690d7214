"""A whole live run over a real socket against the fake gateway, under a clock that runs faster: for proofs of what happens around it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any, Self

from fake_gateway import FakeGateway
from small_data_folder import write_folder

from alaris.broker import BrokerEvent, Gateway, GatewayAddress, Timeouts
from alaris.journal.store import Journal
from alaris.live.launch import Plan, launch
from alaris.live.session import LiveRules
from alaris.operations.commands import Answer, send_command
from alaris.operations.control import running, socket_path

OPEN = datetime(2017, 2, 8, 15, 0, tzinfo=UTC)  # 10:00 in New York, a session with the fake market's options listed
FAST = Timeouts(
    connect=1.0, resync=1.0, question=1.0, liveness=1.0, liveness_every=0.5, first_backoff=0.02, last_backoff=0.05, occupied=0.5
)
ALGORITHM = """
from AlgorithmImports import *

class ByHand(QCAlgorithm):
    def initialize(self):
        self.stock = self.add_equity("YUM", Resolution.MINUTE).symbol
        legs = [Symbol.create_option(self.stock, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 67.5, day)
                for day in (datetime(2017, 2, 17), datetime(2017, 3, 17))]
        self.front, self.back = (self.add_option_contract(leg, Resolution.MINUTE).symbol for leg in legs)
        self.number = 0

    def on_command(self, data):
        if data["action"] in ("cancel-all", "emergency-stop"):
            self.log(f"{len(self.transactions.cancel_open_orders())} orders are being cancelled")
        if data["action"] == "emergency-stop":
            self.quit("emergency stop")
        if data["action"] != "enter":
            return True
        legs = [Leg.create(self.front, -1), Leg.create(self.back, 1)]
        tickets = self.combo_limit_order(legs, int(data["contracts"]), float(data["limit"]), tag=f"T{self.number + 1} entry")
        self.log(f"{tickets[0].status} {tickets[0].submit_request.response.error_message}")
        taken = tickets[0].status != OrderStatus.INVALID
        self.number += taken
        return taken
"""


class FastWall:
    """A wall clock (`alaris.live.clock.Wall`) that starts at a moment of one's choice and runs `speed` times as fast."""

    def __init__(self, start: datetime, speed: float) -> None:
        self._start, self._speed = start, speed
        self._origin, self._real_origin = monotonic(), datetime.now(UTC)

    def now(self) -> datetime:
        """Present moment."""
        return self._start + timedelta(seconds=(monotonic() - self._origin) * self._speed)

    def at(self, real: datetime) -> datetime:
        """What it shows at a real moment."""
        return self._start + (real - self._real_origin) * self._speed

    def real_seconds(self, seconds: float) -> float:
        """How long some of its seconds really last."""
        return seconds / self._speed


class LiveRun:
    """The run on a thread of its own; use it in a `with` block. Orders are entered by command, at a limit of one's choice."""

    def __init__(self, folder: Path, gateway: FakeGateway, speed: float, address: str = "") -> None:
        self.folder, self.gateway, self.speed = folder, gateway, speed
        self.address = address or str(folder / "DU1234567.db")
        self.failed: list[BaseException] = []
        self._thread = Thread(target=self._run, name="live-run", daemon=True)
        self._made: list[Gateway] = []

    def __enter__(self) -> Self:
        """Start, and wait until orders can be entered."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "algorithm.py").write_text(ALGORITHM)
        write_folder(self.folder / "data")
        self._thread.start()
        self.until(lambda: bool(self.failed) or self._is_open(), 30.0, "the run did not come up")
        if self.failed:
            raise self.failed[0]
        return self

    def __exit__(self, *error: object) -> None:
        """End it by an emergency stop's command, as a person would."""
        with suppress(ConnectionError):  # it ended by itself, when its session was over
            self.tell("emergency-stop")
        self._thread.join(20)
        if self._thread.is_alive():
            raise RuntimeError("the run did not end")

    def tell(self, command: str, **arguments: str) -> Answer:
        """Send a command over the socket."""
        return send_command(socket_path(self.address), command, {"who": "proof", "why": "a proof", **arguments})

    def enter(self, contracts: int = 2, limit: Decimal = Decimal("0.90")) -> Answer:
        """Let the algorithm order a calendar."""
        return self.tell("enter", contracts=str(contracts), limit=str(limit))

    def status(self) -> Mapping[str, Any]:
        """What the process says of itself."""
        said: Mapping[str, Any] = json.loads(self.tell("status").text)
        return said

    def until(self, holds: Callable[[], bool], seconds: float, otherwise: str) -> float:
        """Wait until something holds; how long it took, real seconds."""
        began = monotonic()
        while not holds():
            if monotonic() - began > seconds:
                raise AssertionError(f"{otherwise} ({seconds:g} s)")
            sleep(0.002)
        return monotonic() - began

    def journal(self) -> Journal:
        """The account's journal, to read."""
        return Journal(self.address, reading=True)

    @property
    def connection(self) -> Gateway:
        """The gateway connection of the run."""
        return self._made[-1]

    def _is_open(self) -> bool:
        if running(self.address) is None or not socket_path(self.address).exists():
            return False
        answer = self.tell("status")
        return answer.done and not json.loads(answer.text)["entries_forbidden"] and bool(self.gateway.subscriptions)

    def _run(self) -> None:
        plan = Plan(
            self.folder / "algorithm.py",
            self.folder / "data",
            self.folder / "output",
            self.folder / "record",
            self.address,
            GatewayAddress(port=self.gateway.port),
            rules=LiveRules(last_day=date(2017, 2, 8)),
        )
        try:
            launch(plan, wall=FastWall(OPEN, self.speed), make_gateway=self._gateway)
        except BaseException as error:  # noqa: BLE001 - told to whoever started the thread
            self.failed.append(error)

    def _gateway(self, address: GatewayAddress, listener: Callable[[BrokerEvent], None]) -> Gateway:
        self._made.append(Gateway(address, listener, timeouts=FAST))
        return self._made[-1]
