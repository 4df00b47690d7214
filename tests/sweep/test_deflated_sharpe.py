"""The deflated Sharpe ratio: the authors' own example, numbers worked by hand, and what holds for any trials."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.domain import InvalidInput
from alaris.sweep.deflated_sharpe import Moments, deflated_sharpe, expected_maximum, independent_trials, moments, probabilistic_sharpe

# Bailey & López de Prado (2014), "A numerical example": five years of 250 days, an annual Sharpe ratio of 2.5 out of N trials whose
# annual ratios have a variance of 1/2, skewness -3, kurtosis 10.
DAILY = Moments(observations=1250, sharpe=2.5 / sqrt(250), skewness=-3.0, kurtosis=10.0)
VARIANCE = 0.5 / 250


def test_the_authors_own_example() -> None:
    benchmark = expected_maximum(100, VARIANCE)
    assert benchmark == pytest.approx(0.1132, abs=5e-5)  # printed in the paper
    assert probabilistic_sharpe(DAILY, benchmark) == pytest.approx(0.9004, abs=5e-5)  # printed in the paper


@pytest.mark.parametrize(("skewness", "kurtosis", "trials"), [(-3.0, 10.0, 46), (0.0, 3.0, 88)])
def test_how_many_trials_the_example_bears_at_95_percent(skewness: float, kurtosis: float, trials: int) -> None:
    found = Moments(1250, DAILY.sharpe, skewness, kurtosis)
    assert probabilistic_sharpe(found, expected_maximum(trials, VARIANCE)) == pytest.approx(0.9505, abs=1e-4)  # printed in the paper


def test_the_expected_best_of_ten_by_hand() -> None:
    # Z^-1[0.9] = 1.281552, Z^-1[1 - 1/(10 e)] = Z^-1[0.963212] = 1.789248; 0.422784 * 1.281552 + 0.577216 * 1.789248 = 1.574602
    assert expected_maximum(10, 0.04) == pytest.approx(0.2 * 1.574602, abs=2e-5)


def test_moments_by_hand() -> None:
    # mean 2; deviations -2, -1, 0, 3: squares sum to 14, cubes to 18, fourth powers to 98
    found = moments([0.0, 1.0, 2.0, 5.0])
    assert found is not None
    assert found.observations == 4
    assert found.sharpe == pytest.approx(2 / sqrt(14 / 3), rel=1e-12)
    assert found.skewness == pytest.approx((18 / 4) / (14 / 4) ** 1.5, rel=1e-12)
    assert found.kurtosis == pytest.approx((98 / 4) / (14 / 4) ** 2, rel=1e-12)


def test_one_trial_was_not_selected() -> None:
    found = deflated_sharpe(DAILY, [DAILY.sharpe], 1)
    assert (found.benchmark, found.variance) == (0.0, 0.0)
    assert found.probability == pytest.approx(probabilistic_sharpe(DAILY, 0.0), rel=1e-15)


def test_deflated_over_four_trials_by_hand() -> None:
    # ratios 0.02, 0.04, 0.06, 0.08: variance 0.02^2 * 5 / 3 = 6.6667e-4, root 0.0258199. N = 4: Z^-1[0.75] = 0.674490,
    # Z^-1[1 - 1/(4 e)] = Z^-1[0.908030] = 1.328709; 0.422784 * 0.674490 + 0.577216 * 1.328709 = 1.052115; times the root 0.0271655
    found = deflated_sharpe(Moments(401, 0.08, 0.0, 3.0), [0.02, 0.04, 0.06, 0.08], 4)
    assert found.variance == pytest.approx(6.6667e-4, rel=1e-4)
    assert found.benchmark == pytest.approx(0.0271655, abs=2e-6)
    # (0.08 - 0.0271655) * 20 / sqrt(1 + 0.5 * 0.0064) = 1.055001; Z[1.055001] = 0.854287
    assert found.probability == pytest.approx(0.854287, abs=2e-5)


def test_what_has_no_moments() -> None:
    assert moments([0.1, 0.2]) is None
    assert moments([0.0] * 50) is None


def test_what_is_not_finite_is_refused() -> None:
    with pytest.raises(InvalidInput, match="returns: must be finite"):
        moments([0.1, float("nan"), 0.2])
    with pytest.raises(InvalidInput, match="trials: must be 1 or more"):
        expected_maximum(0.5, 0.1)
    with pytest.raises(InvalidInput, match="variance: must be 0 or more"):
        expected_maximum(5, -0.1)


def test_copies_of_one_trial_are_one_trial_and_strangers_are_many() -> None:
    one = np.random.default_rng(7).normal(size=500)
    assert independent_trials(np.array([one, 2 * one, one + 1])) == pytest.approx(1.0, abs=1e-9)
    strangers = np.random.default_rng(8).normal(size=(20, 20_000))
    assert independent_trials(strangers) == pytest.approx(20, abs=0.1)  # an average correlation within 0.1 / 19 of zero
    assert independent_trials(np.vstack([one, np.zeros(500)])) == 1.0


@given(st.floats(1.0, 1e6), st.floats(0, 10), st.floats(1.0, 100.0))
def test_more_trials_never_lower_the_bar(trials: float, variance: float, more: float) -> None:
    assert expected_maximum(trials * more, variance) >= expected_maximum(trials, variance) - 1e-9
