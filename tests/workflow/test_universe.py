"""Phase 1: who has a report in the window, whose sources agree, and who trades enough."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from sample_market import EVE, REPORT, SYMBOL, SampleMarket, WeekdaySessions, close_of, event, sample_settings, sample_workflow

from alaris.domain import EarningsEvent, Reason, Timing
from alaris.plugins import PluginManager, hookimpl
from alaris.settings import Settings
from alaris.workflow import Workflow
from alaris.workflow.earnings_sources import reaction_session

AT_EVE = close_of(EVE)


def refusals(market: object, settings: Settings | None = None) -> list[Reason]:
    due, refused = sample_workflow(market, settings).reports([SYMBOL], AT_EVE)
    assert not due
    return [decision.rejection.reason for decision in refused if decision.rejection]


def test_a_report_before_tomorrows_open_is_due_today() -> None:
    due, refused = sample_workflow(SampleMarket()).reports([SYMBOL], AT_EVE)
    assert not refused
    assert [(report.symbol, report.reaction_session, report.sources) for report in due] == [(SYMBOL, REPORT, ("first", "second"))]


def test_a_report_after_todays_close_reacts_tomorrow_and_is_due_today() -> None:
    market = SampleMarket(events=[event(EVE, Timing.AFTER_CLOSE), event(EVE, Timing.AFTER_CLOSE, "second")])
    due, _ = sample_workflow(market).reports([SYMBOL], AT_EVE)
    assert [report.reaction_session for report in due] == [REPORT]


@pytest.mark.parametrize("offset", [-3, -1, 1, 4])
def test_on_other_days_nothing_is_due_and_nothing_is_refused(offset: int) -> None:
    day = REPORT + timedelta(days=offset)
    due, refused = sample_workflow(SampleMarket()).reports(
        [SYMBOL], close_of(day) if offset != -1 else close_of(day) + timedelta(minutes=1)
    )
    assert not due
    assert not refused


@pytest.mark.parametrize(("days", "expected"), [(4, 0), (5, 1), (6, 1), (7, 1), (8, 0)])
def test_the_preset_runup_looks_five_to_seven_days_ahead(days: int, expected: int) -> None:
    report = date(2024, 5, 17)
    market = SampleMarket(events=[event(report), event(report, source="second")])
    at = close_of(report - timedelta(days=days))
    due, _ = sample_workflow(market, sample_settings(preset="runup"), EverydaySessions()).reports([SYMBOL], at)
    assert len(due) == expected


class EverydaySessions(WeekdaySessions):
    """An exchange that never rests, so that each distance in days is a session."""

    def is_session(self, day: date) -> bool:
        return True


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([event()], Reason.TOO_FEW_SOURCES),
        ([event(timing=Timing.UNKNOWN), event(timing=Timing.UNKNOWN, source="second")], Reason.TIMING_UNKNOWN),
        ([event(), event(timing=Timing.UNKNOWN, source="second")], Reason.TOO_FEW_SOURCES),
        ([event(), event(EVE, source="second")], Reason.SOURCES_DISAGREE),
        ([event(), event(date(2024, 5, 16), Timing.UNKNOWN, "second")], Reason.SOURCES_DISAGREE),
        ([event(), event(timing=Timing.AFTER_CLOSE, source="second")], Reason.SOURCES_DISAGREE),
        ([event(), event(source="second", known=date(2024, 5, 20))], Reason.TOO_FEW_SOURCES),
    ],
    ids=["one source", "time unknown", "one knows the time", "two dates", "two dates, one without a time", "two times", "known only later"],
)
def test_sources_that_do_not_agree_refuse_on_the_eve(events: list[EarningsEvent], reason: Reason) -> None:
    assert refusals(SampleMarket(events=events)) == [reason]


def test_two_of_three_sources_are_enough() -> None:
    market = SampleMarket(events=[event(), event(source="second"), event(date(2024, 5, 16), source="third")])
    due, _ = sample_workflow(market).reports([SYMBOL], AT_EVE)
    assert [report.sources for report in due] == [("first", "second")]


def test_a_moved_date_counts_from_the_day_it_became_known() -> None:
    moved = [event(date(2024, 5, 21), known=date(2024, 5, 10)), event(date(2024, 5, 21), source="second", known=date(2024, 5, 10))]
    market = SampleMarket(events=[event(), event(source="second"), *moved])
    assert sample_workflow(market).reports([SYMBOL], AT_EVE) == ([], [])
    due, _ = sample_workflow(market).reports([SYMBOL], close_of(date(2024, 5, 20)))
    assert [report.report_date for report in due] == [date(2024, 5, 21)]


def test_thin_and_cheap_shares_are_refused() -> None:
    whole = SampleMarket()
    thin = replace(whole, bars=replace(whole.bars, volume=np.full(len(whole.bars), 1_499_999.0)))
    prices = {name: getattr(whole.bars, name) * 0.045 for name in ("open", "high", "low", "close")}
    cheap = replace(whole, bars=replace(whole.bars, **prices))
    assert refusals(thin) == [Reason.LOW_VOLUME]
    assert refusals(cheap) == [Reason.LOW_PRICE]
    assert refusals(replace(whole, answers=frozenset())) == [Reason.NO_BARS]


class ManySymbols(SampleMarket):
    """Three names with one report each, the third the largest."""

    @hookimpl
    def earnings_events(self, symbol: str) -> list[EarningsEvent]:  # type: ignore[override] # a hook may ask for fewer arguments
        return [replace(event(source=source), symbol=symbol) for source in ("first", "second")]


def test_only_the_largest_are_kept() -> None:
    workflow = sample_workflow(ManySymbols(), sample_settings(universe__maximum_symbols="2"))
    due, refused = workflow.reports(["C", "A", "B"], AT_EVE)
    assert [report.symbol for report in due] == ["A", "B"]
    assert [(d.symbol, d.rejection.reason, d.rejection.value) for d in refused if d.rejection] == [("C", Reason.NOT_AMONG_LARGEST, 3)]


class DropsAll:
    """A filter of somebody else's."""

    @hookimpl
    def filter_universe(self) -> list[str]:
        return []


def test_a_filter_plugin_drops_with_a_reason() -> None:
    settings = sample_settings()
    plugins = PluginManager(settings)
    plugins.register(SampleMarket(), "market")
    plugins.register(DropsAll(), "filter")
    due, refused = Workflow(settings, plugins, WeekdaySessions()).reports([SYMBOL], AT_EVE)
    assert not due
    assert [d.rejection.reason for d in refused if d.rejection] == [Reason.FILTERED_BY_PLUGIN]


def test_chains_are_watched_from_some_days_before_until_the_reaction() -> None:
    workflow = sample_workflow(SampleMarket(events=[event(known=date(2024, 4, 20))]))
    watched = [day for day in range(1, 20) if workflow.watch([SYMBOL], close_of(date(2024, 5, day)), days=9)]
    assert watched == list(range(5, 15))


@pytest.mark.parametrize(
    ("day", "timing", "expected"),
    [
        (date(2024, 5, 14), Timing.BEFORE_OPEN, date(2024, 5, 14)),
        (date(2024, 5, 14), Timing.AFTER_CLOSE, date(2024, 5, 15)),
        (date(2024, 5, 17), Timing.AFTER_CLOSE, date(2024, 5, 20)),  # a Friday
        (date(2024, 5, 24), Timing.AFTER_CLOSE, date(2024, 5, 28)),  # Memorial Day behind the weekend
        (date(2024, 5, 27), Timing.BEFORE_OPEN, date(2024, 5, 28)),
    ],
)
def test_reaction_session(day: date, timing: Timing, expected: date) -> None:
    assert reaction_session(day, timing, WeekdaySessions(frozenset({date(2024, 5, 27)}))) == expected
