"""Cash dividends: what they take from the spot, and when the holder of a call should exercise before one.

Limits. Escrowing (taking the present value of the dividends off the spot and pricing as if there were none) is the market's shorthand,
not a model of real dividends: it lowers the volatility of the whole spot, and it hides early exercise at an ex-date altogether. Late
dividends make it err by -8 % at the money and by more than -20 % in the wings (Le Floc'h, arXiv 2106.12051). For the one question the
strategy asks, whether a short call will be exercised before the next ex-date, `early_exercise_risk` needs no such adjustment: it compares
exercise just before the ex-date with the option held over it.
"""

from __future__ import annotations

from math import erfc, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from alaris.domain.errors import InvalidInput
from alaris.pricing.options import price

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from alaris.pricing.options import Precision

    Floats = NDArray[np.float64]

MOST_RATE, MOST_YEARS = 3, 200  # as in `alaris.pricing.price`
_BISECTIONS = 44
"""Halvings of the logarithm of the spot over a factor of 16: the critical spot to 1e-12 of itself."""


class EarlyExerciseRisk(NamedTuple):
    """What a call is worth exercised just before the ex-date against held over it; each with the shape of the arguments."""

    exercise: Floats
    """Spot less strike at today's spot grown to the ex-date."""
    hold: Floats
    """The call after the dividend has left that spot."""
    advantage: Floats
    """Exercise less hold; above zero a rational holder exercises, and a short call is assigned."""
    critical_spot: Floats
    """The spot just before the ex-date above which exercise is right; inf where it never is."""
    probability: Floats
    """Risk-neutral chance that the spot just before the ex-date is above the critical one."""


def escrowed_spot(spot: ArrayLike, rate: ArrayLike, time: ArrayLike, dividends: ArrayLike, ex_times: ArrayLike) -> Floats:
    """Take the present value of the dividends before expiry off the spot; an approximation, see the module's limits.

    Parameters
    ----------
    spot, rate, time : float or array, shape (...)
        Of each option, as in `alaris.pricing.price`.
    dividends, ex_times : array, shape (m,)
        Cash amounts a share and years to their ex-dates.

    Returns
    -------
    ndarray of float64, shape (...)

    Raises
    ------
    InvalidInput
        When the dividends are worth the spot or more, or an amount or date is negative or not a number.
    """
    amounts, dates = np.atleast_1d(_numbers("dividends", dividends)), np.atleast_1d(_numbers("ex_times", ex_times))
    for field, column in (("dividends", amounts), ("ex_times", dates)):
        if not np.all(column >= 0.0):
            raise InvalidInput(field, "must be zero or more")
    if amounts.ndim != 1 or amounts.shape != dates.shape:
        raise InvalidInput("ex_times", "must have one date for each dividend")
    spots, rates, times = (x[..., np.newaxis] for x in _broadcast(spot=spot, rate=rate, time=time))
    if not np.all(np.abs(rates) <= MOST_RATE):
        raise InvalidInput("rate", f"must be a continuously compounded rate between -{MOST_RATE} and {MOST_RATE} a year")
    if not np.all((times >= 0.0) & (times <= MOST_YEARS)):
        raise InvalidInput("time", f"must be years from 0 to {MOST_YEARS}")
    paid = dates <= times
    present = (np.where(paid, amounts, 0.0) * np.exp(-rates * np.where(paid, dates, 0.0))).sum(axis=-1)
    left = spots[..., 0] - present
    if not np.all((left > 0.0) & np.isfinite(left)):
        raise InvalidInput("dividends", "are worth the spot or more")
    return np.asarray(left, dtype=np.float64)


def early_exercise_risk(
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    volatility: ArrayLike,
    *,
    dividend: ArrayLike,
    ex_time: ArrayLike,
    dividend_yield: ArrayLike = 0.0,
    precision: Precision = "accurate",
) -> EarlyExerciseRisk:
    """Say whether a call should be exercised just before the next ex-date.

    Parameters
    ----------
    spot, strike, time, rate, volatility : float or array
        As in `alaris.pricing.price`; the next dividend is not to be in `dividend_yield`.
    dividend : float or array
        Cash a share, zero or more.
    ex_time : float or array
        Years to the ex-date, 0 to `time`; 0 asks about today's close.
    dividend_yield : float or array
        What later dividends amount to, continuously compounded.
    precision : {"fast", "accurate", "high", "reference"}

    Returns
    -------
    EarlyExerciseRisk

    Raises
    ------
    InvalidInput
        Naming the argument that is out of range.

    Notes
    -----
    Just before the ex-date exercise pays S - K, holding is worth C(S - D, K, T - t): R. Roll, "An analytic valuation formula for
    unprotected American call options on stocks with known dividends", J. Fin. Economics 5 (1977). Their difference grows with S.
    """
    s, k, t, r, v, d, ex, q = _broadcast(
        spot=spot,
        strike=strike,
        time=time,
        rate=rate,
        volatility=volatility,
        dividend=dividend,
        ex_time=ex_time,
        dividend_yield=dividend_yield,
    )
    price(True, s, k, t, r, q, v, precision=precision)  # names what is out of range
    if not np.all((d >= 0.0) & np.isfinite(d)):
        raise InvalidInput("dividend", "must be zero or more")
    if not np.all((ex >= 0.0) & (ex <= t)):
        raise InvalidInput("ex_time", "must be years between 0 and time")

    def held(before: Floats) -> Floats:
        after = np.maximum(before - d, 1e-9 * before)
        return np.asarray(price(True, after, k, t - ex, r, q, v, precision=precision), dtype=np.float64)

    forward = s * np.exp((r - q) * ex)
    exercise = np.maximum(forward - k, 0.0)
    hold = held(forward)
    critical = _critical_spot(k, d, held)
    return EarlyExerciseRisk(exercise, hold, exercise - hold, critical, _probability_above(critical, forward, v * np.sqrt(ex)))


def _numbers(field: str, value: ArrayLike) -> Floats:
    """An array of numbers, or the name of what is none."""
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(field, "must be a number or an array of numbers") from None


def _broadcast(**named: ArrayLike) -> list[Floats]:
    """Arrays of the shape they share, or the name of the first that does not share it."""
    columns = {field: _numbers(field, value) for field, value in named.items()}
    shape: tuple[int, ...] = ()
    for field, column in columns.items():
        try:
            shape = np.broadcast_shapes(shape, column.shape)
        except ValueError:
            raise InvalidInput(field, f"its shape {column.shape} does not broadcast with the arguments before it: {shape}") from None
    return [np.broadcast_to(column, shape) for column in columns.values()]


def _critical_spot(strike: Floats, dividend: Floats, held: Callable[[Floats], Floats]) -> Floats:
    """Root of S - K = C(S - D), between the strike and sixteen times as much; inf where there is none."""
    low, high = strike.copy(), 16.0 * (strike + dividend)
    exists = high - strike > held(high)
    for _ in range(_BISECTIONS):
        middle = np.sqrt(low * high)
        exercised = middle - strike > held(middle)
        low, high = np.where(exercised, low, middle), np.where(exercised, middle, high)
    return np.where(exists, high, np.inf)


def _probability_above(level: Floats, forward: Floats, deviation: Floats) -> Floats:
    """P(S > level) = Phi(d2) for a lognormal S with the given mean."""
    certain = deviation < 1e-8
    safe = np.where(certain, 1.0, deviation)
    with np.errstate(divide="ignore"):  # a level of infinity is never reached
        d2 = np.log(forward / level) / safe - 0.5 * safe
    tail = np.array([0.5 * erfc(-x / sqrt(2.0)) for x in np.ravel(d2)]).reshape(np.shape(d2))
    return np.where(certain, (forward > level).astype(np.float64), tail)
