"""Cash dividends against a tree that pays them, and the rule of Roll (1977) for exercise before an ex-date."""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

import numpy as np
import pytest

from alaris.domain.errors import InvalidInput
from alaris.pricing import early_exercise_risk, escrowed_spot, price


def tree_with_dividend(
    spot: float, strike: float, time: float, rate: float, volatility: float, dividend: float, ex_time: float
) -> tuple[float, float]:
    """American call and the call not exercised before the ex-date, on a binomial tree of the spot that really pays the dividend.

    At the ex-date the value after the payment is interpolated between the nodes of the tree (Haug, Haug and Lewis 2003).
    """
    steps = 800
    dt = time / steps
    up = exp(volatility * sqrt(dt))
    probability = (exp(rate * dt) - 1 / up) / (up - 1 / up)
    at_ex = round(ex_time / dt)
    american = patient = np.maximum(spot * up ** np.arange(-steps, steps + 1, 2) - strike, 0.0)
    for level in range(steps - 1, -1, -1):
        spots = spot * up ** np.arange(-level, level + 1, 2)
        american, patient = (exp(-rate * dt) * (probability * v[1:] + (1 - probability) * v[:-1]) for v in (american, patient))
        if level == at_ex:
            american, patient = (np.interp(np.maximum(spots - dividend, 0.0), spots, v) for v in (american, patient))
        american = np.maximum(american, spots - strike) if level <= at_ex else american
    return float(american[0]), float(patient[0])


TERMS = {"strike": 100.0, "time": 0.25, "rate": 0.03, "volatility": 0.25, "dividend": 2.0, "ex_time": 0.1}


@pytest.mark.parametrize("spot", [95.0, 105.0, 115.0, 130.0])
def test_exercise_is_advised_where_the_tree_exercises(spot: float) -> None:
    american, patient = tree_with_dividend(spot, **TERMS)
    risk = early_exercise_risk(spot, TERMS["strike"], TERMS["time"], TERMS["rate"], TERMS["volatility"], dividend=2.0, ex_time=0.1)
    # the right to exercise before the ex-date is worth something exactly where exercise has a chance
    assert american >= patient - 1e-9
    if risk.probability < 1e-3:
        assert american - patient < 1e-3
    if risk.probability > 0.3:
        assert american - patient > 1e-2


def test_at_the_critical_spot_both_are_worth_the_same() -> None:
    risk = early_exercise_risk(110.0, 100.0, 0.25, 0.03, 0.25, dividend=2.0, ex_time=0.1)
    held = price(True, risk.critical_spot - 2.0, 100.0, 0.15, 0.03, 0.0, 0.25)
    assert risk.critical_spot - 100.0 == pytest.approx(held, abs=1e-8)
    above = early_exercise_risk(risk.critical_spot * exp(-0.003) + 0.01, 100.0, 0.25, 0.03, 0.25, dividend=2.0, ex_time=0.1)
    below = early_exercise_risk(risk.critical_spot * exp(-0.003) - 0.01, 100.0, 0.25, 0.03, 0.25, dividend=2.0, ex_time=0.1)
    assert above.advantage > 0 > below.advantage


def test_no_exercise_for_a_dividend_below_the_interest_on_the_strike() -> None:
    """Merton (1973): D < K (1 - e^{-r (T - t)}) is never reason to exercise."""
    interest = 100.0 * (1 - exp(-0.05 * 0.4))
    risk = early_exercise_risk(np.array([90.0, 150.0, 400.0]), 100.0, 0.5, 0.05, 0.2, dividend=0.99 * interest, ex_time=0.1)
    assert np.all(risk.critical_spot == np.inf)
    assert np.all(risk.probability == 0.0)
    assert np.all(risk.advantage < 0.0)


def test_probability_is_the_lognormal_tail() -> None:
    risk = early_exercise_risk(120.0, 100.0, 0.3, 0.0, 0.2, dividend=3.0, ex_time=0.2)
    random = np.random.default_rng(4).normal(size=400_000)
    simulated = 120.0 * np.exp(0.2 * sqrt(0.2) * random - 0.5 * 0.04 * 0.2)
    assert risk.probability == pytest.approx(np.mean(simulated > risk.critical_spot), abs=3e-3)  # four standard errors of the mean
    today = early_exercise_risk(np.array([101.0, 120.0]), 100.0, 0.3, 0.0, 0.2, dividend=3.0, ex_time=0.0)
    assert list(today.probability) == [0.0, 1.0]


def test_escrowed_spot_by_hand() -> None:
    # 100 - 1 e^{-0.05 / 2} = 99.0246901; the second dividend comes after expiry
    assert escrowed_spot(100.0, 0.05, 0.75, [1.0, 5.0], [0.5, 1.0]) == pytest.approx(99.0246900880, abs=1e-9)
    np.testing.assert_allclose(escrowed_spot([50.0, 60.0], 0.0, [0.4, 0.6], [1.0], [0.5]), [50.0, 59.0])


def test_escrowing_is_near_the_tree_for_a_european_call_and_early_dividend() -> None:
    _, patient = tree_with_dividend(100.0, 100.0, 0.5, 0.03, 0.25, 1.0, 0.02)
    escrowed = price(True, escrowed_spot(100.0, 0.03, 0.5, [1.0], [0.02]), 100.0, 0.5, 0.03, 0.0, 0.25)
    assert escrowed == pytest.approx(patient, abs=0.02)


@pytest.mark.parametrize(
    ("change", "field"), [({"dividend": -1.0}, "dividend"), ({"ex_time": 0.6}, "ex_time"), ({"ex_time": -0.1}, "ex_time")]
)
def test_what_cannot_be_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        early_exercise_risk(100.0, 100.0, 0.5, 0.03, 0.2, **({"dividend": 1.0, "ex_time": 0.1} | change))
    assert error.value.field == field


def test_dividends_beyond_the_spot_are_refused() -> None:
    for dividends, dates, field in [([200.0], [0.1], "dividends"), ([-1.0], [0.1], "dividends"), ([1.0], [0.1, 0.2], "ex_times")]:
        with pytest.raises(InvalidInput) as error:
            escrowed_spot(100.0, 0.0, 1.0, dividends, dates)
        assert error.value.field == field
