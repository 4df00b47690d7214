"""Implied volatility of quoted prices, and the spots at which an American option should be exercised."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Literal, overload

import numpy as np

from alaris import _core

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from alaris.pricing.options import Precision, Style

    Floats = NDArray[np.float64]
    Statuses = NDArray[np.uint8]


class ImpliedStatus(IntEnum):
    """Why a price has, or has not, an implied volatility."""

    OK = 0
    BELOW_INTRINSIC = 1
    """The price is under what the option is worth with no volatility at all."""
    ABOVE_BOUND = 2
    """No volatility up to 20 (2,000 %) reaches the price."""
    NO_VEGA = 3
    """The price is the lower bound itself: every small volatility explains it."""
    BAD_INPUT = 4
    """The price is not a number, or no time is left."""


@overload
def implied_volatility(
    is_call: ArrayLike,
    price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    *,
    style: Style = "american",
    precision: Precision = "accurate",
    full: Literal[False] = False,
    threads: int = 1,
) -> Floats: ...


@overload
def implied_volatility(
    is_call: ArrayLike,
    price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    *,
    style: Style = "american",
    precision: Precision = "accurate",
    full: Literal[True],
    threads: int = 1,
) -> tuple[Floats, Statuses]: ...


def implied_volatility(
    is_call: ArrayLike,
    price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    *,
    style: Style = "american",
    precision: Precision = "accurate",
    full: bool = False,
    threads: int = 1,
) -> Floats | tuple[Floats, Statuses]:
    """Find the volatility at which the model price is the given price.

    Parameters
    ----------
    is_call, spot, strike, time, rate, dividend_yield
        As in `alaris.pricing.price`.
    price : float or array
        Quoted prices, in the currency of the spot; NaN where there is no quote.
    style : {"american", "european"}
    precision : {"fast", "accurate", "high", "reference"}
        Scheme of the American price that is inverted; the European inverse is exact to rounding.
    full : bool
        Return the status of each option too.
    threads : int
        How many threads share the batch; the result does not depend on it.

    Returns
    -------
    volatility : ndarray of float64, or a float where every argument is one value
        Annualised; NaN where there is none.
    status : ndarray of uint8, only with ``full=True``
        Values of `ImpliedStatus`.

    Raises
    ------
    InvalidInput
        Naming the argument (other than the price) that is out of range, not a number, or does not broadcast.

    Notes
    -----
    European: Jaeckel (2015). American: Newton with the exact vega of the discretised problem.
    """
    volatility, status = _core.implied_volatility(is_call, price, spot, strike, time, rate, dividend_yield, style, precision, threads)
    return (volatility, status) if full else volatility


def exercise_boundary(
    is_call: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    times: ArrayLike,
    *,
    precision: Precision = "high",
) -> tuple[Floats, Floats]:
    """Find the spots between which an American option should be exercised.

    Parameters
    ----------
    is_call, strike, time, rate, dividend_yield, volatility
        As in `alaris.pricing.price`.
    times : float or array
        Years to expiry at which the boundary is wanted, 0 to `time`; broadcasts with the rest.
    precision : {"fast", "accurate", "high", "reference"}

    Returns
    -------
    upper, lower : ndarray of float64, or floats where every argument is one value
        Exercise is right for lower <= spot <= upper. A put under positive rates has no lower end, a call no upper one; under negative
        rates (put: dividend yield < rate < 0; call: rate < dividend yield < 0) both exist until they meet. NaN where there is none.

    Raises
    ------
    InvalidInput
        Naming the argument that is out of range, not a number, or does not broadcast.
    """
    return _core.exercise_boundary(is_call, strike, time, rate, dividend_yield, volatility, times, precision)
