"""Broken data end in a typed reason, never in a traceback and never in a trade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_market import (
    EVE,
    NEW_YORK,
    PORTFOLIO,
    RATE,
    REPORT,
    SYMBOL,
    SampleMarket,
    WeekdaySessions,
    close_of,
    guarded_workflow,
    sample_workflow,
    without,
)

from alaris.domain import DailyBars, Decision, Observation, OptionChain, Phase, Reason, Timing, UpcomingReport

AT_EVE = close_of(EVE)
SOUND = UpcomingReport(SYMBOL, REPORT, Timing.BEFORE_OPEN, REPORT, ("first", "second"), AT_EVE - timedelta(days=3))
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def decided(market: SampleMarket, as_of: datetime = AT_EVE) -> Decision:
    return sample_workflow(market).decide(SOUND, PORTFOLIO, as_of)


def outcome(decision: Decision) -> tuple[Phase | None, Reason | None]:
    assert decision.intent is None
    assert decision.contracts == 0
    return decision.rejected_phase, decision.rejection.reason if decision.rejection else None


def quotes(bid: Callable[[Floats], Floats] = lambda x: x, ask: Callable[[Floats], Floats] = lambda x: x) -> SampleMarket:
    return SampleMarket(edit_chain=lambda chain: replace(chain, bid=bid(chain.bid), ask=ask(chain.ask)))


def test_the_unbroken_market_is_traded() -> None:
    decision = decided(SampleMarket())
    assert decision.rejection is None, decision.rejection
    assert decision.intent is not None
    assert decision.contracts == 5


@pytest.mark.parametrize(
    "market",
    [
        quotes(bid=lambda bid: bid + 1.0),
        quotes(bid=np.zeros_like),
        quotes(bid=lambda bid: -bid),
        quotes(bid=lambda bid: np.full_like(bid, np.nan)),
        quotes(ask=lambda ask: np.full_like(ask, np.nan)),
        quotes(ask=np.zeros_like),
        quotes(bid=lambda bid: np.full_like(bid, np.inf)),
        SampleMarket(edit_chain=lambda chain: replace(chain, bid=chain.ask.copy(), ask=chain.ask)),
    ],
    ids=["crossed", "zero bid", "negative", "NaN bid", "NaN ask", "zero ask", "infinite", "locked"],
)
def test_quotes_that_nobody_can_trade_on(market: SampleMarket) -> None:
    assert outcome(decided(market)) == (Phase.TERM_STRUCTURE, Reason.NO_QUOTES)
    assert outcome(guarded_workflow(market).decide(SOUND, PORTFOLIO, AT_EVE))[1] in {Reason.PRICE_IMPLAUSIBLE, Reason.NO_QUOTES}


def only(*expiries: date) -> SampleMarket:
    return SampleMarket(expiries=list(expiries))


@pytest.mark.parametrize(
    ("market", "expected"),
    [
        (only(date(2024, 5, 17)), (Phase.TERM_STRUCTURE, Reason.TOO_FEW_EXPIRIES)),
        (only(date(2024, 7, 5), date(2024, 7, 19)), (Phase.SIGNAL, Reason.SIGNAL_AVOID)),
        (only(date(2024, 5, 17), date(2024, 5, 31), date(2024, 6, 28)), (Phase.SIGNAL, Reason.NO_BACK_EXPIRY)),
        (only(date(2024, 5, 24), date(2024, 6, 21)), (Phase.SIGNAL, Reason.SIGNAL_AVOID)),
    ],
    ids=["one expiry", "far expiries only", "no monthly", "the nearest weekly is missing"],
)
def test_missing_expiries(market: SampleMarket, expected: tuple[Phase, Reason]) -> None:
    assert outcome(decided(market)) == expected


def test_a_front_expiry_that_is_missing_for_the_reaction() -> None:
    late = replace(SOUND, reaction_session=date(2024, 5, 21), report_date=date(2024, 5, 21))
    market = replace(only(date(2024, 5, 17), date(2024, 7, 19)), reaction=date(2024, 5, 14))
    assert outcome(sample_workflow(market).decide(late, PORTFOLIO, AT_EVE)) == (Phase.SIGNAL, Reason.NO_FRONT_EXPIRY)


def test_no_strike_in_common() -> None:
    def apart(chain: OptionChain) -> OptionChain:
        near = chain.expiry == np.datetime64("2024-05-17")
        return chain.where(near ^ (chain.strike % 2 == 0))

    assert outcome(decided(SampleMarket(edit_chain=apart))) == (Phase.SIGNAL, Reason.NO_COMMON_STRIKE)


def test_a_contract_listed_twice() -> None:
    def doubled(chain: OptionChain) -> OptionChain:
        rows = np.append(np.arange(len(chain)), len(chain) // 2)
        names = ("expiry", "days", "is_call", "strike", "bid", "ask", "volume", "open_interest", "implied_volatility")
        return replace(chain, **{name: getattr(chain, name)[rows] for name in names})

    decision = decided(SampleMarket(edit_chain=doubled))
    assert outcome(decision) == (Phase.MARKET_DATA, Reason.BROKEN_CHAIN)
    assert decision.rejection is not None
    assert decision.rejection.value == 1


@pytest.mark.parametrize(
    ("part", "reason"),
    [("daily_bars", Reason.NO_BARS), ("option_chain", Reason.NO_CHAIN), ("risk_free_rate", Reason.NO_RATE)],
)
def test_a_part_that_nobody_knows(part: str, reason: Reason) -> None:
    assert outcome(decided(without(SampleMarket(), part))) == (Phase.MARKET_DATA, reason)


def test_no_live_quote_is_never_replaced_by_the_chain() -> None:
    assert outcome(decided(without(SampleMarket(), "execution_quotes"))) == (Phase.EXECUTION_PRICING, Reason.NO_EXECUTION_QUOTE)


def test_an_empty_chain_and_a_chain_without_spot() -> None:
    assert outcome(decided(SampleMarket(edit_chain=lambda chain: chain.where(chain.strike < 0)))) == (Phase.MARKET_DATA, Reason.NO_CHAIN)
    zero = SampleMarket(edit_chain=lambda chain: replace(chain, spot=0.0))
    assert outcome(decided(zero)) == (Phase.MARKET_DATA, Reason.NO_SPOT)


def test_stale_parts() -> None:
    hours = SampleMarket(chain_time=AT_EVE - timedelta(hours=25))
    minutes = SampleMarket(chain_time=AT_EVE - timedelta(minutes=16))
    old_rate = SampleMarket(rate=Observation(RATE, "sample", AT_EVE - timedelta(days=8)))
    carried = SampleMarket(rate=Observation(RATE, "sample", AT_EVE - timedelta(days=80), AT_EVE))
    assert outcome(decided(hours)) == (Phase.MARKET_DATA, Reason.STALE_CHAIN)
    assert outcome(decided(minutes)) == (Phase.MARKET_DATA, Reason.STALE_SPOT)
    assert outcome(decided(old_rate)) == (Phase.MARKET_DATA, Reason.STALE_RATE)
    assert decided(carried).rejection is None
    unconfirmed = replace(SOUND, available_at=AT_EVE - timedelta(days=8))
    assert outcome(sample_workflow(SampleMarket()).decide(unconfirmed, PORTFOLIO, AT_EVE)) == (Phase.MARKET_DATA, Reason.STALE_EARNINGS)


@pytest.mark.parametrize(("missing", "reason"), [(2, None), (3, Reason.STALE_BARS)])
def test_bars_may_miss_two_sessions(missing: int, reason: Reason | None) -> None:
    bars = SampleMarket().bars
    cut = SampleMarket(bars=_until(bars, EVE, missing))
    rejection = decided(cut).rejection
    assert (rejection.reason if rejection else None) is reason


def _until(bars: DailyBars, day: date, missing: int) -> DailyBars:
    end = int(np.searchsorted(bars.day, np.datetime64(day))) + 1 - missing
    return DailyBars(*(getattr(bars, name)[:end] for name in ("day", "open", "high", "low", "close", "volume")))


def test_a_split_without_a_factor() -> None:
    bars = SampleMarket().bars
    after = bars.day >= np.datetime64("2024-04-15")
    split = replace(bars, **{name: getattr(bars, name) / np.where(after, 7.0, 1.0) for name in ("open", "high", "low", "close")})
    decision = decided(SampleMarket(bars=split))
    assert outcome(decision) == (Phase.MARKET_DATA, Reason.BROKEN_PRICES)
    assert decision.rejection is not None
    assert decision.rejection.value == pytest.approx(np.log(7), abs=0.05)


def test_bars_that_no_market_prints_are_left_out() -> None:
    bars = SampleMarket().bars
    broken = {name: getattr(bars, name).copy() for name in ("open", "high", "low", "close", "volume")}
    broken["close"][100], broken["open"][101], broken["low"][102], broken["volume"][103] = np.nan, 0.0, -1.0, -5.0
    assert decided(SampleMarket(bars=replace(bars, **broken))).rejection is None


def test_too_few_bars() -> None:
    bars = SampleMarket().bars
    end = int(np.searchsorted(bars.day, np.datetime64(EVE))) + 1
    few = DailyBars(*(getattr(bars, name)[end - 20 : end] for name in ("day", "open", "high", "low", "close", "volume")))
    assert outcome(decided(SampleMarket(bars=few))) == (Phase.REALIZED_VOLATILITY, Reason.TOO_FEW_BARS)


def test_on_a_half_day_the_eve_ends_at_one() -> None:
    sessions = WeekdaySessions(half_days=frozenset({EVE}))
    workflow = sample_workflow(SampleMarket(), sessions=sessions)
    at_close = datetime.combine(EVE, time(13), NEW_YORK)
    (report,), _ = workflow.reports([SYMBOL], at_close)
    decision = workflow.decide(report, PORTFOLIO, at_close)
    assert decision.rejection is None
    assert decision.calendar is not None
    assert workflow.reports([SYMBOL], AT_EVE) == ([], [])
    # the quotes of 13:00 are three hours old at 16:00
    old = sample_workflow(SampleMarket(chain_time=at_close), sessions=sessions).decide(report, PORTFOLIO, AT_EVE)
    assert outcome(old) == (Phase.MARKET_DATA, Reason.STALE_SPOT)


class Failing(SampleMarket):
    """A source whose chain raises."""

    def chain(self, as_of: datetime) -> OptionChain:
        raise ValueError("truncated reply")


def test_a_source_that_raises_is_a_missing_part() -> None:
    assert outcome(decided(Failing())) == (Phase.MARKET_DATA, Reason.NO_CHAIN)


def test_a_source_that_answers_from_the_future_is_not_heard() -> None:
    late = SampleMarket(chain_time=AT_EVE + timedelta(minutes=1))
    assert outcome(decided(late)) == (Phase.MARKET_DATA, Reason.NO_CHAIN)
    rate = SampleMarket(rate=Observation(RATE, "sample", AT_EVE + timedelta(seconds=1)))
    assert outcome(decided(rate)) == (Phase.MARKET_DATA, Reason.NO_RATE)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1), st.sampled_from(["bid", "ask", "strike", "days", "volume", "open_interest"]), st.floats(0.05, 1.0))
def test_any_scatter_of_nonsense_is_refused_or_traded_on_sound_quotes_only(seed: int, column: str, share: float) -> None:
    draw = np.random.default_rng(seed)

    def scattered(chain: OptionChain) -> OptionChain:
        values = getattr(chain, column).copy()
        hit = draw.random(len(chain)) < share
        values[hit] = draw.choice([np.nan, np.inf, -np.inf, 0.0, -1.0, 1e-300, 1e300], size=int(hit.sum()))
        return replace(chain, **{column: values})

    decision = guarded_workflow(SampleMarket(edit_chain=scattered)).decide(SOUND, PORTFOLIO, AT_EVE)
    if decision.rejection is None:
        assert decision.calendar is not None
        for quote in (decision.calendar.front, decision.calendar.back):
            assert 0 < quote.bid <= quote.ask < 100
    else:
        assert isinstance(decision.rejection.reason, Reason)
        assert decision.intent is None
