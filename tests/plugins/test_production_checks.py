"""STCS006A, STHD001A, STCS008A, STHD003A: hand-worked numbers, missing inputs, and what must hold for any calendar."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.domain import Calendar, LegHistory, Reason, Verdict
from alaris.plugins import PluginManager, samples
from alaris.settings import load_settings
from alaris_plugins.cost_survival import CostSurvival, round_trip_cost, vega_of_thirty_days
from alaris_plugins.gamma_risk import GammaRisk
from alaris_plugins.liquidity import Liquidity, largest_size
from alaris_plugins.vega_independence import VegaIndependence, correlation_of_changes

BACKTEST = load_settings({"profile": "backtest"})
LIVE = load_settings({"profile": "live"})
PRICES = st.floats(0.01, 50)


def calendar(front: dict[str, Any] | None = None, back: dict[str, Any] | None = None) -> Calendar:
    """The sample calendar (front 1.75 x 1.85, back 3.05 x 3.20) with some numbers replaced."""
    whole = samples.calendar()
    return Calendar(replace(whole.front, **(front or {})), replace(whole.back, **(back or {})))


def reasons(verdicts: list[Verdict]) -> list[Reason | None]:
    return [verdict.reason for verdict in verdicts if not verdict.passed]


def cost_verdicts(one: Calendar, rv30: float = 0.20) -> list[Verdict]:
    return CostSurvival(BACKTEST).validate_candidate(samples.snapshot(), replace(samples.signal(), rv30=rv30), one)


def test_the_round_trip_is_both_widths_and_four_fees() -> None:
    # by hand: (1.85 - 1.75) + (3.20 - 3.05) + 4 * 0.65 / 100 = 0.276
    assert round_trip_cost(calendar(), 0.0065) == pytest.approx(0.276, abs=1e-12)


def test_vega_of_thirty_days() -> None:
    # by hand: S sqrt(T) phi(sigma sqrt(T) / 2) with T = 30/365: 100 * 0.286691 * 0.398573 = 11.4267 (Black-Scholes, struck at the forward)
    assert vega_of_thirty_days(100.0, 0.30) == pytest.approx(11.4267, abs=2e-4)
    assert vega_of_thirty_days(100.0, 0.30, dividend_yield=0.02) == pytest.approx(11.4267 * math.exp(-0.02 * 30 / 365), abs=2e-4)


def test_the_ratio_after_costs_by_hand() -> None:
    ratio, cap, share = cost_verdicts(calendar())
    # 0.276 / 11.4267 = 0.02415 of volatility; (0.30 - 0.02415) / 0.20 = 1.3792
    assert ratio.value == pytest.approx(1.3792, abs=1e-4)
    assert cap.value == pytest.approx(0.276)
    assert share.value == pytest.approx(0.276 / 1.45)  # natural debit 3.20 - 1.75
    assert all(verdict.passed and verdict.id == "STCS006A" for verdict in (ratio, cap, share))


def test_each_limit_refuses_with_its_own_reason() -> None:
    assert reasons(cost_verdicts(calendar(), rv30=0.24)) == [Reason.COST_RATIO_LOW]
    assert reasons(cost_verdicts(calendar(back={"ask": 3.40}))) == [Reason.COST_ABOVE_CAP]
    assert reasons(cost_verdicts(calendar(back={"bid": 2.45, "ask": 2.60}))) == [Reason.COST_SHARE_ABOVE_CAP]


def test_the_share_says_nothing_under_ten_cents_of_debit() -> None:
    share = cost_verdicts(calendar(back={"bid": 1.70, "ask": 1.84}))[2]
    assert (share.passed, share.value, share.limit) == (True, None, 0.30)
    assert "not applied" in share.note


def test_a_leg_that_did_not_trade_raises_the_cost_by_the_buffer() -> None:
    _, quiet, _ = cost_verdicts(calendar(front={"volume": 0.0}))
    assert quiet.value == pytest.approx(0.276 * 1.5)
    assert quiet.reason is Reason.COST_ABOVE_CAP
    assert "SAMPLE 170210C00100000 did not trade" in quiet.note
    _, unheld, _ = cost_verdicts(calendar(front={"volume": 0.0, "open_interest": 99.0}))
    assert unheld.value == pytest.approx(0.276)


@pytest.mark.parametrize("side", ["bid", "ask"])
def test_without_a_quote_the_cost_refuses_in_every_profile(side: str) -> None:
    verdicts = cost_verdicts(calendar(front={side: math.nan}))
    assert reasons(verdicts) == [Reason.MISSING_INPUT]


@given(PRICES, PRICES, PRICES, PRICES)
def test_wider_quotes_never_survive_more(bid: float, width: float, back_bid: float, more: float) -> None:
    tight = calendar({"bid": bid, "ask": bid + width}, {"bid": back_bid, "ask": back_bid + width})
    wide = calendar({"bid": bid, "ask": bid + width + more}, {"bid": back_bid, "ask": back_bid + width})
    before, after = cost_verdicts(tight)[0].value, cost_verdicts(wide)[0].value
    assert before is not None
    assert after is not None
    assert after < before


def history(front: list[float], back: list[float]) -> LegHistory:
    days = np.datetime64("2017-01-02") + np.arange(len(front))
    return LegHistory(days, np.array(front), np.array(back))


def test_correlation_by_hand() -> None:
    # changes (1, -1, 2, 0) and (1, 1, -1, 3) around means 0.5 and 1: sums -1*... = 0.5*0 - 1.5*0 + 1.5*-2 - 0.5*2 = -4; 5 and 8 squared
    count, correlation = correlation_of_changes(history([0, 1, 0, 2, 2], [0, 1, 2, 1, 4]))
    assert count == 4
    assert correlation == pytest.approx(-4 / math.sqrt(5 * 8))


def test_days_without_a_quote_are_no_observations() -> None:
    count, _ = correlation_of_changes(history([1, 2, math.nan, 2, 4, 3], [1, 3, 2, 2, 5, 1]))
    assert count == 3  # both changes beside the missing day are unknown


def test_legs_that_move_together_are_refused_and_legs_that_do_not_pass() -> None:
    steps = np.arange(30)
    rising, other = list(0.2 + 0.01 * np.sin(steps)), list(0.2 + 0.01 * np.cos(1.7 * steps))
    together = VegaIndependence(LIVE).validate_candidate(history(rising, rising))
    assert together.value == pytest.approx(1.0)
    assert (together.passed, together.reason) == (False, Reason.LEGS_CORRELATED)
    assert VegaIndependence(LIVE).validate_candidate(history(rising, other)).passed


@pytest.mark.parametrize(
    "known", [None, history([0.2] * 30, [0.2] * 30), history(list(np.linspace(0.2, 0.3, 20) ** 2), list(np.linspace(0.2, 0.3, 20)))]
)
def test_a_missing_history_is_the_profiles_choice(known: LegHistory | None) -> None:
    for settings, passed in ((LIVE, False), (BACKTEST, True)):
        verdict = VegaIndependence(settings).validate_candidate(known)
        assert (verdict.passed, verdict.reason, verdict.value) == (passed, Reason.MISSING_INPUT, None)
        assert "as the profile chose" in verdict.note


@pytest.mark.parametrize(
    ("volume", "open_interest", "contracts", "refused", "largest"),
    [
        (400, 2000, 20, [], (20, 40)),  # 20 / 400 is 5 % exactly
        (400, 2000, 21, [Reason.SIZE_ABOVE_VOLUME], (20, 40)),
        (4000, 100, 2, [], (200, 2)),
        (4000, 100, 3, [Reason.SIZE_ABOVE_OPEN_INTEREST], (200, 2)),
        (19, 49, 1, [Reason.SIZE_ABOVE_VOLUME, Reason.SIZE_ABOVE_OPEN_INTEREST], (0, 0)),
        (0, 0, 1, [Reason.SIZE_ABOVE_VOLUME, Reason.SIZE_ABOVE_OPEN_INTEREST], (0, 0)),
    ],
)
def test_the_thinner_leg_decides_and_the_largest_size_is_told(
    volume: float, open_interest: float, contracts: int, refused: list[Reason], largest: tuple[int, int]
) -> None:
    thin = {"volume": float(volume), "open_interest": float(open_interest)}
    for one in (calendar(front=thin, back={"volume": 1e6, "open_interest": 1e6}), calendar({"volume": 1e6, "open_interest": 1e6}, thin)):
        verdicts = Liquidity(LIVE).validate_candidate(one, contracts)
        assert reasons(verdicts) == refused
        assert tuple(verdict.largest_size for verdict in verdicts) == largest


@given(st.floats(0, 1e7), st.floats(0.001, 1))
def test_the_largest_size_passes_and_one_more_does_not(available: float, share: float) -> None:
    size = largest_size(available, share)
    assert size <= available * share * (1 + 1e-9)
    assert size + 1 > available * share


def test_an_unknown_volume_is_the_profiles_choice() -> None:
    unknown = calendar(front={"volume": math.nan})
    assert reasons(Liquidity(LIVE).validate_candidate(unknown, 1)) == [Reason.MISSING_INPUT]
    assert reasons(Liquidity(BACKTEST).validate_candidate(unknown, 1)) == []


@pytest.mark.parametrize(
    ("front", "refused"),
    [
        ({"delta": 0.51}, []),
        ({"delta": 0.40}, [Reason.DELTA_TOO_LARGE]),
        ({"delta": 0.62}, [Reason.DELTA_TOO_LARGE]),
        ({"gamma": 0.56}, [Reason.GAMMA_TOO_LARGE]),
        ({"leg": replace(samples.calendar().front.leg, strike=104.0)}, [Reason.TOO_FAR_FROM_MONEY]),
        ({"delta": math.nan}, [Reason.MISSING_INPUT]),
    ],
)
def test_on_the_eve_delta_gamma_and_moneyness_count(front: dict[str, Any], refused: list[Reason]) -> None:
    assert reasons(GammaRisk(LIVE).validate_candidate(samples.snapshot(), calendar(front=front))) == refused


def test_days_before_the_event_only_delta_counts() -> None:
    snapshot = samples.snapshot()
    early = replace(snapshot, report=replace(snapshot.report, reaction_session=date(2017, 2, 11)))
    far = calendar(front={"gamma": 0.9, "leg": replace(samples.calendar().front.leg, strike=120.0)})
    assert reasons(GammaRisk(LIVE).validate_candidate(early, far)) == []
    assert reasons(GammaRisk(LIVE).validate_candidate(early, calendar(front={"delta": 0.3}))) == [Reason.DELTA_TOO_LARGE]


def test_the_sample_candidate_passes_through_the_host_under_stable_ids() -> None:
    host = PluginManager(LIVE)
    host.load_entry_points([])
    verdicts = host.validate_candidate(samples.snapshot(), samples.signal(), samples.calendar(), 2, samples.history())
    assert all(verdict.passed for verdict in verdicts), verdicts
    assert [verdict.id for verdict in verdicts] == ["STCS006A"] * 3 + ["STHD001A"] + ["STCS008A"] * 2 + ["STHD003A"] * 3


NUMBERS = st.sampled_from([0.0, -1.0, 0.01, 1.5, 100.0, 1e9, math.nan, math.inf, -math.inf])
FIELDS = ("bid", "ask", "volume", "open_interest", "delta", "gamma")


@pytest.fixture(scope="module")
def host() -> PluginManager:
    own = PluginManager(load_settings({"profile": "live", "plugins.strikes": "1000000"}))
    own.load_entry_points([])
    return own


@given(
    front=st.lists(NUMBERS, min_size=6, max_size=6),
    back=st.lists(NUMBERS, min_size=6, max_size=6),
    rv30=NUMBERS,
    iv30=NUMBERS,
    spot=NUMBERS,
)
def test_no_garbage_whatever_makes_a_check_fail_instead_of_judging(
    host: PluginManager, front: list[float], back: list[float], rv30: float, iv30: float, spot: float
) -> None:
    snapshot = samples.snapshot()
    snapshot = replace(snapshot, spot=replace(snapshot.spot, value=spot))
    signal = replace(samples.signal(), rv30=rv30, iv30=iv30)
    one = calendar(dict(zip(FIELDS, front, strict=True)), dict(zip(FIELDS, back, strict=True)))
    for verdict in host.validate_candidate(snapshot, signal, one, 2, history(front, back)):
        assert verdict.reason is not Reason.PLUGIN_FAILED, verdict
