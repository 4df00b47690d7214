"""Neighbourhoods and the walk-forward split by hand; what the findings take in and leave out."""

from __future__ import annotations

from math import isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alaris.domain import InvalidInput
from alaris.sweep.findings import findings
from alaris.sweep.folder import Question
from alaris.sweep.neighbourhood import levels, neighbourhoods
from alaris.sweep.objective import Constraint, Target
from alaris.sweep.trial import Row
from alaris.sweep.walk_forward import Floats, walk_forward

GRID = [{"a": str(a), "b": b} for a in (1, 2, 10) for b in ("x", "y")]


def test_levels_are_sorted_as_numbers_or_left_as_they_come() -> None:
    assert levels([{"a": "10"}, {"a": "9"}, {"a": "10"}], "a") == ["9", "10"]
    assert levels([{"a": "late"}, {"a": "early"}], "a") == ["late", "early"]


def test_neighbours_are_one_step_away_and_words_have_no_steps() -> None:
    # scores of (a, b): (1,x) 1, (1,y) 2, (2,x) 3, (2,y) 4, (10,x) 5, (10,y) nan
    found = neighbourhoods(GRID, [1.0, 2.0, 3.0, 4.0, 5.0, nan], ["a", "b"])
    middle = found[2]
    assert (middle.neighbours, middle.median, middle.worst, middle.typical) == (2, 3.0, 1.0, 3.0)
    assert (found[3].neighbours, found[3].median) == (1, 2.0)  # (10, y) has no score, and x is no neighbour of y
    assert isnan(found[5].typical)


def test_diagonals_are_neighbours() -> None:
    square = [{"a": a, "b": b} for a in "123" for b in "123"]
    found = neighbourhoods(square, [float(n) for n in range(9)], ["a", "b"])
    assert [one.neighbours for one in found] == [3, 5, 3, 5, 8, 5, 3, 5, 3]
    assert (found[4].median, found[4].worst) == (4.0, 0.0)


def test_a_set_alone_has_no_neighbours() -> None:
    (one, _) = neighbourhoods([{"a": "x"}, {"a": "y"}], [1.0, 2.0], ["a"])
    assert (one.neighbours, one.typical) == (0, 1.0)
    assert isnan(one.median)


def test_the_choice_is_made_on_the_past_and_judged_on_the_future() -> None:
    # two runs, 9 sessions, two folds of three: the first run is good until session 6, the second afterwards
    good, bad = [0.01, 0.03, 0.02], [-0.01, -0.03, -0.02]
    returns = np.array([good + good + bad, bad + bad + good])
    first, second = walk_forward(returns, folds=2)
    assert (first.chosen, first.train, first.test) == (0, range(3), range(3, 6))
    assert first.train_sharpe == pytest.approx(0.02 / 0.01, rel=1e-12)  # mean 0.02, standard deviation 0.01
    assert first.beaten == 1.0
    assert (second.chosen, second.test, second.beaten) == (0, range(6, 9), 0.0)
    assert second.test_return == pytest.approx(0.99 * 0.97 * 0.98 - 1, rel=1e-12)
    assert second.train_sharpe == pytest.approx(0.02 / sqrt(4e-4 / 5), rel=1e-12)  # squares of +-0.01 four times, over n - 1 = 5


def test_too_little_to_split() -> None:
    assert walk_forward(np.zeros((1, 100))) == []
    assert walk_forward(np.zeros((5, 14))) == []
    with pytest.raises(InvalidInput, match="folds: must be 1 or more"):
        walk_forward(np.zeros((5, 100)), folds=0)


@given(arrays(float, (4, 60), elements=st.floats(-0.05, 0.05)), arrays(float, (4, 12), elements=st.floats(-0.05, 0.05)))
def test_what_comes_later_changes_no_choice(returns: Floats, later: Floats) -> None:
    changed = returns.copy()
    changed[:, 48:] = later
    before, after = walk_forward(returns), walk_forward(changed)
    assert [fold.chosen for fold in before] == [fold.chosen for fold in after]
    assert before[:3] == after[:3]


def rows() -> list[Row]:
    days = [f"2017-01-{day:02}" for day in range(2, 32)]
    wave = [100.0 + 0.5 * n + (n % 3) for n in range(30)]
    return [
        Row(1, {"a": "1"}, "Completed", statistics={"Sharpe Ratio": 1.0, "Drawdown": 0.1}, days=days, equity=wave),
        Row(2, {"a": "2"}, "Completed", statistics={"Sharpe Ratio": 3.0, "Drawdown": 0.4}, days=days, equity=[2 * v for v in wave]),
        Row(3, {"a": "3"}, "Completed", statistics={"Sharpe Ratio": 2.0, "Drawdown": 0.2}, days=days, equity=[300 - v for v in wave]),
        Row(4, {"a": "4"}, "RuntimeError", "ValueError: no"),
        Row(5, {"a": "5"}, "Completed", statistics={"Sharpe Ratio": 9.0, "Drawdown": 0.9}, days=days[:9], equity=wave[:9]),
    ]


def test_the_best_keeps_the_constraints_and_other_spans_are_left_out() -> None:
    found = findings(rows(), ["a"], Question(Target(), (Constraint("Drawdown", "<", 0.3),)))
    assert [row.number for row in found.ranked] == [3, 1]
    assert found.history is not None
    assert [row.number for row in found.history.rows] == [1, 2, 3]
    assert found.history.returns.shape == (3, 29)
    assert found.deflated is not None
    assert found.deflated.trials == 3
    assert found.neighbourhoods[3].neighbours == 1  # run 4 failed, and 5 is two steps away
    assert len(found.folds) == 4


def test_the_smallest_drawdown_first() -> None:
    found = findings(rows(), ["a"], Question(Target("Drawdown", "min")))
    assert [row.number for row in found.ranked] == [1, 3, 2, 5]


def test_nothing_completed_is_no_finding() -> None:
    found = findings([rows()[3]], ["a"], Question())
    assert (found.best, found.history, found.folds, found.deflated) == (None, None, (), None)
