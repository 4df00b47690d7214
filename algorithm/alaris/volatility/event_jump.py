"""The earnings jump (Leung-Santoli): its size read from the term structure or from past moves, and what is left of volatility after it.

The report moves the price once, by exp(jump) with jump ~ N(-s^2/2, s^2), on top of a diffusion of volatility sigma. Before the report an
option of T years that lives through it shows IV(T)^2 = sigma^2 + s^2/T; after it, sigma (Leung and Santoli 2014, section 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from alaris.volatility.term_structure import Floats, TermStructure

DAYS_A_YEAR = 365.0
SECOND_EXPIRY_DAYS = 14  # the next weekly stands too near the first: its bid-ask noise is divided by a small 1/T1 - 1/T2
NODES = 21  # Gauss-Hermite nodes; a calendar's payoff over the jump changes by less than 0.01 cent with twice as many


def jump_after(first_years: float, first_volatility: float, second_years: float, second_volatility: float) -> float:
    """Standard deviation of the jump from two expiries that both live through the report; NaN where the front does not stand above.

    s = sqrt((IV1^2 - IV2^2) / (1/T1 - 1/T2)).
    """
    steepness = (first_volatility**2 - second_volatility**2) / (1 / first_years - 1 / second_years)
    return float(np.sqrt(steepness)) if steepness > 0 else float("nan")


def jump_around(before_volatility: float, after_years: float, after_volatility: float) -> float:
    """Standard deviation of the jump from the last expiry before the report and the first after it; NaN where nothing is priced in.

    The earlier expiry shows the diffusion alone, so s^2 = (IV2^2 - IV1^2) T2.
    """
    excess = (after_volatility**2 - before_volatility**2) * after_years
    return float(np.sqrt(excess)) if excess > 0 else float("nan")


def event_jump(curve: TermStructure, reaction_days: float) -> float:
    """Standard deviation of the jump priced into a term structure; NaN where it shows none.

    Parameters
    ----------
    curve : TermStructure
    reaction_days : float
        Calendar days to the close of the last session before the reaction: expiries beyond live through the report.

    Notes
    -----
    Two expiries after the report are preferred (the nearest, and the next at least two weeks behind it); with only one after it, the
    last before it gives the level without the event.
    """
    years, through = curve.days / DAYS_A_YEAR, curve.days > reaction_days
    if not through.any():
        return float("nan")
    front = int(np.argmax(through))
    behind = np.flatnonzero(curve.days >= curve.days[front] + SECOND_EXPIRY_DAYS)
    if len(behind):
        second = int(behind[0])
        return jump_after(years[front], curve.volatility[front], years[second], curve.volatility[second])
    if front > 0:
        return jump_around(float(curve.volatility[front - 1]), float(years[front]), float(curve.volatility[front]))
    return float("nan")


def jump_of_moves(moves: Sequence[float], minimum: int) -> float:
    """Root mean square of past reaction sessions' log returns; NaN with fewer than `minimum` known ones."""
    known = np.asarray([move for move in moves if np.isfinite(move)], dtype=np.float64)
    return float(np.sqrt(np.mean(known**2))) if len(known) >= minimum else float("nan")


def volatility_after(volatility: Floats, years: Floats, jump: float) -> Floats:
    """What is left of each leg's volatility once the jump is out; NaN where the jump alone is more than the leg shows."""
    left = np.asarray(volatility) ** 2 - jump**2 / np.asarray(years)
    return np.sqrt(np.where(left > 0, left, np.nan))


def shocks(jump: float, diffusion: float, years: float) -> tuple[Floats, Floats]:
    """Log moves of the spot from the entry to the exit, and their weights.

    Returns
    -------
    ndarray, ndarray, shape (21,)
        Nodes of a normal law with variance jump^2 + diffusion^2 years and mean minus half of it, so that the spot keeps its mean.
    """
    nodes, weights = _gauss_hermite()
    variance = jump**2 + diffusion**2 * years
    return nodes * np.sqrt(variance) - variance / 2, weights


@cache
def _gauss_hermite() -> tuple[Floats, Floats]:
    """Nodes of the standard normal law and their weights, worked out once."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()
