"""Nothing is known early: a run that ends at T decides the same whether the data after T are true or false."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from corruption import with_false_future
from product_runs import backtest

from alaris.data import demo_market


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four companies of the demo market."""
    folder = tmp_path_factory.mktemp("market") / "data"
    demo_market.write(folder, symbols=4)
    return folder


@pytest.mark.parametrize(
    "last_true",
    [date(2017, 2, 15), date(2017, 5, 9), date(2017, 8, 8)],
    ids=lambda day: day.isoformat(),
)
def test_a_false_future_changes_no_decision(market: Path, tmp_path: Path, last_true: date) -> None:
    false = with_false_future(market, tmp_path / "false", last_true)
    window = {"start": "2017-01-03", "end": last_true.isoformat()}
    true_run = backtest(tmp_path / "run-true", market, window)
    false_run = backtest(tmp_path / "run-false", false, window)
    decided = (true_run.folder / "decisions.jsonl").read_bytes()
    assert decided.count(b"\n") >= 3, "the window must hold decisions, or the test says nothing"
    assert (false_run.folder / "decisions.jsonl").read_bytes() == decided
    assert false_run.result["orders"] == true_run.result["orders"]
