"""Implied volatility: exact inverses, and a typed reason wherever there is none."""

from __future__ import annotations

import numpy as np
import pytest

from alaris.domain.errors import InvalidInput
from alaris.pricing import ImpliedStatus, implied_volatility, price


def test_european_inverse_is_exact_to_rounding() -> None:
    """Jaeckel's accuracy model: the relative error of the volatility is a few roundings, deep wings included."""
    random = np.random.default_rng(5)
    count = 20_000
    spot = np.exp(random.uniform(np.log(50), np.log(200), count))
    time, volatility = random.uniform(5 / 365, 3.0, count), random.uniform(0.05, 0.9, count)
    rate, dividend_yield = random.uniform(-0.02, 0.1, count), random.uniform(-0.02, 0.1, count)
    call = spot * np.exp((rate - dividend_yield) * time) < 100.0  # out of the money: the price holds all its digits
    terms = (spot, 100.0, time, rate, dividend_yield)
    quoted = price(call, *terms, volatility, style="european")
    told = quoted > 1e-12
    found = implied_volatility(call, quoted, *terms, style="european")
    assert np.max(np.abs(found[told] / volatility[told] - 1)) < 1e-13


def test_european_inverse_where_volatility_is_extreme() -> None:
    volatility = np.array([1e-3, 0.01, 2.0, 5.0, 10.0])
    quoted = price(True, 100.0, 100.0, 1.0, 0.0, 0.0, volatility, style="european")
    np.testing.assert_allclose(implied_volatility(True, quoted, 100.0, 100.0, 1.0, 0.0, 0.0, style="european"), volatility, rtol=1e-10)


@pytest.mark.parametrize("negative", [False, True])
def test_american_inverse_gives_the_price_back(negative: bool) -> None:
    random = np.random.default_rng(6)
    count = 3000
    rate, dividend_yield = random.uniform(0.003, 0.1, count), random.uniform(0.003, 0.1, count)
    if negative:
        dividend_yield = -random.uniform(0.01, 0.08, count)
        rate = dividend_yield * random.uniform(0.1, 0.9, count)
    spot, time = np.exp(random.uniform(np.log(60), np.log(160), count)), random.uniform(5 / 365, 3.0, count)
    volatility = random.uniform(0.08, 0.7, count)
    terms = (spot, 100.0, time, rate, dividend_yield)
    quoted = price(False, *terms, volatility)
    found, status = implied_volatility(False, quoted, *terms, full=True)
    held = quoted > np.maximum(100.0 - spot, 100.0 * np.exp(-rate * time) - spot * np.exp(-dividend_yield * time)) + 1e-6
    assert np.mean(held) > 0.7
    assert np.all(status[held] == ImpliedStatus.OK)
    again = price(False, *terms, np.where(held, found, volatility))
    assert np.max(np.abs(again - quoted)) < 1e-8


def test_each_reason_for_having_none() -> None:
    prices = np.array([np.nan, 9.0, 10.0, 10.5, 100.0, 101.0, -1.0])
    volatility, status = implied_volatility(False, prices, 90.0, 100.0, 0.5, 0.05, 0.0, full=True)
    assert [ImpliedStatus(s).name for s in status] == [
        "BAD_INPUT",
        "BELOW_INTRINSIC",
        "NO_VEGA",
        "OK",
        "ABOVE_BOUND",
        "ABOVE_BOUND",
        "BELOW_INTRINSIC",
    ]
    assert np.array_equal(np.isfinite(volatility), status == ImpliedStatus.OK)
    _, expired = implied_volatility(False, 10.0, 90.0, 100.0, 0.0, 0.05, 0.0, full=True)
    assert expired == ImpliedStatus.BAD_INPUT


def test_scalars_in_scalars_out() -> None:
    found = implied_volatility(True, 10.0, 100.0, 100.0, 1.0, 0.02, 0.0)
    assert isinstance(found, float)
    assert price(True, 100.0, 100.0, 1.0, 0.02, 0.0, found) == pytest.approx(10.0, abs=1e-9)


def test_arguments_other_than_the_price_are_checked() -> None:
    with pytest.raises(InvalidInput) as error:
        implied_volatility(True, 10.0, 100.0, -100.0, 1.0, 0.02, 0.0)
    assert error.value.field == "strike"
