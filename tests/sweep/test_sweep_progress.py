"""The bar with its estimate on a terminal, and nothing of it in a pipe."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path


def command(python: str, algorithm: Path, market: Path, folder: Path) -> list[str]:
    words = ["--parameter", "share", "0.1", "0.4", "0.1", "--data-folder", str(market), "--output", str(folder)]
    return [python, "-m", "alaris.cli", "optimize", str(algorithm), *words]


def test_a_terminal_sees_counts_and_the_time_that_is_left(python: str, algorithm: Path, market: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    words = command(python, algorithm, market, tmp_path / "sweep")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:  # noqa: S603 - our own command
        os.close(theirs)
        seen = _all(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    assert process.returncode == 0, text
    assert "Backtests" in text
    assert "4/4" in text
    assert re.search(r"left\s+(-:--:--|\d:\d\d:\d\d)", text)


def test_a_pipe_gets_the_table_alone(python: str, algorithm: Path, market: Path, tmp_path: Path) -> None:
    words = command(python, algorithm, market, tmp_path / "sweep")
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=300)  # noqa: S603 - our own command
    assert done.stderr == ""
    assert "Backtests" not in done.stdout
    assert re.search(r"4 runs completed on \d+ process(es)? on this machine", done.stdout)


def _all(terminal: int) -> bytes:
    """What is written to a terminal until nobody holds it open."""
    parts = []
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # Linux says so when the last writer is gone
            break
        if not part:
            break
        parts.append(part)
    os.close(terminal)
    return b"".join(parts)
