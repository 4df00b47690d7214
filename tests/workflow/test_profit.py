"""Profit explained: parts that add up to the cent, parts with the sign they must have, and honesty about what cannot be repriced."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alaris.domain import Calendar, Decision, Execution, Fill, Leg, LegQuote, Right
from alaris.pricing import price
from alaris.workflow.profit import explain, with_profit

ENTRY = datetime(2024, 5, 13, 20, tzinfo=UTC)
EXIT = ENTRY + timedelta(days=1)
NAN = float("nan")
RATE, DIVIDENDS = 0.03, 0.01
FRONT = Leg("ABC", Right.CALL, 100.0, date(2024, 5, 17), -1)
BACK = Leg("ABC", Right.CALL, 100.0, date(2024, 6, 21), 1)


def quote(leg: Leg, spot: float, volatility: float, when: datetime, width: float) -> LegQuote:
    years = (datetime(leg.expiry.year, leg.expiry.month, leg.expiry.day, 20, tzinfo=UTC) - when) / timedelta(days=365)
    mid = float(price(leg.right is Right.CALL, spot, leg.strike, years, RATE, DIVIDENDS, volatility))
    return LegQuote(leg, mid - width / 2, mid + width / 2, NAN, NAN, NAN, NAN, NAN, NAN, NAN, when)


def side(calendar: Calendar, spot: float, net: float, when: datetime, *, fee: float = 1.0) -> Execution:
    fills = tuple(Fill(quote.leg, quote.leg.ratio, quote.mid, fee, when) for quote in (calendar.front, calendar.back))
    return Execution(when, net, fills, calendar, spot)


def made(
    spots: tuple[float, float] = (100.0, 100.0),
    front: tuple[float, float] = (0.6, 0.6),
    back: tuple[float, float] = (0.3, 0.3),
    width: float = 0.1,
) -> tuple[Decision, Execution]:
    """A decision that was entered at natural, and its exit at natural."""
    calendars = [
        Calendar(quote(FRONT, spots[i], front[i], when, width), quote(BACK, spots[i], back[i], when, width))
        for i, when in enumerate((ENTRY, EXIT))
    ]
    entry = side(calendars[0], spots[0], calendars[0].natural_debit, ENTRY)
    decision = Decision(
        "id", "ABC", ENTRY, "eve", "paper", "x", calendar=calendars[0], contracts=3, entry=entry, rate=RATE, dividend_yield=DIVIDENDS
    )
    return decision, side(calendars[1], spots[1], calendars[1].natural_credit, EXIT)


def cents(value: float) -> int:
    return round(value * 100)


@settings(max_examples=60, deadline=None)
@given(
    spots=st.tuples(st.floats(60, 160), st.floats(60, 160)),
    front=st.tuples(st.floats(0.1, 2.0), st.floats(0.1, 2.0)),
    back=st.tuples(st.floats(0.1, 1.0), st.floats(0.1, 1.0)),
    width=st.floats(0.0, 3.0),
)
def test_the_parts_add_up_to_the_cent_whatever_happened(
    spots: tuple[float, float], front: tuple[float, float], back: tuple[float, float], width: float
) -> None:
    decision, execution = made(spots, front, back, width)
    assert decision.entry is not None
    pnl, parts, _ = explain(decision, execution, 100)
    assert parts is not None
    assert pnl == pytest.approx(300 * (execution.price - decision.entry.price) - 4.0, abs=0.005)
    assert cents(parts.jump) + cents(parts.vega) + cents(parts.theta) + cents(parts.spread) + cents(parts.fees) == cents(pnl)
    assert cents(parts.total) == cents(pnl)


def test_only_time_passing_is_theta() -> None:
    pnl, parts, note = explain(*made(width=0.0), 100)
    assert parts is not None
    assert parts.fees == -4.0
    assert abs(parts.jump) <= 0.02
    assert abs(parts.vega) <= 0.01
    assert parts.spread == 0.0
    assert parts.theta == pytest.approx(pnl + 4.0, abs=0.03)
    assert parts.theta > 0  # the short front decays faster
    assert note == ""


def test_a_crush_of_the_front_is_vega() -> None:
    _, still, _ = explain(*made(width=0.0), 100)
    _, parts, _ = explain(*made(front=(0.6, 0.3), width=0.0), 100)
    assert parts is not None
    assert still is not None
    years = 4 / 365
    fall = [float(price(True, 100.0, 100.0, years, RATE, DIVIDENDS, volatility)) for volatility in (0.6, 0.3)]
    assert parts.vega == pytest.approx(300 * (fall[0] - fall[1]), abs=0.02)
    assert parts.jump == pytest.approx(still.jump, abs=0.02)


@pytest.mark.parametrize("spot", [92.0, 108.0])
def test_a_move_either_way_costs_a_calendar(spot: float) -> None:
    _, parts, _ = explain(*made(spots=(100.0, spot), width=0.0), 100)
    assert parts is not None
    moved = [
        float(price(True, at, 100.0, days / 365, RATE, DIVIDENDS, volatility))
        for at in (100.0, spot)
        for days, volatility in ((4, 0.6), (39, 0.3))
    ]
    assert parts.jump == pytest.approx(300 * ((moved[3] - moved[2]) - (moved[1] - moved[0])), abs=0.03)
    assert parts.jump < 0


def test_entering_and_leaving_at_natural_pays_both_widths() -> None:
    # 0.10 wide on each leg: half of both in, half of both out, 0.20 a share; 300 shares
    _, parts, _ = explain(*made(width=0.10), 100)
    assert parts is not None
    assert parts.spread == pytest.approx(-60.0, abs=0.01)


def test_a_leg_without_implied_volatility_is_counted_as_jump_and_said() -> None:
    decision, execution = made(spots=(100.0, 112.0), front=(0.6, 0.2), width=0.0)
    assert execution.calendar is not None
    under = replace(execution.calendar.front, bid=11.5, ask=11.9)  # under the intrinsic value of 12
    mixed = replace(execution, calendar=Calendar(under, execution.calendar.back), price=execution.calendar.back.mid - 11.7)
    closed = with_profit(decision, mixed, 100)
    assert closed.pnl_explained is not None
    assert closed.exit is not None
    assert cents(closed.pnl_explained.total) == cents(closed.pnl)
    assert closed.exit.note == "CALL 100 2024-05-17 has no implied volatility: its whole change is counted as jump"


def test_an_early_assignment_adds_up_and_is_said() -> None:
    decision, _ = made(spots=(100.0, 106.0))
    assert decision.entry is not None
    # the short call was assigned: stock sold at 100 and bought back at 106.2; the orphan back leg sold at 7.1
    fills = (Fill(FRONT, 3, 6.2, 1.5, EXIT), Fill(BACK, -3, 7.1, 1.95, EXIT))
    assigned = Execution(EXIT, 7.1 - 6.2, fills, None, 106.0, note="assigned early")
    closed = with_profit(decision, assigned, 100)
    parts = closed.pnl_explained
    assert parts is not None
    assert closed.exit is not None
    assert closed.pnl == pytest.approx(300 * (0.9 - decision.entry.price) - 2.0 - 3.45, abs=0.005)
    assert cents(parts.total) == cents(closed.pnl)
    assert parts.fees == pytest.approx(-5.45)
    assert closed.exit.note == (
        "assigned early; CALL 100 2024-05-17 had no quote: its whole change is counted as jump; "
        "CALL 100 2024-06-21 had no quote: it is valued at its fill"
    )
    assert closed.snapshot is None


def test_an_exit_without_quotes_or_fills_is_all_jump_but_fees() -> None:
    decision, _ = made()
    assert decision.entry is not None
    bare = Execution(EXIT, 0.5, (), None, 106.0)
    pnl, parts, note = explain(decision, bare, 100)
    assert parts is not None
    assert (parts.vega, parts.theta, parts.spread, parts.fees) == (0.0, 0.0, 0.0, -2.0)
    assert cents(parts.total) == cents(pnl)
    assert "neither quote nor fill" in note


@pytest.mark.parametrize("field", ["rate", "spot"])
def test_unknown_rate_or_spot_still_adds_up(field: str) -> None:
    decision, execution = made(spots=(100.0, 104.0))
    if field == "rate":
        decision = replace(decision, rate=NAN, dividend_yield=NAN)
    else:
        execution = replace(execution, spot=NAN)
    pnl, parts, _ = explain(decision, execution, 100)
    assert parts is not None
    assert np.isfinite(pnl)
    assert cents(parts.total) == cents(pnl)


def test_a_decision_that_was_never_entered_has_no_profit() -> None:
    decision, execution = made()
    pnl, parts, _ = explain(replace(decision, entry=None), execution, 100)
    assert np.isnan(pnl)
    assert parts is None
