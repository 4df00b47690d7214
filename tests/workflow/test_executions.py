"""Executions: what IBKR's ids mean, hand-worked money, and streams that end the same however they arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from execution_streams import ExecutionStream
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from alaris.domain import InvalidInput
from alaris.workflow.executions import ExecutionReport, Executions

OPEN = datetime(2017, 2, 8, 14, 31, tzinfo=UTC)
FRONT, BACK = "YUM 170217C67.5", "YUM 170317C67.5"


def report(execution_id: str, contract: str, contracts: int, price: str, second: int = 0) -> ExecutionReport:
    return ExecutionReport(execution_id, contract, contracts, Decimal(price), OPEN + timedelta(seconds=second))


def all_of(*reports: ExecutionReport) -> Executions:
    executions = Executions()
    for one in reports:
        executions = executions.with_report(one)
    return executions


def test_streams_end_in_the_same_positions_cash_and_profit() -> None:
    run_state_machine_as_test(ExecutionStream, settings=settings(max_examples=80, stateful_step_count=25, deadline=None))


def test_a_round_trip_by_hand() -> None:
    # bought 3 at 1.20 and 1 at 1.40, sold 2 at 1.50 and 1 at 1.10, multiplier 100:
    # oldest first, 2 x 0.30 and 1 x -0.10 make 0.50 a share, 50 USD; paid 500, received 410
    executions = all_of(report("a.01", BACK, 3, "1.20", 1), report("b.01", BACK, 1, "1.40", 2), report("c.01", BACK, -2, "1.50", 3))
    executions = executions.with_report(report("d.01", BACK, -1, "1.10", 4)).with_fee("a.01", Decimal("1.95"))
    assert executions.positions() == {BACK: 1}
    assert executions.realized(100) == Decimal(50)
    assert executions.cash(100) == Decimal("-91.95")
    assert executions.value({BACK: Decimal("1.30")}, 100) == Decimal("38.05")


def test_a_short_position_that_turns_long() -> None:
    executions = all_of(report("a.01", FRONT, -2, "2.00", 1), report("b.01", FRONT, 5, "1.50", 2))
    assert executions.positions() == {FRONT: 3}
    assert executions.realized(100) == Decimal(100)  # two sold at 2.00 and bought back at 1.50


def test_the_highest_correction_holds_whenever_it_comes() -> None:
    first, corrected = report("0000e0d5.5fe6.01", BACK, 2, "1.20"), report("0000e0d5.5fe6.02", BACK, 2, "1.25")
    assert all_of(first, corrected).cash(100) == all_of(corrected, first).cash(100) == Decimal(-250)
    tenth = report("0000e0d5.5fe6.10", BACK, 0, "0")
    assert all_of(tenth, corrected, first).positions() == {}  # 10 is more than 02: a number, not a text


def test_legs_that_differ_in_the_last_number_only_are_two_executions() -> None:
    combo, front, back = (
        report("0000e0d5.7.01", "", 1, "0.40"),
        report("0000e0d5.7.02", FRONT, -1, "1.00"),
        report("0000e0d5.7.03", BACK, 1, "1.40"),
    )
    executions = all_of(combo, front, back).with_fee("0000e0d5.7.02", Decimal("0.65")).with_fee("0000e0d5.7.03", Decimal("0.65"))
    assert executions.positions() == {FRONT: -1, BACK: 1}
    assert executions.cash(100) == Decimal("-41.30")


def test_a_fee_counts_once_and_only_with_its_execution() -> None:
    executions = Executions().with_fee("a.01", Decimal("0.65"))
    assert executions.fees_paid() == 0
    executions = executions.with_report(report("a.01", BACK, 1, "1.20"))
    assert executions.fees_paid() == Decimal("0.65")
    assert executions.with_fee("a.01", Decimal("0.65")) is executions
    corrected = executions.with_report(report("a.02", BACK, 1, "1.21"))
    assert corrected.fees_paid() == Decimal("0.65")  # the correction came without a fee of its own
    assert corrected.with_fee("a.02", Decimal("0.70")).fees_paid() == Decimal("0.70")


def test_two_reports_of_one_id_that_differ_are_named_until_a_correction() -> None:
    one, other = report("a.01", BACK, 1, "1.20"), report("a.01", BACK, 2, "1.20")
    assert all_of(one, other) == all_of(other, one)
    assert all_of(one, other).contradicted == {one.name}
    assert not all_of(one, other, report("a.02", BACK, 1, "1.20")).contradicted


def test_an_open_contract_without_a_mark_has_no_value() -> None:
    with pytest.raises(InvalidInput, match=r"no price for YUM 170317C67\.5"):
        all_of(report("a.01", BACK, 1, "1.20")).value({}, 100)
    with pytest.raises(InvalidInput, match="finite"):
        report("a.01", BACK, 1, "NaN")
