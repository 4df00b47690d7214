"""The account's breakers as the adapter feeds them (`strategy.md` 4: 15,000 USD a day, 30,000 a week, more than 5 failures in a row)."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sample_results import refused_by_guard

from alaris.domain import Phase
from alaris.journal.store import Journal
from alaris.lean.journal_halts import journal_halts
from alaris.lean.safeguards import Safeguards
from alaris.records.halts import BreakerBook
from alaris.risk.breakers import Breaker, HaltRecord
from alaris.settings import Breakers

MONDAY = datetime(2017, 5, 1, 20, tzinfo=UTC)


def days(count: float) -> datetime:
    return MONDAY + timedelta(days=count)


@pytest.fixture
def told() -> list[HaltRecord]:
    return []


@pytest.fixture
def safeguards(told: list[HaltRecord]) -> Safeguards:
    return Safeguards(Breakers(), told.append)


def test_a_day_that_loses_more_than_its_limit_halts_until_somebody_approves(safeguards: Safeguards, told: list[HaltRecord]) -> None:
    safeguards.see_equity(100_000, MONDAY)
    safeguards.see_equity(85_000, days(1))
    assert safeguards.state.entry_halt() is None  # 15,000 is not more than the limit
    safeguards.see_equity(69_999, days(2))
    assert safeguards.state.is_active(Breaker.DAILY_LOSS)
    safeguards.see_equity(80_000, days(3))
    assert safeguards.state.is_active(Breaker.DAILY_LOSS)
    safeguards.resume(Breaker.DAILY_LOSS, "risk officer", "reviewed: one gap, sized as planned", days(3.5))
    safeguards.resume(Breaker.WEEKLY_LOSS, "risk officer", "the same", days(3.5))
    assert safeguards.state.entry_halt() is None
    assert [(r.breaker, r.action) for r in told] == [
        (Breaker.DAILY_LOSS, "tripped"),
        (Breaker.WEEKLY_LOSS, "tripped"),
        (Breaker.DAILY_LOSS, "ended"),
        (Breaker.WEEKLY_LOSS, "ended"),
    ]


def test_a_week_is_counted_from_the_last_close_of_the_week_before(safeguards: Safeguards) -> None:
    for day, equity in ((0, 100_000), (4, 95_000), (7, 85_000), (8, 75_000), (9, 65_001)):
        safeguards.see_equity(equity, days(day))
    assert not safeguards.state.is_active(Breaker.WEEKLY_LOSS)  # 95,000 - 65,001 = 29,999
    safeguards.see_equity(64_999, days(10))
    assert safeguards.state.is_active(Breaker.WEEKLY_LOSS)  # 30,001
    assert not safeguards.state.is_active(Breaker.DAILY_LOSS)


def test_more_than_five_failed_entries_in_a_row_halt_for_the_retry_time(safeguards: Safeguards) -> None:
    for _ in range(5):
        safeguards.see_execution(False, MONDAY)
    assert safeguards.state.entry_halt() is None
    safeguards.see_execution(False, MONDAY)
    assert safeguards.state.is_active(Breaker.EXECUTION_FAILURES)
    safeguards.retry(MONDAY + timedelta(minutes=14))
    assert safeguards.state.is_active(Breaker.EXECUTION_FAILURES)
    safeguards.retry(MONDAY + timedelta(minutes=15))
    assert safeguards.state.entry_halt() is None


def test_bad_data_stop_signals_and_early_refusals_do_not_count(safeguards: Safeguards) -> None:
    good, bad = refused_by_guard(), replace(refused_by_guard(), rejected_phase=Phase.MARKET_DATA)
    for decision in [replace(good, rejected_phase=Phase.UNIVERSE)] * 50 + [good] * 8 + [bad]:
        safeguards.see_data(decision, MONDAY)
    assert not safeguards.state.is_active(Breaker.DATA_QUALITY)  # nine judged: too few to say
    safeguards.see_data(bad, MONDAY)
    assert safeguards.state.is_active(Breaker.DATA_QUALITY)  # two of ten


def test_an_operator_halts_and_only_a_named_approval_resumes(safeguards: Safeguards) -> None:
    safeguards.halt("on call", "quotes look wrong", MONDAY)
    assert safeguards.state.is_active(Breaker.OPERATOR)
    safeguards.resume(Breaker.OPERATOR, "on call", "vendor mended the feed", days(1))
    assert safeguards.state.entry_halt() is None


def test_a_halt_of_the_command_line_reaches_a_run_from_its_time_on(tmp_path: Path, told: list[HaltRecord]) -> None:
    address = str(tmp_path / "account.db")
    run = Safeguards(Breakers(), told.append, journal_halts(address))
    assert run.standing(days(1)).entry_halt() is None
    with closing(Journal(address)) as journal:  # what `alaris halt` does, in another process
        BreakerBook(journal).halt("on call", "quotes look wrong", days(1))
        assert run.standing(days(0.5)).entry_halt() is None  # nothing is known early
        halt = run.standing(days(1)).entry_halt()
        assert halt is not None
        assert (halt.breaker, halt.why) == (Breaker.OPERATOR, "quotes look wrong")
        BreakerBook(journal).resume(Breaker.OPERATOR, "on call", "vendor mended the feed", days(2))
    assert run.standing(days(2)).entry_halt() is None
