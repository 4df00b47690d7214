"""After the entry: when the calendar is closed, and what its health check says meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from alaris.domain import Calendar, Decision, LegQuote, Right, Sessions
from alaris.settings import Exits
from alaris.workflow.clock import last_session, new_york_date

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

    `delta_drift` is the change of net delta, `front_crush` and `back_crush` the share of each leg's volatility that is gone,
    `decay` what the net theta at the entry accounts for since then.
    """

    unrealized: float
    expected: float
    delta_drift: float
    front_crush: float
    back_crush: float
    decay: float
    move: float
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
    decision: Decision, now: Calendar | None, spot: float, as_of: datetime, *, settings: Exits, sessions: Sessions
) -> ExitReason | None:
    """Why the position is to be closed at `as_of`, or None while it is to be held; `now` is None where a leg has no quote."""
    latest, due = front_deadline(decision, sessions), exit_time(decision, settings, sessions)
    if due is not None and as_of >= due and (latest is None or due < latest):
        return ExitReason.REACTION
    if latest is not None and as_of >= latest:
        return ExitReason.EXPIRY
    if dividend_ahead(decision, spot, as_of):
        return ExitReason.EX_DIVIDEND
    return None if now is None else _early(decision, now, settings)


def dividend_ahead(decision: Decision, spot: float, as_of: datetime) -> bool:
    """Whether the short call is in the money with an ex-dividend date before its expiry: its holder may exercise."""
    if decision.calendar is None or decision.snapshot is None:
        return False
    front, today = decision.calendar.front.leg, new_york_date(as_of)
    if front.right is not Right.CALL or spot <= front.strike:
        return False
    return any(today < dividend.ex_date <= front.expiry and dividend.amount > 0 for dividend in decision.snapshot.dividends)


def health(decision: Decision, now: Calendar, spot: float, settings: Exits) -> Health:
    """Compare an open position with its entry and with what was expected of it."""
    entry, paid = _at_entry(decision), _paid(decision)
    years = (now.front.observed_at - entry.front.observed_at) / timedelta(days=365)
    move = spot / decision.spot - 1
    signal = decision.signal
    found = Health(
        unrealized=now.mid_debit - paid,
        expected=signal.expected_pnl if signal is not None else float("nan"),
        delta_drift=(now.back.delta - now.front.delta) - (entry.back.delta - entry.front.delta),
        front_crush=_crush(entry.front, now.front),
        back_crush=_crush(entry.back, now.back),
        decay=(entry.back.theta - entry.front.theta) * years,
        move=move,
        alerts=(),
    )
    moved = (f"{decision.symbol} moved {move:+.1%} since the entry",) if abs(move) > settings.move_alert else ()
    return Health(**{name: getattr(found, name) for name in Health.__slots__ if name != "alerts"}, alerts=moved)


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
