"""What must hold for any option, whatever its regime; ALARIS_PROPERTY_CASES sets how many are tried of each (nightly: 15,000)."""

from __future__ import annotations

import os

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from alaris.pricing import greeks, implied_volatility, price

CASES = int(os.environ.get("ALARIS_PROPERTY_CASES", "650"))
many = settings(max_examples=CASES, deadline=None, derandomize=True)

rates = st.one_of(st.floats(-0.08, 0.12), st.sampled_from([0.0, 0.05, -0.05, 1e-9, -1e-9]))
volatilities = st.floats(0.03, 1.2)
times = st.one_of(st.floats(0.002, 3.0), st.floats(3.0, 30.0))
moneyness = st.floats(-2.5, 2.5)  # in deviations of the logarithm
sides = st.booleans()


def spot_of(deviations: float, volatility: float, time: float) -> float:
    return float(100.0 * np.exp(deviations * volatility * np.sqrt(time)))


# Errors scale with the larger of spot and strike; "accurate" has a root mean square error of 1e-7 of it, and a worst case that grows
# with time and the difference of the rates.
def slack(spot: float, time: float) -> float:
    return 2e-5 * max(spot, 100.0) * max(1.0, time / 3.0)


@many
@given(sides, moneyness, times, rates, rates, volatilities)
def test_bounds(call: bool, deviations: float, time: float, rate: float, dividend_yield: float, volatility: float) -> None:
    spot = spot_of(deviations, volatility, time)
    american = price(call, spot, 100.0, time, rate, dividend_yield, volatility)
    european = price(call, spot, 100.0, time, rate, dividend_yield, volatility, style="european")
    intrinsic = max(spot - 100.0 if call else 100.0 - spot, 0.0)
    ceiling = spot * max(1.0, np.exp(-dividend_yield * time)) if call else 100.0 * max(1.0, np.exp(-rate * time))
    assert intrinsic <= american <= ceiling * (1 + 1e-12)
    assert american >= european - 1e-12 * max(spot, 100.0)


@many
@given(moneyness, times, rates, rates, volatilities)
def test_put_call_symmetry(deviations: float, time: float, rate: float, dividend_yield: float, volatility: float) -> None:
    """C(S, K, r, q) = P(K, S, q, r): McDonald and Schroder (1998)."""
    spot = spot_of(deviations, volatility, time)
    call = price(True, spot, 100.0, time, rate, dividend_yield, volatility)
    put = price(False, 100.0, spot, time, dividend_yield, rate, volatility)
    np.testing.assert_allclose(call, put, rtol=1e-11, atol=1e-11)


@many
@given(sides, st.floats(0.01, 100.0), moneyness, times, rates, rates, volatilities)
def test_the_currency_does_not_matter(
    call: bool, unit: float, deviations: float, time: float, rate: float, dividend_yield: float, volatility: float
) -> None:
    spot = spot_of(deviations, volatility, time)
    one = price(call, spot, 100.0, time, rate, dividend_yield, volatility)
    other = price(call, unit * spot, unit * 100.0, time, rate, dividend_yield, volatility)
    np.testing.assert_allclose(other, unit * one, rtol=1e-9, atol=1e-9 * unit)


@many
@given(sides, moneyness, times, rates, rates, volatilities)
def test_monotone_and_convex_in_spot(
    call: bool, deviations: float, time: float, rate: float, dividend_yield: float, volatility: float
) -> None:
    spot = spot_of(deviations, volatility, time)
    spots = spot * np.exp(volatility * np.sqrt(time) * np.array([-0.2, -0.1, 0.0, 0.1, 0.2]))
    values = price(call, spots, 100.0, time, rate, dividend_yield, volatility)
    slopes = np.diff(values) / np.diff(spots)
    error = slack(spot, time) / float(np.min(np.diff(spots)))
    assert np.all(slopes >= -error) if call else np.all(slopes <= error)
    assert np.all(np.diff(slopes) >= -2 * error), values


@many
@given(sides, moneyness, times, rates, rates, volatilities)
def test_monotone_and_convex_in_strike(
    call: bool, deviations: float, time: float, rate: float, dividend_yield: float, volatility: float
) -> None:
    spot = spot_of(deviations, volatility, time)
    strikes = 100.0 * np.exp(volatility * np.sqrt(time) * np.array([-0.2, -0.1, 0.0, 0.1, 0.2]))
    values = price(call, spot, strikes, time, rate, dividend_yield, volatility)
    slopes = np.diff(values) / np.diff(strikes)
    error = slack(spot, time) / float(np.min(np.diff(strikes)))
    assert np.all(slopes <= error) if call else np.all(slopes >= -error)
    assert np.all(np.diff(slopes) >= -2 * error), values


@many
@given(sides, moneyness, times, rates, rates, volatilities)
def test_more_time_and_more_volatility_are_worth_no_less(
    call: bool, deviations: float, time: float, rate: float, dividend_yield: float, volatility: float
) -> None:
    spot = spot_of(deviations, volatility, time)
    grown = np.array([1.0, 1.1, 1.5])
    error = slack(spot, 1.5 * time)
    assert np.all(np.diff(price(call, spot, 100.0, time * grown, rate, dividend_yield, volatility)) >= -error)
    assert np.all(np.diff(price(call, spot, 100.0, time, rate, dividend_yield, volatility * grown)) >= -error)


@many
@given(sides, moneyness, times, st.sampled_from(["rate", "yield", "equal", "both"]), rates, volatilities)
def test_no_jump_where_the_regime_changes(call: bool, deviations: float, time: float, border: str, other: float, volatility: float) -> None:
    """Across rate = 0, yield = 0 and rate = yield the price moves no more than its slope allows."""
    spot = spot_of(deviations, volatility, time)
    step = 1e-7 * np.array([-1.0, 0.0, 1.0])
    rate, dividend_yield = {
        "rate": (step, other + 0 * step),
        "yield": (other + 0 * step, step),
        "equal": (other + step, other + 0 * step),
        "both": (step, -step),
    }[border]
    values = price(call, spot, 100.0, time, rate, dividend_yield, volatility)
    steepest = 4e-7 * time * max(spot, 100.0) * np.exp(0.1 * time)
    assert np.ptp(values) <= steepest + slack(spot, time), values


@many
@given(sides, moneyness, st.floats(0.01, 3.0), rates, rates, st.floats(0.05, 1.0))
def test_an_implied_volatility_gives_the_price_back(
    call: bool, deviations: float, time: float, rate: float, dividend_yield: float, volatility: float
) -> None:
    spot = spot_of(deviations, volatility, time)
    terms = (spot, 100.0, time, rate, dividend_yield)
    for style in ("american", "european"):
        quoted = price(call, *terms, volatility, style=style)
        found = implied_volatility(call, quoted, *terms, style=style)
        if not np.isnan(found):
            again = price(call, *terms, found, style=style)
            assert abs(again - quoted) <= 1e-8 * max(spot, 100.0) / 100.0, (style, found)


@many
@given(sides, moneyness, st.floats(0.01, 3.0), rates, rates, st.floats(0.05, 1.0))
def test_greeks_are_finite_and_within_their_bounds(
    call: bool, deviations: float, time: float, rate: float, dividend_yield: float, volatility: float
) -> None:
    spot = spot_of(deviations, volatility, time)
    value = greeks(call, spot, 100.0, time, rate, dividend_yield, volatility)
    assert all(np.isfinite(x) for x in value)
    np.testing.assert_allclose(value.price, price(call, spot, 100.0, time, rate, dividend_yield, volatility), rtol=1e-12, atol=1e-12)
    longest = np.exp(max(0.0, -dividend_yield, -rate) * time)
    assert -1e-4 <= (value.delta if call else -value.delta) <= longest + 1e-4
    assert value.gamma >= -1e-4
    assert value.vega >= -1e-3 * max(spot, 100.0)
