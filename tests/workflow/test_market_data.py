"""Phase 2: what the snapshot holds, what is left out of it, and several sources at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sample_market import (
    EVE,
    JUMP,
    RATE,
    REPORT,
    SIGMA,
    SYMBOL,
    SampleMarket,
    WeekdaySessions,
    close_of,
    event,
    sample_settings,
    sample_workflow,
)

from alaris.domain import Dividend, InvalidInput, MarketSnapshot, Observation, OptionChain, Reason, Rejection, Timing
from alaris.plugins import PluginManager, hookimpl
from alaris.workflow import Workflow
from alaris.workflow.clock import days_until, new_york_date
from alaris.workflow.market_data import closed_bars, dividend_yield, reaction_move, repeated_contracts

AT_EVE = close_of(EVE)


def snapshot(market: object, workflow: Workflow | None = None) -> MarketSnapshot | Rejection:
    workflow = workflow or sample_workflow(market)
    (report,), _ = workflow.reports([SYMBOL], AT_EVE)
    return workflow.snapshot(report, AT_EVE)


def found(market: object, workflow: Workflow | None = None) -> MarketSnapshot:
    taken = snapshot(market, workflow)
    assert isinstance(taken, MarketSnapshot), taken
    return taken


def test_every_part_says_where_it_came_from_and_none_is_of_the_future() -> None:
    taken = found(SampleMarket())
    for part in (taken.spot, taken.bars, taken.chain, taken.rate):
        assert part.source == "sample"
        assert part.available_at <= AT_EVE
    assert len(taken.bars.value) == 90
    assert taken.chain.value.rate == RATE
    assert taken.spot.value == taken.chain.value.spot


def test_the_whole_chain_has_its_volatilities() -> None:
    chain = found(SampleMarket()).chain.value
    at_the_money = np.abs(chain.strike / chain.spot - 1) < 0.03
    expected = np.sqrt(SIGMA**2 + JUMP**2 * 365 / chain.days)
    # two-sided quotes are 2 cents wide about the model's price, so their mid is the model's price
    np.testing.assert_allclose(chain.implied_volatility[at_the_money], expected[at_the_money], atol=1e-5)
    assert np.isnan(chain.implied_volatility[~chain.two_sided]).all()


def test_a_bar_counts_from_the_close_of_its_session() -> None:
    bars, sessions = SampleMarket().bars, WeekdaySessions(half_days=frozenset({EVE}))
    for as_of, last in (
        (close_of(EVE) - timedelta(hours=3, minutes=1), "2024-05-10"),
        (close_of(EVE) - timedelta(hours=3), "2024-05-13"),
        (datetime(2024, 5, 12, 12, tzinfo=AT_EVE.tzinfo), "2024-05-10"),
    ):
        assert str(closed_bars(bars, as_of, sessions).day[-1]) == last


def test_a_saturday_expiry_has_its_days_to_the_friday() -> None:
    def saturdays(chain: OptionChain) -> OptionChain:
        return replace(chain, expiry=chain.expiry + np.timedelta64(1, "D"), days=chain.days + 1)

    chain = found(SampleMarket(edit_chain=saturdays)).chain.value
    assert str(chain.expiry.min()) == "2024-05-18"
    assert chain.days.min() == pytest.approx(4.0)


def test_days_run_to_four_in_new_york_over_a_change_of_clocks() -> None:
    # 2024-03-10 had 23 hours in New York
    assert days_until(date(2024, 3, 11), close_of(date(2024, 3, 8))) == pytest.approx(3 - 1 / 24)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        new_york_date(datetime(2024, 5, 13, 16))


def test_dividends_of_the_past_year_are_the_yield() -> None:
    paid = tuple(Dividend(day, 0.50) for day in (date(2023, 5, 1), date(2023, 8, 1), date(2023, 11, 1), date(2024, 2, 1), date(2024, 6, 1)))
    # three in the year before, the first is too long ago and the last has not come: log(1 + 1.50 / 100)
    assert dividend_yield(paid, 100.0, AT_EVE) == pytest.approx(0.014889, abs=1e-6)
    assert dividend_yield((), 100.0, AT_EVE) == 0.0


def test_past_reports_carry_the_move_of_their_session() -> None:
    past = [event(date(2024, 2, 13), Timing.AFTER_CLOSE, source, date(2024, 2, 1)) for source in ("first", "second")]
    market = SampleMarket(events=[*past, event(), event(source="second")])
    taken = found(market)
    bars = taken.bars.value
    index = int(np.searchsorted(bars.day, np.datetime64("2024-02-14")))
    (report,) = taken.past_reports
    assert report.report_date == date(2024, 2, 13)
    assert report.move == pytest.approx(np.log(bars.close[index] / bars.close[index - 1]))
    assert np.isnan(reaction_move(bars, np.datetime64("2020-01-02")))


def test_a_disputed_past_report_stays_as_it_was_stated() -> None:
    past = [event(date(2024, 2, day), Timing.BEFORE_OPEN, source, date(2024, 2, 1)) for day, source in ((12, "first"), (14, "second"))]
    taken = found(SampleMarket(events=[*past, event(), event(source="second")]))
    assert [report.report_date for report in taken.past_reports] == [date(2024, 2, 12), date(2024, 2, 14)]


def test_repeated_contracts_are_counted() -> None:
    chain = SampleMarket().chain(AT_EVE)
    assert repeated_contracts(chain) == 0
    assert repeated_contracts(chain.where(np.zeros(len(chain), dtype=bool))) == 0


class Waiting(SampleMarket):
    """Sources that answer only when all of them are asked at the same time."""

    barrier = threading.Barrier(2, timeout=5)

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float]:
        self.barrier.wait()
        return Observation(RATE, "sample", as_of)


class WaitingChain(SampleMarket):
    """The other half."""

    @hookimpl
    def option_chain(self, as_of: datetime) -> Observation[OptionChain]:
        Waiting.barrier.wait()
        return Observation(self.chain(as_of), "sample", as_of)


def threaded(*plugins: object, seconds: float = 30) -> Workflow:
    settings = sample_settings(freshness__provider_threads="5", freshness__provider_seconds=str(seconds))
    manager = PluginManager(settings)
    for number, plugin in enumerate(plugins):
        manager.register(plugin, f"source {number}")
    return Workflow(settings, manager, WeekdaySessions())


def test_sources_are_asked_at_the_same_time() -> None:
    rates = Waiting(answers=frozenset({"daily_bars"}))
    chains = WaitingChain(answers=frozenset({"daily_bars"}))
    assert isinstance(
        snapshot(None, threaded(OnlyRate(rates), OnlyChain(chains), SampleMarket(answers=frozenset({"daily_bars"})))), MarketSnapshot
    )


class OnlyRate:
    """One hook of a market."""

    def __init__(self, market: Waiting) -> None:
        self.market = market

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float]:
        return self.market.risk_free_rate(as_of)


class OnlyChain:
    """One hook of a market."""

    def __init__(self, market: WaitingChain) -> None:
        self.market = market

    @hookimpl
    def option_chain(self, as_of: datetime) -> Observation[OptionChain]:
        return self.market.option_chain(as_of)


class Hanging:
    """A source that does not answer in time."""

    def __init__(self) -> None:
        self.free = threading.Event()

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float]:
        self.free.wait(10)
        return Observation(RATE, "late", as_of)


def test_a_source_over_the_time_budget_is_a_missing_part() -> None:
    hanging = Hanging()
    market = SampleMarket(answers=frozenset({"daily_bars", "option_chain"}))
    refused = snapshot(None, threaded(hanging, market, seconds=0.3))
    hanging.free.set()
    assert refused == Rejection(Reason.NO_RATE)


def test_the_report_is_the_one_that_was_decided_on() -> None:
    assert found(SampleMarket()).report.reaction_session == REPORT
