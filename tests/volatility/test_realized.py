"""Realised volatility: the plain formulas written out, real and broken bars, and what must hold for any bars."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from alaris.domain.errors import InvalidInput
from alaris.volatility import close_to_close, garman_klass, parkinson, rogers_satchell, yang_zhang

Floats = NDArray[np.float64]
Bars = tuple[Floats, Floats, Floats, Floats]


def random_bars(count: int, seed: int = 3, volatility: float = 0.02) -> Bars:
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, volatility, count)))
    open_ = np.r_[100.0, close[:-1]] * np.exp(random.normal(0, volatility / 2, count))
    high = np.maximum(open_, close) * np.exp(np.abs(random.normal(0, volatility / 2, count)))
    low = np.minimum(open_, close) * np.exp(-np.abs(random.normal(0, volatility / 2, count)))
    return open_, high, low, close


def moves(bars: Bars) -> tuple[Floats, Floats, Floats, Floats]:
    open_, high, low, close = bars
    before = np.r_[np.nan, close[:-1]]
    return np.log(open_ / before), np.log(high / open_), np.log(low / open_), np.log(close / open_)


def plain_yang_zhang(o: Floats, u: Floats, d: Floats, c: Floats) -> float:
    """Yang and Zhang (2000), equations 7, 8 and 10, over one window."""
    n = len(o)
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    return float(np.var(o, ddof=1) + k * np.var(c, ddof=1) + (1 - k) * np.mean(u * (u - c) + d * (d - c)))


PLAIN: dict[str, tuple[Callable[..., Floats], Callable[[Floats, Floats, Floats, Floats], float], int]] = {
    "yang_zhang": (yang_zhang, plain_yang_zhang, 1),
    "rogers_satchell": (rogers_satchell, lambda o, u, d, c: float(np.mean(u * (u - c) + d * (d - c))), 0),
    "garman_klass": (garman_klass, lambda o, u, d, c: float(np.mean(0.5 * (u - d) ** 2 - (2 * np.log(2) - 1) * c**2)), 0),
    "parkinson": (parkinson, lambda o, u, d, c: float(np.mean((u - d) ** 2) / (4 * np.log(2))), 0),
    "close_to_close": (close_to_close, lambda o, u, d, c: float(np.var(o + c, ddof=1)), 1),
}


def sliding(name: str, bars: Bars, window: int, min_periods: int) -> Floats:
    _, variance, first = PLAIN[name]
    o, u, d, c = moves(bars)
    usable = np.isfinite(u + d + c) & (np.isfinite(o) | (first == 0))
    usable[:first] = False
    out = np.full(len(o), np.nan)
    for t in range(len(o)):
        inside = np.arange(max(0, t - window + 1), t + 1)
        inside = inside[usable[inside]]
        if len(inside) >= min_periods:
            out[t] = np.sqrt(252 * variance(o[inside], u[inside], d[inside], c[inside]))
    return out


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(("window", "min_periods"), [(30, 20), (5, 2), (2, 2), (33, 33), (600, 20)])
def test_the_window_slides_over_the_plain_formula(name: str, window: int, min_periods: int) -> None:
    bars = random_bars(1500)
    got = PLAIN[name][0](*bars, window=window, min_periods=min_periods)
    np.testing.assert_allclose(got, sliding(name, bars, window, min_periods), rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(("window", "count"), [(30, 9001), (7, 2600), (250, 20_000)])
def test_long_series_slide_over_the_plain_formula_too(name: str, window: int, count: int) -> None:
    """Stretches of a thousand bars and more have a kernel of their own, which leaves those with a missing bar to the other one."""
    bars = random_bars(count)
    estimate, variance, first = PLAIN[name]
    o, u, d, c = (np.lib.stride_tricks.sliding_window_view(column[first:], window) for column in moves(bars))
    wanted = np.array([np.sqrt(252 * variance(*row)) for row in zip(o, u, d, c, strict=True)])
    np.testing.assert_allclose(estimate(*bars, window=window, min_periods=2)[window - 1 + first :], wanted, rtol=1e-12)
    bars[3][count // 2] = np.nan
    got = estimate(*bars, window=window, min_periods=window)
    assert np.isnan(got[count // 2 : count // 2 + window]).all()
    outside = np.r_[window + first : count // 2, count // 2 + window + 1 : count]
    np.testing.assert_allclose(got[outside], wanted[outside - window + 1 - first], rtol=1e-12)


@pytest.mark.parametrize("name", PLAIN)
def test_bars_that_cannot_be_used_are_left_out(name: str) -> None:
    bars = random_bars(200)
    bars[0][50] = np.nan
    bars[1][70] = np.inf
    bars[2][90] = -1.0
    bars[3][110] = 0.0
    bars[1][130] *= 4.0  # a move too large for the series near one: usable all the same
    with np.errstate(all="ignore"):
        wanted = sliding(name, tuple(np.where(np.isfinite(x) & (x > 0), x, np.nan) for x in bars), 30, 20)  # type: ignore[arg-type]  # four columns in, four out
    np.testing.assert_allclose(PLAIN[name][0](*bars), wanted, rtol=1e-12)


def test_a_flat_window_after_a_storm_is_exactly_zero() -> None:
    open_, high, low, close = random_bars(100, volatility=0.2)
    for column in (open_, high, low, close):
        column[60:] = close[59]
    got = yang_zhang(open_, high, low, close, window=5, min_periods=5)
    assert np.all(got[65:] == 0.0), got[60:]


def test_too_few_bars_are_nan_never_zero() -> None:
    bars = random_bars(25)
    got = yang_zhang(*bars)
    assert np.isnan(got[:20]).all()  # twenty bars with a close before them are there from index 20 on
    assert np.isfinite(got[20:]).all()
    assert yang_zhang([], [], [], []).shape == (0,)


def test_constant_growth_has_no_volatility_of_its_own() -> None:
    close = 100 * 1.01 ** np.arange(60)
    open_ = np.r_[close[0], close[:-1]]
    got = yang_zhang(open_, close, open_, close)
    np.testing.assert_allclose(got[20:], 0.0, atol=1e-7)  # drift does not count, to the rounding of squares of 1 %


@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), st.sampled_from(sorted(PLAIN)))
@settings(max_examples=200, deadline=None)
def test_the_currency_does_not_matter_and_the_future_does_not_either(seed: int, unit: float, name: str) -> None:
    bars = random_bars(80, seed)
    got = PLAIN[name][0](*bars)
    np.testing.assert_allclose(PLAIN[name][0](*(unit * x for x in bars)), got, rtol=1e-9)
    for column in bars:
        column[50:] = column[50:] * 3.0
    np.testing.assert_array_equal(PLAIN[name][0](*bars)[:50], got[:50])


@pytest.mark.parametrize(
    ("change", "field"),
    [({"window": 1}, "window"), ({"min_periods": 1}, "min_periods"), ({"min_periods": 31}, "min_periods"), ({"sessions": 0}, "sessions")],
)
def test_a_setting_out_of_range_is_named(change: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        yang_zhang(*random_bars(40), **change)
    assert error.value.field == field


def test_a_column_of_another_length_is_named() -> None:
    open_, high, low, close = random_bars(40)
    with pytest.raises(InvalidInput) as error:
        yang_zhang(open_, high, low[:-1], close)
    assert error.value.field == "low"
    with pytest.raises(InvalidInput) as error:
        yang_zhang(open_, "high", low, close)
    assert error.value.field == "high"
