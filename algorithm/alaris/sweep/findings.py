"""What the rows of a sweep are worth together: the best set, its neighbours, the split in time, the discount for trying often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from alaris.sweep.deflated_sharpe import DeflatedSharpe, deflated_sharpe, independent_trials, moments
from alaris.sweep.folder import Question
from alaris.sweep.neighbourhood import Neighbourhood, neighbourhoods
from alaris.sweep.trial import Row
from alaris.sweep.walk_forward import Fold, sharpes, walk_forward

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class History:
    """Daily returns of the runs that share their sessions; those of other lengths are left out.

    Parameters
    ----------
    rows : tuple of Row
        The runs.
    days : tuple of str, shape (n,)
        Sessions, ISO dates.
    returns : ndarray, shape (m, n)
        One row a run.
    """

    rows: tuple[Row, ...]
    days: tuple[str, ...]
    returns: Floats


@dataclass(frozen=True, slots=True)
class Findings:
    """Judgement of a sweep; a part that cannot be computed is None or empty.

    Parameters
    ----------
    ranked : tuple of Row
        Completed runs that keep every constraint and have the target, best first.
    neighbourhoods : mapping of int to Neighbourhood
        By the run's number.
    history : History, optional
        What the split in time and the deflation stand on.
    folds : tuple of Fold
        The walk-forward split; `chosen` indexes `history.rows`.
    deflated : DeflatedSharpe, optional
        Of the best run.
    """

    ranked: tuple[Row, ...]
    neighbourhoods: dict[int, Neighbourhood]
    history: History | None
    folds: tuple[Fold, ...]
    deflated: DeflatedSharpe | None

    @property
    def best(self) -> Row | None:
        """The run to look at first."""
        return self.ranked[0] if self.ranked else None


def findings(rows: Sequence[Row], varied: Sequence[str], question: Question) -> Findings:
    """Judge the rows of a sweep."""
    completed = [row for row in rows if row.completed]
    scores = {row.number: question.target.score(row.statistics) for row in completed}
    allowed = [row for row in completed if isfinite(scores[row.number]) and all(one.kept(row.statistics) for one in question.constraints)]
    ranked = tuple(sorted(allowed, key=lambda row: (-scores[row.number], row.number)))
    around = neighbourhoods([row.parameters for row in rows], [scores.get(row.number, nan) for row in rows], varied)
    found = history(completed)
    return Findings(
        ranked=ranked,
        neighbourhoods={row.number: one for row, one in zip(rows, around, strict=True)},
        history=found,
        folds=tuple(walk_forward(found.returns)) if found else (),
        deflated=_deflated(ranked[0], found) if ranked and found else None,
    )


def history(rows: Sequence[Row]) -> History | None:
    """Returns of the runs over the sessions that most of them share; None where no two sessions are."""
    spans: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if len(row.equity) > 2 and min(row.equity) > 0:
            spans.setdefault(tuple(row.days), []).append(row)
    if not spans:
        return None
    days, shared = max(spans.items(), key=lambda item: len(item[1]))
    equity = np.array([row.equity for row in shared], dtype=float)
    return History(tuple(shared), days[1:], equity[:, 1:] / equity[:, :-1] - 1)


def _deflated(best: Row, found: History) -> DeflatedSharpe | None:
    place = next((index for index, row in enumerate(found.rows) if row.number == best.number), None)
    selected = moments(found.returns[place]) if place is not None else None
    if selected is None:
        return None
    return deflated_sharpe(selected, sharpes(found.returns), independent_trials(found.returns))
