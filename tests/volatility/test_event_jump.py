"""The earnings jump: read back from curves that were made with it, and absent where nothing is priced in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.volatility.event_jump import event_jump, jump_after, jump_around, jump_of_moves, shocks, volatility_after
from alaris.volatility.term_structure import TermStructure


def made(sigma: float, jump: float, days: tuple[float, ...], reaction: float) -> TermStructure:
    """IV(T)^2 = sigma^2 + jump^2 / T for expiries past the reaction, sigma before (Leung and Santoli 2014)."""
    column = np.array(days)
    return TermStructure(column, np.sqrt(sigma**2 + np.where(column > reaction, jump**2 * 365 / column, 0.0)))


@given(st.floats(0.08, 0.9), st.floats(0.01, 0.2))
def test_the_jump_of_a_model_curve_is_read_back(sigma: float, jump: float) -> None:
    curve = made(sigma, jump, (2.0, 9.0, 16.0, 37.0, 100.0), reaction=0.5)
    assert event_jump(curve, reaction_days=0.5) == pytest.approx(jump, rel=1e-6)


@given(st.floats(0.08, 0.9), st.floats(0.02, 0.2))
def test_with_one_expiry_behind_the_report_the_one_before_gives_the_level(sigma: float, jump: float) -> None:
    curve = made(sigma, jump, (4.0, 11.0), reaction=7.0)
    assert event_jump(curve, reaction_days=7.0) == pytest.approx(jump, rel=1e-6)


def test_worked_by_hand() -> None:
    # (0.63^2 - 0.25^2) / (365/2 - 365/16) = 0.3344 / 159.6875 = 0.0020941; its root is 4.576 %
    assert jump_after(2 / 365, 0.63, 16 / 365, 0.25) == pytest.approx(0.04576, abs=5e-6)
    # (0.30^2 - 0.20^2) * 10 / 365 = 0.00136986; its root is 3.701 %
    assert jump_around(0.20, 10 / 365, 0.30) == pytest.approx(0.03701, abs=5e-6)


@pytest.mark.parametrize(
    ("days", "volatility", "reaction"),
    [
        ((2.0, 16.0), (0.20, 0.25), 0.5),  # upward: nothing priced in
        ((2.0, 9.0), (0.60, 0.25), 30.0),  # no expiry lives through the report
        ((2.0, 9.0), (0.60, 0.40), 0.5),  # both too near each other, none before
        ((4.0, 11.0), (0.30, 0.25), 7.0),  # less behind the report than before it
    ],
)
def test_no_jump_is_nan(days: tuple[float, ...], volatility: tuple[float, ...], reaction: float) -> None:
    assert np.isnan(event_jump(TermStructure(np.array(days), np.array(volatility)), reaction))


def test_past_moves_need_enough_of_them() -> None:
    assert np.isnan(jump_of_moves([0.05, -0.05, 0.05, np.nan], minimum=4))
    # root of the mean square of 3, 4, 0 and 5 per cent: sqrt(50/4) = 3.5355 %
    assert jump_of_moves([0.03, -0.04, 0.0, 0.05, np.nan], minimum=4) == pytest.approx(0.035355, abs=1e-6)


def test_what_is_left_behind_the_report() -> None:
    left = volatility_after(np.array([0.63, 0.20]), np.array([2.0, 37.0]) / 365, 0.0458)
    # 0.3969 - 0.00209764*182.5 = 0.014081 -> 0.11866; 0.04 - 0.00209764*9.8649 = 0.019307 -> 0.13895
    np.testing.assert_allclose(left, [0.11866, 0.13895], atol=5e-6)
    assert np.isnan(volatility_after(np.array([0.20]), np.array([2 / 365]), 0.0458)).all()


@given(st.floats(0.005, 0.3), st.floats(0.05, 1.0), st.floats(0.0, 0.05))
def test_shocks_keep_the_mean_of_the_spot_and_their_variance(jump: float, diffusion: float, years: float) -> None:
    moves, weights = shocks(jump, diffusion, years)
    assert weights.sum() == pytest.approx(1)
    assert weights @ np.exp(moves) == pytest.approx(1, abs=1e-9)
    mean = weights @ moves
    assert weights @ (moves - mean) ** 2 == pytest.approx(jump**2 + diffusion**2 * years, rel=1e-9)
