"""Prices and boundaries that were published, or computed by converged solvers of others (../shared/reference/pricing.md 1.2 and 2)."""

from __future__ import annotations

import numpy as np
import pytest

from alaris.pricing import exercise_boundary, price

# J. Healy (J. Comp. Finance 2021, arXiv 2109.15157), puts struck at 100 under negative rates; to eight digits in pricing.md 2.
HEALY = [
    (-0.005, -0.01, 0.08, 10.0, 100.0, 8.59780167),
    (-0.005, -0.01, 0.08, 10.0, 120.0, 2.95192128),
    (-0.005, -0.01, 0.08, 20.0, 100.0, 11.68371245),
    (-0.005, -0.01, 0.08, 20.0, 120.0, 5.68669013),
    (-0.01, -0.03, 0.22, 3.0, 100.0, 13.32151544),
    (-0.01, -0.03, 0.22, 3.0, 120.0, 7.10237387),
    (-0.01, -0.03, 0.22, 5.0, 100.0, 16.76325125),
    (-0.01, -0.03, 0.22, 5.0, 120.0, 10.52535235),
]

# r, q, sigma and the time at which the two boundaries meet, good to 1e-9 (pricing.md 1.2).
MEETINGS = [
    (-0.005, -0.01, 0.08, 18.413022200),
    (-0.005, -0.01, 0.15, 2.6019286112),
    (-0.005, -0.01, 0.30, 0.42793367590),
    (-0.01, -0.03, 0.22, 5.2902737296),
    (-0.04, -0.08, 0.25, 1.6210051931),
    (-0.0075, -0.06, 0.35, 13.335771834),
    (-0.002, -0.0025, 0.03, 6.2417523375),
]


@pytest.mark.parametrize(("precision", "root_mean_square"), [("fast", 1e-3), ("accurate", 2e-5), ("high", 2e-6), ("reference", 1e-7)])
def test_negative_rates_reproduce_healy(precision: str, root_mean_square: float) -> None:
    rate, dividend_yield, volatility, time, spot, wanted = np.array(HEALY).T
    error = price(False, spot, 100.0, time, rate, dividend_yield, volatility, precision=precision) - wanted  # type: ignore[arg-type]  # parametrised name
    assert np.sqrt(np.mean(error**2)) < root_mean_square, error


def test_negative_rates_for_calls_by_symmetry() -> None:
    """C(S, K, r, q) = P(K, S, q, r), McDonald and Schroder (1998)."""
    rate, dividend_yield, volatility, time, spot, wanted = np.array(HEALY).T
    got = price(True, 100.0, spot, time, dividend_yield, rate, volatility, precision="high")
    np.testing.assert_allclose(got, wanted, atol=5e-6)


@pytest.mark.parametrize(
    ("rate", "premium"),
    [
        (0.05, 0.1069527027467),  # Andersen, Lake, Offengenden (2016), S = K = 100, q = 5 %, 25 %, one year; digits of pricing.md 2
        (0.075, 0.3671111406172),
    ],
)
def test_early_exercise_premium_of_andersen_lake_offengenden(rate: float, premium: float) -> None:
    terms = (False, 100.0, 100.0, 1.0, rate, 0.05, 0.25)
    american = price(*terms, precision="reference")
    assert american - price(*terms, style="european") == pytest.approx(premium, abs=2e-8)
    assert price(*terms, precision="high") == pytest.approx(american, abs=2e-6)


def test_boundaries_of_the_long_put_under_negative_rates() -> None:
    # exact 68.91184378 and 58.06063463 at ten years for r = -0.5 %, q = -1 %, 8 % (pricing.md 1.5)
    upper, lower = exercise_boundary(False, 100.0, 10.0, -0.005, -0.01, 0.08, 10.0, precision="reference")
    assert upper == pytest.approx(68.91184378, abs=1e-6)
    assert lower == pytest.approx(58.06063463, abs=1e-6)


@pytest.mark.parametrize(("rate", "dividend_yield", "volatility", "meeting"), MEETINGS)
def test_the_boundaries_meet_when_they_should(rate: float, dividend_yield: float, volatility: float, meeting: float) -> None:
    times = meeting * np.array([0.5, 1.0 - 1e-4, 1.0 + 1e-4, 1.5])
    upper, lower = exercise_boundary(False, 1.0, 2.0 * meeting, rate, dividend_yield, volatility, times)
    assert np.all(np.isfinite(upper) == [True, True, False, False]), (upper, lower)
    assert upper[0] > lower[0] > rate / dividend_yield
    assert upper[1] - lower[1] == pytest.approx(0.0, abs=1e-3)


def test_short_time_laws_of_the_boundary() -> None:
    # ln(B q / (K r)) -> -0.6388 sigma sqrt(tau) for q > r > 0, and +0.6388 for the lower boundary (pricing.md 1.6)
    single, _ = exercise_boundary(False, 1.0, 1e-4, 0.03, 0.06, 0.2, 1e-4)
    assert np.log(single / 0.5) / (0.2 * 1e-2) == pytest.approx(-0.6388, abs=5e-4)
    _, lower = exercise_boundary(False, 1.0, 1e-4, -0.03, -0.06, 0.2, 1e-4)
    assert np.log(lower / 0.5) / (0.2 * 1e-2) == pytest.approx(0.6388, abs=1e-3)


def test_a_boundary_tends_to_the_perpetual_one() -> None:
    # k / (k - 1), k the negative root of (sigma^2 / 2) k (k - 1) + (r - q) k - r (Merton 1973)
    rate, volatility = 0.08, 0.2
    k = -2 * rate / volatility**2
    upper, _ = exercise_boundary(False, 1.0, 150.0, rate, 0.0, volatility, 150.0)
    assert upper == pytest.approx(k / (k - 1), abs=1e-5)
