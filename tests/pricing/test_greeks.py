"""Greeks against differences of prices, whose own error is known, and the conventions a trader expects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from alaris.pricing import exercise_boundary, greeks, price, spot_greeks

Floats = NDArray[np.float64]
STEP = 1e-4


def options(count: int, *, negative: bool, seed: int = 11) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    time, volatility = random.uniform(0.05, 3.0, count), random.uniform(0.1, 0.6, count)
    if negative:
        dividend_yield = -random.uniform(0.01, 0.08, count)
        rate = dividend_yield * random.uniform(0.1, 0.9, count)
    else:
        rate, dividend_yield = random.uniform(0.005, 0.1, count), random.uniform(0.005, 0.1, count)
    call = random.uniform(size=count) < 0.5
    if negative:
        rate, dividend_yield = np.where(call, dividend_yield, rate), np.where(call, rate, dividend_yield)
    return {
        "is_call": call,
        "spot": random.uniform(75, 135, count),
        "strike": 100.0,
        "time": time,
        "rate": rate,
        "dividend_yield": dividend_yield,
        "volatility": volatility,
    }


def central(terms: dict[str, Any], name: str, step: Floats) -> Floats:
    up, down = ({**terms, name: terms[name] + s} for s in (step, -step))
    return (price(**up, precision="reference") - price(**down, precision="reference")) / (2 * step)


@pytest.mark.parametrize("negative", [False, True])
def test_every_greek_is_the_slope_of_the_price(negative: bool) -> None:
    terms = options(400, negative=negative)
    got = greeks(**terms, precision="high")
    one = np.ones(400)
    differences = {
        "delta": central(terms, "spot", STEP * terms["spot"]),
        "vega": central(terms, "volatility", STEP * one),
        "rho": central(terms, "rate", STEP * one * 0.1),
        "theta": -central(terms, "time", STEP * terms["time"]),
    }
    for name, difference in differences.items():
        error = np.abs(getattr(got, name) - difference)
        # central differences of reference prices: good to 1e-4 but for the few that straddle a boundary, where gamma jumps
        assert np.quantile(error, 0.97) < 2e-3, (name, np.sort(error)[-10:])
        assert np.max(error) < 0.3, name
    bump = 1e-3 * terms["spot"]
    ends = [price(**{**terms, "spot": terms["spot"] + d}, precision="reference") for d in (-bump, 0 * bump, bump)]
    error = np.abs(got.gamma - (ends[0] - 2 * ends[1] + ends[2]) / bump**2)
    assert np.quantile(error, 0.97) < 1e-5, np.sort(error)[-10:]


def test_where_the_option_should_be_exercised_nothing_else_moves() -> None:
    got = greeks(False, 50.0, 100.0, 1.0, 0.08, 0.0, 0.2)
    assert [float(x) for x in got] == [50.0, -1.0, 0.0, 0.0, 0.0, 0.0]
    got = greeks(True, 200.0, 100.0, 1.0, 0.0, 0.08, 0.2)
    assert [float(x) for x in got] == [100.0, 1.0, 0.0, 0.0, 0.0, 0.0]


def test_theta_vanishes_as_the_spot_comes_down_to_the_boundary() -> None:
    """On the boundary V = K - S for all time: theta is continuous there, which fixes gamma at 2 (r K - q S) / (sigma S)^2."""
    upper, _ = exercise_boundary(False, 100.0, 1.0, 0.06, 0.02, 0.25, 1.0, precision="reference")
    got = greeks(False, float(upper) * (1.0 + np.array([1e-6, 1e-4, 1e-3])), 100.0, 1.0, 0.06, 0.02, 0.25, precision="high")
    limit = 2 * (0.06 * 100.0 - 0.02 * upper) / (0.25 * upper) ** 2
    np.testing.assert_allclose(got.gamma[:2], limit, rtol=5e-3)
    np.testing.assert_allclose(got.theta, 0.0, atol=2e-2)


def test_european_greeks_are_the_textbook_ones() -> None:
    # Hull, Options, Futures and Other Derivatives, 9th edition, chapter 19: S = 49, K = 50, r = 5 %, 20 %, 20 weeks
    got = greeks(True, 49.0, 50.0, 0.3846, 0.05, 0.0, 0.2, style="european")
    assert got.delta == pytest.approx(0.522, abs=5e-4)
    assert got.theta == pytest.approx(-4.31, abs=5e-3)
    assert got.gamma == pytest.approx(0.066, abs=5e-4)
    assert got.vega == pytest.approx(12.1, abs=5e-2)
    assert got.rho == pytest.approx(8.91, abs=5e-3)


def test_deep_below_the_lower_boundary_a_put_moves_by_more_than_the_share() -> None:
    """Negative yields: a put far below K r / q is a claim on K e^{-rT} less S e^{-qT}, so delta is under -1 (pricing.md 1.7)."""
    got = greeks(False, 5.0, 100.0, 10.0, -0.01, -0.03, 0.1)
    assert got.delta == pytest.approx(-np.exp(0.3), abs=2e-3)
    assert got.price == pytest.approx(100 * np.exp(0.1) - 5 * np.exp(0.3), abs=0.02)


@pytest.mark.parametrize("style", ["american", "european"])
def test_spot_greeks_are_the_first_four(style: str) -> None:
    terms = options(100, negative=True) | {"style": style}
    for some, every in zip(spot_greeks(**terms), greeks(**terms), strict=False):
        np.testing.assert_allclose(some, every, rtol=1e-10, atol=1e-10)
    assert isinstance(spot_greeks(True, 100.0, 100.0, 1.0, 0.02, 0.0, 0.2).theta, float)
