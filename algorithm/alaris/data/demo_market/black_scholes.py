"""European option values and Greeks in numpy: the demo market's quotes must not depend on the core that is tested on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Values:
    """Value and Greeks of each contract; theta a year, vega and rho for 1.00 of change."""

    price: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats


def values(is_call: NDArray[np.bool_], spot: Floats, strike: Floats, *, time: Floats, rate: float, volatility: Floats) -> Values:
    """Black-Scholes (1973) on a spot that has paid its dividends to the expiry; never under intrinsic value, as Americans are.

    Parameters
    ----------
    is_call, spot, strike, time, volatility : ndarray, shape (n,)
        `time` in years, > 0; `spot` less the present value of the dividends before expiry.
    rate : float
        Continuously compounded, a year.
    """
    root = volatility * np.sqrt(time)
    d1 = (np.log(spot / strike) + rate * time) / root + root / 2
    sign = np.where(is_call, 1.0, -1.0)
    upper, lower = normal(sign * d1), normal(sign * (d1 - root))
    discounted = strike * np.exp(-rate * time)
    density = np.exp(-(d1**2) / 2) / np.sqrt(2 * np.pi)
    price = sign * (spot * upper - discounted * lower)
    return Values(
        price=np.maximum(price, np.maximum(sign * (spot - strike), 0.0)),
        delta=sign * upper,
        gamma=density / (spot * root),
        vega=spot * density * np.sqrt(time),
        theta=-spot * density * volatility / (2 * np.sqrt(time)) - sign * rate * discounted * lower,
        rho=sign * time * discounted * lower,
    )


def normal(x: Floats) -> Floats:
    """Distribution function of the normal law: Abramowitz and Stegun 26.2.17, error under 7.5e-8, far under a cent."""
    k = 1 / (1 + 0.2316419 * np.abs(x))
    series = k * (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
    tail = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * series
    below: Floats = np.where(x > 0, 1 - tail, tail)
    return below
