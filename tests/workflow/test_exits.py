"""When a calendar is left: the session of the reaction, and what closes it earlier."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from sample_market import EVE, NEW_YORK, PORTFOLIO, REPORT, SYMBOL, SampleMarket, close_of, sample_settings, sample_workflow, without

from alaris.domain import Calendar, Decision, Dividend, Execution, LegQuote, Right
from alaris.workflow import ExitReason
from alaris.workflow.exits import exercise_probability

MARKET = SampleMarket()
WORKFLOW = sample_workflow(MARKET)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), NEW_YORK)


@pytest.fixture(scope="module")
def held() -> Decision:
    (report,), _ = WORKFLOW.reports([SYMBOL], close_of(EVE))
    decision = WORKFLOW.decide(report, PORTFOLIO, close_of(EVE))
    assert decision.calendar is not None
    return WORKFLOW.entered(decision, Execution(close_of(EVE), decision.calendar.natural_debit, (), decision.calendar, decision.spot))


def now(held: Decision, **front: float) -> Calendar:
    """The entry's calendar, with some fields of the front leg as they are now."""
    assert held.calendar is not None
    return Calendar(replace(held.calendar.front, **front), held.calendar.back)  # type: ignore[arg-type] # numbers of a quote


def due(held: Decision, calendar: Calendar | None, as_of: datetime, spot: float | None = None) -> ExitReason | None:
    return WORKFLOW.exit_due(held, calendar, held.spot if spot is None else spot, as_of)


def test_held_until_a_quarter_of_an_hour_behind_the_reactions_open(held: Decision) -> None:
    assert due(held, now(held), at(EVE, 16)) is None
    assert due(held, now(held), at(REPORT, 9, 44)) is None
    assert due(held, now(held), at(REPORT, 9, 45)) is ExitReason.REACTION
    # on daily data the first look in that session is its close
    assert due(held, None, at(REPORT, 16)) is ExitReason.REACTION


def test_the_short_leg_is_never_held_into_the_last_hour_of_its_last_session(held: Decision) -> None:
    assert held.report is not None
    later = replace(held, report=replace(held.report, reaction_session=date(2024, 5, 20)))
    assert due(later, now(held), at(date(2024, 5, 17), 14, 59)) is None
    assert due(later, now(held), at(date(2024, 5, 17), 15)) is ExitReason.EXPIRY


def test_a_loss_of_the_whole_debit_closes(held: Decision) -> None:
    assert held.calendar is not None
    assert held.entry is not None
    front, paid = held.calendar.front, held.entry.price
    # closing brings back.bid - front.ask; at minus a cent the whole debit and a cent more are lost
    worthless = now(held, ask=held.calendar.back.bid + 0.01, bid=front.bid)
    assert paid - worthless.natural_credit > paid
    assert due(held, worthless, at(EVE, 16)) is ExitReason.LOSS


def test_four_fifths_of_the_expected_crush_are_enough(held: Decision) -> None:
    assert held.calendar is not None
    assert held.signal is not None
    entry, expected = held.calendar.front.implied_volatility, held.signal.expected_crush
    almost, enough = (entry * (1 - share * expected) for share in (0.79, 0.81))
    assert due(held, now(held, implied_volatility=almost), at(EVE, 16)) is None
    assert due(held, now(held, implied_volatility=enough), at(EVE, 16)) is ExitReason.CRUSH_CAPTURED


def test_quotes_more_than_twice_as_wide_close(held: Decision) -> None:
    assert held.calendar is not None
    front = held.calendar.front
    width = front.ask - front.bid + held.calendar.back.ask - held.calendar.back.bid
    assert due(held, now(held, bid=front.bid - 0.9 * width), at(EVE, 16)) is None
    assert due(held, now(held, bid=front.bid - 1.1 * width), at(EVE, 16)) is ExitReason.SPREAD_WIDENED


def test_a_short_call_in_the_money_before_an_ex_dividend_date_closes(held: Decision) -> None:
    assert held.calendar is not None
    assert held.snapshot is not None

    def call(quote: LegQuote) -> LegQuote:
        return replace(quote, leg=replace(quote.leg, right=Right.CALL))

    calendar = Calendar(call(held.calendar.front), call(held.calendar.back))
    paying = replace(held, calendar=calendar, snapshot=replace(held.snapshot, dividends=(Dividend(date(2024, 5, 16), 0.4),)))
    strike = calendar.front.leg.strike
    assert due(paying, None, at(EVE, 16), strike + 0.5) is ExitReason.EX_DIVIDEND
    assert due(paying, None, at(EVE, 16), strike - 0.5) is None
    assert due(held, None, at(EVE, 16), strike + 0.5) is None


def test_health_says_what_changed_since_the_entry(held: Decision) -> None:
    assert held.calendar is not None
    front, back = held.calendar.front, held.calendar.back
    later = timedelta(days=1)
    moved = Calendar(
        replace(front, implied_volatility=front.implied_volatility / 2, delta=front.delta + 0.1, observed_at=front.observed_at + later),
        replace(back, observed_at=back.observed_at + later),
    )
    health = WORKFLOW.health(held, moved, held.spot * 1.06)
    assert health.front_crush == pytest.approx(0.5)
    assert health.back_crush == pytest.approx(0.0)
    assert health.delta_drift == pytest.approx(-0.1)
    assert health.unrealized == pytest.approx(held.calendar.mid_debit - held.calendar.natural_debit)
    assert health.decay == pytest.approx((back.theta - front.theta) / 365)
    assert health.alerts == (f"{SYMBOL} moved +6.0% since the entry",)
    assert not WORKFLOW.health(held, moved, held.spot * 1.04).alerts


def test_expected_profit_starts_at_the_mid_and_needs_no_market_to_move(held: Decision) -> None:
    assert held.calendar is not None
    assert held.entry is not None
    at_once = WORKFLOW.health(held, now(held), held.spot)
    # at the entry itself both legs are worth their mids, so what is expected is what was given away: mid less natural
    assert at_once.expected == pytest.approx(held.calendar.mid_debit - held.entry.price, abs=0.002)


def test_behind_the_report_the_legs_are_expected_at_their_volatility_without_the_event(held: Decision) -> None:
    assert held.entry is not None
    later = at(REPORT, 16)
    seen = WORKFLOW.calendar_now(held, later, MARKET.spot(later))
    assert seen is not None
    # the sample market follows the model: the calendar's mid is then what the model expects of it, within half a quote's width
    health = WORKFLOW.health(held, seen, MARKET.spot(later))
    assert health.expected == pytest.approx(health.unrealized, abs=0.02)


def test_a_short_call_near_the_money_before_a_large_dividend_closes_by_its_chance_of_exercise(held: Decision) -> None:
    assert held.calendar is not None
    assert held.snapshot is not None
    call = Calendar(*(replace(q, leg=replace(q.leg, right=Right.CALL)) for q in (held.calendar.front, held.calendar.back)))
    paying = replace(held, calendar=call, snapshot=replace(held.snapshot, dividends=(Dividend(date(2024, 5, 16), 5.0),)))
    strike = call.front.leg.strike
    # 5 USD on the last day but one: whoever holds an at-the-money call then exercises it, so the chance is that of ending above it
    chance = exercise_probability(paying, call, strike, at(EVE, 16))
    assert chance == pytest.approx(0.5, abs=0.05)
    assert exercise_probability(paying, call, strike * 0.9, at(EVE, 16)) < 0.1
    assert exercise_probability(held, held.calendar, strike, at(EVE, 16)) == 0.0  # a put's holder waits for no dividend
    careful = sample_workflow(MARKET, sample_settings(exits__exercise_probability="0.3"))
    assert careful.exit_due(paying, call, strike * 0.999, at(EVE, 16)) is ExitReason.EX_DIVIDEND
    assert careful.exit_due(paying, call, strike * 0.9, at(EVE, 16)) is None


def test_an_open_calendar_is_read_at_the_spot_of_the_moment(held: Decision) -> None:
    later = at(REPORT, 16)
    seen = WORKFLOW.calendar_now(held, later)
    assert seen is not None
    # the report is out: what is left of both legs is the sample market's sigma
    assert seen.front.implied_volatility == pytest.approx(0.30, abs=0.003)
    assert seen.back.implied_volatility == pytest.approx(0.30, abs=0.001)
    health = WORKFLOW.health(held, seen, MARKET.spot(later))
    assert health.front_crush == pytest.approx(0.535, abs=0.01)
    dead = sample_workflow(SampleMarket(edit_quote=lambda quote: replace(quote, bid=0.0)))
    assert dead.calendar_now(held, later) is None


def test_the_curve_behind_the_report_is_flat_at_sigma_and_absent_without_a_chain(held: Decision) -> None:
    curve = WORKFLOW.curve_at(held, at(REPORT, 16))
    assert len(curve) > 3
    assert all(volatility == pytest.approx(0.30, abs=0.001) for _, volatility in curve)
    assert sample_workflow(without(MARKET, "option_chain")).curve_at(held, at(REPORT, 16)) == ()
