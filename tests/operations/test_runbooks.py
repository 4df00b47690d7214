"""The pages of docs/operations, followed: each command as it stands there, against a fake gateway; each line that a page shows was seen."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import pytest
from dead_process import ALWAYS, BACK_DAY, FRONT_DAY, left_by_a_dead_process
from fake_gateway import FakeGateway, small_market
from live_run import LiveRun
from shell import Shell, shell

from alaris.data import demo_market
from alaris.domain import ConfigurationError
from alaris.journal.store import Journal
from alaris.operations.backup import check
from alaris.operations.control import running

PAGES = Path(__file__).resolve().parents[2] / "docs" / "operations"
BLOCK = re.compile(r"```sh\n(?P<commands>.*?)```\n(?:```text\n(?P<shown>.*?)```)?", re.DOTALL)
COMMANDS_OF_A_SHELL = ("alaris ", "export ALARIS_SOURCES__JOURNAL_URL=", "kill -TERM PID")
PATIENCE = 40.0  # seconds for a process to come up on a busy machine


@dataclass
class Follower:
    """Follows a page: runs its commands in order, and compares what they print with what it shows."""

    alaris: Shell
    account: str
    started: ExitStack
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def follow(self, page: str, between: Mapping[int, Callable[[], object]] | None = None) -> None:
        """Every block of a page; `between` is what happens in the world before a block."""
        blocks = list(BLOCK.finditer((PAGES / page).read_text(encoding="utf-8")))
        assert blocks, f"{page} has no commands"
        for number, block in enumerate(blocks):
            if between and number in between:
                between[number]()
            output = "".join(self.run(line) for line in block["commands"].splitlines())
            self.compare(f"{page}, block {number + 1}", output, block["shown"] or "")

    def run(self, line: str) -> str:
        """One command of a page."""
        line = line.replace("$(date +%Y%m%d)", "20261123")
        assert line.startswith(COMMANDS_OF_A_SHELL), f"no test knows how to follow {line!r}"
        if line.startswith("export "):
            return ""  # the fixture followed it
        if line.startswith("alaris live "):
            return self.start(line)
        if line.startswith("kill "):
            return self.end()
        answer = self.alaris(*shlex.split(line)[1:])
        return answer.output + answer.errors

    def start(self, line: str) -> str:
        """The trading process, in a process of its own, until it answers; what it said until then."""
        words = [sys.executable, "-u", "-m", "alaris.cli", *shlex.split(line)[1:]]
        log = Path(f"log of process {len(self.processes) + 1}")
        with log.open("w") as file:
            process = subprocess.Popen(words, stdout=file, stderr=subprocess.STDOUT)  # noqa: S603 - the page's own words
        self.started.callback(self.kill, process)
        self.processes.append(process)
        deadline = monotonic() + PATIENCE
        while "READY" not in self.alaris("status").output:
            assert process.poll() is None, f"it ended: {log.read_text()}"
            assert monotonic() < deadline, f"it never answered: {log.read_text()}"
            sleep(0.2)
        return log.read_text()

    def end(self) -> str:
        """What `kill -TERM` of the number that `status` shows does."""
        found = running(self.account)
        assert found is not None
        assert found.process == self.processes[-1].pid
        os.kill(found.process, signal.SIGTERM)
        assert self.processes[-1].wait(PATIENCE) == 0
        return ""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """As a power cut would."""
        process.kill()
        process.wait()

    @staticmethod
    def compare(place: str, output: str, shown: str) -> None:
        """Each shown line is a line of the output, in this order; an ellipsis stands for anything."""
        lines = iter(output.splitlines())
        for wanted in shown.splitlines():
            pattern = re.compile(r"\s*" + ".*".join(r"\s+".join(map(re.escape, part.split())) for part in wanted.split("…")) + r"\s*")
            assert any(pattern.fullmatch(line) for line in lines), f"{place}: nothing like {wanted!r} in\n{output}"


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeGateway(small_market("YUM", FRONT_DAY, BACK_DAY)) as fake:
        fake.fault("hours", ALWAYS)
        yield fake


@pytest.fixture
def follower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> Iterator[Follower]:
    """A computer on which the operations page was followed once: the journal's variable is set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("ALARIS_IBKR__PORT", str(gateway.port))
    (setting,) = re.findall(r"^export (\w+=\S+)$", (PAGES / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    monkeypatch.setenv(*setting.split("=", 1))
    account = str(tmp_path / setting.split("=", 1)[1])
    Journal(account).close()
    with ExitStack() as started:
        yield Follower(shell(capsys), account, started)


def test_start_crash_restart_stop(follower: Follower, tmp_path: Path, gateway: FakeGateway) -> None:
    demo_market.write(tmp_path / "data", symbols=1)
    follower.follow("start.md")
    follower.processes[-1].kill()
    follower.processes[-1].wait()
    follower.follow("restart.md")
    follower.follow("stop.md")


@pytest.fixture
def live(follower: Follower, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LiveRun, FakeGateway]]:
    """A process that trades, its clock in a session of 2017."""
    with FakeGateway() as gateway:
        gateway.plan("rests")
        monkeypatch.setenv("ALARIS_IBKR__PORT", str(gateway.port))
        with LiveRun(tmp_path, gateway, speed=50.0) as run:
            yield run, gateway


def test_disconnect(follower: Follower, live: tuple[LiveRun, FakeGateway], monkeypatch: pytest.MonkeyPatch) -> None:
    run, gateway = live
    monkeypatch.setattr("alaris.cli.operations.READY_SECONDS", 0.3)

    def away() -> None:
        gateway.refuse()
        run.until(lambda: run.status()["connection"] != "READY", 10, "the loss was not noticed")

    def again() -> None:
        gateway.accept()
        run.until(lambda: run.status()["connection"] == "READY" and not run.status()["entries_forbidden"], 10, "it did not come back")

    follower.follow("disconnect.md", {0: away, 3: again})


def test_stuck_order(follower: Follower, live: tuple[LiveRun, FakeGateway]) -> None:
    run, gateway = live
    run.until(lambda: run.enter().done, 10, "no order was taken")
    run.until(lambda: "WORKING" in follower.alaris("status").output, 10, "the order never worked")
    follower.follow("stuck-order.md", {2: lambda: run.until(lambda: not run.status()["orders"], 10, "the order did not end")})
    assert not gateway.order("T1|entry|1").is_open


def test_unexpected_loss(follower: Follower, gateway: FakeGateway) -> None:
    left_by_a_dead_process(follower.account, gateway, "market")
    follower.follow("unexpected-loss.md")
    assert not any(gateway.positions.values())


def test_emergency_stop_of_a_living_process(follower: Follower, live: tuple[LiveRun, FakeGateway]) -> None:
    run, gateway = live
    run.until(lambda: run.enter().done, 10, "no order was taken")
    run.until(lambda: "WORKING" in follower.alaris("status").output, 10, "the order never worked")
    stopped = follower.alaris("emergency-stop", "--reason", "a runaway loop")
    assert stopped.code == 0, stopped.errors
    assert running(run.address) is None
    assert not gateway.order("T1|entry|1").is_open
    with pytest.raises(ConfigurationError, match="stopped this account"), LiveRun(run.folder / "again", gateway, 50.0, run.address):
        pass


def test_every_day(follower: Follower, tmp_path: Path) -> None:
    follower.follow("README.md")
    assert check(tmp_path / "backups" / "20261123.db").records == 0


def test_restore(follower: Follower, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    with Journal(follower.account) as journal:
        journal.append_all([("alert", {"text": f"number {number}"}) for number in range(20)])
    assert follower.alaris("journal", "backup", "backups/yesterday.db").code == 0
    content = bytearray(Path(follower.account).read_bytes())
    place = content.index(b"number 7")
    content[place : place + 8] = b"number 8"
    Path(follower.account).write_bytes(content)
    follower.follow("restore.md")


def test_every_page_is_followed_and_listed() -> None:
    pages = {page.name for page in PAGES.glob("*.md")} - {"gateway-faults.md"}
    source = Path(__file__).read_text(encoding="utf-8")
    assert pages == set(re.findall(r'follow\("([\w-]+\.md)"', source))
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert all(f"]({page})" in index for page in pages - {"README.md"})


def test_the_list_of_faults_is_in_step() -> None:
    from gateway_cases import FAULTS

    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", (PAGES / "gateway-faults.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(fault.group, fault.name) for fault in FAULTS], "benchmarks/proofs/gateway_faults.py --page writes it anew"
