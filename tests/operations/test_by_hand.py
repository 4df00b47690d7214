"""`alaris cancel-all`, `flatten`, `emergency-stop` and `system health` over a real socket, with the process dead, hung or alive."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from dead_process import ALWAYS, BACK, BACK_DAY, FRONT, FRONT_DAY, left_by_a_dead_process
from fake_gateway import FakeGateway, small_market
from gateway_cases.bench import ORDER_REF, PLACE, brokers_positions
from shell import Shell, shell

from alaris.broker import ComboOrder, Gateway, GatewayAddress, instrument_of
from alaris.journal.store import Journal
from alaris.operations.commands import Answer
from alaris.operations.control import held, running


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    """A gateway whose exchange is always open."""
    with FakeGateway(small_market("YUM", FRONT_DAY, BACK_DAY)) as fake:
        fake.fault("hours", ALWAYS)
        yield fake


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gateway: FakeGateway) -> str:
    """The journal that the environment names, and the gateway's port."""
    path = str(tmp_path / "DU1234567.db")
    Journal(path).close()
    monkeypatch.setenv("ALARIS_SOURCES__JOURNAL_URL", path)
    monkeypatch.setenv("ALARIS_IBKR__PORT", str(gateway.port))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture
def alaris(capsys: pytest.CaptureFixture[str]) -> Shell:
    return shell(capsys)


def placed(gateway: FakeGateway) -> list[str]:
    """Keys of orders in the order they came, changes left out."""
    return list(dict.fromkeys(frame[ORDER_REF] for frame in gateway.sent(PLACE)))


def test_a_dead_processs_account_is_closed_once(alaris: Shell, account: str, gateway: FakeGateway) -> None:
    left_by_a_dead_process(account, gateway, "market", "rests")
    assert brokers_positions(gateway) == {FRONT: -2, BACK: 2}
    plan = alaris("flatten")
    assert f"buy 2 {FRONT} and sell 2 {BACK}" in plan.output
    assert "-0.99, -0.96, -0.93, -0.90" in plan.output  # by hand: mid 1.05 - 2.075 = -1.025, natural 1.10 - 2.00 = -0.90
    assert "nothing was sent; repeat with --confirm" in plan.output
    assert len(placed(gateway)) == 2

    refused = alaris("flatten", "--confirm")
    assert "say why with --reason" in refused.errors
    words = ("flatten", "--confirm", "--reason", "the process is dead", "--step-seconds", "0.1", "--who", "M. Keller")
    done = alaris(*words)
    assert done.code == 0, done.errors
    assert "T2|entry|1: CANCELLED" in done.output
    assert "closed 2 of 2" in done.output
    assert brokers_positions(gateway) == {}
    again = alaris(*words)
    assert (again.code, "nothing to close" in again.output) == (0, True)
    assert placed(gateway)[:2] == ["T1|entry|1", "T2|entry|1"]
    assert placed(gateway)[2].startswith(f"FLAT|{FRONT}|{BACK.removeprefix('YUM ')}|")
    assert len(placed(gateway)) == 3
    assert alaris("status").code == 1  # halted until a person approves
    with Journal(account, reading=True) as journal:
        commands = [row for name, row in journal.typed(1, 10_000) if name == "commands"]
    assert [(row["command"], row["who"]) for row in commands] == [("halt", "M. Keller"), ("flatten", "M. Keller")] * 2


def test_cancel_all_leaves_others_alone_unless_told_twice(alaris: Shell, account: str, gateway: FakeGateway) -> None:
    (key,) = left_by_a_dead_process(account, gateway, "rests")
    gateway.plan("rests")
    with Gateway(GatewayAddress(port=gateway.port, client_id=90), None) as other:
        assert other.wait_ready(10)
        other.place(ComboOrder("by hand", ((instrument_of(BACK), 1),), 1, Decimal("0.05")))
    cancelled = alaris("cancel-all", "--reason", "the date moved")
    assert cancelled.code == 0, cancelled.errors
    assert f"{key}: CANCELLED" in cancelled.output
    assert "by hand: not ours, left alone" in cancelled.output
    refused = alaris("flatten", "--confirm", "--reason", "the date moved")
    assert (refused.code, "by hand: not ours, and may close the same positions; nothing was sent" in refused.errors) == (1, True)
    assert alaris("flatten", "--confirm", "--reason", "the date moved", "--despite-others").code == 0  # nothing is held
    assert "repeat with --yes-account" in alaris("cancel-all", "--global", "--reason", "all of it").errors
    assert "this gateway's account is DU1234567" in alaris("cancel-all", "--global", "--yes-account", "U1", "--reason", "all").errors
    everything = alaris("cancel-all", "--global", "--yes-account", "DU1234567", "--reason", "all of it")
    assert "by hand: cancelled, not ours" in everything.output
    assert not gateway.order("by hand").is_open


def test_outside_hours_nothing_is_sent(alaris: Shell, account: str, gateway: FakeGateway) -> None:
    left_by_a_dead_process(account, gateway, "market")
    gateway.fault("hours", f"{date.today():%Y%m%d}:CLOSED")  # noqa: DTZ011
    refused = alaris("flatten", "--confirm", "--reason", "the process is dead")
    assert refused.code == 1
    assert "the exchange is closed; nothing was sent" in refused.errors
    assert len(placed(gateway)) == 1


def test_no_gateway_leaves_the_halt(alaris: Shell, account: str, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alaris.cli.operations.READY_SECONDS", 0.3)
    gateway.refuse()
    refused = alaris("flatten", "--confirm", "--reason", "the process is dead")
    assert refused.code == 1
    assert "nothing was sent. Use TWS" in refused.errors
    assert alaris("status").code == 1


def test_a_hung_process_must_be_ended_first(alaris: Shell, account: str, gateway: FakeGateway) -> None:
    (key,) = left_by_a_dead_process(account, gateway, "rests")
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        with held(account):
            os.write(write, b"held")
            signal.pause()
    os.read(read, 4)
    refused = alaris("cancel-all", "--reason", "nothing moves")
    assert "repeat with --kill" in refused.errors
    assert gateway.order(key).is_open
    done = alaris("cancel-all", "--kill", "--reason", "nothing moves")
    assert os.WTERMSIG(os.waitpid(process, 0)[1]) == signal.SIGKILL
    assert f"{key}: CANCELLED" in done.output, done.errors
    assert running(account) is None


def test_an_algorithm_of_lean_is_told_and_owns_its_orders(
    alaris: Shell, account: str, gateway: FakeGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alaris.operations.reaching.LEAN_SECONDS", 0.1)
    silent = alaris("cancel-all", "--reason", "nothing moves", "--lean", str(tmp_path))
    assert silent.code == 1
    assert "no engine took the command; it was withdrawn" in silent.errors
    assert "LEAN did not do it. Stop it" in silent.errors
    told: list[str] = []

    def take(_place: Path, command: str, _said: Mapping[str, str]) -> Answer:
        told.append(command)
        return Answer(True, "taken")

    monkeypatch.setattr("alaris.operations.reaching.tell_lean", take)
    for words in (("cancel-all",), ("flatten", "--confirm"), ("emergency-stop",)):
        assert alaris(*words, "--reason", "a test", "--lean", str(tmp_path)).code == 0
    assert told == ["cancel-all", "flatten", "emergency-stop"]
    assert gateway.clients == ()  # nobody connected in LEAN's place


def test_emergency_stop_closes_and_lets_nothing_start(alaris: Shell, account: str, gateway: FakeGateway) -> None:
    left_by_a_dead_process(account, gateway, "market", "rests")
    stopped = alaris("emergency-stop", "--close", "--step-seconds", "0.1", "--reason", "a runaway loop", "--who", "M. Keller")
    assert stopped.code == 0, stopped.errors
    assert "EMERGENCY STOP recorded" in stopped.errors
    assert brokers_positions(gateway) == {}
    assert "EMERGENCY STOP by M. Keller" in alaris("status").output
    assert alaris("resume", "--approve", "--reason", "the loop is mended").code == 0
    assert alaris("status").code == 0


def test_health(alaris: Shell, account: str, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {check["check"]: check for check in json.loads(alaris("system", "health", "--json").output)}
    assert {name: check["health"] for name, check in found.items()} == dict.fromkeys(
        ("journal", "permissions", "disk", "process", "halts", "orders", "gateway", "clock"), "ok"
    )
    assert "account DU1234567 answered" in found["gateway"]["text"]
    gateway.fault("clock_skew", 30.0)
    Path(account).chmod(0o644)
    monkeypatch.setattr("alaris.cli.operations.READY_SECONDS", 0.3)
    unwell = alaris("system", "health")
    assert unwell.code == 0
    assert "others may read" in unwell.output
    assert "set this computer's clock" in unwell.output
    gateway.refuse()
    assert alaris("system", "health").code == 1
    assert alaris("system", "health", "--no-gateway").code == 0
