"""A small market that follows the scheduled-jump model exactly, served through the plugin hooks, with places to break it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from alaris.domain import (
    DailyBars,
    Dividend,
    EarningsEvent,
    Leg,
    LegHistory,
    LegQuote,
    Observation,
    OptionChain,
    Right,
    Signal,
    Timing,
)
from alaris.domain.decision import Calendar
from alaris.plugins import PluginManager, Portfolio, Settings, hookimpl
from alaris.pricing import price
from alaris.settings import load_settings
from alaris.workflow import Workflow

NEW_YORK = ZoneInfo("America/New_York")
Floats = NDArray[np.float64]
SYMBOL, REPORT, EVE = "ABC", date(2024, 5, 14), date(2024, 5, 13)
SIGMA, JUMP, RATE = 0.30, 0.06, 0.04
REALIZED = 0.16
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class WeekdaySessions:
    """Every weekday but the holidays; half days close at 13:00."""

    holidays: frozenset[date] = frozenset()
    half_days: frozenset[date] = frozenset()

    def is_session(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.holidays

    def next_session(self, day: date) -> date:
        return self._step(day, timedelta(days=1))

    def previous_session(self, day: date) -> date:
        return self._step(day, timedelta(days=-1))

    def open_of(self, session: date) -> datetime:
        return datetime.combine(session, time(9, 30), NEW_YORK)

    def close_of(self, session: date) -> datetime:
        return datetime.combine(session, time(13 if session in self.half_days else 16), NEW_YORK)

    def _step(self, day: date, step: timedelta) -> date:
        day += step
        while not self.is_session(day):
            day += step
        return day


def close_of(day: date) -> datetime:
    """16:00 New York."""
    return datetime.combine(day, time(16), NEW_YORK)


def event(day: date = REPORT, timing: Timing = Timing.BEFORE_OPEN, source: str = "first", known: date = date(2024, 5, 8)) -> EarningsEvent:
    """One source's statement."""
    return EarningsEvent(SYMBOL, day, timing, source, datetime.combine(known, time(12), UTC))


def weekdays(first: date, count: int) -> list[date]:
    """`count` weekdays from `first` on."""
    days = (first + timedelta(days=number) for number in range(2 * count))
    return [day for day in days if day.weekday() < 5][:count]


def made_bars(day: Sequence[date], realized: float = REALIZED, seed: int = 7) -> DailyBars:
    """Bars of a driftless walk of 100 USD whose sessions move by `realized` a year."""
    draw = np.random.default_rng(seed)
    daily = realized / np.sqrt(252)
    gap, inside = draw.normal(0, daily * 0.6, len(day)), draw.normal(0, daily * 0.8, len(day))
    close = 100 * np.exp(np.cumsum(gap + inside))
    opened = close * np.exp(-inside)
    wick = np.abs(draw.normal(0, daily * 0.3, (2, len(day))))
    return DailyBars(
        day=np.array(day, dtype="datetime64[D]"),
        open=opened,
        high=np.maximum(opened, close) * np.exp(wick[0]),
        low=np.minimum(opened, close) * np.exp(-wick[1]),
        close=close,
        volume=np.full(len(day), 3_000_000.0),
    )


def fridays(first: date, weeks: int) -> list[date]:
    """The next `weeks` Fridays after `first`."""
    start = first + timedelta(days=(4 - first.weekday()) % 7 or 7)
    return [start + timedelta(weeks=number) for number in range(weeks)]


def made_chain(as_of: datetime, spot: float, expiries: Sequence[date], reaction: date = REPORT, width: float = 0.02) -> OptionChain:
    """Calls and puts at every USD within a fifth of the spot, at model prices: jump variance only where the expiry lives through it."""
    strikes = np.arange(np.ceil(spot * 0.8), np.floor(spot * 1.2) + 1)
    expiry, strike, is_call = (
        part.ravel() for part in np.meshgrid(np.array(expiries, dtype="datetime64[D]"), strikes, np.array([False, True]), indexing="ij")
    )
    ends = {e: (close_of(e).astimezone(UTC) - as_of.astimezone(UTC)) / timedelta(days=1) for e in expiries}
    days = np.array([ends[e] for e in expiry.tolist()])
    ahead = as_of < datetime.combine(reaction, time(9, 30), NEW_YORK)
    lives = ahead & (expiry >= np.datetime64(reaction))
    volatility = np.sqrt(SIGMA**2 + np.where(lives, JUMP**2 * 365 / days, 0.0))
    value = np.asarray(price(is_call, spot, strike, days / 365, RATE, 0.0, volatility))
    bid = value - width / 2
    count = len(strike)
    return OptionChain(
        symbol=SYMBOL,
        as_of=as_of,
        spot=spot,
        expiry=expiry,
        days=days,
        is_call=is_call,
        strike=strike,
        bid=np.where(bid > 0, bid, np.nan),
        ask=value + width / 2,
        volume=np.full(count, 5_000.0),
        open_interest=np.full(count, 20_000.0),
        implied_volatility=np.full(count, np.nan),
    )


@dataclass
class SampleMarket:
    """The market as a plugin; each field may be replaced to break it."""

    events: list[EarningsEvent] = field(default_factory=lambda: [event(), event(source="second")])
    bars: DailyBars = field(default_factory=lambda: made_bars(weekdays(date(2023, 11, 1), 160)))
    rate: Observation[float] | None = None
    paid: list[Dividend] = field(default_factory=list)
    expiries: list[date] = field(default_factory=lambda: fridays(date(2024, 5, 6), 26))
    edit_chain: Callable[[OptionChain], OptionChain] = lambda chain: chain
    edit_quote: Callable[[LegQuote], LegQuote] = lambda quote: quote
    chain_time: datetime | None = None
    reaction: date = REPORT
    sizes: int | None = 5
    answers: frozenset[str] = frozenset({"option_chain", "daily_bars", "risk_free_rate", "execution_quotes"})

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent]:
        return [e for e in self.events if e.symbol == symbol and first <= e.report_date <= last and e.available_at <= as_of]

    @hookimpl
    def daily_bars(self, sessions: int, as_of: datetime) -> Observation[DailyBars] | None:
        known = self._known(as_of)
        if "daily_bars" not in self.answers or len(known) == 0:
            return None
        newest = known.last(sessions)
        return Observation(newest, "sample", close_of(newest.day[-1].astype("datetime64[D]").item()).astimezone(UTC).replace(hour=17))

    @hookimpl
    def option_chain(self, as_of: datetime) -> Observation[OptionChain] | None:
        if "option_chain" not in self.answers:
            return None
        return Observation(self.chain(as_of), "sample", self.chain_time or as_of)

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float] | None:
        if "risk_free_rate" not in self.answers:
            return None
        return self.rate or Observation(RATE, "sample", as_of - timedelta(days=1))

    @hookimpl
    def dividends(self, first: date, last: date) -> list[Dividend]:
        return [dividend for dividend in self.paid if first <= dividend.ex_date <= last]

    @hookimpl
    def leg_history(self, front: Leg, back: Leg, sessions: int) -> LegHistory | None:
        draw = np.random.default_rng(front.expiry.toordinal())
        near, far = draw.normal(0.30, 0.01, (2, sessions))
        return LegHistory(self.bars.day[-sessions:], near, far)

    @hookimpl
    def execution_quotes(self, legs: Sequence[Leg], as_of: datetime) -> list[LegQuote] | None:
        if "execution_quotes" not in self.answers:
            return None
        return [self.edit_quote(quote) for quote in self.quotes(legs, as_of)]

    @hookimpl
    def position_size(self, signal: Signal, calendar: Calendar, portfolio: Portfolio) -> int | None:
        return self.sizes

    def quotes(self, legs: Sequence[Leg], as_of: datetime) -> list[LegQuote]:
        """Quotes of legs as the unbroken chain shows them."""
        chain = self._whole(as_of)
        found = []
        for leg in legs:
            same = (chain.strike == leg.strike) & (chain.is_call == (leg.right is Right.CALL))
            row = int(np.flatnonzero(same & (chain.expiry == np.datetime64(leg.expiry)))[0])
            bid, ask = float(chain.bid[row]), float(chain.ask[row])
            found.append(LegQuote(leg, bid, ask, 5_000.0, 20_000.0, NAN, NAN, NAN, NAN, NAN, as_of))
        return found

    def chain(self, as_of: datetime) -> OptionChain:
        """The chain as the hook shows it."""
        return self.edit_chain(self._whole(self.chain_time or as_of))

    def spot(self, as_of: datetime) -> float:
        """The last close known at a time."""
        return float(self._known(as_of).close[-1])

    def _whole(self, as_of: datetime) -> OptionChain:
        today = as_of.astimezone(NEW_YORK).date()
        return made_chain(as_of, self.spot(as_of), [e for e in self.expiries if e > today], self.reaction)

    def _known(self, as_of: datetime) -> DailyBars:
        local = as_of.astimezone(NEW_YORK)
        last = np.datetime64(local.date() if local.hour >= 13 else local.date() - timedelta(days=1))
        keep = self.bars.day <= last
        return DailyBars(*(getattr(self.bars, name)[keep] for name in ("day", "open", "high", "low", "close", "volume")))


PORTFOLIO = Portfolio(equity=1_000_000.0, cash=1_000_000.0)


def sample_settings(**parameters: str) -> Settings:
    """Settings of the profile `paper` (two sources), unless stated otherwise; section and name are joined by two underscores."""
    stated = {name.replace("__", "."): value for name, value in parameters.items()}
    return load_settings({"profile": "paper", "freshness.provider_threads": "1", **stated})


def sample_workflow(market: object, settings: Settings | None = None, sessions: WeekdaySessions | None = None) -> Workflow:
    """The workflow on one market, without any other plugin."""
    settings = settings or sample_settings()
    plugins = PluginManager(settings)
    plugins.register(market, "market", same_thread=True)
    return Workflow(settings, plugins, sessions or WeekdaySessions())


def guarded_workflow(market: object, settings: Settings | None = None) -> Workflow:
    """The workflow on one market with Alaris's own plugins, guards and sizing included."""
    settings = settings or sample_settings()
    plugins = PluginManager(settings, only=())
    plugins.register(market, "market", same_thread=True)
    plugins.load_entry_points()
    return Workflow(settings, plugins, WeekdaySessions())


def without(market: SampleMarket, part: str) -> SampleMarket:
    """The market that does not answer one hook."""
    return replace(market, answers=market.answers - {part})
