"""The proofs of limits, hostile plugins and the soak, in short; speed and slopes are judged by `make proofs` alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("proof", ["limits_and_breakers", "hostile_plugins", "soak"])
def test_short_proof(proof: str, repository: Path) -> None:
    command = [sys.executable, "-W", "error", str(repository / "benchmarks" / "proofs" / f"{proof}.py"), "--short"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the repository's own script
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout
    assert not re.search("^FAIL", done.stdout, re.MULTILINE)
