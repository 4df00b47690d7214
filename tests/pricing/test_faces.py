"""Every public function with whatever a caller may send: an answer of the promised shape and sign, or InvalidInput by name.

`make fuzz` runs this file on a core built with AddressSanitizer too, ALARIS_PROPERTY_CASES sets how long.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from alaris import pricing, volatility
from alaris.domain.errors import InvalidInput

Floats = NDArray[np.float64]
CASES = int(os.environ.get("ALARIS_PROPERTY_CASES", "300"))
many = settings(max_examples=CASES, deadline=None, derandomize=True)


def numbers(low: float, high: float) -> st.SearchStrategy[Any]:
    """Mostly in range: one value, a short column, a column of another length, another type, or no number at all."""
    inside = st.floats(low, high)
    column = st.sampled_from([1, 3, 3, 3, 4]).flatmap(lambda n: st.lists(inside, min_size=n, max_size=n).map(np.array))
    odd = st.sampled_from([np.nan, np.inf, -1.0, 0, 1e300, None, "7", [], [[1.0], [2.0]], np.float32(1.5), True, object()])
    return st.one_of(inside, inside, column, column, st.one_of(st.floats(), odd))


spots = numbers(20.0, 400.0)
times = numbers(0.0, 3.0)
rates = numbers(-0.1, 0.12)
volatilities = numbers(0.0, 1.2)
sides = st.one_of(st.booleans(), st.lists(st.booleans(), min_size=3, max_size=3), st.sampled_from([None, 1, "call"]))
options = st.tuples(sides, spots, spots, times, rates, rates, volatilities)
precisions = st.sampled_from(["fast", "accurate", "accurate", "high", "exact"])
styles = st.sampled_from(["american", "american", "european", "bermudan"])
threads = st.sampled_from([1, 2, 3, 0, -1])


def answer(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """What the function answers, or None where it refuses an argument."""
    try:
        return function(*arguments, **named)
    except InvalidInput:
        return None


@many
@given(options, styles, precisions, threads)
def test_prices_and_greeks(terms: tuple[Any, ...], style: Any, precision: Any, on: int) -> None:
    price = answer(pricing.price, *terms, style=style, precision=precision, threads=on)
    full = answer(pricing.greeks, *terms, style=style, precision=precision, threads=on)
    some = answer(pricing.spot_greeks, *terms, style=style, precision=precision, threads=on)
    assert (price is None) == (full is None) == (some is None)
    if price is not None:
        assert np.all(np.asarray(price) >= 0.0)
        for greek in (*full, *some):
            assert np.shape(greek) == np.shape(price)
            assert not np.any(np.isnan(greek))


@many
@given(options, spots, styles, precisions, threads)
def test_implied_volatilities(terms: tuple[Any, ...], quoted: Any, style: Any, precision: Any, on: int) -> None:
    call, *rest, _ = terms
    found = answer(pricing.implied_volatility, call, quoted, *rest, style=style, precision=precision, threads=on, full=True)
    if found is not None:
        level, status = (np.asarray(x) for x in found)
        assert np.array_equal(np.isfinite(level), status == pricing.ImpliedStatus.OK)


@many
@given(options, numbers(0.0, 1.0), precisions)
def test_exercise_boundaries(terms: tuple[Any, ...], when: Any, precision: Any) -> None:
    call, _, strike, time, rate, dividend_yield, level = terms
    region = answer(pricing.exercise_boundary, call, strike, time, rate, dividend_yield, level, when, precision=precision)
    if region is not None:
        upper, lower = (np.asarray(x) for x in region)
        assert not np.any(upper < lower * (1 - 1e-6))


@many
@given(options, numbers(-0.5, 1.0), numbers(-1.0, 1.0), numbers(0.0, 60.0), styles, threads)
def test_scenarios(terms: tuple[Any, ...], moves: Any, levels: Any, days: Any, style: Any, on: int) -> None:
    values = answer(pricing.scenario_values, *terms, spot_moves=moves, volatility_moves=levels, days=days, style=style, threads=on)
    if values is not None:
        assert values.shape[-3:] == (np.size(days), np.size(levels), np.size(moves))
        assert np.all(values >= 0.0)


@many
@given(spots, spots, times, rates, volatilities, numbers(0.0, 5.0), times)
def test_early_exercise_before_a_dividend(spot: Any, strike: Any, time: Any, rate: Any, level: Any, dividend: Any, ex: Any) -> None:
    risk = answer(pricing.early_exercise_risk, spot, strike, time, rate, level, dividend=dividend, ex_time=ex, precision="fast")
    if risk is not None:
        assert np.all((risk.probability >= 0.0) & (risk.probability <= 1.0))
        assert np.all(risk.critical_spot >= np.asarray(strike) * (1 - 1e-9))
    left = answer(pricing.escrowed_spot, spot, rate, time, dividend, ex)
    assert left is None or np.all(left > 0.0)


@many
@given(st.integers(0, 10_000), st.integers(0, 3000), numbers(0.0, 200.0), st.integers(-1, 300), st.integers(-1, 300))
def test_realised_volatilities(seed: int, count: int, odd: Any, window: int, least: int) -> None:
    random = np.random.default_rng(seed)
    bars: list[Any] = [100 * np.exp(random.normal(0, 0.02, count)) for _ in range(4)]
    if np.ndim(odd) == 0 and isinstance(odd, float) and count:
        bars[seed % 4][seed % count] = odd
    else:
        bars[seed % 4] = odd
    for estimate in (
        volatility.yang_zhang,
        volatility.rogers_satchell,
        volatility.garman_klass,
        volatility.parkinson,
        volatility.close_to_close,
    ):
        got = answer(estimate, *bars, window=window, min_periods=least)
        assert got is None or np.all(np.isnan(got) | (got >= 0.0))
