"""A portfolio repriced over a grid of spot moves, volatility moves and days, for the risk page and the exit rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alaris import _core

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from alaris.pricing.options import Precision, Style

    Floats = NDArray[np.float64]


def scenario_values(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    *,
    spot_moves: ArrayLike,
    volatility_moves: ArrayLike = (0.0,),
    days: ArrayLike = (0.0,),
    style: Style = "american",
    precision: Precision = "fast",
    threads: int = 1,
) -> Floats:
    """Value every leg in every scenario; sum over legs with the quantities for the portfolio's value.

    Parameters
    ----------
    is_call, spot, strike, time, rate, dividend_yield, volatility
        The legs, as in `alaris.pricing.price`; shape (...).
    spot_moves : array, shape (s,)
        Relative changes of every spot, above -1; 0.05 is five per cent up.
    volatility_moves : array, shape (v,)
        Relative changes of every volatility, -1 or above.
    days : array, shape (d,)
        Calendar days passed, zero or more; a leg past its expiry is worth what exercise pays.
    style : {"american", "european"}
    precision : {"fast", "accurate", "high", "reference"}
    threads : int
        How many threads share the legs; the result does not depend on it.

    Returns
    -------
    ndarray of float64, shape (..., d, v, s)

    Raises
    ------
    InvalidInput
        Naming the argument that is out of range, not a number, or does not broadcast.

    Notes
    -----
    The exercise boundary does not depend on the spot, so a row of spots costs one boundary.
    """
    legs = (is_call, spot, strike, time, rate, dividend_yield, volatility)
    return _core.scenario_values(*legs, spot_moves, volatility_moves, days, style, precision, threads)
