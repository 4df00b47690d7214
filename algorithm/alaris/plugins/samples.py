"""A small made-up market for plugin authors: one symbol on the eve of its report. Nothing in it was ever quoted anywhere."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from alaris.domain import (
    Calendar,
    DailyBars,
    EarningsEvent,
    Intent,
    Leg,
    LegHistory,
    LegQuote,
    MarketSnapshot,
    Observation,
    OptionChain,
    PriceLadder,
    Recommendation,
    Right,
    Signal,
    Timing,
    UpcomingReport,
)
from alaris.risk.portfolio import Portfolio

SYMBOL = "SAMPLE"
AS_OF = datetime(2017, 2, 8, 21, tzinfo=UTC)  # 16:00 New York
REPORT = date(2017, 2, 9)
EXPIRIES = (date(2017, 2, 10), date(2017, 3, 17), date(2017, 5, 19))
VOLATILITIES = (0.62, 0.24, 0.22)
SPOT = 100.0


def snapshot() -> MarketSnapshot:
    """The eve of a report before the open: 60 bars, three expiries of eleven strikes, four past reports."""
    report = UpcomingReport(SYMBOL, REPORT, Timing.BEFORE_OPEN, REPORT, ("first", "second"), AS_OF)
    past = [REPORT - timedelta(days=91 * quarter) for quarter in range(1, 5)]
    return MarketSnapshot(
        symbol=SYMBOL,
        as_of=AS_OF,
        report=report,
        spot=Observation(SPOT, "sample", AS_OF),
        bars=Observation(_bars(), "sample", AS_OF),
        chain=Observation(_chain(), "sample", AS_OF),
        rate=Observation(0.01, "sample", AS_OF),
        past_reports=tuple(EarningsEvent(SYMBOL, day, Timing.BEFORE_OPEN, "first", AS_OF, move=0.03) for day in past),
    )


def empty_snapshot() -> MarketSnapshot:
    """The same eve with no bar, no contract and no past report."""
    whole = snapshot()
    bars, chain = whole.bars.value, whole.chain.value
    none = DailyBars(**{name: getattr(bars, name)[:0] for name in ("day", "open", "high", "low", "close", "volume")})
    return replace(
        whole,
        bars=replace(whole.bars, value=none),
        chain=replace(whole.chain, value=chain.where(np.zeros(len(chain), dtype=bool))),
        past_reports=(),
    )


def unquoted_snapshot() -> MarketSnapshot:
    """The same eve with every price, volume and volatility NaN."""
    whole = snapshot()
    chain = whole.chain.value
    nothing = np.full(len(chain), np.nan)
    unquoted = replace(chain, spot=math.nan, bid=nothing, ask=nothing, volume=nothing, open_interest=nothing, implied_volatility=nothing)
    return replace(whole, spot=replace(whole.spot, value=math.nan), chain=replace(whole.chain, value=unquoted))


def signal() -> Signal:
    """A recommended signal."""
    return Signal(Recommendation.RECOMMENDED, 0.30, 0.24, 0.22, 0.62, -0.008, 0.20, 1.50, 2e6, 0.045, 0.50)


def calendar() -> Calendar:
    """Short the front, long the first monthly behind it, at the money."""
    return Calendar(front=_quote(0, -1, bid=1.75, ask=1.85), back=_quote(1, +1, bid=3.05, ask=3.20))


def unquoted_calendar() -> Calendar:
    """The same structure with no number known."""
    whole = calendar()
    return Calendar(_without_numbers(whole.front), _without_numbers(whole.back))


def history() -> LegHistory:
    """Thirty sessions of both legs' volatilities."""
    days = np.arange(np.datetime64("2017-01-09"), np.datetime64("2017-02-08"))
    steps = np.arange(len(days))
    return LegHistory(days, front=0.30 + 0.01 * steps + 0.02 * np.sin(steps), back=0.23 + 0.01 * np.cos(1.7 * steps))


def portfolio() -> Portfolio:
    """100,000 USD in cash and nothing open."""
    return Portfolio(equity=100_000.0, cash=100_000.0)


def intent() -> Intent:
    """An order for two spreads."""
    legs = (calendar().front.leg, calendar().back.leg)
    return Intent("2017-02-08-SAMPLE", SYMBOL, legs, 2, PriceLadder((1.33, 1.45), (60.0, 60.0)), "0" * 16, AS_OF)


def _quote(expiry: int, ratio: int, *, bid: float, ask: float) -> LegQuote:
    leg = Leg(f"SAMPLE {EXPIRIES[expiry]:%y%m%d}C00100000", Right.CALL, SPOT, EXPIRIES[expiry], ratio)
    gamma, theta, vega = ((0.08, -220.0, 3.0), (0.05, -14.0, 12.6))[expiry]
    return LegQuote(leg, bid, ask, 400.0, 2_000.0, VOLATILITIES[expiry], 0.51, gamma, theta, vega, AS_OF)


def _without_numbers(quote: LegQuote) -> LegQuote:
    nan = math.nan
    unpriced = replace(quote, bid=nan, ask=nan, volume=nan, open_interest=nan, implied_volatility=nan)
    return replace(unpriced, delta=nan, gamma=nan, theta=nan, vega=nan)


def _bars() -> DailyBars:
    day = np.arange(np.datetime64("2016-12-11"), np.datetime64("2017-02-09"))
    close = SPOT * np.exp(0.01 * np.sin(np.arange(len(day)) - len(day) + 1))
    return DailyBars(day, close * 0.999, close * 1.006, close * 0.994, close, np.full(len(day), 2e6))


def _chain() -> OptionChain:
    strikes = np.arange(90.0, 111.0, 2.0)
    count = len(strikes)
    expiry = np.repeat(np.array(EXPIRIES, dtype="datetime64[D]"), 2 * count)
    days = (expiry - np.datetime64("2017-02-08")).astype(float)
    is_call = np.tile(np.repeat([True, False], count), len(EXPIRIES))
    strike = np.tile(strikes, 2 * len(EXPIRIES))
    volatility = np.repeat(VOLATILITIES, 2 * count)
    mid = _price(is_call, strike, days / 365, volatility)
    size = np.full(len(strike), 400.0)
    return OptionChain(
        SYMBOL, AS_OF, SPOT, expiry, days, is_call, strike, mid * 0.97, mid * 1.03 + 0.02, size, 5 * size, volatility, rate=0.0
    )


def _price(
    is_call: NDArray[np.bool_], strike: NDArray[np.float64], years: NDArray[np.float64], volatility: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Black-Scholes at a rate of zero, so that the sample keeps every bound."""
    spread = volatility * np.sqrt(years)
    d1 = np.log(SPOT / strike) / spread + spread / 2
    call = SPOT * _normal(d1) - strike * _normal(d1 - spread)
    return np.where(is_call, call, call - SPOT + strike)


def _normal(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([math.erfc(-value / math.sqrt(2)) / 2 for value in values])
