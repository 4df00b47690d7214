"""Walk-forward split: parameters chosen on the past of each fold, judged on the sessions after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alaris.domain import InvalidInput
from alaris.sweep.deflated_sharpe import LEAST_OBSERVATIONS, ROUNDING

Floats = NDArray[np.float64]
FOLDS = 4


@dataclass(frozen=True, slots=True)
class Fold:
    """One choice and what came of it.

    Parameters
    ----------
    chosen : int
        Index of the trial with the largest Sharpe ratio up to the split.
    train, test : range
        Returns of both parts; the training part always begins at the start.
    train_sharpe, test_sharpe : float
        Of the chosen trial, per observation; 0 where its equity did not move.
    test_return : float
        Of the chosen trial over the test part, 0.01 for 1 %.
    beaten : float
        Share of the other trials with a lower Sharpe ratio in the test part; 0.5 is what a blind choice expects.
    """

    chosen: int
    train: range
    test: range
    train_sharpe: float
    test_sharpe: float
    test_return: float
    beaten: float


def walk_forward(returns: Floats, folds: int = FOLDS) -> list[Fold]:
    """Split time into `folds` + 1 equal parts; each but the first is the test of a choice made on all before it.

    A position that is open at a split belongs to both sides of it, as the runs were not cut there.

    Parameters
    ----------
    returns : ndarray, shape (m, n)
        Simple returns, one row a trial.
    folds : int
        1 or more.

    Returns
    -------
    list of Fold
        Empty where n is too small to judge by, or there are no two trials.

    Raises
    ------
    InvalidInput
        `folds` is below 1.
    """
    if folds < 1:
        raise InvalidInput("folds", f"must be 1 or more, was {folds}")
    trials, count = returns.shape
    if trials < 2 or count < LEAST_OBSERVATIONS * (folds + 1):
        return []
    cuts = [round(count * part / (folds + 1)) for part in range(folds + 2)]
    return [_fold(returns, range(cuts[part]), range(cuts[part], cuts[part + 1])) for part in range(1, folds + 1)]


def _fold(returns: Floats, train: range, test: range) -> Fold:
    before, after = (sharpes(returns[:, part.start : part.stop]) for part in (train, test))
    chosen = int(np.argmax(before))
    others = np.delete(after, chosen)
    beaten = float(np.mean((others < after[chosen]) + 0.5 * (others == after[chosen])))
    growth = float(np.prod(1 + returns[chosen, test.start : test.stop]) - 1)
    return Fold(chosen, train, test, float(before[chosen]), float(after[chosen]), growth, beaten)


def sharpes(returns: Floats) -> Floats:
    """Sharpe ratio of each row, per observation; 0 for a row that never changes."""
    deviation = returns.std(axis=1, ddof=1)
    moving = deviation > ROUNDING
    ratios = np.zeros(len(returns))
    ratios[moving] = returns[moving].mean(axis=1) / deviation[moving]
    return ratios
