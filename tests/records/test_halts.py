"""Breakers in the journal: each driven over its limit and back, kept across restarts, ended by whom the table of strategy.md 4 says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alaris.domain import InvalidInput
from alaris.journal.store import Journal
from alaris.journal.verification import verify
from alaris.records.halts import BreakerBook
from alaris.risk.breakers import Breaker, BreakerState
from alaris.settings import Breakers

NOW = datetime(2017, 2, 8, 21, 0, tzinfo=UTC)
LIMITS = Breakers()
Step = Callable[[BreakerState], BreakerState]


def failures(count: int) -> Step:
    def step(state: BreakerState) -> BreakerState:
        for _ in range(count):
            state = state.after_execution(False, LIMITS, NOW)
        return state

    return step


def validated(passed: int, failed: int) -> Step:
    return lambda state: state.after_validations([True] * passed + [False] * failed, LIMITS, NOW)


OVER: dict[Breaker, tuple[Step, Step]] = {  # at the limit, and one step beyond it: strategy.md 4
    Breaker.DAILY_LOSS: (lambda s: s.after_losses(15_000, 0, LIMITS, NOW), lambda s: s.after_losses(15_000.01, 0, LIMITS, NOW)),
    Breaker.WEEKLY_LOSS: (lambda s: s.after_losses(0, 30_000, LIMITS, NOW), lambda s: s.after_losses(0, 30_000.01, LIMITS, NOW)),
    Breaker.EXECUTION_FAILURES: (failures(5), failures(1)),
    Breaker.DATA_QUALITY: (validated(90, 10), validated(0, 1)),
    Breaker.VOLATILITY_SPIKE: (lambda s: s.after_volatility(40, LIMITS, NOW), lambda s: s.after_volatility(40.01, LIMITS, NOW)),
    Breaker.MARKET_HALT: (lambda s: s, lambda s: s.halted(Breaker.MARKET_HALT, "exchange", "news pending", NOW)),
    Breaker.OPERATOR: (lambda s: s, lambda s: s.halted(Breaker.OPERATOR, "M. Keller", "news", NOW)),
}
ENDS: dict[Breaker, Step] = {
    Breaker.EXECUTION_FAILURES: lambda s: s.after_waiting(True, LIMITS, NOW + timedelta(minutes=15)),
    Breaker.DATA_QUALITY: validated(100, 0),
    Breaker.VOLATILITY_SPIKE: lambda s: s.after_volatility(39, LIMITS, NOW),
}


@pytest.mark.parametrize("breaker", Breaker)
def test_each_breaker_over_and_back_across_restarts(breaker: Breaker, tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    at_limit, beyond = OVER[breaker]

    def restarted(step: Step) -> BreakerState:
        with Journal(path, environment={}) as journal:
            return BreakerBook(journal).change(step)

    assert not restarted(at_limit).is_active(breaker)
    assert restarted(beyond).is_active(breaker)
    with Journal(path, reading=True) as journal:
        kept = BreakerBook(journal).state()
    assert (kept.entry_halt() is not None) is (breaker is not Breaker.VOLATILITY_SPIKE)  # that one raises costs only
    if breaker in ENDS:
        assert not restarted(ENDS[breaker]).is_active(breaker)
        return
    calm_again = lambda s: s.after_losses(0, 0, LIMITS, NOW)  # noqa: E731 - a step, as all others
    assert restarted(calm_again).is_active(breaker)  # only a person ends it
    assert not restarted(lambda s: s.approved(breaker, "R. Ito", "reviewed", NOW)).is_active(breaker)


def test_who_when_and_why_are_records(tmp_path: Path) -> None:
    with Journal(str(tmp_path / "journal.db"), environment={}) as journal:
        book = BreakerBook(journal)
        book.halt("M. Keller", "earnings moved", NOW)
        book.resume(Breaker.OPERATOR, "R. Ito", "new date confirmed", NOW + timedelta(hours=1))
        said = [(name, row["who"], row["why"]) for name, row in journal.typed(1, 9)]
        assert sorted(said) == [
            ("commands", "M. Keller", "earnings moved"),
            ("commands", "R. Ito", "new date confirmed"),
            ("halts", "M. Keller", "earnings moved"),
            ("halts", "R. Ito", "new date confirmed"),
        ]
        assert verify(journal).records == 6


def test_an_operators_halt_is_not_undone_by_a_running_algorithm(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    with Journal(path) as running, Journal(path) as operator:
        algorithm = BreakerBook(running)
        algorithm.change(failures(2))
        BreakerBook(operator).halt("M. Keller", "news", NOW)
        after = algorithm.change(failures(1))
        assert (after.is_active(Breaker.OPERATOR), after.failures_in_a_row) == (True, 3)


def test_a_step_that_changes_nothing_records_nothing(tmp_path: Path) -> None:
    with Journal(str(tmp_path / "journal.db")) as journal:
        BreakerBook(journal).change(lambda state: state)
        assert journal.head() is None


def test_a_halt_without_a_reason_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    with Journal(str(tmp_path / "journal.db")) as journal:
        with pytest.raises(InvalidInput, match="who and why"):
            BreakerBook(journal).halt("M. Keller", " ", NOW)
        assert journal.head() is None


def test_a_state_that_cannot_be_read_stops(tmp_path: Path) -> None:
    with Journal(str(tmp_path / "journal.db")) as journal:
        journal.append("breakers", {"active": "yes"})
        with pytest.raises(InvalidInput, match="review it by hand before trading"):
            BreakerBook(journal).state()
