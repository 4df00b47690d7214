"""One decision from report to journal: what each phase adds, what ends it, and what is asked again before the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sample_market import (
    EVE,
    JUMP,
    PORTFOLIO,
    REPORT,
    SIGMA,
    SYMBOL,
    SampleMarket,
    WeekdaySessions,
    close_of,
    guarded_workflow,
    sample_settings,
    sample_workflow,
)

from alaris.domain import (
    Calendar,
    Decision,
    Execution,
    Fill,
    Intent,
    LegQuote,
    MarketSnapshot,
    Outcome,
    Phase,
    PriceLadder,
    Reason,
    Recommendation,
    Signal,
    UpcomingReport,
    Verdict,
)
from alaris.plugins import OpenCalendar, PluginManager, Portfolio, Settings, hookimpl
from alaris.risk.breakers import CALM, Breaker, BreakerState
from alaris.settings import Breakers
from alaris.workflow import Workflow

AT_EVE = close_of(EVE)


def report_of(workflow: Workflow) -> UpcomingReport:
    (report,), _ = workflow.reports([SYMBOL], AT_EVE)
    return report


def decided(workflow: Workflow, portfolio: Portfolio = PORTFOLIO, breakers: BreakerState = CALM) -> Decision:
    return workflow.decide(report_of(workflow), portfolio, AT_EVE, breakers=breakers)


def with_plugins(*others: object, market: SampleMarket | None = None, settings: Settings | None = None) -> Workflow:
    settings = settings or sample_settings()
    plugins = PluginManager(settings, only=())
    for number, plugin in enumerate((market or SampleMarket(), *others)):
        plugins.register(plugin, f"plugin {number}", same_thread=True)
    return Workflow(settings, plugins, WeekdaySessions())


def ending(decision: Decision) -> tuple[Phase | None, Reason | None]:
    return decision.rejected_phase, decision.rejection.reason if decision.rejection else None


def test_a_decision_carries_everything_from_signal_to_intent() -> None:
    decision = decided(guarded_workflow(SampleMarket()))
    assert ending(decision) == (None, None)
    signal, calendar, intent = decision.signal, decision.calendar, decision.intent
    assert signal is not None
    assert calendar is not None
    assert intent is not None
    assert signal.recommendation is Recommendation.RECOMMENDED
    assert signal.sigma_event == pytest.approx(JUMP, rel=0.01)
    # the front's volatility falls from sqrt(0.09 + 0.0036 * 365 / 4) to sigma
    assert signal.expected_crush == pytest.approx(1 - SIGMA / (SIGMA**2 + JUMP**2 * 365 / 4) ** 0.5, abs=0.01)
    assert abs(signal.expected_pnl) < 0.05  # at the implied distribution a fair calendar earns nothing but a night of carry
    assert {verdict.id for verdict in decision.verdicts} >= {"DTqc001A", "DTqc004A", "STCS006A", "STHD001A", "STCS008A", "STHD003A"}
    assert all(verdict.passed for verdict in decision.verdicts)
    assert intent.legs == (calendar.front.leg, calendar.back.leg)
    assert [leg.ratio for leg in intent.legs] == [-1, 1]
    assert intent.contracts == decision.contracts == 5
    assert intent.trade_id == decision.trade_id
    assert intent.ladder.prices[-1] == pytest.approx(calendar.natural_debit, abs=0.0101)
    assert decision.outcome is Outcome.TRADED


def test_the_name_of_a_trade_says_what_it_is_and_is_the_same_in_every_run() -> None:
    first, second = decided(sample_workflow(SampleMarket())), decided(sample_workflow(SampleMarket()))
    assert first.trade_id == second.trade_id
    assert first.trade_id.startswith("ABC-20240514-eve-")
    other = decided(sample_workflow(SampleMarket(), sample_settings(limits__positions="4")))
    assert other.trade_id != first.trade_id


def test_an_open_position_is_not_opened_twice() -> None:
    held = replace(PORTFOLIO, open=(OpenCalendar(SYMBOL, 1, 100.0),))
    assert ending(decided(sample_workflow(SampleMarket()), held)) == (Phase.UNIVERSE, Reason.POSITION_OPEN)


@pytest.mark.parametrize(
    ("breaker", "phase"),
    [(Breaker.DAILY_LOSS, Phase.EXECUTION), (Breaker.OPERATOR, Phase.EXECUTION), (Breaker.DATA_QUALITY, Phase.MARKET_DATA)],
)
def test_a_halt_forbids_new_positions(breaker: Breaker, phase: Phase) -> None:
    halted = BreakerState().halted(breaker, "Ana", "news", AT_EVE)
    workflow = sample_workflow(SampleMarket())
    assert ending(decided(workflow, breakers=halted)) == (phase, Reason.HALTED)
    assert ending(workflow.confirm(decided(workflow), None, PORTFOLIO, AT_EVE, breakers=halted)) == (Phase.EXECUTION, Reason.HALTED)


def test_no_size_is_no_order() -> None:
    assert ending(decided(sample_workflow(SampleMarket(sizes=0)))) == (Phase.SIZING, Reason.ZERO_CONTRACTS)
    assert ending(decided(sample_workflow(SampleMarket(sizes=None)))) == (Phase.SIZING, Reason.ZERO_CONTRACTS)
    losing = replace(PORTFOLIO, closed_returns=(-0.2,) * 15 + (0.3,) * 5)
    assert ending(decided(sample_workflow(SampleMarket(sizes=0)), losing)) == (Phase.SIZING, Reason.NO_EDGE)


def test_a_limit_that_leaves_nothing_ends_phase_eight() -> None:
    poor = Portfolio(equity=10_000.0, cash=2_001.0)
    decision = decided(sample_workflow(SampleMarket()), poor)
    assert ending(decision) == (Phase.SIZING, Reason.LIMIT_CASH)
    assert decision.rejection is not None
    assert decision.rejection.limit == pytest.approx(1.0)


class Guard:
    """A guard that lets at most `largest` contracts pass, and notes what it was asked."""

    def __init__(self, largest: int, reason: Reason = Reason.SIZE_ABOVE_VOLUME) -> None:
        self.largest, self.reason = largest, reason
        self.asked: list[tuple[int, float]] = []

    @hookimpl
    def validate_candidate(self, calendar: Calendar, contracts: int) -> Verdict:
        self.asked.append((contracts, calendar.natural_debit - calendar.mid_debit))
        passed = contracts <= self.largest
        return Verdict("SIZE", passed, contracts, self.largest, None if passed else self.reason, largest_size=self.largest)


def test_a_smaller_size_is_tried_before_a_guard_refuses() -> None:
    guard = Guard(2)
    decision = decided(with_plugins(guard))
    assert decision.contracts == 2
    assert decision.intent is not None
    assert decision.intent.contracts == 2
    assert [contracts for contracts, _ in guard.asked] == [5, 2]
    refused = decided(with_plugins(Guard(0)))
    assert ending(refused) == (Phase.VALIDATION, Reason.SIZE_ABOVE_VOLUME)


def test_research_records_the_verdict_and_trades_at_natural() -> None:
    decision = decided(with_plugins(Guard(0), settings=sample_settings(enforce_verdicts="false")))
    assert ending(decision) == (None, None)
    assert [verdict.passed for verdict in decision.verdicts] == [False]
    assert decision.intent is not None
    assert len(decision.intent.ladder.prices) == 1


class Raising:
    """A guard that fails."""

    @hookimpl
    def validate_candidate(self) -> Verdict:
        raise SystemExit("gone")


def test_a_guard_that_fails_refuses_even_in_research() -> None:
    decision = decided(with_plugins(Guard(0), Raising(), settings=sample_settings(enforce_verdicts="false")))
    assert ending(decision) == (Phase.VALIDATION, Reason.PLUGIN_FAILED)


class BadData:
    """A data validator that refuses."""

    @hookimpl
    def validate_snapshot(self) -> list[Verdict]:
        return [Verdict("WARN", True, 1.0, 0.0, Reason.ARBITRAGE), Verdict("DATA", False, 2.0, 1.0, Reason.PRICE_IMPLAUSIBLE)]


def test_a_failed_data_validator_ends_phase_two_and_a_warning_does_not() -> None:
    decision = decided(with_plugins(BadData()))
    assert ending(decision) == (Phase.MARKET_DATA, Reason.PRICE_IMPLAUSIBLE)
    assert [verdict.id for verdict in decision.verdicts] == ["WARN", "DATA"]


def test_before_the_order_the_guards_see_the_live_quotes_and_the_final_size() -> None:
    guard = Guard(10)
    workflow = with_plugins(guard)
    decision = decided(workflow)
    assert decision.calendar is not None
    live = [decision.calendar.front, replace(decision.calendar.back, ask=decision.calendar.back.ask + 0.20)]
    confirmed = workflow.confirm(decision, live, PORTFOLIO, AT_EVE)
    contracts, over_the_mid = guard.asked[-1]
    assert contracts == 5
    assert over_the_mid == pytest.approx(0.02 + 0.10)
    assert confirmed.intent is not None
    assert confirmed.intent.ladder.prices[-1] == pytest.approx(decision.calendar.natural_debit + 0.20, abs=0.0101)
    guard.largest = 3
    smaller = workflow.confirm(decision, live, PORTFOLIO, AT_EVE)
    assert smaller.contracts == 3
    spent = {verdict.id: verdict.value for verdict in smaller.verdicts if verdict.id.startswith("LIMIT")}
    assert spent["LIMIT_CONTRACTS"] == 3
    assert smaller.calendar is not None
    assert spent["LIMIT_LOSS"] == pytest.approx(300 * smaller.calendar.natural_debit)
    guard.largest = 0
    assert ending(workflow.confirm(decision, live, PORTFOLIO, AT_EVE)) == (Phase.EXECUTION, Reason.SIZE_ABOVE_VOLUME)


def test_before_the_order_limits_and_quotes_are_checked_again() -> None:
    workflow = sample_workflow(SampleMarket())
    decision = decided(workflow)
    full = replace(PORTFOLIO, open=tuple(OpenCalendar(name, 1, 100.0) for name in "VWXYZ"))
    assert ending(workflow.confirm(decision, None, full, AT_EVE)) == (Phase.EXECUTION, Reason.LIMIT_POSITIONS)
    assert decision.calendar is not None
    crossed: Sequence[LegQuote] = [replace(decision.calendar.front, bid=9.0), decision.calendar.back]
    assert ending(workflow.confirm(decision, crossed, PORTFOLIO, AT_EVE)) == (Phase.EXECUTION, Reason.CROSSED_QUOTE)
    late = workflow.confirm(decision, [decision.calendar.front, decision.calendar.back], PORTFOLIO, AT_EVE + timedelta(hours=1))
    assert ending(late) == (Phase.EXECUTION, Reason.STALE_QUOTE)


class RiskDesk:
    """A stranger's risk limit."""

    @hookimpl
    def check_order(self, intent: Intent) -> Verdict:
        return Verdict("DESK", False, float(intent.contracts), 1.0, Reason.LIMIT_PLUGIN)


def test_a_risk_plugin_is_asked_before_the_order() -> None:
    workflow = with_plugins(RiskDesk())
    refused = workflow.confirm(decided(workflow), None, PORTFOLIO, AT_EVE)
    assert ending(refused) == (Phase.EXECUTION, Reason.LIMIT_PLUGIN)
    assert refused.verdicts[-1].id == "DESK"


class Pricing:
    """Own limits, an own view of the signal, and a sink."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Mapping[str, Any]]] = []

    @hookimpl
    def order_prices(self, opening: bool) -> PriceLadder:
        return PriceLadder((0.5,) if opening else (0.4,), (10.0,))

    @hookimpl
    def adjust_signal(self, signal: Signal, snapshot: MarketSnapshot) -> Signal:
        return replace(signal, recommendation=Recommendation.CONSIDER)

    @hookimpl
    def record(self, kind: str, entry: Mapping[str, Any]) -> None:
        self.entries.append((kind, entry))


def test_plugins_may_price_the_order_and_change_the_signal() -> None:
    assert ending(decided(with_plugins(Pricing()))) == (Phase.SIGNAL, Reason.SIGNAL_ONLY_CONSIDER)
    workflow = with_plugins(Pricing(), settings=sample_settings(signal__trade_consider="true"))
    decision = decided(workflow)
    assert decision.intent is not None
    assert decision.intent.ladder.prices == (0.5,)
    assert decision.calendar is not None
    assert workflow.exit_ladder(decision.calendar).prices == (0.4,)


def test_the_journal_gets_every_part_with_its_source() -> None:
    sink = Pricing()
    workflow = with_plugins(sink, settings=sample_settings(signal__trade_consider="true"))
    decision = decided(workflow)
    assert workflow.record(decision) == 0
    (kind, entry), *_ = sink.entries
    assert kind == "decision"
    assert entry["trade_id"] == decision.trade_id
    assert {item["part"]: item["source"] for item in entry["inputs"]} == {
        "spot": "sample",
        "bars": "sample",
        "chain": "sample",
        "rate": "sample",
        "report": "first, second",
    }
    assert entry["outcome"] == "TRADED"
    assert entry["rejection"] is None
    assert "snapshot" not in entry


def test_from_entry_to_explained_profit() -> None:
    market = SampleMarket()
    workflow = sample_workflow(market)
    decision = workflow.confirm(decided(workflow), None, PORTFOLIO, AT_EVE)
    assert decision.calendar is not None
    fills = tuple(Fill(q.leg, q.leg.ratio * 4, q.mid, 2.6, AT_EVE) for q in (decision.calendar.front, decision.calendar.back))
    entered = workflow.entered(decision, Execution(AT_EVE, decision.calendar.natural_debit, fills, decision.calendar, decision.spot))
    assert entered.contracts == 4  # what filled, not what was wanted
    later = close_of(REPORT)
    legs = (decision.calendar.front.leg, decision.calendar.back.leg)
    calendar = Calendar(*market.quotes(legs, later))
    assert workflow.exit_due(entered, calendar, market.spot(later), later) == "REACTION"
    left = Execution(later, calendar.natural_credit, (), calendar, market.spot(later))
    closed = workflow.closed(entered, left, "REACTION")
    assert closed.pnl_explained is not None
    assert closed.pnl_explained.vega > 0  # the crush of the front
    assert closed.pnl_explained.spread == pytest.approx(-400 * 0.04, abs=0.01)
    assert closed.pnl_explained.total == pytest.approx(closed.pnl, abs=0.001)
    assert closed.exit_reason == "REACTION"
    assert [round(volatility, 2) for _, volatility in closed.term_structure_after[:3]] == [SIGMA] * 3
    assert closed.snapshot is None


def test_an_order_that_did_not_fill_frees_its_slot_with_a_reason() -> None:
    workflow = sample_workflow(SampleMarket())
    refused = workflow.refused(decided(workflow), Reason.NOT_FILLED, 1.20, 1.25)
    assert ending(refused) == (Phase.EXECUTION, Reason.NOT_FILLED)
    assert refused.contracts == 0
    assert refused.outcome is Outcome.REJECTED


def test_spiking_volatility_widens_the_quotes_that_guards_see() -> None:
    market = SampleMarket()
    wild = {name: getattr(market.bars, name).copy() for name in ("open", "high", "low", "close")}
    end = int((market.bars.day <= market.bars.day.dtype.type(str(EVE))).sum())
    wild["high"][end - 25 : end] *= 1.04
    wild["low"][end - 25 : end] *= 0.96
    guard = Guard(10)
    vix = BreakerState().after_volatility(45.0, Breakers(), AT_EVE)
    decided(with_plugins(guard), breakers=vix)
    assert guard.asked.pop()[1] == pytest.approx(0.02 * 1.5, abs=1e-9)
    loud = sample_settings(signal__minimum_ratio="0.1")
    decided(with_plugins(guard, market=replace(market, bars=replace(market.bars, **wild)), settings=loud))
    assert guard.asked[0][1] == pytest.approx(0.02 * 1.5, abs=1e-9)
