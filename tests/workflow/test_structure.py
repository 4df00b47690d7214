"""The calendar's expiries, right and strike: holidays, Saturdays, ties, and what a chain may lack."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from sample_market import EVE, REPORT, SYMBOL, SampleMarket, WeekdaySessions, close_of, fridays, made_chain, sample_workflow

from alaris.domain import Dividend, MarketSnapshot, OptionChain, Reason, Rejection, Right
from alaris.settings import Structure
from alaris.workflow.clock import is_standard_monthly
from alaris.workflow.structure import choose_calendar, choose_right, common_strike, front_and_back

SESSIONS, SETTINGS = WeekdaySessions(), Structure()


def snapshot_of(market: SampleMarket) -> MarketSnapshot:
    workflow = sample_workflow(market)
    (report,), _ = workflow.reports([SYMBOL], close_of(EVE))
    snapshot = workflow.snapshot(report, close_of(EVE))
    assert isinstance(snapshot, MarketSnapshot), snapshot
    return snapshot


def chain_of(expiries: list[date], spot: float = 100.0) -> OptionChain:
    return made_chain(close_of(EVE), spot, expiries)


def test_front_lives_through_the_report_and_back_is_a_standard_monthly_three_weeks_behind() -> None:
    assert front_and_back(chain_of(fridays(EVE, 20)), REPORT, SETTINGS, SESSIONS) == (date(2024, 5, 17), date(2024, 6, 21))


def test_a_report_after_the_close_of_an_expiry_day_needs_the_next_expiry() -> None:
    reaction = date(2024, 5, 20)  # reported on Friday the 17th after the close
    assert front_and_back(chain_of(fridays(EVE, 20)), reaction, SETTINGS, SESSIONS) == (date(2024, 5, 24), date(2024, 6, 21))


def test_a_front_that_expires_in_the_reaction_session_counts() -> None:
    assert front_and_back(chain_of(fridays(EVE, 20)), date(2024, 5, 17), SETTINGS, SESSIONS) == (date(2024, 5, 17), date(2024, 6, 21))


def test_saturday_dates_trade_last_on_the_friday() -> None:
    listed = [date(2014, 6, 21), date(2014, 6, 27), date(2014, 7, 19), date(2014, 8, 16)]
    chain = made_chain(close_of(date(2014, 6, 18)), 100.0, listed, date(2014, 6, 20))
    assert front_and_back(chain, date(2014, 6, 20), SETTINGS, SESSIONS) == (date(2014, 6, 21), date(2014, 7, 19))
    # reported after that Friday's close: the Saturday date no longer trades
    assert front_and_back(chain, date(2014, 6, 23), SETTINGS, SESSIONS) == (date(2014, 6, 27), date(2014, 7, 19))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 6, 21), True),
        (date(2024, 6, 14), False),
        (date(2024, 6, 28), False),
        (date(2019, 4, 18), True),  # Good Friday was the third Friday
        (date(2019, 4, 26), False),
        (date(2014, 6, 20), True),
    ],
)
def test_standard_monthlies(day: date, expected: bool) -> None:
    assert is_standard_monthly(day, WeekdaySessions(frozenset({date(2019, 4, 19)}))) is expected


def test_missing_expiries_are_refused() -> None:
    late = front_and_back(chain_of([date(2024, 6, 21), date(2024, 7, 19)]), REPORT, SETTINGS, SESSIONS)
    assert late == Rejection(Reason.NO_FRONT_EXPIRY, value="2024-07-19", limit="2024-05-14")
    near = front_and_back(chain_of([date(2024, 5, 17), date(2024, 5, 24), date(2024, 6, 14)]), REPORT, SETTINGS, SESSIONS)
    assert near == Rejection(Reason.NO_BACK_EXPIRY, value=28, limit=21)


@pytest.mark.parametrize(
    ("spot", "right", "expected"),
    [(100.5, Right.CALL, 101.0), (100.5, Right.PUT, 100.0), (100.3, Right.CALL, 100.0), (100.7, Right.PUT, 101.0)],
)
def test_of_two_equally_near_strikes_calls_take_the_higher_and_puts_the_lower(spot: float, right: Right, expected: float) -> None:
    assert common_strike(chain_of(fridays(EVE, 20), spot), date(2024, 5, 17), date(2024, 6, 21), right) == expected


def test_a_strike_must_be_quoted_on_both_sides_in_both_expiries() -> None:
    chain = chain_of(fridays(EVE, 20), 100.3)
    dead = (chain.strike == 100) & (chain.expiry == np.datetime64("2024-06-21"))
    broken = replace(chain, bid=np.where(dead, 0.0, chain.bid))
    assert common_strike(broken, date(2024, 5, 17), date(2024, 6, 21), Right.CALL) == 101.0
    assert common_strike(replace(chain, bid=np.zeros(len(chain))), date(2024, 5, 17), date(2024, 6, 21), Right.CALL) is None


def test_puts_while_the_spot_is_under_its_mean_of_fifty_sessions() -> None:
    snapshot = snapshot_of(SampleMarket())
    mean = float(np.mean(snapshot.bars.value.close[-50:]))
    under, over = (replace(snapshot, spot=replace(snapshot.spot, value=mean + step)) for step in (-0.01, 0.01))
    assert choose_right(under, SETTINGS) is Right.PUT
    assert choose_right(over, SETTINGS) is Right.CALL
    assert choose_right(under, Structure(follow_trend=False)) is Right.CALL
    short = replace(under, bars=replace(under.bars, value=under.bars.value.last(49)))
    assert choose_right(short, SETTINGS) is Right.CALL


def test_a_short_call_in_the_money_over_an_ex_dividend_date_is_refused() -> None:
    snapshot = replace(snapshot_of(SampleMarket()), dividends=(Dividend(date(2024, 5, 16), 0.5),))
    calls = Structure(follow_trend=False)
    nearest = np.round(snapshot.spot.value)
    for shift, refused in ((0.3, True), (-0.3, False)):
        chain = made_chain(close_of(EVE), float(nearest + shift), fridays(EVE, 20))
        moved = replace(snapshot, chain=replace(snapshot.chain, value=chain), spot=replace(snapshot.spot, value=chain.spot))
        found = choose_calendar(moved, calls, SESSIONS)
        assert isinstance(found, Rejection) is refused
        if isinstance(found, Rejection):
            assert found == Rejection(Reason.EX_DIVIDEND, value="2024-05-16", limit="2024-05-17")


def test_legs_carry_quotes_and_greeks_of_their_own_volatility() -> None:
    snapshot = snapshot_of(SampleMarket())
    calendar = choose_calendar(snapshot, SETTINGS, SESSIONS)
    assert not isinstance(calendar, Rejection)
    front, back = calendar.front, calendar.back
    assert (front.leg.ratio, back.leg.ratio) == (-1, 1)
    assert front.leg.strike == back.leg.strike
    # the model of the sample market; a cent of price is 0.1 points of the front's volatility
    assert front.implied_volatility == pytest.approx(np.sqrt(0.09 + 0.0036 * 365 / 4), abs=0.002)
    assert back.implied_volatility == pytest.approx(np.sqrt(0.09 + 0.0036 * 365 / 39), abs=0.001)
    assert 0 < front.vega < back.vega
    assert front.gamma > back.gamma > 0
    assert front.theta < back.theta < 0
    assert abs(front.delta) == pytest.approx(0.5, abs=0.1)
