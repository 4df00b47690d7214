"""The fake gateway run alone, as runbooks and demos do: it says what it lists, does what it is told, and says what it does not know."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_it_serves_and_takes_commands(repository: Path) -> None:
    said = "quote 1006 0.95 1.05\nplan rests\nerror 1100 lost\nassign 1006 -1 100\npositions\ndance\nfill NOBODY\nquit\n"
    done = subprocess.run(
        [sys.executable, "-m", "fake_gateway", "--port", "0", "--symbols", "YUM,AAPL"],
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": str(repository / "tests" / "support")},
    )
    assert done.stdout.startswith("fake gateway on 127.0.0.1:")
    assert "1101 AAPL 66.99 67.01" in done.stdout
    assert "{1006: -1, 1001: 100}" in done.stdout
    assert done.stdout.count("? ") == 2, "an unknown command and an unknown order are said, and end nothing"
    assert "one of quote, fill, plan" in done.stdout
