"""Phase 7: quotes that may be ordered from, and the ladder of limits."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sample_market import EVE, NAN, SYMBOL, SampleMarket, close_of, sample_workflow

from alaris.domain import Calendar, Leg, LegQuote, MarketSnapshot, Reason, Rejection, Right
from alaris.settings import ExecutionQuotes, Orders
from alaris.workflow.execution_pricing import checked_calendar, climbing

NOW = close_of(EVE)
ORDERS = Orders()


def snapshot() -> MarketSnapshot:
    workflow = sample_workflow(SampleMarket())
    (report,), _ = workflow.reports([SYMBOL], NOW)
    found = workflow.snapshot(report, NOW)
    assert isinstance(found, MarketSnapshot)
    return found


SNAPSHOT = snapshot()
STRIKE = float(np.round(SNAPSHOT.spot.value))
LEGS = (Leg(SYMBOL, Right.CALL, STRIKE, date(2024, 5, 17), -1), Leg(SYMBOL, Right.CALL, STRIKE, date(2024, 6, 21), 1))
GOOD = SampleMarket().quotes(LEGS, NOW)


def checked(front: LegQuote, back: LegQuote) -> Calendar | Rejection:
    return checked_calendar((front, back), LEGS, SNAPSHOT.chain.value, ExecutionQuotes(), NOW)


def test_good_quotes_make_a_calendar_with_its_own_volatilities() -> None:
    calendar = checked(*GOOD)
    assert isinstance(calendar, Calendar)
    # the sample market: sqrt(0.30^2 + 0.06^2 * 365/4), sqrt(0.30^2 + 0.06^2 * 365/39); a cent of price is 0.1-0.5 points here
    assert calendar.front.implied_volatility == pytest.approx(np.sqrt(0.09 + 0.0036 * 365 / 4), abs=0.003)
    assert calendar.back.implied_volatility == pytest.approx(np.sqrt(0.09 + 0.0036 * 365 / 39), abs=0.002)
    assert calendar.natural_debit == pytest.approx(calendar.mid_debit + 0.02, abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bid": NAN}, Reason.NO_EXECUTION_QUOTE),
        ({"bid": 0.0}, Reason.NO_EXECUTION_QUOTE),
        ({"bid": -0.1}, Reason.NO_EXECUTION_QUOTE),
        ({"ask": NAN}, Reason.NO_EXECUTION_QUOTE),
        ({"bid": 1.19, "ask": 0.03}, Reason.CROSSED_QUOTE),  # YUM 170804C00076500 as LEAN showed it on 2017-08-03
        ({"observed_at": NOW - timedelta(minutes=16)}, Reason.STALE_QUOTE),
        ({"observed_at": NOW + timedelta(seconds=1)}, Reason.NO_EXECUTION_QUOTE),
    ],
)
@pytest.mark.parametrize("side", [0, 1])
def test_quotes_that_may_not_be_ordered_from(changes: dict[str, float], reason: Reason, side: int) -> None:
    quotes = list(GOOD)
    quotes[side] = replace(quotes[side], **changes)  # type: ignore[arg-type] # one of several fields
    refused = checked(*quotes)
    assert isinstance(refused, Rejection)
    assert refused.reason is reason


def test_a_calendar_that_costs_nothing_has_a_wrong_quote() -> None:
    refused = checked(replace(GOOD[0], bid=9.0, ask=9.1), GOOD[1])
    assert isinstance(refused, Rejection)
    assert refused.reason is Reason.DEBIT_NOT_POSITIVE


def test_quotes_of_other_legs_are_no_quotes() -> None:
    assert isinstance(checked(GOOD[1], GOOD[0]), Rejection)


def test_the_ladder_climbs_from_a_quarter_of_the_way_to_natural_within_three_minutes() -> None:
    ladder = climbing(mid=1.00, natural=1.40, settings=ORDERS, start=0.25)
    assert ladder.prices == pytest.approx((1.10, 1.20, 1.30, 1.40))
    assert ladder.seconds == (60.0, 60.0, 60.0, 60.0)
    assert sum(ladder.seconds[:-1]) == ORDERS.climb_seconds


def test_a_closing_ladder_falls_to_natural() -> None:
    assert climbing(mid=1.00, natural=0.60, settings=ORDERS, start=0.25).prices == pytest.approx((0.90, 0.80, 0.70, 0.60))


def test_at_natural_there_is_one_limit() -> None:
    assert climbing(1.0, 1.4, ORDERS, 1.0).prices == pytest.approx((1.40,))


@given(st.floats(-5, 50), st.floats(-3, 3))
def test_a_ladder_always_ends_at_natural_or_the_tick_behind_it_and_never_turns(mid: float, distance: float) -> None:
    assume(abs(distance) > 1e-5)  # a thousandth of a tick; nearer, natural is the mid
    natural = mid + distance
    ladder = climbing(mid, natural, ORDERS, ORDERS.start)
    steps = np.diff(ladder.prices)
    assert len(ladder.prices) == len(ladder.seconds)
    assert abs(ladder.prices[-1] - natural) <= ORDERS.tick + 1e-6
    if distance >= 0:
        assert (steps > 0).all()
        assert ladder.prices[-1] >= natural - 1e-6
    else:
        assert (steps < 0).all()
        assert ladder.prices[-1] <= natural + 1e-6
