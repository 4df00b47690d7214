"""Scenario risk: nothing at rest, never worse than the debit of a long calendar, and additive over positions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from pydantic import ValidationError

from alaris.domain import Calendar, Leg, LegQuote, Right
from alaris.pricing import price
from alaris.risk.scenarios import HeldCalendar, scenario_risk
from alaris.settings import Scenarios

NAN, NOW = float("nan"), datetime(2024, 5, 13, 20, tzinfo=UTC)
YEARS = (4 / 365, 39 / 365)
GRID = Scenarios()


def quote(expiry: date, ratio: int, years: float, volatility: float) -> LegQuote:
    value = float(price(True, 100.0, 100.0, years, 0.04, 0.0, volatility, precision="fast"))
    return LegQuote(Leg("ABC", Right.CALL, 100.0, expiry, ratio), value - 0.01, value + 0.01, 1, 1, volatility, NAN, NAN, NAN, NAN, NOW)


def held(symbol: str = "ABC", shares: int = 200) -> HeldCalendar:
    calendar = Calendar(quote(date(2024, 5, 17), -1, YEARS[0], 0.65), quote(date(2024, 6, 21), 1, YEARS[1], 0.35))
    return HeldCalendar(symbol, calendar, shares, YEARS, 100.0, 0.04, 0.0)


def test_nothing_moves_where_nothing_moves() -> None:
    risk = scenario_risk([held()], GRID)
    assert risk.profit.shape == (1, 6, 7, 21)
    assert risk.profit[0, 0, 3, 10] == 0.0
    assert list(risk.spot_moves[[0, 10, 20]]) == [-0.20, 0.0, 0.20]


def test_a_long_calendar_loses_about_its_debit_at_most() -> None:
    one = held()
    risk = scenario_risk([one], GRID)
    debit = 200 * one.calendar.mid_debit
    assert -debit <= risk.worst < -0.5 * debit  # far from the strike a calendar is worth little, and never less than nothing
    case = risk.worst_case()
    assert case["profit"] == risk.worst
    assert abs(case["spot_move"]) == pytest.approx(0.20)
    # by hand: a spot 20 % up, volatilities as they are, today
    up = price(True, 120.0, 100.0, np.array(YEARS), 0.04, 0.0, np.array([0.65, 0.35]), precision="fast")
    assert risk.profit[0, 0, 3, 20] == pytest.approx(200 * (up[1] - up[0] - one.calendar.mid_debit), abs=0.02)


def test_positions_add_up_and_one_without_volatility_is_left_out() -> None:
    both = scenario_risk([held("ABC", 100), held("XYZ", 300)], GRID)
    assert both.worst == pytest.approx(scenario_risk([held(shares=400)], GRID).worst)
    assert both.worst_of("XYZ") == pytest.approx(3 * both.worst_of("ABC"))
    blind = replace(held("NIL"), calendar=Calendar(replace(held().calendar.front, implied_volatility=NAN), held().calendar.back))
    assert scenario_risk([blind], GRID).symbols == ()
    assert scenario_risk([blind], GRID).worst == 0.0
    assert scenario_risk([], GRID).worst_case() == {}


def test_an_even_grid_is_refused() -> None:
    with pytest.raises(ValidationError, match="must be odd"):
        Scenarios(spot_steps=20)
