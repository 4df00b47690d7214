"""Stability: whether a good parameter set stands on a plateau or on a peak that its neighbours do not share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from statistics import median

from alaris.sweep.plan import ParameterSet, number_of


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A set's value beside those one step away in any of the varied parameters, diagonals included.

    Parameters
    ----------
    value : float
        Of the set itself.
    neighbours : int
        Sets around it that have a value; `median` and `worst` are theirs, NaN where there are none.
    typical : float
        Median over the set and its neighbours: what a parameter that is slightly off would bring.
    """

    value: float
    neighbours: int
    median: float
    worst: float
    typical: float


def levels(sets: Sequence[ParameterSet], name: str) -> list[str]:
    """Distinct values of a parameter in order: by size where all are numbers, else as they come."""
    values = list(dict.fromkeys(one[name] for one in sets if name in one))
    sized = [(number, value) for value in values if (number := number_of(value)) is not None]
    return [value for _, value in sorted(sized)] if len(sized) == len(values) else values


def neighbourhoods(sets: Sequence[ParameterSet], scores: Sequence[float], names: Sequence[str]) -> list[Neighbourhood]:
    """The neighbourhood of each set.

    Parameters
    ----------
    sets : sequence of mapping, length m
        Parameters of each run.
    scores : sequence of float, length m
        The larger, the better; NaN for a run without one.
    names : sequence of str
        The varied parameters. Those that are no numbers have no steps: only sets equal in them are neighbours.
    """
    places = _places(sets, names)
    by_place = dict(zip(places, scores, strict=True))
    return [_around(place, by_place) for place in places]


def _places(sets: Sequence[ParameterSet], names: Sequence[str]) -> list[tuple[int, ...]]:
    """Each set as indices of its values; of a parameter without order they are far apart."""
    ladders: list[Mapping[str | None, int]] = []
    for name in names:
        values: list[str | None] = [*levels(sets, name)]
        if any(name not in one for one in sets):
            values.append(None)
        ordered = all(value is not None and number_of(value) is not None for value in values)
        ladders.append({value: index * (1 if ordered else 2) for index, value in enumerate(values)})
    return [tuple(ladder[one.get(name)] for name, ladder in zip(names, ladders, strict=True)) for one in sets]


def _around(place: tuple[int, ...], scores: Mapping[tuple[int, ...], float]) -> Neighbourhood:
    near = [
        score
        for other, score in scores.items()
        if other != place and isfinite(score) and all(abs(a - b) <= 1 for a, b in zip(place, other, strict=True))
    ]
    own = scores[place]
    if not near:
        return Neighbourhood(own, 0, nan, nan, own)
    return Neighbourhood(own, len(near), median(near), min(near), median([own, *near]) if isfinite(own) else nan)
