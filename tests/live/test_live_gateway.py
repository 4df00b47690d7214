"""A live run over a real socket to a fake IB Gateway: an entry, a night, an exit; a lost connection while an order works; a kill."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from fake_gateway import FakeGateway
from live_gateway_run import SteppingWall, made
from small_data_folder import write_folder

from alaris.broker import GatewayAddress
from alaris.journal.store import Journal
from alaris.journal.verification import verify
from alaris.live.brokerage import Patience
from alaris.live.launch import Plan, launch
from alaris.live.replay import replay
from alaris.live.session import LiveRules
from alaris.records.positions import positions_of
from alaris_runner.run import RunOutcome

FRONT, BACK = "YUM 170217C67.5", "YUM 170317C67.5"
AFTERNOON = datetime(2017, 2, 8, 20, 45, tzinfo=UTC)  # 15:45 in New York
FILLS = ["170217 FILLED -2 @ 1.00", "170317 FILLED 2 @ 2.15", "170217 FILLED 2 @ 1.10", "170317 FILLED -2 @ 2.00"]
TRADER = """
from AlgorithmImports import *

class Trader(QCAlgorithm):
    def initialize(self):
        self.stock = self.add_equity("YUM", Resolution.MINUTE).symbol
        legs = [Symbol.create_option(self.stock, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 67.5, day)
                for day in (datetime(2017, 2, 17), datetime(2017, 3, 17))]
        self.front, self.back = (self.add_option_contract(leg, Resolution.MINUTE).symbol for leg in legs)
        self.legs = [Leg.create(self.front, -1), Leg.create(self.back, 1)]
        self.entered = False
        self.schedule.on(self.date_rules.on(2017, 2, 9), self.time_rules.at(9, 40), self.leave)
        self.schedule.on(self.date_rules.on(2017, 2, 9), self.time_rules.at(9, 50), self.quit)

    def on_data(self, data):
        if not self.entered and self.front in data.quote_bars and self.back in data.quote_bars:
            self.entered = True
            self.combo_limit_order(self.legs, 2, 1.15, tag="T1 entry")

    def leave(self):
        self.combo_limit_order(self.legs, -2, 0.90, tag="T1 exit")

    def on_order_event(self, event):
        self.log(f"{event.symbol.value[6:12]} {str(event.status)} {event.fill_quantity:g} @ {event.fill_price:.2f}")
"""


class Run:
    """Plans of one account in one folder."""

    def __init__(self, folder: Path, gateway: FakeGateway) -> None:
        self.folder, self.gateway = folder, gateway
        self.data = write_folder(folder / "data")
        self.file = folder / "trader.py"
        self.file.write_text(TRADER)
        self.rules = LiveRules(
            last_day=date(2017, 2, 9),
            results_every=timedelta(hours=6),
            patience=Patience(*(timedelta(hours=2),) * 4),
        )

    @property
    def plan(self) -> Plan:
        """On this account."""
        address, out = GatewayAddress(port=self.gateway.port, client_id=33), self.folder / "output"
        return Plan(self.file, self.data, out, out / "record", str(self.folder / "journal.db"), address, rules=self.rules)

    def go(self, start: datetime, *, alone: bool = False) -> RunOutcome:
        """Run from a moment on, as fast as the gateway answers; `alone` in a process that does not share it."""
        return launch(self.plan, wall=SteppingWall(start, None if alone else self.gateway), make_gateway=made)

    @property
    def log(self) -> list[str]:
        """What the run wrote, without times."""
        return [line[20:] for line in (self.folder / "output" / "live-log.txt").read_text().splitlines()]


def test_an_entry_a_night_and_an_exit(tmp_path: Path) -> None:
    with FakeGateway() as gateway:
        run = Run(tmp_path, gateway)
        outcome = run.go(AFTERNOON)
        assert outcome.completed, outcome.error
        placed = gateway.sent(3)
        assert len(placed) == 2
        assert not any(gateway.positions.values())
    told = [line for line in run.log if line.startswith("170")]
    assert [line for line in told if "FILLED" in line] == FILLS, run.log
    with Journal(run.plan.journal, reading=True) as journal:
        kinds = [record.kind for record in journal.records()]
        assert kinds.count("intent") == 2
        assert kinds.count("fee") == 6  # of each leg, and 0 of the combo as a whole
        assert verify(journal).records == len(kinds)
    for day in (date(2017, 2, 8), date(2017, 2, 9)):
        assert all(one.same for one in replay(run.plan.record, day))


def test_killed_with_an_order_at_the_broker_nothing_is_sent_twice(tmp_path: Path) -> None:
    with FakeGateway() as gateway:
        gateway.plan("rests")
        run = Run(tmp_path, gateway)
        process = multiprocessing.get_context("fork").Process(target=run.go, args=(AFTERNOON,), kwargs={"alone": True})
        process.start()
        until(lambda: len(gateway.sent(3)) == 1)
        time.sleep(0.1)  # the acknowledgement is on its way
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        gateway.fill("T1|entry|1", 1)  # while nobody listens
        gateway.plan("market")
        run.file.write_text(TRADER.replace("entered = False", "entered = True").replace("9, 40), self.leave", "9, 40), self.quit"))
        assert run.go(AFTERNOON + timedelta(hours=3)).completed

        assert len(gateway.sent(3)) == 1  # the order was never sent again
        assert len(gateway.sent(4)) == 1  # and what was left of it is cancelled: its ladder died with its process
        assert {name: count for name, count in gateway.positions.items() if count} == {1006: -1, 1016: 1}
    with Journal(run.plan.journal, reading=True) as journal:
        assert positions_of(journal) == {FRONT: -1, BACK: 1}
        assert verify(journal).records > 5
        states = [record.entry["state"] for record in journal.records(kind="status")]
        assert "UNKNOWN" in states
        assert states[-1] == "CANCELLED"
    assert not [line for line in run.log if line.startswith("170")]  # the account was loaded with it: no fill is told twice


def test_a_connection_lost_while_an_order_works_halts_entries_until_the_account_was_compared(tmp_path: Path) -> None:
    with FakeGateway() as gateway:
        gateway.plan("rests")
        run = Run(tmp_path, gateway)
        worker = threading.Thread(target=run.go, args=(AFTERNOON,))
        worker.start()
        until(lambda: len(gateway.sent(3)) == 1)
        time.sleep(0.05)
        gateway.refuse()
        gateway.drop()
        gateway.fill("T1|entry|1", 2)  # while nobody listens
        gateway.plan("market")
        time.sleep(0.1)
        gateway.accept()
        worker.join()
        assert not any(gateway.positions.values())  # the exit of the next morning went out
    told = [line for line in run.log if line.startswith("170")]
    assert [line for line in told if "FILLED" in line] == FILLS
    with Journal(run.plan.journal, reading=True) as journal:
        findings = [record.entry["finding"] for record in journal.records(kind="reconciliation")]
        assert findings.count("MISSED_FILL") == 2
        assert findings[-1] == "CLEAN"
        assert positions_of(journal) == {}
    assert any("no new positions: the connection to the broker is DOWN" in line for line in run.log)


def test_sigterm_ends_the_command_with_its_results_written(tmp_path: Path) -> None:
    with FakeGateway() as gateway:
        run = Run(tmp_path, gateway)
        out = run.plan.output
        options = ["--data-folder", str(run.data), "--output", str(out), "--port", str(gateway.port)]
        command = [sys.executable, "-m", "alaris.cli", "live", str(run.file), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603 - our own command
        until(lambda: gateway.sent(7) != [])  # it asks for the executions: connected
        until(lambda: list((out / "record").glob("*.gz")) != [])  # and the run has begun
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=15)
    assert process.returncode == 0, said
    lines = [line[20:] for line in said.splitlines()]
    assert lines[0].startswith(f"trading at 127.0.0.1:{gateway.port} as soon as it is READY")
    assert "connection READY, account DU1234567" in lines
    assert lines[-1] == f"ended; results in {out}"
    result = json.loads((out / "live.json").read_text())
    assert result["state"]["Status"] == "Completed"
    assert "Algorithm Stopped" in (out / "live-log.txt").read_text()


def test_sigint_while_the_gateway_is_awaited_says_so_and_no_more(tmp_path: Path) -> None:
    with FakeGateway() as gateway:
        run = Run(tmp_path, gateway)  # its gateway is gone before the run begins
    options = ["--data-folder", str(run.data), "--output", str(tmp_path / "out"), "--port", str(gateway.port)]
    command = [sys.executable, "-m", "alaris.cli", "live", str(run.file), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    assert process.stderr is not None
    lines = [process.stderr.readline()[20:].strip() for _ in range(4)]
    assert any(line.startswith("waiting for the gateway: ") for line in lines)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=15)
    assert process.returncode == 0, said
    assert said.splitlines()[-1][20:] == "ended while waiting for the gateway"
    assert "Traceback" not in said


def until(condition: Callable[[], bool]) -> None:
    """Wait for something, ten seconds at most."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
