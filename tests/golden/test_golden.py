"""What LEAN itself answered, case by case: orders, events, statistics, log lines, notices and the equity curve must be the same.

The cases, their data and the comparison are in ``../shared/golden``; `compare.py` decides what is required and what is only
reported (trades, performance and charts match too). The chart "Portfolio Margin" is compared here, but for the cases in which LEAN pairs
option legs in the order of a hash; LEAN also drops series of one point now and then, by its wall clock, so that ours may have more.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alaris_runner.run import run_backtest

SHARED = Path(__file__).parents[3] / "shared"
GOLDEN = SHARED / "golden"

#: Every case must pass; one that does not would stand here with the reason.
NOT_YET: dict[str, str] = {}

#: Several groupings of the same legs are possible, and LEAN's differ from run to run.
PAIRED_BY_HASH = ("combo_calendar_daily", "expiry_and_assignment_ib", "expiry_and_assignment_default", "option_strategies")

CASES: list[dict[str, Any]] = json.loads((GOLDEN / "cases.json").read_text()) if (GOLDEN / "cases.json").exists() else []

pytestmark = pytest.mark.skipif(not CASES, reason="../shared/golden is not here: LEAN's recorded answers are not part of the repository")


@pytest.fixture(scope="module")
def compare() -> Callable[[dict[str, Any], Path, int], list[str]]:
    """`compare.py` of the golden folder; it returns the required sections that differ."""
    specification = importlib.util.spec_from_file_location("golden_compare", GOLDEN / "compare.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    found: Callable[[dict[str, Any], Path, int], list[str]] = module.compare
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_golden(
    case: dict[str, Any], compare: Callable[[dict[str, Any], Path, int], list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if case["name"] in NOT_YET:
        pytest.skip(NOT_YET[case["name"]])
    outcome = run_backtest(GOLDEN / "algorithms" / case["algorithm"], SHARED / "data" / "lean", tmp_path, case.get("parameters", {}))
    assert outcome.completed, outcome.error
    expected = json.loads((GOLDEN / "expected" / f"{case['name']}.json").read_text())
    differing = compare(expected, tmp_path, 5)
    assert not differing, f"{case['name']} differs from LEAN in {differing}:\n{capsys.readouterr().out}"
    if case["name"] not in PAIRED_BY_HASH:
        drawn = json.loads(outcome.result_file.read_text())["charts"]["Portfolio Margin"]["series"]
        margins = {name: recorded(drawn[name]["values"]) if name in drawn else None for name in expected["charts"]["Portfolio Margin"]}
        assert margins == expected["charts"]["Portfolio Margin"]


def recorded(values: list[Any]) -> list[Any]:
    """Points as the golden files keep them: of long series the first and last three hundred."""
    return values[:300] + values[-300:] if len(values) > 600 else values
