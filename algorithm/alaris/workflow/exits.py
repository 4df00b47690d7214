"""After the entry: when the calendar is closed, and what its health check says meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

import numpy as np

from alaris.domain import NEW_YORK, Calendar, Decision, Dividend, Leg, LegQuote, Right, Sessions
from alaris.pricing import early_exercise_risk, price
from alaris.risk.scenarios import HeldCalendar
from alaris.settings import Exits
from alaris.volatility.event_jump import DAYS_A_YEAR
from alaris.volatility.term_structure import Floats, TermStructure
from alaris.workflow.clock import days_until, last_session, new_york_date
from alaris.workflow.signal import legs_after

LAST_HOUR = timedelta(hours=1)


class ExitReason(StrEnum):
    """Why a position is closed; the value goes into journal and report."""

    REACTION = "REACTION"
    EXPIRY = "EXPIRY"
    LOSS = "LOSS"
    CRUSH_CAPTURED = "CRUSH_CAPTURED"
    SPREAD_WIDENED = "SPREAD_WIDENED"
    EX_DIVIDEND = "EX_DIVIDEND"


@dataclass(frozen=True, slots=True)
class Health:
    """One look at an open calendar, USD a share of one spread; NaN where a quote is missing.

    `unrealized` and `expected` count from mid to what was paid; `expected` reprices both legs at the spot of the moment, with the
    volatilities that the event model gives them by now. `delta_drift` is the change of net delta, `front_crush` and `back_crush` the
    share of each leg's volatility that is gone, `decay` what the net theta at the entry accounts for since then, and
    `exercise_probability` the chance that the short call is exercised before the next ex-date.
    """

    unrealized: float
    expected: float
    delta_drift: float
    front_crush: float
    back_crush: float
    decay: float
    move: float
    exercise_probability: float
    alerts: tuple[str, ...]


def exit_time(decision: Decision, settings: Exits, sessions: Sessions) -> datetime | None:
    """When the position is due: minutes after the reaction session's open, never within the front leg's last hour of trading."""
    if decision.report is None:
        return None
    due = sessions.open_of(decision.report.reaction_session) + timedelta(minutes=settings.exit_minutes)
    latest = front_deadline(decision, sessions)
    return due if latest is None else min(due, latest)


def front_deadline(decision: Decision, sessions: Sessions) -> datetime | None:
    """One hour before the short front leg stops trading."""
    if decision.calendar is None:
        return None
    return sessions.close_of(last_session(decision.calendar.front.leg.expiry, sessions)) - LAST_HOUR


def exit_due(
    decision: Decision,
    now: Calendar | None,
    spot: float,
    as_of: datetime,
    *,
    settings: Exits,
    sessions: Sessions,
    dividends: Sequence[Dividend] = (),
) -> ExitReason | None:
    """Why the position is to be closed at `as_of`, or None while it is to be held; `now` is None where a leg has no quote."""
    if (timed := time_is_up(decision, as_of, settings=settings, sessions=sessions)) is not None:
        return timed
    if dividend_ahead(decision, spot, as_of, dividends):
        return ExitReason.EX_DIVIDEND
    if now is None:
        return None
    if exercise_probability(decision, now, spot, as_of, dividends) >= settings.exercise_probability:
        return ExitReason.EX_DIVIDEND
    return _early(decision, now, settings)


def time_is_up(decision: Decision, as_of: datetime, *, settings: Exits, sessions: Sessions) -> ExitReason | None:
    """Whether the clock alone closes the position: the time after the reaction, or the front leg's last hour."""
    latest, due = front_deadline(decision, sessions), exit_time(decision, settings, sessions)
    if due is not None and as_of >= due and (latest is None or due < latest):
        return ExitReason.REACTION
    return ExitReason.EXPIRY if latest is not None and as_of >= latest else None


def dividend_ahead(decision: Decision, spot: float, as_of: datetime, dividends: Sequence[Dividend] = ()) -> bool:
    """Whether the short call is in the money with an ex-dividend date before its expiry: its holder may exercise."""
    front = None if decision.calendar is None else decision.calendar.front.leg
    return front is not None and spot > front.strike and bool(_dividends_due(decision, front, as_of, dividends))


def exercise_probability(decision: Decision, now: Calendar, spot: float, as_of: datetime, dividends: Sequence[Dividend] = ()) -> float:
    """Risk-neutral chance that the short call's holder does better by exercising before the next ex-date; 0 where there is none."""
    front = now.front
    due = _dividends_due(decision, front.leg, as_of, dividends)
    left = days_until(front.leg.expiry, as_of) / DAYS_A_YEAR
    if not due or not np.isfinite(front.implied_volatility) or left <= 0:
        return 0.0
    first = min(due, key=lambda dividend: dividend.ex_date)
    ex_time = min(max((_opening(first) - as_of.astimezone(UTC)) / timedelta(days=DAYS_A_YEAR), 0.0), left)
    rate = decision.rate if np.isfinite(decision.rate) else 0.0
    risk = early_exercise_risk(
        spot, front.leg.strike, left, rate, front.implied_volatility, dividend=first.amount, ex_time=ex_time, precision="fast"
    )
    return float(risk.probability)


def health(
    decision: Decision,
    now: Calendar,
    spot: float,
    settings: Exits,
    *,
    sessions: Sessions | None = None,
    dividends: Sequence[Dividend] = (),
) -> Health:
    """Compare an open position with its entry and with what was expected of it."""
    entry, paid, as_of = _at_entry(decision), _paid(decision), now.front.observed_at
    years = (as_of - entry.front.observed_at) / timedelta(days=DAYS_A_YEAR)
    move = spot / decision.spot - 1
    return Health(
        unrealized=now.mid_debit - paid,
        expected=float("nan") if sessions is None else expected_value(decision, spot, as_of, sessions) - paid,
        delta_drift=(now.back.delta - now.front.delta) - (entry.back.delta - entry.front.delta),
        front_crush=_crush(entry.front, now.front),
        back_crush=_crush(entry.back, now.back),
        decay=(entry.back.theta - entry.front.theta) * years,
        move=move,
        exercise_probability=exercise_probability(decision, now, spot, as_of, dividends),
        alerts=(f"{decision.symbol} moved {move:+.1%} since the entry",) if abs(move) > settings.move_alert else (),
    )


def held_calendar(decision: Decision, now: Calendar, spot: float, *, multiplier: int) -> HeldCalendar:
    """An open position as scenario risk reprices it."""
    years = [max(days_until(quote.leg.expiry, quote.observed_at), 0.0) / DAYS_A_YEAR for quote in (now.front, now.back)]
    rate, dividend_yield = (value if np.isfinite(value) else 0.0 for value in (decision.rate, decision.dividend_yield))
    return HeldCalendar(decision.symbol, now, decision.contracts * multiplier, (years[0], years[1]), spot, rate, dividend_yield)


def expected_value(decision: Decision, spot: float, as_of: datetime, sessions: Sessions) -> float:
    """What the calendar should be worth now: both legs repriced at the spot of the moment, USD a share; NaN without volatilities.

    Until the report each leg keeps the total variance it was bought at, less what has passed at the volatility without the event; behind
    it that volatility alone is left (Leung and Santoli, "Accounting for earnings announcements in the pricing of equity options", 2014).
    """
    entry = _at_entry(decision)
    quotes = (entry.front, entry.back)
    bought = np.array([days_until(quote.leg.expiry, quote.observed_at) for quote in quotes]) / DAYS_A_YEAR
    left = np.array([days_until(quote.leg.expiry, as_of) for quote in quotes]) / DAYS_A_YEAR
    volatility = _volatility_by_now(decision, entry, bought, left, as_of, sessions)
    if not (np.isfinite(volatility).all() and (left > 0).all() and np.isfinite(spot)):
        return float("nan")
    rate, dividend_yield = (value if np.isfinite(value) else 0.0 for value in (decision.rate, decision.dividend_yield))
    leg = entry.front.leg
    values = price(leg.right is Right.CALL, spot, leg.strike, left, rate, dividend_yield, volatility, precision="fast")
    return float(values[1] - values[0])


def _volatility_by_now(decision: Decision, entry: Calendar, bought: Floats, left: Floats, as_of: datetime, sessions: Sessions) -> Floats:
    own = np.array([entry.front.implied_volatility, entry.back.implied_volatility])
    signal, report = decision.signal, decision.report
    if signal is None or report is None or not decision.term_structure or not np.isfinite(signal.sigma_event):
        return own
    quiet = legs_after(TermStructure(*np.array(decision.term_structure).T), entry, signal.sigma_event)
    if as_of >= sessions.open_of(report.reaction_session):
        return quiet
    remaining = np.maximum(own**2 * bought - quiet**2 * (bought - left), 0.0)
    return np.asarray(np.sqrt(remaining / np.maximum(left, 1e-9)))


def _dividends_due(decision: Decision, front: Leg, as_of: datetime, dividends: Sequence[Dividend]) -> list[Dividend]:
    """Dividends of a short call whose ex-date lies ahead and not behind its expiry: those known now, and those known at the entry."""
    if front.right is not Right.CALL:
        return []
    known = (*dividends, *(decision.snapshot.dividends if decision.snapshot is not None else ()))
    today = new_york_date(as_of)
    return [dividend for dividend in known if today < dividend.ex_date <= front.expiry and dividend.amount > 0]


def _opening(dividend: Dividend) -> datetime:
    return datetime.combine(dividend.ex_date, time(9, 30), NEW_YORK).astimezone(UTC)


def _early(decision: Decision, now: Calendar, settings: Exits) -> ExitReason | None:
    entry, paid = _at_entry(decision), _paid(decision)
    if paid > 0 and paid - now.natural_credit >= settings.maximum_loss_share * paid:
        return ExitReason.LOSS
    expected = decision.signal.expected_crush if decision.signal is not None else float("nan")
    if expected > 0 and _crush(entry.front, now.front) >= settings.crush_captured * expected:
        return ExitReason.CRUSH_CAPTURED
    if _width(now) > settings.maximum_spread_widening * _width(entry):
        return ExitReason.SPREAD_WIDENED
    return None


def _at_entry(decision: Decision) -> Calendar:
    calendar = decision.entry.calendar if decision.entry is not None and decision.entry.calendar is not None else decision.calendar
    assert calendar is not None  # noqa: S101 - a position is only ever opened from a calendar
    return calendar


def _paid(decision: Decision) -> float:
    return decision.entry.price if decision.entry is not None else _at_entry(decision).natural_debit


def _crush(entry: LegQuote, now: LegQuote) -> float:
    return 1 - now.implied_volatility / entry.implied_volatility


def _width(calendar: Calendar) -> float:
    return (calendar.front.ask - calendar.front.bid) + (calendar.back.ask - calendar.back.bid)
