"""The core against a finite-difference grid and a tree of our own, in every regime of exercise."""

from __future__ import annotations

import numpy as np
import pytest
from independent_valuation import Terms, black_scholes, extrapolated_grid, extrapolated_tree, grid_value

from alaris.pricing import greeks, price

CASES = {
    "single boundary from the strike": Terms(False, 100, 1.0, 0.05, 0.03, 0.25),
    "single boundary from K r / q": Terms(False, 95, 2.0, 0.02, 0.08, 0.20),
    "rate equals yield": Terms(False, 105, 1.5, 0.04, 0.04, 0.30),
    "no yield": Terms(False, 90, 0.5, 0.06, 0.0, 0.30),
    "no rate, negative yield": Terms(False, 100, 2.0, 0.0, -0.05, 0.20),
    "positive rate, negative yield": Terms(False, 100, 1.0, 0.03, -0.03, 0.15),
    "call with dividends": Terms(True, 110, 1.0, 0.03, 0.07, 0.25),
    "call without rate": Terms(True, 95, 2.0, 0.0, 0.04, 0.20),
    "call under r < q <= 0": Terms(True, 105, 2.0, -0.04, -0.02, 0.20),
    "call without early exercise": Terms(True, 100, 1.0, 0.05, 0.0, 0.30),
    "put without early exercise": Terms(False, 100, 1.0, -0.03, 0.02, 0.30),
    "two boundaries, below the lower": Terms(False, 55.0, 10.0, -0.005, -0.01, 0.08),
    "two boundaries, above the upper": Terms(False, 80.0, 10.0, -0.005, -0.01, 0.08),
    "two boundaries that never meet": Terms(False, 97.0, 5.0, -0.01, -0.08, 0.15),
    "past the meeting": Terms(False, 80.0, 8.0, -0.01, -0.03, 0.22),
    "just past the meeting": Terms(False, 50.0, 5.3, -0.01, -0.03, 0.22),
    "a day to go": Terms(False, 100.0, 1 / 365, 0.05, 0.02, 0.40),
    "high volatility": Terms(False, 100.0, 1.0, 0.05, 0.02, 1.50),
    "deep out of the money": Terms(False, 140.0, 1.0, 0.08, 0.02, 0.20),
}


@pytest.mark.parametrize("name", CASES)
def test_against_finite_differences(name: str) -> None:
    option = CASES[name]
    got = price(*option.arguments, precision="high")
    # the extrapolated grid is good to about 1e-5 of a hundred; 5e-5 leaves room for its worst case
    assert got == pytest.approx(extrapolated_grid(option), abs=5e-5), option


@pytest.mark.parametrize("name", CASES)
def test_against_a_tree(name: str) -> None:
    option = CASES[name]
    assert price(*option.arguments, precision="high") == pytest.approx(extrapolated_tree(option), abs=5e-4), option


@pytest.mark.parametrize("name", CASES)
def test_european_prices_are_the_textbook_formula(name: str) -> None:
    option = CASES[name]
    assert price(*option.arguments, style="european") == pytest.approx(black_scholes(option), rel=1e-13, abs=1e-13), option


@pytest.mark.parametrize(
    "name", ["single boundary from the strike", "call with dividends", "past the meeting", "two boundaries, above the upper"]
)
def test_delta_and_gamma_against_finite_differences(name: str) -> None:
    option = CASES[name]
    step = 0.02 * option.spot
    down, middle, up = (grid_value(Terms(option.is_call, option.spot + d, *option.arguments[3:]), 80) for d in (-step, 0.0, step))
    got = greeks(*option.arguments, precision="high")
    # central differences over 2 % of the spot: their own error is the fourth derivative's, a few 1e-4 relative here
    assert got.delta == pytest.approx((up - down) / (2 * step), abs=1e-3)
    assert got.gamma == pytest.approx((up - 2 * middle + down) / step**2, rel=0.02, abs=1e-5)


@pytest.mark.parametrize(("precision", "bound"), [("fast", 4e-4), ("accurate", 1.2e-5), ("high", 1e-6)])
def test_root_mean_square_error_of_each_preset(precision: str, bound: float) -> None:
    """The presets' promise on options drawn here, not where the schemes were chosen; prices of a strike of 100."""
    random = np.random.default_rng(20261121)
    count = 2000
    terms = (
        random.uniform(size=count) < 0.5,
        100 * np.exp(random.uniform(np.log(0.5), np.log(2.0), count)),
        100.0,
        random.uniform(5 / 365, 3.0, count),
        random.uniform(0.003, 0.10, count),
        random.uniform(0.003, 0.10, count),
        random.uniform(0.08, 0.70, count),
    )
    error = price(*terms, precision=precision) - price(*terms, precision="reference")  # type: ignore[arg-type]  # parametrised name
    # a call's error scales with its spot: it is a put on the strike struck at the spot
    assert np.sqrt(np.mean((error / np.maximum(terms[1] / 100, 1.0)) ** 2)) < bound


@pytest.mark.parametrize(("precision", "bound"), [("fast", 1e-3), ("accurate", 1e-5), ("high", 1e-6)])
def test_root_mean_square_error_with_two_boundaries(precision: str, bound: float) -> None:
    random = np.random.default_rng(20261122)
    count = 1000
    dividend_yield = -random.uniform(0.01, 0.08, count)
    terms = (
        False,
        100 * np.exp(random.uniform(np.log(0.5), np.log(2.0), count)),
        100.0,
        random.uniform(5 / 365, 3.0, count),
        dividend_yield * random.uniform(0.1, 0.9, count),
        dividend_yield,
        random.uniform(0.05, 0.40, count),
    )
    error = price(*terms, precision=precision) - price(*terms, precision="reference")  # type: ignore[arg-type]  # parametrised name
    assert np.sqrt(np.mean(error**2)) < bound
