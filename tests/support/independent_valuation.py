"""Two plain, slow valuations that share nothing with the core: an explicit finite-difference grid and a binomial tree."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, erfc, exp, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """One option; strike 100."""

    is_call: bool
    spot: float
    time: float
    rate: float
    dividend_yield: float
    volatility: float
    strike: float = 100.0

    def payoff(self, spot: NDArray[np.floating[Any]]) -> Floats:
        return np.asarray(np.maximum(spot - self.strike if self.is_call else self.strike - spot, 0.0), dtype=np.float64)

    @property
    def arguments(self) -> tuple[bool, float, float, float, float, float, float]:
        return self.is_call, self.spot, self.strike, self.time, self.rate, self.dividend_yield, self.volatility


def normal(x: float) -> float:
    return 0.5 * erfc(-x / sqrt(2.0))


def black_scholes(o: Terms) -> float:
    """F. Black and M. Scholes (1973) with R. Merton's dividend yield, by the textbook."""
    deviation = o.volatility * sqrt(o.time)
    d1 = (log(o.spot / o.strike) + (o.rate - o.dividend_yield + 0.5 * o.volatility**2) * o.time) / deviation
    stock, bond = o.spot * exp(-o.dividend_yield * o.time), o.strike * exp(-o.rate * o.time)
    sign = 1.0 if o.is_call else -1.0
    return sign * (stock * normal(sign * d1) - bond * normal(sign * (d1 - deviation)))


def grid_value(o: Terms, steps_a_deviation: int) -> float:
    """Explicit differences in ln S, the strike on a node, exercise checked at every step; errors of order dx^2."""
    width = o.volatility * sqrt(o.time)
    dx = width / steps_a_deviation
    half = ceil((7.0 * width + abs(log(o.spot / o.strike))) / dx)
    x = log(o.strike) + dx * np.arange(-half, half + 1)
    steps = ceil(1.25 * (o.volatility / dx) ** 2 * o.time)
    dt = o.time / steps
    diffusion = 0.5 * (o.volatility / dx) ** 2 * dt
    drift = 0.5 * (o.rate - o.dividend_yield - 0.5 * o.volatility**2) / dx * dt
    exercise = o.payoff(np.exp(x))
    # the kink is averaged over its cell, without which the error would depend on where it lies (Heston and Zhou 2000)
    value = exercise.copy()
    value[half] = o.strike * dx / 8.0
    for _ in range(steps):
        inner = (diffusion + drift) * value[2:] + (1.0 - 2.0 * diffusion) * value[1:-1] + (diffusion - drift) * value[:-2]
        value[1:-1] = np.maximum(inner * exp(-o.rate * dt), exercise[1:-1])
        value[0], value[-1] = 2 * value[1] - value[2], 2 * value[-2] - value[-3]
    at = (log(o.spot) - x[0]) / dx
    i = int(at)
    t = at - i
    a, b, c, d = (float(v) for v in value[i - 1 : i + 3])  # cubic through the four nodes around the spot
    return float(b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))))


def extrapolated_grid(o: Terms) -> float:
    """Richardson's extrapolation of two grids."""
    coarse, fine = grid_value(o, 40), grid_value(o, 80)
    return (4.0 * fine - coarse) / 3.0


def tree_value(o: Terms, steps: int) -> float:
    """Binomial tree (Cox, Ross, Rubinstein 1979) with Black-Scholes at the step before last (Broadie and Detemple 1996)."""
    dt = o.time / steps
    up = exp(o.volatility * sqrt(dt))
    probability = (exp((o.rate - o.dividend_yield) * dt) - 1.0 / up) / (up - 1.0 / up)
    discount = exp(-o.rate * dt)
    spots = o.spot * up ** np.arange(-(steps - 1), steps, 2)
    last = [black_scholes(Terms(o.is_call, float(s), dt, o.rate, o.dividend_yield, o.volatility, o.strike)) for s in spots]
    value = np.maximum(np.array(last), o.payoff(spots))
    for level in range(steps - 2, -1, -1):
        spots = o.spot * up ** np.arange(-level, level + 1, 2)
        value = np.maximum(discount * (probability * value[1:] + (1.0 - probability) * value[:-1]), o.payoff(spots))
    return float(value[0])


def extrapolated_tree(o: Terms) -> float:
    """Two-point extrapolation of smoothed trees (BBSR, Broadie and Detemple 1996)."""
    return 2.0 * tree_value(o, 1000) - tree_value(o, 500)
