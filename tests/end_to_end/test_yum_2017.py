"""The product on real data: YUM 2017, four reports before the open (`../shared/reference/strategy.md` 7)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from product_runs import ProductRun, backtest

# eve, spot, IV30 %, IV60 %, IV90 %, front IV %, slope, IV30/YZ30, mean volume M: strategy.md 7, computed from the vendor's chains
TABLE = [
    ("2017-02-08", 66.59, 22.1, 21.7, 23.0, 63, -0.0098, 1.49, 2.15),
    ("2017-05-02", 66.34, 17.7, 17.5, 17.4, 40, -0.0053, 1.43, 2.83),
    ("2017-08-02", 76.62, 20.6, 19.3, 19.3, 62, -0.0099, 1.74, 1.83),
    ("2017-11-01", 74.31, 22.3, 20.2, 19.4, 56, -0.0082, 1.78, 1.88),
]
EVES = [row[0] for row in TABLE]
COST_GUARDS = {"COST_RATIO_LOW", "COST_ABOVE_CAP", "COST_SHARE_ABOVE_CAP"}

Run = Callable[..., ProductRun]


@pytest.fixture(scope="module")
def run(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Backtest YUM 2017 with more parameters; each combination once a module."""
    done: dict[tuple[tuple[str, str], ...], ProductRun] = {}

    def once(**parameters: str) -> ProductRun:
        key = tuple(sorted(parameters.items()))
        if key not in done:
            calendar = str(shared / "data" / "calendar" / "earnings_2012_2017.csv.gz")
            stated = {"symbols": "YUM", "start": "2017-01-03", "end": "2017-12-29", "calendar": calendar, **parameters}
            done[key] = backtest(tmp_path_factory.mktemp("yum"), shared / "data" / "lean", stated)
        return done[key]

    return once


@pytest.mark.parametrize("row", TABLE, ids=EVES)
def test_decisions_of_the_eves_reproduce_the_table(run: Run, row: tuple[Any, ...]) -> None:
    eve, spot, iv30, iv60, iv90, front_iv, slope, ratio, volume = row
    (decision,) = [d for d in run().decisions if d["as_of"].startswith(eve)]
    assert decision["spot"] == pytest.approx(spot, abs=0.005), decision
    for name, percent in (("iv30", iv30), ("iv60", iv60), ("iv90", iv90), ("front_iv", front_iv)):
        # 0.7 volatility points, and half a digit of the table's rounding
        assert 100 * decision[name] == pytest.approx(percent, abs=0.7 + (0.5 if name == "front_iv" else 0.05)), f"{name}: {decision}"
    assert decision["slope"] == pytest.approx(slope, rel=0.08), decision
    assert decision["iv_rv_ratio"] == pytest.approx(ratio, rel=0.02 + 0.7 / iv30), decision
    assert decision["mean_volume"] / 1e6 == pytest.approx(volume, rel=0.02), decision
    assert decision["signal"] == "RECOMMENDED", decision


def test_the_default_profile_refuses_for_costs_with_value_and_limit(run: Run) -> None:
    decisions = run().decisions
    assert [d["as_of"][:10] for d in decisions] == EVES
    for decision in decisions:
        failed = {v["reason"]: v for v in decision["verdicts"] if not v["passed"]}
        assert decision["outcome"] == "REJECTED", decision
        assert COST_GUARDS & failed.keys(), decision
        for verdict in failed.values():
            assert verdict["value"] is not None, verdict
            assert verdict["limit"] is not None, verdict


def test_research_records_the_same_verdicts_and_trades_at_natural(run: Run) -> None:
    refused, traded = run().decisions, run(profile="research").decisions
    assert [d["outcome"] for d in traded] == ["TRADED"] * 4
    for strict, free in zip(refused, traded, strict=True):
        assert free["verdicts"][: len(strict["verdicts"])] == strict["verdicts"]  # the limits of an order come after
        assert free["entry"]["price"] == pytest.approx(free["natural_debit"], abs=1e-9), free


def test_profit_explains_itself_and_the_account_to_the_cent(run: Run) -> None:
    research = run(profile="research")
    for decision in research.decisions:
        assert round(sum(decision["pnl_explained"].values()), 2) == decision["pnl"], decision
    gained = float(research.result["statistics"]["End Equity"]) - 100_000
    assert gained == pytest.approx(sum(d["pnl"] for d in research.decisions), abs=0.005)


def test_five_sessions_before_nothing_is_recommended(run: Run) -> None:
    decisions = {d["as_of"][:10]: d for d in run(preset="runup").decisions}
    days = ["2017-02-02", "2017-04-26", "2017-07-27", "2017-10-26"]  # a week before each report, no holiday between
    assert [decisions[day]["signal"] for day in days if decisions[day]["signal"] == "RECOMMENDED"] == []


def test_the_same_backtest_twice_leaves_the_same_decisions(run: Run, shared: Path, tmp_path: Path) -> None:
    calendar = str(shared / "data" / "calendar" / "earnings_2012_2017.csv.gz")
    parameters = {"symbols": "YUM", "start": "2017-01-03", "end": "2017-12-29", "calendar": calendar, "profile": "research"}
    again = backtest(tmp_path, shared / "data" / "lean", parameters)
    first = run(profile="research")
    for name in ("decisions.jsonl", "term_structures.json"):
        assert (again.folder / name).read_bytes() == (first.folder / name).read_bytes(), name
    assert {k: v for k, v in again.result.items() if k != "state"}["orders"] == first.result["orders"]
