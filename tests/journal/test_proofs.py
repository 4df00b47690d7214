"""The proofs of `make proofs` in short: nothing lost, nothing altered, nothing told; speed is not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "proof",
    [
        "order_path_kill",
        "journal_load",
        "journal_kill",
        "planted_secrets",
        "order_streams",
        "start_to_ready",
        "gateway_faults",
        "reconnect",
        "wire_latency",
    ],
)
def test_short_proof(proof: str, repository: Path) -> None:
    command = [sys.executable, "-W", "error", str(repository / "benchmarks" / "proofs" / f"{proof}.py"), "--short"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the repository's own script
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout
    assert "FAIL" not in done.stdout
