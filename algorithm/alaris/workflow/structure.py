"""The calendar of a report: short the first expiry that lives through it, long a standard monthly behind, one strike."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from alaris.domain import Calendar, Leg, LegQuote, MarketSnapshot, OptionChain, Reason, Rejection, Right, Sessions
from alaris.pricing import greeks
from alaris.settings import Structure
from alaris.volatility.event_jump import DAYS_A_YEAR
from alaris.workflow.clock import is_standard_monthly, last_session, new_york_date

SAME_DISTANCE = 6  # decimals of a USD in which two strikes count as equally near


def choose_calendar(snapshot: MarketSnapshot, settings: Structure, sessions: Sessions) -> Calendar | Rejection:
    """Pick expiries, right and strike, and quote both legs with their Greeks; or say what the chain lacks."""
    chain = snapshot.chain.value
    expiries = front_and_back(chain, snapshot.report.reaction_session, settings, sessions)
    if isinstance(expiries, Rejection):
        return expiries
    right = choose_right(snapshot, settings)
    strike = common_strike(chain, *expiries, right)
    if strike is None:
        return Rejection(Reason.NO_COMMON_STRIKE, value=0, limit=1)
    if refusal := ex_dividend(snapshot, right, strike, expiries[0]):
        return refusal
    legs = [Leg(snapshot.symbol, right, strike, expiry, ratio) for expiry, ratio in zip(expiries, (-1, 1), strict=True)]
    front, back = quoted_legs(chain, legs)
    return Calendar(front, back)


def front_and_back(chain: OptionChain, reaction: date, settings: Structure, sessions: Sessions) -> tuple[date, date] | Rejection:
    """Front: the first expiry that trades in the reaction session or later. Back: the first standard monthly far enough behind.

    An expiry listed to a Saturday or a holiday trades last in the session before, and that session counts.
    """
    listed = [(last_session(expiry, sessions), expiry) for expiry in np.unique(chain.expiry).astype("datetime64[D]").tolist()]
    fronts = [(last, expiry) for last, expiry in listed if 0 <= (last - reaction).days <= settings.front_days]
    if not fronts:
        return Rejection(Reason.NO_FRONT_EXPIRY, value=str(listed[-1][1]), limit=str(reaction))
    front_last, front = fronts[0]
    for last, expiry in listed:
        if (last - front_last).days >= settings.back_days and is_standard_monthly(last, sessions):
            return front, expiry
    return Rejection(Reason.NO_BACK_EXPIRY, value=(listed[-1][0] - front_last).days, limit=settings.back_days)


def choose_right(snapshot: MarketSnapshot, settings: Structure) -> Right:
    """Puts while the spot is under its mean close of the trend window; calls otherwise, and where the window is not filled."""
    closes = snapshot.bars.value.close[-settings.trend_sessions :]
    falling = len(closes) == settings.trend_sessions and snapshot.spot.value < float(np.mean(closes))
    return Right.PUT if settings.follow_trend and falling else Right.CALL


def common_strike(chain: OptionChain, front: date, back: date, right: Right) -> float | None:
    """The strike nearest the spot that is quoted on both sides in both expiries; of two equally near the higher for calls."""
    usable = chain.two_sided & (chain.is_call == (right is Right.CALL))
    strikes = [chain.strike[usable & (chain.expiry == np.datetime64(expiry, "D"))] for expiry in (front, back)]
    both = np.intersect1d(*strikes)
    if not len(both):
        return None
    distance = np.round(np.abs(both - chain.spot), SAME_DISTANCE)
    nearest = both[distance == distance.min()]
    return float(nearest.max() if right is Right.CALL else nearest.min())


def ex_dividend(snapshot: MarketSnapshot, right: Right, strike: float, front: date) -> Rejection | None:
    """Refuse a short in-the-money call over an ex-dividend date: its holder would exercise early."""
    if right is not Right.CALL or strike >= snapshot.spot.value:
        return None
    today = new_york_date(snapshot.as_of)
    due = [dividend for dividend in snapshot.dividends if today < dividend.ex_date <= front and dividend.amount > 0]
    return Rejection(Reason.EX_DIVIDEND, value=str(due[0].ex_date), limit=str(front)) if due else None


def quoted_legs(chain: OptionChain, legs: list[Leg]) -> list[LegQuote]:
    """Quotes of legs that the chain holds, with Greeks at their own implied volatility (NaN where they have none)."""
    rows = np.array([row_of(chain, leg) for leg in legs])
    quotes = [
        LegQuote(
            leg=leg,
            bid=float(chain.bid[row]),
            ask=float(chain.ask[row]),
            volume=float(chain.volume[row]),
            open_interest=float(chain.open_interest[row]),
            implied_volatility=float(chain.implied_volatility[row]),
            delta=float("nan"),
            gamma=float("nan"),
            theta=float("nan"),
            vega=float("nan"),
            observed_at=chain.as_of,
        )
        for leg, row in zip(legs, rows, strict=True)
    ]
    return with_greeks(quotes, chain.days[rows] / DAYS_A_YEAR, chain.spot, chain.rate, chain.dividend_yield)


def with_greeks(
    quotes: list[LegQuote], years: np.ndarray[tuple[int], np.dtype[np.float64]], spot: float, rate: float, dividend_yield: float
) -> list[LegQuote]:
    """Legs with American Greeks at their implied volatilities; a leg without one keeps NaN."""
    volatility = np.array([quote.implied_volatility for quote in quotes])
    known = np.isfinite(volatility) & (years > 0)
    if not known.any():
        return quotes
    is_call = np.array([quote.leg.right is Right.CALL for quote in quotes])
    strike = np.array([quote.leg.strike for quote in quotes])
    found = greeks(is_call[known], spot, strike[known], years[known], rate, dividend_yield, volatility[known])
    delta, gamma, theta, vega = (_spread(values, known) for values in (found.delta, found.gamma, found.theta, found.vega))
    return [replace(quote, delta=delta[i], gamma=gamma[i], theta=theta[i], vega=vega[i]) for i, quote in enumerate(quotes)]


def row_of(chain: OptionChain, leg: Leg) -> int:
    """Row of a leg in the chain.

    Raises
    ------
    IndexError
        The chain does not list it.
    """
    same = (chain.expiry == np.datetime64(leg.expiry, "D")) & (chain.strike == leg.strike)
    return int(np.flatnonzero(same & (chain.is_call == (leg.right is Right.CALL)))[0])


def _spread(values: np.ndarray[tuple[int], np.dtype[np.float64]], known: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[float]:
    column = np.full(len(known), np.nan)
    column[known] = values
    return [float(value) for value in column]
