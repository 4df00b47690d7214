"""Term structure: hand-worked numbers, and what must hold for any curve and any chain."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.domain import OptionChain, Reason, Rejection
from alaris.settings import TermStructureSettings
from alaris.workflow.term_structure import TermStructure, term_structure

SETTINGS = TermStructureSettings()


def chain(*rows: tuple[float, bool, float, float, float, float], spot: float = 100.0) -> OptionChain:
    """A chain of (days, is_call, strike, bid, ask, implied volatility)."""
    days, is_call, strike, bid, ask, volatility = (np.array(column) for column in zip(*rows, strict=True))
    day = np.datetime64("2024-05-13") + np.ceil(days.astype(float)).astype(int)
    blank = np.full(len(rows), np.nan)
    return OptionChain("ABC", datetime(2024, 5, 13, 20, tzinfo=UTC), spot, day, days, is_call, strike, bid, ask, blank, blank, volatility)


def test_constant_maturity_is_linear_in_total_variance() -> None:
    curve = TermStructure(days=np.array([10.0, 40.0]), volatility=np.array([0.60, 0.20]))
    # by hand: 0.36*10 = 3.6 and 0.04*40 = 1.6; at 30 days 3.6 - 2.0*20/30 = 2.2667; sqrt(2.2667/30) = 0.27487
    assert curve.at(30) == pytest.approx(0.27487, abs=5e-6)


def test_slope_is_per_calendar_day_from_the_front() -> None:
    curve = TermStructure(days=np.array([5.0, 45.0]), volatility=np.array([0.60, 0.20]))
    assert curve.slope(far=45) == pytest.approx(-0.40 / 40)


def test_slope_needs_a_front_before_its_far_end() -> None:
    assert np.isnan(TermStructure(days=np.array([50.0, 80.0]), volatility=np.array([0.3, 0.2])).slope(far=45))


def test_one_expiry_is_refused_with_the_count() -> None:
    single = chain((10.0, True, 100.0, 1.0, 1.1, 0.3), (10.0, False, 100.0, 1.0, 1.1, 0.3))
    assert term_structure(single, SETTINGS) == Rejection(Reason.TOO_FEW_EXPIRIES, value=1, limit=2)


@pytest.mark.parametrize(
    ("bid", "ask", "volatility"),
    [(0.0, 1.0, 0.3), (np.nan, 1.0, 0.3), (1.2, 1.1, 0.3), (-1.0, 1.0, 0.3), (1.0, np.nan, 0.3), (1.0, 1.1, np.nan)],
)
def test_a_chain_without_readable_quotes_is_refused(bid: float, ask: float, volatility: float) -> None:
    dead = chain((10.0, True, 100.0, bid, ask, volatility), (40.0, True, 100.0, bid, ask, volatility))
    assert term_structure(dead, SETTINGS) == Rejection(Reason.NO_QUOTES, value=0, limit=1)


def test_at_the_money_is_the_mean_of_call_and_put_at_the_strike_nearest_the_forward() -> None:
    curve = term_structure(
        chain(
            (10.0, True, 95.0, 5.0, 5.2, 0.50),
            (10.0, True, 101.0, 2.0, 2.1, 0.30),
            (10.0, False, 101.0, 2.9, 3.0, 0.34),
            (40.0, False, 102.0, 4.0, 4.1, 0.25),
            (0.2, True, 100.0, 0.1, 0.2, 0.90),
        ),
        SETTINGS,
    )
    assert isinstance(curve, TermStructure)
    # the expiry of today is left out; at 40 days only the put is quoted
    np.testing.assert_allclose(curve.points(), [(10.0, 0.32), (40.0, 0.25)])


def test_a_forward_between_two_strikes_takes_one_of_them_whole() -> None:
    rows = [
        (days, is_call, strike, 2.0, 2.1, 0.2 + strike / 1000)
        for days in (10.0, 40.0)
        for is_call in (True, False)
        for strike in (99.0, 101.0)
    ]
    curve = term_structure(chain(*rows), SETTINGS)
    assert isinstance(curve, TermStructure)
    np.testing.assert_allclose(curve.volatility, 0.299)


@given(st.floats(0.05, 3.0), st.floats(1, 400))
def test_a_flat_curve_is_flat_at_any_maturity(level: float, days: float) -> None:
    curve = TermStructure(days=np.array([2.0, 30.0, 200.0]), volatility=np.full(3, level))
    assert curve.at(days) == pytest.approx(level, rel=1e-12)


@given(st.lists(st.floats(0.05, 2.0), min_size=2, max_size=8), st.floats(0.1, 500), st.floats(0.1, 500))
def test_between_its_ends_a_rising_variance_keeps_rising(levels: list[float], first: float, second: float) -> None:
    days = np.cumsum(np.full(len(levels), 9.0))
    variance = np.cumsum(np.square(levels))
    curve = TermStructure(days, np.sqrt(variance / days))
    near, far = sorted(np.clip([first, second], days[0], days[-1]))
    assert curve.at(near) ** 2 * near <= curve.at(far) ** 2 * far * (1 + 1e-9)
