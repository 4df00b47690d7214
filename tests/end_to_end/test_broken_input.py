"""Broken data end in one clear error or in a typed reason of the ledger: never a traceback, never a trade."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from alaris.data import demo_market
from alaris.records import read_decisions

WINDOW = ("--parameter", "symbols", "ZQCE", "--parameter", "start", "2017-01-20", "--parameter", "end", "2017-02-10")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three companies of the demo market; ZQCE reports on 2017-02-02 before the open and is traded when nothing is broken."""
    folder = tmp_path_factory.mktemp("market") / "data"
    demo_market.write(folder, symbols=3)
    return folder


def run(data: Path, output: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "alaris.cli", "backtest", "--data-folder", str(data), "--output", str(output), *WINDOW, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own command


def broken(market: Path, target: Path, damage: Callable[[Path], None]) -> Path:
    shutil.copytree(market, target)
    damage(target)
    return target


def test_the_sound_market_trades(market: Path, tmp_path: Path) -> None:
    done = run(market, tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert [d["outcome"] for d in read_decisions(tmp_path / "run" / "decisions.jsonl")] == ["TRADED"]


def truncate(path: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        file = folder / path
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    return damage


def remove(path: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        target = folder / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()

    return damage


def write(path: str, text: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / path).write_text(text)

    return damage


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (truncate("equity/usa/daily/zqce.zip"), "zqce.zip"),
        (truncate("option/usa/daily/zqce_2017_quote_american.zip"), "zqce_2017_quote_american.zip"),
        (remove("market-hours/market-hours-database.json"), "market-hours-database.json"),
        (write("market-hours/market-hours-database.json", "{"), "market-hours-database.json"),
        (remove("symbol-properties/symbol-properties-database.csv"), "symbol-properties-database.csv"),
        (write("alternative/alaris/earnings.csv", "symbol,date\nZQCE,2017-02-02\n"), "release_time"),
        (write("alternative/alaris/earnings.csv", "symbol,date,release_time\nZQCE,2.2.2017,pre\n"), "earnings.csv:2"),
        (remove("alternative/alaris/earnings.csv"), "calendar"),
    ],
    ids=["bars cut", "quotes cut", "no hours", "hours cut", "no properties", "calendar column", "calendar date", "no calendar"],
)
def test_one_clear_error_names_what_is_broken(market: Path, tmp_path: Path, damage: Callable[[Path], None], named: str) -> None:
    data = broken(market, tmp_path / "data", damage)
    done = run(data, tmp_path / "run")
    assert done.returncode in (1, 2), done.stdout
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().count("\n") <= 1, f"more than one line: {done.stderr}"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (remove("option/usa/universes/zqce/20170131.csv"), None),
        (remove("alternative/interest-rate/usa/interest-rate.csv"), "NO_RATE"),
        (write("alternative/alaris/earnings.csv", "symbol,date,release_time\nZQCE,2017-02-02,\n"), "TIMING_UNKNOWN"),
        (
            write("alternative/alaris/earnings.csv", "symbol,date,release_time,source\nZQCE,2017-02-02,pre,a\nZQCE,2017-02-03,pre,b\n"),
            "SOURCES_DISAGREE",
        ),
        (remove("option/usa/daily/zqce_2017_quote_american.zip"), "NO_CHAIN"),
        (remove("option/usa/universes"), "NO_CHAIN"),
    ],
    ids=["one universe missing", "no rates", "time unknown", "sources disagree", "no quotes", "no universes"],
)
def test_a_gap_ends_in_a_typed_reason(market: Path, tmp_path: Path, damage: Callable[[Path], None], reason: str | None) -> None:
    data = broken(market, tmp_path / "data", damage)
    done = run(data, tmp_path / "run")
    assert done.returncode == 0, done.stderr
    decisions = list(read_decisions(tmp_path / "run" / "decisions.jsonl"))
    assert decisions
    assert {d["reason"] for d in decisions} == {reason}, decisions
