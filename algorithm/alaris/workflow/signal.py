"""Phase 5, signal: the criteria of Atilgan (2014), and what the event is expected to do to the calendar (Leung-Santoli)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np

from alaris.domain import Calendar, MarketSnapshot, Reason, Recommendation, Rejection, Right, Sessions, Signal
from alaris.pricing import price
from alaris.settings import Settings, SignalCriteria
from alaris.volatility.event_jump import DAYS_A_YEAR, event_jump, jump_of_moves, shocks, volatility_after
from alaris.volatility.term_structure import Floats, TermStructure
from alaris.workflow.clock import days_until
from alaris.workflow.universe import mean_volume

QUARTER_DAY = 0.25  # an expiry that ends at the close before the reaction does not live through it


def read_signal(snapshot: MarketSnapshot, curve: TermStructure, rv30: float, settings: Settings, sessions: Sessions) -> Signal:
    """Put volatilities, slope and volume before the criteria, and read the event's size off the curve (or off past moves)."""
    iv30, slope = curve.at(30), curve.slope(settings.term_structure.slope_days)
    volume = mean_volume(snapshot.bars.value, settings.universe.volume_sessions)
    ratio = iv30 / rv30
    before = sessions.previous_session(snapshot.report.reaction_session)
    reaction_days = days_until(before, snapshot.chain.value.as_of) + QUARTER_DAY
    jump = event_jump(curve, reaction_days)
    if not np.isfinite(jump):
        jump = past_jump(snapshot, settings.signal)
    return Signal(
        recommendation=recommend(ratio, slope, volume, settings.signal, settings.universe.minimum_volume),
        iv30=iv30,
        iv60=curve.at(60),
        iv90=curve.at(90),
        front_iv=float(curve.volatility[0]),
        slope=slope,
        rv30=rv30,
        iv_rv_ratio=ratio,
        mean_volume=volume,
        sigma_event=jump,
        expected_crush=_crush(curve, reaction_days, jump),
    )


def recommend(ratio: float, slope: float, volume: float, criteria: SignalCriteria, minimum_volume: float) -> Recommendation:
    """All three criteria: RECOMMENDED; the slope and one other: CONSIDER; else AVOID."""
    steep = slope <= criteria.maximum_slope
    others = (ratio >= criteria.minimum_ratio) + (volume >= minimum_volume)
    if steep and others == 2:
        return Recommendation.RECOMMENDED
    return Recommendation.CONSIDER if steep and others == 1 else Recommendation.AVOID


def refusal_of(signal: Signal, criteria: SignalCriteria) -> Rejection | None:
    """Why the signal ends the decision, if it does."""
    if signal.recommendation is Recommendation.AVOID:
        # the slope is the one criterion that no signal goes without
        steep = signal.slope <= criteria.maximum_slope
        value, limit = (signal.iv_rv_ratio, criteria.minimum_ratio) if steep else (signal.slope, criteria.maximum_slope)
        return Rejection(Reason.SIGNAL_AVOID, value=value, limit=limit)
    if signal.recommendation is Recommendation.CONSIDER and not criteria.trade_consider:
        return Rejection(Reason.SIGNAL_ONLY_CONSIDER, value=signal.iv_rv_ratio, limit=criteria.minimum_ratio)
    return None


def past_jump(snapshot: MarketSnapshot, criteria: SignalCriteria) -> float:
    """Size of the past reports' moves; NaN where too few are known."""
    return jump_of_moves([event.move for event in snapshot.past_reports], criteria.minimum_past_moves)


def with_expected_profit(
    signal: Signal, snapshot: MarketSnapshot, curve: TermStructure, calendar: Calendar, *, exit_at: datetime, criteria: SignalCriteria
) -> Signal:
    """Add the expected profit of the calendar from mid to mid, over the jump's distribution.

    The past moves give the distribution where enough are known, else what the options price in.
    """
    happened = past_jump(snapshot, criteria)
    jump = happened if np.isfinite(happened) else signal.sigma_event
    expected = expected_profit(snapshot, calendar, exit_at, after=legs_after(curve, calendar, signal.sigma_event), jump=jump)
    return replace(signal, expected_pnl=expected)


def legs_after(curve: TermStructure, calendar: Calendar, jump: float) -> Floats:
    """Volatility of front and back leg after the report: each loses the share that the at-the-money one of its expiry loses."""
    quotes = (calendar.front, calendar.back)
    days = np.array([days_until(quote.leg.expiry, quote.observed_at) for quote in quotes])
    level = np.array([curve.at(float(day)) for day in days])
    own = np.array([quote.implied_volatility for quote in quotes])
    left: Floats = own * volatility_after(level, days / DAYS_A_YEAR, jump) / level
    return left


def expected_profit(snapshot: MarketSnapshot, calendar: Calendar, exit_at: datetime, *, after: Floats, jump: float) -> float:
    """Expected mid of the calendar at the exit less its mid now, USD a share; NaN where the legs leave no volatility for it."""
    chain, legs = snapshot.chain.value, (calendar.front, calendar.back)
    years = np.array([days_until(leg.leg.expiry, chain.as_of) for leg in legs]) / DAYS_A_YEAR
    held = (exit_at - chain.as_of).total_seconds() / 86_400 / DAYS_A_YEAR
    if not (np.isfinite(after).all() and np.isfinite(jump) and jump > 0):
        return float("nan")
    moves, weights = shocks(jump, float(after[1]), max(held, 0.0))
    left = np.maximum(years - held, 0.0)
    is_call = calendar.front.leg.right is Right.CALL
    spots = chain.spot * np.exp(moves)[:, None]
    values = price(is_call, spots, calendar.front.leg.strike, left, chain.rate, chain.dividend_yield, after, precision="fast")
    return float(weights @ (values[:, 1] - values[:, 0])) - calendar.mid_debit


def _crush(curve: TermStructure, reaction_days: float, jump: float) -> float:
    """Expected fall of the event's front volatility: 0.40 means that 40 % of it goes with the report."""
    through = np.flatnonzero(curve.days > reaction_days)
    if not len(through):
        return float("nan")
    front = curve.volatility[through[:1]]
    left = volatility_after(front, curve.days[through[:1]] / DAYS_A_YEAR, jump)
    return float(1 - left[0] / front[0])
