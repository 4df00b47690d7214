"""Breakers: what trips, what ends each, who is named, and that a restart loses nothing."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from alaris.domain import InvalidInput
from alaris.risk.breakers import Breaker, BreakerState, Halt
from alaris.settings import Breakers

SETTINGS = Breakers()
NOW = datetime(2024, 5, 13, 20, tzinfo=UTC)


def halt_of(state: BreakerState) -> Halt:
    halt = state.entry_halt()
    assert halt is not None
    return halt


@pytest.mark.parametrize(("daily", "weekly", "breaker"), [(15_001.0, 0.0, Breaker.DAILY_LOSS), (0.0, 30_001.0, Breaker.WEEKLY_LOSS)])
def test_losses_halt_until_a_person_approves(daily: float, weekly: float, breaker: Breaker) -> None:
    state = BreakerState().after_losses(daily, weekly, SETTINGS, NOW)
    assert halt_of(state).breaker is breaker
    # a better day does not end it
    assert state.after_losses(0.0, 0.0, SETTINGS, NOW).entry_halt() is not None
    ended = state.approved(breaker, "Ana", "reviewed the fills", NOW + timedelta(hours=1))
    assert ended.entry_halt() is None
    assert [(record.action, record.who) for record in ended.history] == [("tripped", "alaris"), ("ended", "Ana")]


def test_losses_at_the_limit_do_not_trip() -> None:
    assert BreakerState().after_losses(15_000.0, 30_000.0, SETTINGS, NOW).entry_halt() is None


def test_an_approval_without_a_name_or_a_reason_is_refused() -> None:
    state = BreakerState().halted(Breaker.OPERATOR, "Ana", "news", NOW)
    with pytest.raises(InvalidInput, match="who"):
        state.approved(Breaker.OPERATOR, " ", "fine", NOW)
    with pytest.raises(InvalidInput, match="why"):
        state.approved(Breaker.OPERATOR, "Ana", "", NOW)


def test_more_than_five_execution_failures_in_a_row_halt_for_fifteen_minutes() -> None:
    state = BreakerState()
    for _ in range(5):
        state = state.after_execution(False, SETTINGS, NOW)
    assert state.entry_halt() is None
    state = state.after_execution(False, SETTINGS, NOW)
    assert halt_of(state).breaker is Breaker.EXECUTION_FAILURES
    assert state.after_waiting(True, SETTINGS, NOW + timedelta(minutes=14)).entry_halt() is not None
    assert state.after_waiting(False, SETTINGS, NOW + timedelta(minutes=15)).entry_halt() is not None
    assert state.after_waiting(True, SETTINGS, NOW + timedelta(minutes=15)).entry_halt() is None


def test_a_fill_ends_the_row_of_failures() -> None:
    state = BreakerState()
    for succeeded in (False, False, False, True, False, False, False):
        state = state.after_execution(succeeded, SETTINGS, NOW)
    assert state.failures_in_a_row == 3
    assert state.entry_halt() is None


def test_more_than_a_tenth_of_failed_validations_stops_signals_until_enough_pass() -> None:
    state = BreakerState().after_validations([True] * 9 + [False] * 2, SETTINGS, NOW)
    assert halt_of(state).breaker is Breaker.DATA_QUALITY
    state = state.after_validations([True] * 20, SETTINGS, NOW)  # 2 of 31 failed: 93.5 % pass, not yet over 95 %
    assert state.entry_halt() is not None
    assert state.after_validations([True] * 12, SETTINGS, NOW).entry_halt() is None  # 2 of 43


def test_a_volatility_spike_raises_costs_and_halts_nothing() -> None:
    state = BreakerState().after_volatility(40.1, SETTINGS, NOW)
    assert state.entry_halt() is None
    assert state.cost_factor(SETTINGS) == pytest.approx(1.5)
    assert state.after_volatility(float("nan"), SETTINGS, NOW).cost_factor(SETTINGS) == pytest.approx(1.5)
    assert state.after_volatility(25.0, SETTINGS, NOW).cost_factor(SETTINGS) == pytest.approx(1.0)


def test_a_restart_loses_no_halt() -> None:
    state = BreakerState().after_losses(20_000.0, 0.0, SETTINGS, NOW).halted(Breaker.MARKET_HALT, "exchange", "LULD", NOW)
    state = state.after_execution(False, SETTINGS, NOW).after_validations([True, False], SETTINGS, NOW)
    assert BreakerState.from_dict(json.loads(json.dumps(state.to_dict()))) == state


@pytest.mark.parametrize(
    "stored", [{}, {"active": [{"breaker": "NONE"}]}, {"active": "x", "history": [], "failures_in_a_row": 0, "validations": []}]
)
def test_a_state_that_cannot_be_read_is_an_error_not_an_all_clear(stored: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="review it by hand"):
        BreakerState.from_dict(stored)
