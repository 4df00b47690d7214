"""Profit explained: what the jump, the volatilities, the time, the quotes' width and the fees each did, adding up to the cent.

Both legs are repriced from mid to mid in one order: the entry's mids, then the spot moved (jump), then each leg's volatility moved (vega),
then the time passed (theta), which arrives at the exit's mids. The order matters and is always this one: a volatility's effect is counted
at the spot after the jump. Spread is what the fills were worse than the mids, on both sides. A leg with a one-sided quote is worth what it
was filled at, so its width is not in the spread. A leg that has no implied volatility at entry or exit (a mid at or under intrinsic, an
early assignment) cannot be taken apart: its whole change is counted as jump. The exit's note says both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from alaris.domain import Calendar, Decision, Execution, ExplainedProfit, Leg, LegQuote, Right
from alaris.pricing import implied_volatility, price
from alaris.volatility.event_jump import DAYS_A_YEAR
from alaris.workflow.clock import days_until

CENT = 2


@dataclass(frozen=True, slots=True)
class LegMark:
    """A leg at one side of the trade: its value a share (the mid, else its own fill), years to expiry, and how many sides were quoted."""

    value: float
    years: float
    sides: int


def explain(decision: Decision, execution: Execution, multiplier: int) -> tuple[float, ExplainedProfit | None, str]:
    """Profit in USD, its parts, and a note about what could not be repriced.

    Parameters
    ----------
    decision : Decision
        With its entry; `contracts` spreads were opened.
    execution : Execution
        The exit; `price` is the net credit a share.
    multiplier : int
        Shares a contract.

    Returns
    -------
    float, ExplainedProfit or None, str
        NaN, None where the decision has no entry.
    """
    entry = decision.entry
    if entry is None or decision.contracts < 1:
        return float("nan"), None, ""
    size = multiplier * decision.contracts
    fees = sum(fill.fee for side in (entry, execution) for fill in side.fills)
    pnl = round(size * (execution.price - entry.price) - fees, CENT)
    legs = _legs(decision)
    marks = [(_mark(leg, entry), _mark(leg, execution)) for leg in legs]
    if any(mark is None for pair in marks for mark in pair):
        rest = round(pnl + fees, CENT)
        whole = ExplainedProfit(jump=rest, vega=0.0, theta=0.0, spread=0.0, fees=round(-fees, CENT))
        return pnl, whole, "a leg has neither quote nor fill: all but fees is counted as jump"
    known = [(before, after) for before, after in marks if before is not None and after is not None]
    vega, theta, note = _repriced(decision, execution, legs, known)
    mids = [sum(leg.ratio * pair[side].value for leg, pair in zip(legs, known, strict=True)) for side in (0, 1)]
    spread = (mids[0] - entry.price) + (execution.price - mids[1])
    vega, theta, spread, paid = (round(part, CENT) for part in (size * vega, size * theta, size * spread, -fees))
    rest = round(pnl - vega - theta - spread - paid, CENT)  # the jump is what remains of mid to mid, so that the cents add up
    return pnl, ExplainedProfit(jump=rest, vega=vega, theta=theta, spread=spread, fees=paid), note


def _repriced(
    decision: Decision, execution: Execution, legs: tuple[Leg, ...], marks: list[tuple[LegMark, LegMark]]
) -> tuple[float, float, str]:
    """Vega and theta of the spread, USD a share, and what could not be taken apart."""
    assert decision.entry is not None  # noqa: S101 - see explain
    is_call = np.array([leg.right is Right.CALL for leg in legs])
    strike, ratio = np.array([leg.strike for leg in legs]), np.array([leg.ratio for leg in legs])
    rate, dividends = _known_or_zero(decision.rate), _known_or_zero(decision.dividend_yield)
    value, years = (np.array([[getattr(mark, name) for mark in pair] for pair in marks]).T for name in ("value", "years"))
    spot = np.array([decision.entry.spot, execution.spot])
    sides = np.broadcast_arrays(is_call, value, spot[:, None], strike, years, rate, dividends)
    volatility = np.full(value.shape, np.nan)
    usable = (value > 0) & (years > 0) & (spot[:, None] > 0)
    if usable.any():
        volatility[usable] = implied_volatility(*(column[usable] for column in sides))
    # a short leg closed without any quote may have become stock (assignment): the fill is then no option's price
    traded = np.array([leg.ratio > 0 or all(mark.sides for mark in pair) for leg, pair in zip(legs, marks, strict=True)])
    known = np.isfinite(volatility).all(axis=0) & traded
    vega, theta = np.zeros(len(legs)), np.zeros(len(legs))
    if known.any():
        stated = (is_call[known], spot[1], strike[known], years[0][known], rate, dividends)
        moved, crushed = price(*stated, volatility[0][known]), price(*stated, volatility[1][known])
        vega[known], theta[known] = crushed - moved, value[1][known] - crushed
    notes = (_note(leg, pair, taken) for leg, pair, taken in zip(legs, marks, known.tolist(), strict=True))
    note = "; ".join(text for text in notes if text)
    return float(ratio @ vega), float(ratio @ theta), note


def _mark(leg: Leg, side: Execution) -> LegMark | None:
    quote = _quote(leg, side.calendar)
    fills = [fill for fill in side.fills if fill.leg == leg]
    when: datetime = quote.observed_at if quote is not None else fills[0].filled_at if fills else side.filled_at
    years = max(days_until(leg.expiry, when), 0.0) / DAYS_A_YEAR
    if quote is not None and quote.bid > 0 and quote.ask >= quote.bid:
        return LegMark(quote.mid, years, sides=2)
    traded = sum(abs(fill.contracts) for fill in fills)
    if not traded:
        return None
    return LegMark(sum(fill.price * abs(fill.contracts) for fill in fills) / traded, years, sides=0 if quote is None else 1)


def _quote(leg: Leg, calendar: Calendar | None) -> LegQuote | None:
    if calendar is None:
        return None
    return next((quote for quote in (calendar.front, calendar.back) if quote.leg == leg), None)


def _legs(decision: Decision) -> tuple[Leg, ...]:
    if decision.intent is not None:
        return decision.intent.legs
    return () if decision.calendar is None else (decision.calendar.front.leg, decision.calendar.back.leg)


def _note(leg: Leg, marks: tuple[LegMark, LegMark], taken: bool) -> str:
    sides = min(mark.sides for mark in marks)
    why = ("had no quote", "was quoted on one side only", "has no implied volatility")[sides]
    if taken and sides == 2:
        return ""
    valued = "it is valued at its fill" if taken else "its whole change is counted as jump"
    return f"{leg.right} {leg.strike:g} {leg.expiry} {why}: {valued}"


def _known_or_zero(value: float) -> float:
    return value if np.isfinite(value) else 0.0


def with_profit(decision: Decision, execution: Execution, multiplier: int) -> Decision:
    """The decision with its exit, profit and the parts of it; the exit's note tells what could not be repriced."""
    pnl, parts, note = explain(decision, execution, multiplier)
    noted = replace(execution, note="; ".join(text for text in (execution.note, note) if text))
    return replace(decision, exit=noted, pnl=pnl, pnl_explained=parts, snapshot=None)
