"""Phase 2, market data: everything a decision looks at, asked for once, checked for age and sense, and frozen."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import numpy as np

from alaris.domain import (
    DailyBars,
    Dividend,
    EarningsEvent,
    MarketSnapshot,
    Observation,
    OptionChain,
    Reason,
    Rejection,
    Sessions,
    UpcomingReport,
)
from alaris.plugins import PluginManager
from alaris.pricing import implied_volatility
from alaris.settings import Settings
from alaris.workflow.clock import days_until, last_session, new_york_date
from alaris.workflow.earnings_sources import agreed_report, stated_reports

T = TypeVar("T")
RATE_DAYS = 90  # the rate of the strategy is that of three-month bills
DIVIDEND_DAYS = 365
SESSION_HOURS = 24.0
FARTHEST_STRIKE = 1_000.0  # times the spot, or the spot times; beyond, and beyond ten years, no contract is listed and a field is wrong
FARTHEST_DAYS = 3_660.0


@dataclass(frozen=True, slots=True)
class Parts:
    """The plugins' answers before any check; None where nobody knew."""

    bars: Observation[DailyBars] | None
    chain: Observation[OptionChain] | None
    rate: Observation[float] | None
    dividends: tuple[Dividend, ...]
    events: tuple[EarningsEvent, ...]


class MarketData:
    """Collects a snapshot through the plugins."""

    def __init__(self, settings: Settings, plugins: PluginManager, sessions: Sessions) -> None:
        self._settings, self._plugins, self._sessions = settings, plugins, sessions

    def collect(self, report: UpcomingReport, as_of: datetime) -> MarketSnapshot | Rejection:
        """Ask all plugins, drop what is not known yet, refuse what is missing, stale or broken."""
        parts = self._known(self._asked(report, as_of), as_of)
        for check in (self._missing, self._stale, self._broken):
            if refusal := check(parts, report, as_of):
                return refusal
        return self._snapshot(parts, report, as_of)

    def _asked(self, report: UpcomingReport, as_of: datetime) -> Parts:
        symbol, today, past = report.symbol, new_york_date(as_of), timedelta(days=self._settings.signal.past_days)
        first, last = today - timedelta(days=DIVIDEND_DAYS), today + timedelta(days=DIVIDEND_DAYS)
        ask = self._plugins
        calls: dict[str, Callable[[], Any]] = {
            "daily_bars": lambda: ask.daily_bars(symbol, self._settings.freshness.bars, as_of),
            "option_chain": lambda: ask.option_chain(symbol, as_of),
            "risk_free_rate": lambda: ask.risk_free_rate(RATE_DAYS, as_of),
            "dividends": lambda: ask.dividends(symbol, first, last, as_of),
            "earnings_events": lambda: ask.earnings_events(symbol, today - past, today, as_of),
        }
        answers = self._concurrently(calls) if self._settings.freshness.provider_threads > 1 else {n: c() for n, c in calls.items()}
        return Parts(
            answers.get("daily_bars"),
            answers.get("option_chain"),
            answers.get("risk_free_rate"),
            answers.get("dividends") or (),
            answers.get("earnings_events") or (),
        )

    def _concurrently(self, calls: dict[str, Callable[[], Any]]) -> dict[str, Any]:
        """Answers within the time budget; hooks of a plugin that must stay on the engine's thread are asked here meanwhile."""
        pool = ThreadPoolExecutor(self._settings.freshness.provider_threads, thread_name_prefix="alaris-market-data")
        elsewhere: dict[str, Future[Any]] = {n: pool.submit(c) for n, c in calls.items() if self._plugins.own_threads(n)}
        answers = {name: call() for name, call in calls.items() if name not in elsewhere}
        wait(elsewhere.values(), timeout=self._settings.freshness.provider_seconds)
        pool.shutdown(wait=False, cancel_futures=True)
        return answers | {name: future.result() for name, future in elsewhere.items() if future.done() and not future.cancelled()}

    def _known(self, parts: Parts, as_of: datetime) -> Parts:
        bars, chain = _known(parts.bars, as_of), _known(parts.chain, as_of)
        if bars is not None:
            bars = replace(bars, value=closed_bars(bars.value, as_of, self._sessions))
        if chain is not None:
            chain = None if chain.value.as_of > as_of else replace(chain, value=readable(chain.value, self._sessions))
        events = tuple(event for event in parts.events if event.available_at <= as_of)
        return Parts(bars, chain, _known(parts.rate, as_of), parts.dividends, events)

    def _missing(self, parts: Parts, _report: UpcomingReport, _as_of: datetime) -> Rejection | None:
        if parts.bars is None or len(parts.bars.value) == 0:
            return Rejection(Reason.NO_BARS)
        if parts.chain is None:
            return Rejection(Reason.NO_CHAIN)
        if not (np.isfinite(parts.chain.value.spot) and parts.chain.value.spot > 0):
            return Rejection(Reason.NO_SPOT)
        if len(parts.chain.value) == 0:
            return Rejection(Reason.NO_CHAIN)
        if parts.rate is None or not np.isfinite(parts.rate.value):
            return Rejection(Reason.NO_RATE)
        return None

    def _stale(self, parts: Parts, report: UpcomingReport, as_of: datetime) -> Rejection | None:
        assert parts.bars is not None and parts.chain is not None and parts.rate is not None  # noqa: S101, PT018 - see _missing
        limits = self._settings.freshness
        chain_age = as_of - parts.chain.value.as_of
        rate_age = as_of - (parts.rate.observed_at or parts.rate.available_at)
        ages = (
            (Reason.STALE_BARS, self._sessions_since(parts.bars.value, as_of) * SESSION_HOURS, limits.bars_hours),
            (Reason.STALE_CHAIN, chain_age / timedelta(hours=1), limits.chain_hours),
            (Reason.STALE_SPOT, chain_age / timedelta(minutes=1), limits.spot_minutes),
            (Reason.STALE_RATE, rate_age / timedelta(days=1), limits.rate_days),
            (Reason.STALE_EARNINGS, (as_of - report.available_at) / timedelta(days=1), limits.earnings_days),
        )
        return next((Rejection(reason, value=age, limit=limit) for reason, age, limit in ages if age > limit), None)

    def _sessions_since(self, bars: DailyBars, as_of: datetime) -> float:
        """Sessions from the last bar to today; counting stops where the bar is too old anyway."""
        day, count = bars.day[-1].astype("datetime64[D]").item(), 0
        while day < new_york_date(as_of) and count * SESSION_HOURS <= self._settings.freshness.bars_hours:
            day, count = self._sessions.next_session(day), count + 1
        return float(count)

    def _broken(self, parts: Parts, _report: UpcomingReport, _as_of: datetime) -> Rejection | None:
        assert parts.bars is not None and parts.chain is not None  # noqa: S101, PT018 - see _missing
        jump, limit = largest_jump(parts.bars.value), self._settings.data_validation.split_jump
        if jump > limit:
            return Rejection(Reason.BROKEN_PRICES, value=jump, limit=limit)
        twice = repeated_contracts(parts.chain.value)
        return Rejection(Reason.BROKEN_CHAIN, value=twice, limit=0) if twice else None

    def _snapshot(self, parts: Parts, report: UpcomingReport, as_of: datetime) -> MarketSnapshot:
        assert parts.bars is not None and parts.chain is not None and parts.rate is not None  # noqa: S101, PT018 - see _missing
        chain, rate = parts.chain, parts.rate.value
        priced = with_volatilities(chain.value, rate, dividend_yield(parts.dividends, chain.value.spot, as_of))
        return MarketSnapshot(
            symbol=report.symbol,
            as_of=as_of,
            report=report,
            spot=Observation(priced.spot, chain.source, chain.available_at, priced.as_of),
            bars=parts.bars,
            chain=replace(chain, value=priced),
            rate=parts.rate,
            past_reports=self._past_reports(parts, report, as_of),
            dividends=parts.dividends,
        )

    def _past_reports(self, parts: Parts, report: UpcomingReport, as_of: datetime) -> tuple[EarningsEvent, ...]:
        """One event a past report, with the reaction's log return where bars or sources tell it.

        A report on which the sources do not agree stays as each of them states it: the earnings check judges such conflicts.
        """
        assert parts.bars is not None  # noqa: S101 - see _missing
        bars, past, before = parts.bars.value, list[EarningsEvent](), min(report.report_date, new_york_date(as_of))
        for stated in stated_reports(parts.events, as_of, self._settings.data_validation.report_gap):
            agreed = agreed_report(stated, 1, self._sessions)
            if isinstance(agreed, Rejection):
                past += [event for event in stated.events if event.report_date < before]
                continue
            if agreed.reaction_session >= min(report.reaction_session, new_york_date(as_of)):
                continue
            told = next((event.move for event in stated.events if np.isfinite(event.move)), float("nan"))
            move = told if np.isfinite(told) else reaction_move(bars, np.datetime64(agreed.reaction_session, "D"))
            first = stated.events[0]
            past.append(EarningsEvent(report.symbol, agreed.report_date, agreed.timing, first.source, first.available_at, move))
        return tuple(past)


def closed_bars(bars: DailyBars, as_of: datetime, sessions: Sessions) -> DailyBars:
    """Bars whose session was over at `as_of`, without those that no market can have printed (NaN, zero, negative, low over high)."""
    last = new_york_date(as_of)
    if not sessions.is_session(last) or as_of < sessions.close_of(last):
        last = sessions.previous_session(last)
    prices = np.stack([bars.open, bars.high, bars.low, bars.close])
    good = np.isfinite(prices).all(axis=0) & (prices > 0).all(axis=0) & (bars.high >= bars.low) & (bars.volume >= 0)
    keep = good & (bars.day <= np.datetime64(last, "D"))
    if keep.all():
        return bars
    return DailyBars(*(getattr(bars, name)[keep] for name in ("day", "open", "high", "low", "close", "volume")))


def largest_jump(bars: DailyBars) -> float:
    """Largest |log(open / previous close)|; 0 for fewer than two bars."""
    return float(np.max(np.abs(np.log(bars.open[1:] / bars.close[:-1])), initial=0.0))


def repeated_contracts(chain: OptionChain) -> int:
    """Contracts (expiry, strike, right) that the chain lists more than once."""
    order = np.lexsort((chain.is_call, chain.strike, chain.expiry))
    same = np.ones(max(len(chain) - 1, 0), dtype=np.bool_)
    for column in (chain.expiry, chain.strike, chain.is_call):
        same &= column[order][1:] == column[order][:-1]
    return int(same.sum())


def with_volatilities(chain: OptionChain, rate: float, dividend_yield: float) -> OptionChain:
    """The chain with American implied volatilities of its mids, in one call; NaN without a two-sided quote."""
    quoted = chain.two_sided & (chain.days > 0)
    volatility = np.full(len(chain), np.nan)
    if quoted.any():
        volatility[quoted] = implied_volatility(
            chain.is_call[quoted],
            chain.mid[quoted],
            chain.spot,
            chain.strike[quoted],
            chain.days[quoted] / 365,
            rate,
            dividend_yield,
        )
    return replace(chain, implied_volatility=volatility, rate=rate, dividend_yield=dividend_yield)


def dividend_yield(dividends: tuple[Dividend, ...], spot: float, as_of: datetime) -> float:
    """Dividends of the past year as a continuous yield, an approximation of cash dividends; 0 where none is known."""
    today = new_york_date(as_of)
    paid = sum(d.amount for d in dividends if today - timedelta(days=DIVIDEND_DAYS) < d.ex_date <= today)
    return float(np.log1p(paid / spot)) if paid > 0 else 0.0


def reaction_move(bars: DailyBars, session: np.datetime64) -> float:
    """Log return of one session, close to close; NaN where the bars do not hold it and the one before."""
    index = int(np.searchsorted(bars.day, session))
    if not 0 < index < len(bars) or bars.day[index] != session:
        return float("nan")
    return float(np.log(bars.close[index] / bars.close[index - 1]))


def _known(part: Observation[T] | None, as_of: datetime) -> Observation[T] | None:
    return part if part is not None and part.available_at <= as_of else None


def readable(chain: OptionChain, sessions: Sessions) -> OptionChain:
    """Contracts whose strike and expiry can be read, with their days counted here; a side that is not a number is no quote.

    Days run to 16:00 New York of the last session: an expiry listed to a Saturday or a holiday trades last in the session before.
    """
    days = np.full(len(chain), np.nan)
    for expiry in np.unique(chain.expiry[~np.isnat(chain.expiry)]):
        last = last_session(expiry.astype("datetime64[D]").item(), sessions)
        days[chain.expiry == expiry] = days_until(last, chain.as_of)
    near = (chain.strike > chain.spot / FARTHEST_STRIKE) & (chain.strike < chain.spot * FARTHEST_STRIKE)
    bid, ask = (np.where(np.isfinite(side), side, np.nan) for side in (chain.bid, chain.ask))
    return replace(chain, days=days, bid=bid, ask=ask).where(near & (days >= 0) & (days < FARTHEST_DAYS))
