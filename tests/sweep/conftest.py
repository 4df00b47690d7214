"""A small market and an algorithm that does what its parameters say: hold shares, fail, wait to be killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from shell import Shell, shell

from alaris.data import demo_market

ALGORITHM = '''
"""Buys a share of the account on the first day and holds it; counts its starts; fails or waits where told to."""
import os
from pathlib import Path
from time import sleep

from AlgorithmImports import *


class Holder(QCAlgorithm):
    def initialize(self) -> None:
        self.set_start_date(2017, 3, 1)
        self.set_end_date(2017, 4, 13)
        self.share = float(self.get_parameter("share", "0.1"))
        self.ticker = self.get_parameter("symbols", "")
        journal = self.get_parameter("journal", "")
        if journal:
            with open(journal, "a") as file:
                file.write(f"{self.share:g}\\n")
        if self.share > 1:
            raise ValueError(f"a share of {self.share:g} is more than there is")
        marker = self.get_parameter("wait", "")
        if marker and self.share == float(self.get_parameter("wait_at", "0.3")):
            self.wait(Path(marker), every_time=self.get_parameter("every_time", "") == "1")
        self.stock = self.add_equity(self.ticker or "SPY", Resolution.DAILY)
        print("an algorithm may print")

    def wait(self, marker: Path, every_time: bool) -> None:
        if marker.exists() and not every_time:
            return
        draft = marker.with_suffix(".draft")
        draft.write_text(str(os.getpid()))
        draft.rename(marker)
        sleep(120)

    def on_data(self, data) -> None:
        if not self.portfolio.invested:
            self.set_holdings(self.stock.symbol, self.share)
'''
PATIENCE = 60.0


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo market of two companies."""
    folder = tmp_path_factory.mktemp("market")
    demo_market.write(folder, symbols=2)
    return folder


@pytest.fixture
def algorithm(tmp_path: Path) -> Path:
    """The algorithm's file."""
    file = tmp_path / "holder.py"
    file.write_text(ALGORITHM, encoding="utf-8")
    return file


@pytest.fixture
def alaris(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.delenv("ALARIS_PROFILE", raising=False)
    return shell(capsys)


@pytest.fixture
def until() -> Callable[[Callable[[], object], str], None]:
    """Wait until something is so; fail with what was waited for."""

    def wait(condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"waited {PATIENCE:.0f} s for {what}"
            time.sleep(0.02)

    return wait


@pytest.fixture
def kill() -> Callable[[Path], int]:
    """Kill the process that waits at a marker; its id."""

    def kill_at(marker: Path) -> int:
        process = int(marker.read_text())
        os.kill(process, signal.SIGKILL)
        return process

    return kill_at


@pytest.fixture
def python() -> str:
    """This interpreter."""
    return sys.executable
