"""The shell, in a working folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_results import result_folder
from shell import Shell, shell


@pytest.fixture
def alaris(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """`alaris("explain", "YUM", "2017-02-08")` runs the command in an empty folder, without the user's own settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    for name in ("ALARIS_PROFILE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return shell(capsys)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Results where `alaris backtest` keeps them."""
    folder = tmp_path / "backtests" / "2026-11-21_10-00-00"
    folder.mkdir(parents=True)
    return result_folder(folder)
