"""Targets and constraints in the words of `lean optimize`."""

from __future__ import annotations

from math import isnan

import pytest

from alaris.domain import InvalidInput
from alaris.sweep.objective import Constraint, Target, numbers, read_constraint, statistic

STATISTICS = {"Sharpe Ratio": 1.5, "Drawdown": 0.02, "totalNetProfit": 0.1}


def test_statistics_are_numbers_and_percentages_are_shares() -> None:
    shown = {
        "Drawdown": "2.000%",
        "Total Fees": "$52.00",
        "Net Profit": "-1.962%",
        "Total Orders": "1,018",
        "Fees": "-$1.5",
        "Capacity": "$1.5K",
        "Asset": "",
    }
    expected = {"Drawdown": 0.02, "Total Fees": 52.0, "Net Profit": -0.01962, "Total Orders": 1018.0, "Fees": -1.5}
    assert numbers(shown) == pytest.approx(expected)


def test_a_statistic_by_its_name_or_its_path() -> None:
    assert statistic(STATISTICS, "sharpe ratio") == 1.5
    assert statistic(STATISTICS, "TotalPerformance.PortfolioStatistics.SharpeRatio") == 1.5
    assert statistic(STATISTICS, "TotalPerformance.PortfolioStatistics.TotalNetProfit") == 0.1
    assert isnan(statistic(STATISTICS, "Beauty"))


def test_the_smaller_is_the_better_where_asked() -> None:
    assert Target("Drawdown", "min").score(STATISTICS) == -0.02
    assert Target("TotalPerformance.PortfolioStatistics.SharpeRatio").label == "SharpeRatio"


@pytest.mark.parametrize(
    ("text", "constraint", "kept"),
    [
        ("Drawdown < 0.25", Constraint("Drawdown", "<", 0.25), True),
        ("Sharpe Ratio >= 1.5", Constraint("Sharpe Ratio", ">=", 1.5), True),
        ("Sharpe Ratio>2", Constraint("Sharpe Ratio", ">", 2.0), False),
        ("Drawdown != 0.02", Constraint("Drawdown", "!=", 0.02), False),
        ("Beauty > 0", Constraint("Beauty", ">", 0.0), False),
    ],
)
def test_constraints(text: str, constraint: Constraint, kept: bool) -> None:
    found = read_constraint(text)
    assert found == constraint
    assert found.kept(STATISTICS) is kept
    assert read_constraint(str(found)) == found


@pytest.mark.parametrize("text", ["Drawdown", "Drawdown < much", "< 3", ""])
def test_what_is_no_constraint_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"--constraint: expected \"STATISTIC OPERATOR VALUE\""):
        read_constraint(text)
