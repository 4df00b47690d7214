"""Fractional Kelly: hand-worked shares, the start without a record, and never more than the cap."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.domain import Recommendation
from alaris.plugins import Portfolio, Settings, samples
from alaris_plugins.kelly import Kelly, kelly_fraction

DEBIT = 145.0  # USD a spread: the sample's natural debit of 1.45 times 100
RETURNS = st.lists(st.floats(-1, 5), max_size=60).map(tuple)


def size(equity: float, returns: tuple[float, ...] = (), recommendation: Recommendation = Recommendation.RECOMMENDED) -> int:
    signal = replace(samples.signal(), recommendation=recommendation)
    return Kelly(Settings()).position_size(signal, samples.calendar(), Portfolio(equity, equity, closed_returns=returns))


def test_kelly_by_hand() -> None:
    # p = 0.6, mean gain 0.5, mean loss 0.25, so b = 2: (0.6 * 2 - 0.4) / 2 = 0.4
    assert kelly_fraction((0.5,) * 6 + (-0.25,) * 4) == pytest.approx(0.4)


@pytest.mark.parametrize(("returns", "share"), [((0.1,) * 20, 1.0), ((-0.1,) * 20, -1.0), ((0.0,) * 20, -1.0), ((), -1.0)])
def test_one_sided_records(returns: tuple[float, ...], share: float) -> None:
    assert kelly_fraction(returns) == share


def test_without_twenty_trades_one_per_cent() -> None:
    assert size(100_000) == int(1_000 / DEBIT)
    assert size(100_000, (0.5,) * 19) == int(1_000 / DEBIT)
    assert size(100_000, recommendation=Recommendation.CONSIDER) == int(500 / DEBIT)
    assert size(100_000, recommendation=Recommendation.AVOID) == 0


def test_a_quarter_of_kelly_under_the_cap() -> None:
    # p = 0.5, b = 1.2: (0.5 * 1.2 - 0.5) / 1.2 = 1/12; a quarter of it is 2.083 % of equity
    record = (0.6,) * 10 + (-0.5,) * 10
    assert size(100_000, record) == int(2_083.33 / DEBIT)
    assert size(100_000, record, Recommendation.CONSIDER) == int(1_041.66 / DEBIT)
    assert size(100_000, (0.5,) * 20) == int(6_000 / DEBIT)  # a perfect record is capped at 6 %


def test_no_edge_no_size() -> None:
    assert size(100_000, (0.2,) * 10 + (-0.3,) * 10) == 0


@pytest.mark.parametrize("equity", [0.0, -1.0, 14_499.0, float("nan")])
def test_equity_that_does_not_pay_for_one_spread(equity: float) -> None:
    assert size(equity) == 0


def test_a_calendar_that_costs_nothing_has_no_size() -> None:
    whole = samples.calendar()
    free = replace(whole, back=replace(whole.back, ask=whole.front.bid))
    unquoted = samples.unquoted_calendar()
    for calendar in (free, unquoted):
        assert Kelly(Settings()).position_size(samples.signal(), calendar, samples.portfolio()) == 0


@given(st.floats(0, 1e7), RETURNS)
def test_never_more_than_the_cap(equity: float, returns: tuple[float, ...]) -> None:
    assert 0 <= size(equity, returns) * DEBIT <= 0.06 * equity * (1 + 1e-9)
