"""Every fault of the network and of the vendors, played to every provider over real sockets (tests/support/fault_table.py)."""

from __future__ import annotations

from pathlib import Path

from fault_table import play, table


def test_every_fault_is_survived_as_promised(tmp_path: Path) -> None:
    outcomes = play(tmp_path)
    assert all(outcome.passed for outcome in outcomes), table(outcomes)
    assert len({outcome.fault for outcome in outcomes}) >= 25
    assert len({outcome.vendor for outcome in outcomes}) == 8
