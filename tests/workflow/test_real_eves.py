"""The four reports of YUM in 2017, from LEAN's own files: the table of strategy.md 7, the refusals of the guards, and explained profits."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from yum_market import YumMarket

from alaris.domain import Calendar, Decision, Execution, Fill, Phase, Reason, Recommendation, Right
from alaris.plugins import PluginManager, Portfolio
from alaris.settings import load_settings
from alaris.volatility.term_structure import TermStructure
from alaris.workflow import Workflow
from alaris.workflow.structure import quoted_legs

PORTFOLIO = Portfolio(equity=100_000.0, cash=100_000.0)
# report, spot, IV30 before and after, IV60 before and after, IV90 before and after, front IV, slope, IV30 / Yang-Zhang, mean volume M
TABLE = [
    (date(2017, 2, 9), 66.59, (0.221, 0.154), (0.217, 0.172), (0.230, 0.186), 0.63, -0.0098, 1.49, 2.15),
    (date(2017, 5, 3), 66.34, (0.177, 0.143), (0.175, 0.155), (0.174, 0.162), 0.40, -0.0053, 1.43, 2.83),
    (date(2017, 8, 3), 76.62, (0.206, 0.144), (0.193, 0.158), (0.193, 0.171), 0.62, -0.0099, 1.74, 1.83),
    (date(2017, 11, 2), 74.31, (0.223, 0.186), (0.202, 0.178), (0.194, 0.181), 0.56, -0.0082, 1.78, 1.88),
]
REPORTS = [row[0] for row in TABLE]


@pytest.fixture(scope="module")
def market(shared: Path) -> YumMarket:
    return YumMarket(shared / "data")


def workflow_of(market: YumMarket, profile: str = "backtest", preset: str = "eve") -> Workflow:
    settings = load_settings({"profile": profile, "preset": preset})
    plugins = PluginManager(settings, only=())
    plugins.register(market, "yum", same_thread=True)
    plugins.load_entry_points()
    return Workflow(settings, plugins, market.sessions)


def decided(workflow: Workflow, market: YumMarket, day: date) -> Decision:
    (report,), refused = workflow.reports(["YUM"], market.sessions.close_of(day))
    assert not refused
    return workflow.decide(report, PORTFOLIO, market.sessions.close_of(day))


def eve_of(market: YumMarket, report: date, sessions: int = 1) -> date:
    day = report
    for _ in range(sessions):
        day = market.sessions.previous_session(day)
    return day


@pytest.mark.parametrize(("report", "spot", "iv30", "iv60", "iv90", "front", "slope", "ratio", "volume"), TABLE)
def test_the_eve_reproduces_the_table(
    market: YumMarket,
    report: date,
    spot: float,
    iv30: tuple[float, float],
    iv60: tuple[float, float],
    iv90: tuple[float, float],
    front: float,
    slope: float,
    ratio: float,
    volume: float,
) -> None:
    signal = (decision := decided(workflow_of(market), market, eve_of(market, report))).signal
    assert signal is not None
    # tolerances of strategy.md 7: 0.7 points of volatility (the front is printed in whole points), slope 8 %, Yang-Zhang 2 %
    assert decision.spot == pytest.approx(spot)
    assert signal.iv30 == pytest.approx(iv30[0], abs=0.007)
    assert signal.iv60 == pytest.approx(iv60[0], abs=0.007)
    assert signal.iv90 == pytest.approx(iv90[0], abs=0.007)
    assert signal.front_iv == pytest.approx(front, abs=0.012)
    assert signal.slope == pytest.approx(slope, rel=0.08)
    assert signal.rv30 == pytest.approx(iv30[0] / ratio, rel=0.02)
    assert signal.mean_volume / 1e6 == pytest.approx(volume, abs=0.005)
    assert signal.recommendation is Recommendation.RECOMMENDED


@pytest.mark.parametrize("report", REPORTS)
def test_the_jump_is_of_the_size_that_was_measured(market: YumMarket, report: date) -> None:
    signal = decided(workflow_of(market), market, eve_of(market, report)).signal
    assert signal is not None
    # providers.md 2: sigma_e of YUM 3.5-5.8 %, front crush about one half; 0.7 points of front volatility are 0.3 points of the jump
    assert 0.032 <= signal.sigma_event <= 0.061
    assert 0.35 <= signal.expected_crush <= 0.85


def test_the_default_profile_refuses_what_the_cost_guards_must_refuse(market: YumMarket) -> None:
    workflow = workflow_of(market)
    for report in REPORTS:
        decision = decided(workflow, market, eve_of(market, report))
        assert decision.rejected_phase is Phase.VALIDATION
        assert decision.rejection is not None
        assert decision.rejection.reason in {Reason.COST_RATIO_LOW, Reason.COST_ABOVE_CAP}
        costs = [verdict for verdict in decision.verdicts if verdict.id == "STCS006A"]
        assert any(not verdict.passed and verdict.value is not None and verdict.limit is not None for verdict in costs)
        assert {verdict.id for verdict in decision.verdicts} >= {"STCS006A", "STHD001A", "STCS008A", "STHD003A", "DTqc001A", "DTqc004A"}


@pytest.mark.parametrize("report", REPORTS)
def test_five_sessions_before_none_is_recommended(market: YumMarket, report: date) -> None:
    decision = decided(workflow_of(market, preset="runup"), market, eve_of(market, report, 5))
    assert decision.signal is not None
    assert decision.signal.recommendation is not Recommendation.RECOMMENDED
    assert decision.rejected_phase is Phase.SIGNAL


# what the real LEAN engine paid and got a share for the same calls: golden case earnings_rotation_2017 (it takes calls in November too)
FILLED = {
    date(2017, 2, 9): (1.51 - 0.71, 1.19 - 0.26),
    date(2017, 5, 3): (1.25 - 0.41, 1.78 - 0.91),
    date(2017, 8, 3): (1.78 - 0.77, 0.45 - 0.02),
}


@pytest.mark.parametrize("report", REPORTS)
def test_research_trades_at_natural_and_explains_its_profit_to_the_cent(market: YumMarket, report: date) -> None:
    workflow = workflow_of(market, "research")
    refused = decided(workflow_of(market), market, eve_of(market, report))
    decision = decided(workflow, market, eve_of(market, report))
    assert [(v.id, v.passed, v.limit) for v in decision.verdicts if v.id.startswith("DT")] == [
        (v.id, v.passed, v.limit) for v in refused.verdicts if v.id.startswith("DT")
    ]
    assert decision.rejection is None
    confirmed = workflow.confirm(decision, None, PORTFOLIO, decision.as_of)
    assert confirmed.intent is not None
    assert confirmed.calendar is not None
    assert len(confirmed.intent.ladder.prices) == 1
    assert confirmed.intent.ladder.prices[0] == pytest.approx(confirmed.calendar.natural_debit)
    entered = workflow.entered(confirmed, traded(confirmed.calendar, confirmed.spot, confirmed.contracts, opening=True))
    closed = workflow.closed(entered, left(market, workflow, entered, report), "REACTION")
    parts = closed.pnl_explained
    assert parts is not None
    assert closed.entry is not None
    assert closed.exit is not None
    if report in FILLED:
        assert closed.entry.price == pytest.approx(FILLED[report][0])
        assert closed.exit.price == pytest.approx(FILLED[report][1])
    # providers.md 2: an at-the-money leg is 0.11-0.21 USD wide, half of it on two legs, in and out
    assert -0.50 <= parts.spread / 100 / closed.contracts <= -0.15
    assert parts.fees == pytest.approx(-4 * 0.65 * closed.contracts)
    assert round(sum(round(part * 100) for part in (parts.jump, parts.vega, parts.theta, parts.spread, parts.fees))) == round(
        closed.pnl * 100
    )


def left(market: YumMarket, workflow: Workflow, entered: Decision, report: date) -> Execution:
    """The close of the reaction session at natural; a leg without a two-sided quote is left at the side that stands, or at intrinsic."""
    when = market.sessions.close_of(report)
    assert entered.calendar is not None
    seen = market.option_chain(when)
    assert seen is not None
    front, back = quoted_legs(seen.value, [entered.calendar.front.leg, entered.calendar.back.leg])
    assert workflow.exit_due(entered, Calendar(front, back), seen.value.spot, when) == "REACTION"
    return traded(Calendar(front, back), seen.value.spot, entered.contracts, opening=False)


def traded(calendar: Calendar, spot: float, contracts: int, *, opening: bool) -> Execution:
    """Both legs filled at their own side of the quote, 0.65 USD a contract."""
    sign = 1 if opening else -1
    prices = [quote.ask if quote.leg.ratio * sign > 0 else quote.bid if quote.bid > 0 else 0.0 for quote in (calendar.front, calendar.back)]
    when = calendar.front.observed_at
    fills = tuple(
        Fill(quote.leg, sign * quote.leg.ratio * contracts, price, 0.65 * contracts, when)
        for quote, price in zip((calendar.front, calendar.back), prices, strict=True)
    )
    return Execution(when, prices[1] - prices[0], fills, calendar, spot)


def test_after_the_report_the_term_structure_fell_as_the_table_says(market: YumMarket) -> None:
    workflow = workflow_of(market, "research")
    for report, _, iv30, iv60, iv90, *_ in TABLE:
        decision = decided(workflow, market, eve_of(market, report))
        closed = workflow.closed(decision, Execution(market.sessions.close_of(report), 0.0, (), None, 1.0))
        from_days = {30: iv30[1], 60: iv60[1], 90: iv90[1]}
        curve = TermStructure(*np.array(closed.term_structure_after).T)
        for days, expected in from_days.items():
            assert curve.at(days) == pytest.approx(expected, abs=0.007), f"{report} {days} days: {curve}"


def test_on_november_first_the_stock_was_under_its_trend_so_puts_are_used(market: YumMarket) -> None:
    workflow = workflow_of(market)
    rights = [calendar.front.leg.right for report in REPORTS if (calendar := decided(workflow, market, eve_of(market, report)).calendar)]
    assert rights == [Right.CALL, Right.CALL, Right.CALL, Right.PUT]


def test_good_friday_moved_an_expiry_to_the_thursday(market: YumMarket) -> None:
    seen = market.option_chain(market.sessions.close_of(date(2017, 4, 10)))
    assert seen is not None
    assert str(seen.value.expiry.min()) == "2017-04-13"
