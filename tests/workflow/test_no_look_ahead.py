"""Nothing may be known early: corrupting every datum after T changes no decision at or before T, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_market import EVE, PORTFOLIO, REPORT, SYMBOL, SampleMarket, WeekdaySessions, close_of, event, sample_settings
from yum_market import YumMarket

from alaris.domain import DailyBars, Dividend, EarningsEvent, Leg, LegHistory, LegQuote, Observation, OptionChain, Sessions
from alaris.plugins import PluginManager, hookimpl
from alaris.settings import Settings, load_settings
from alaris.workflow import Workflow
from alaris.workflow.audit import entry_of

AT_EVE = close_of(EVE)
BAR_NAMES = ("day", "open", "high", "low", "close", "volume")


@dataclass
class Corrupted:
    """A market that tells the truth up to `until` and nonsense of what came later, no matter what time it is asked for.

    It is the worst of sources: it hands out everything it has, the future included, and leaves it to the host not to look.
    """

    market: Any
    until: datetime
    seed: int
    far: datetime

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent]:
        later = [e for e in self.market.earnings_events(symbol, first, last, self.far) if e.available_at > self.until]
        known = [e for e in self.market.earnings_events(symbol, first, last, self.far) if e.available_at <= self.until]
        draw = np.random.default_rng(self.seed)
        wrong = [
            replace(e, report_date=e.report_date + timedelta(days=int(draw.integers(-9, 9))), move=float(draw.normal())) for e in later
        ]
        return [e for e in [*known, *wrong] if e.available_at <= as_of]

    @hookimpl
    def daily_bars(self, symbol: str, sessions: int, as_of: datetime) -> Observation[DailyBars] | None:
        whole = self.market.daily_bars(sessions=10_000, as_of=self.far)
        bars, draw = whole.value, np.random.default_rng(self.seed)
        local = self.until.astimezone(close_of(EVE).tzinfo)
        last = np.datetime64(local.date() if local.hour >= 16 else local.date() - timedelta(days=1))
        wrong = bars.day > last
        columns = {
            name: np.where(wrong, getattr(bars, name) * draw.uniform(0.2, 5.0, len(bars)), getattr(bars, name)) for name in BAR_NAMES[1:]
        }
        bars = replace(bars, **columns)
        asked = bars.day <= np.datetime64(as_of.astimezone(close_of(EVE).tzinfo).date())
        return Observation(DailyBars(*(getattr(bars, name)[asked][-sessions:] for name in BAR_NAMES)), "corrupted", min(as_of, self.until))

    @hookimpl
    def option_chain(self, symbol: str, as_of: datetime) -> Observation[OptionChain] | None:
        truth: Observation[OptionChain] | None = self.market.option_chain(as_of=as_of)
        if truth is None or as_of <= self.until:
            return truth
        draw = np.random.default_rng(self.seed)
        noise = draw.uniform(0.1, 9.0, len(truth.value))
        return replace(truth, value=replace(truth.value, bid=truth.value.bid * noise, ask=truth.value.ask * noise))

    @hookimpl
    def risk_free_rate(self, maturity_days: int, as_of: datetime) -> Observation[float] | None:
        truth: Observation[float] | None = self.market.risk_free_rate(as_of=as_of)
        return truth if truth is None or as_of <= self.until else replace(truth, value=0.9)

    @hookimpl
    def dividends(self, symbol: str, first: date, last: date, as_of: datetime) -> Sequence[Dividend] | None:
        return self.market.dividends(first=first, last=last, as_of=as_of) if isinstance(self.market, YumMarket) else []

    @hookimpl
    def execution_quotes(self, legs: Sequence[Leg], as_of: datetime) -> Sequence[LegQuote] | None:
        quotes: Sequence[LegQuote] | None = self.market.execution_quotes(legs=legs, as_of=as_of)
        return quotes if quotes is None or as_of <= self.until else [replace(quote, bid=0.01, ask=99.0) for quote in quotes]

    @hookimpl
    def leg_history(self, front: Leg, back: Leg, sessions: int, as_of: datetime) -> LegHistory | None:
        return (
            self.market.leg_history(front=front, back=back, sessions=sessions, as_of=as_of) if isinstance(self.market, YumMarket) else None
        )


def decisions(market: object, stated: Settings, sessions: Sessions, symbol: str, times: list[datetime]) -> list[bytes]:
    """Every decision at these times as canonical bytes, refusals included."""
    plugins = PluginManager(stated, only=())
    plugins.register(market, "market", same_thread=True)
    plugins.load_entry_points()
    workflow, found = Workflow(stated, plugins, sessions), []
    for as_of in times:
        due, refused = workflow.reports([symbol], as_of)
        found += [*refused, *(workflow.decide(report, PORTFOLIO, as_of) for report in due)]
        found += [workflow.confirm(decision, None, PORTFOLIO, as_of) for decision in found if decision.as_of == as_of]
    return [json.dumps(entry_of(decision), sort_keys=True).encode() for decision in found]


SAMPLE_TIMES = [close_of(date(2024, 5, day)) for day in (7, 8, 9, 10, 13, 14)]


@pytest.fixture(scope="module")
def moved_market() -> SampleMarket:
    """The sample market with a date that is revised in time, and one revision too late."""
    revised = [event(source=source, known=date(2024, 5, 9)) for source in ("first", "second")]
    first = [event(date(2024, 5, 10), source=source, known=date(2024, 5, 4)) for source in ("first", "second")]
    late = [event(date(2024, 5, 20), source=source, known=date(2024, 5, 14)) for source in ("first", "second")]
    return SampleMarket(events=[*first, *revised, *late])


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cut=st.integers(0, len(SAMPLE_TIMES) - 1), minutes=st.integers(0, 900))
def test_the_sample_market(moved_market: SampleMarket, seed: int, cut: int, minutes: int) -> None:
    until = SAMPLE_TIMES[cut] + timedelta(minutes=minutes)
    times = [moment for moment in SAMPLE_TIMES if moment <= until]
    far = datetime(2024, 7, 1, tzinfo=UTC)
    for preset in ("eve", "runup"):
        stated = sample_settings(preset=preset)
        truth = decisions(Corrupted(moved_market, far, seed, far), stated, WeekdaySessions(), SYMBOL, times)
        assert decisions(Corrupted(moved_market, until, seed, far), stated, WeekdaySessions(), SYMBOL, times) == truth


def test_the_test_itself_sees_a_corruption(moved_market: SampleMarket) -> None:
    far = datetime(2024, 7, 1, tzinfo=UTC)
    times = [AT_EVE]
    truth = decisions(Corrupted(moved_market, far, 1, far), sample_settings(), WeekdaySessions(), SYMBOL, times)
    assert len(truth) == 2
    assert json.loads(truth[0])["report"]["report_date"] == str(REPORT)
    early = decisions(Corrupted(moved_market, AT_EVE - timedelta(days=1), 1, far), sample_settings(), WeekdaySessions(), SYMBOL, times)
    assert early != truth


@pytest.fixture(scope="module")
def yum(shared: Path) -> YumMarket:
    return YumMarket(shared / "data")


@pytest.mark.parametrize("eve", [date(2017, 2, 8), date(2017, 5, 2), date(2017, 8, 2), date(2017, 11, 1)])
@pytest.mark.parametrize("profile", ["backtest", "research"])
def test_the_real_market(yum: YumMarket, eve: date, profile: str) -> None:
    at, far = yum.sessions.close_of(eve), datetime(2017, 12, 29, 21, tzinfo=UTC)
    stated = load_settings({"profile": profile})
    truth = decisions(Corrupted(yum, far, 0, far), stated, yum.sessions, "YUM", [at])
    assert truth
    for seed in (1, 2):
        assert decisions(Corrupted(yum, at, seed, far), stated, yum.sessions, "YUM", [at]) == truth


def test_the_same_run_twice_is_the_same_byte_for_byte(moved_market: SampleMarket) -> None:
    first, second = (decisions(moved_market, sample_settings(), WeekdaySessions(), SYMBOL, SAMPLE_TIMES) for _ in range(2))
    assert first == second
    assert first
