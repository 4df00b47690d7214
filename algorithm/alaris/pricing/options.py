"""Prices and Greeks of European and American options; whatever numpy broadcasts goes in, arrays come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from alaris import _core

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Style = Literal["american", "european"]
Precision = Literal["fast", "accurate", "high", "reference"]


class Greeks(NamedTuple):
    """Price and sensitivities, each with the shape the arguments broadcast to.

    Theta is a change per year of calendar time; vega and rho are for a change of 1.00 (a hundred points).
    """

    price: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats


class SpotGreeks(NamedTuple):
    """Price and what the spot and the calendar do to it; as in `Greeks`, at little more than the cost of a price."""

    price: Floats
    delta: Floats
    gamma: Floats
    theta: Floats


def price(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    *,
    style: Style = "american",
    precision: Precision = "accurate",
    threads: int = 1,
) -> Floats:
    """Value options under Black-Scholes with constant rate and dividend yield, negative ones included.

    Parameters
    ----------
    is_call : bool or array of bool
        True for a call, False for a put.
    spot, strike : float or array
        Positive, in the same currency.
    time : float or array
        Years to expiry, 0 to 200.
    rate, dividend_yield : float or array
        Continuously compounded, a year; any sign.
    volatility : float or array
        Annualised; 0.25 means 25 %.
    style : {"american", "european"}
    precision : {"fast", "accurate", "high", "reference"}
        Root mean square error about 2e-6, 1e-7, 5e-9 of the strike (docs/pricing.md); European prices are exact always.
    threads : int
        How many threads share the batch; the result does not depend on it.

    Returns
    -------
    ndarray of float64, or a float where every argument is one value
        Never NaN, never below what exercise would pay (American).

    Raises
    ------
    InvalidInput
        Naming the argument that is out of range, not a number, or does not broadcast.

    Notes
    -----
    Andersen, Lake, Offengenden (2016); Healy (2021) and Andersen, Lake (2021) for negative rates.
    """
    return _core.price(is_call, spot, strike, time, rate, dividend_yield, volatility, style, precision, threads)


def greeks(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    *,
    style: Style = "american",
    precision: Precision = "accurate",
    threads: int = 1,
) -> Greeks:
    """Value options and their sensitivities; arguments and errors as in `price`.

    Where an American option is to be exercised at once delta is -1 or 1 and every other Greek is zero.
    """
    return Greeks(*_core.greeks(is_call, spot, strike, time, rate, dividend_yield, volatility, style, precision, threads, True))


def spot_greeks(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    *,
    style: Style = "american",
    precision: Precision = "accurate",
    threads: int = 1,
) -> SpotGreeks:
    """Value options with delta, gamma and theta only; arguments and errors as in `price`."""
    return SpotGreeks(*_core.greeks(is_call, spot, strike, time, rate, dividend_yield, volatility, style, precision, threads, False))
