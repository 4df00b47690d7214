"""Streams of execution reports as a bad day at a broker makes them, and what they must come to, reckoned apart in whole cents."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alaris.workflow.executions import ExecutionReport, Executions

OPEN = datetime(2017, 2, 8, 14, 31, tzinfo=UTC)
CONTRACTS = ("YUM 170217C67.5", "YUM 170317C67.5", "YUM")
MULTIPLIER = 100
MARKS = {contract: Decimal(2 + number) for number, contract in enumerate(CONTRACTS)}
Message = Callable[[Executions], Executions]


@dataclass(frozen=True, slots=True)
class Truth:
    """One execution as it was: signed contracts at a price in cents, its fee in cents."""

    contract: str
    contracts: int
    cents: int
    fee: int


@dataclass(frozen=True, slots=True)
class Sum:
    """What executions come to: positions, and in cents cash, realised profit and the whole at the marks."""

    positions: dict[str, int]
    cash: int
    realized: int
    value: int


def reckoned(truths: list[Truth]) -> Sum:
    """The ordered stream, one contract at a time through a queue of single lots."""
    lots: dict[str, deque[tuple[int, int]]] = defaultdict(deque)
    realized = 0
    for truth in truths:
        sign, held = (1 if truth.contracts > 0 else -1), lots[truth.contract]
        for _ in range(abs(truth.contracts)):
            if held and held[0][0] == -sign:
                realized += -sign * (truth.cents - held.popleft()[1])
            else:
                held.append((sign, truth.cents))
    positions = {contract: sum(sign for sign, _ in held) for contract, held in sorted(lots.items()) if held}
    cash = -sum(truth.contracts * truth.cents * MULTIPLIER + truth.fee for truth in truths)
    open_value = sum(total * int(MARKS[contract] * 100) for contract, total in positions.items())
    return Sum(positions, cash, realized * MULTIPLIER, cash + open_value * MULTIPLIER)


def summed(executions: Executions) -> Sum:
    """What the product makes of the reports, in cents; it must come out whole."""
    return Sum(
        executions.positions(),
        _cents(executions.cash(MULTIPLIER)),
        _cents(executions.realized(MULTIPLIER)),
        _cents(executions.value(MARKS, MULTIPLIER)),
    )


def _cents(amount: Decimal) -> int:
    cents = amount * 100
    if cents != int(cents):
        raise AssertionError(f"{amount} USD is no whole number of cents")
    return int(cents)


class ExecutionStream(RuleBasedStateMachine):
    """Executions arrive split, corrected, late, in any order and more than once."""

    def __init__(self) -> None:
        super().__init__()
        self.truths: list[Truth] = []
        self.waiting: list[Message] = []
        self.delivered: list[Message] = []
        self.executions = Executions()

    @rule(
        contract=st.sampled_from(CONTRACTS),
        contracts=st.integers(-6, 6).filter(bool),
        cents=st.integers(1, 900),
        fee=st.integers(-30, 130),
        pieces=st.integers(1, 3),
        corrections=st.integers(0, 2),
    )
    def execute(self, contract: str, contracts: int, cents: int, fee: int, pieces: int, corrections: int) -> None:
        """Something is executed; its reports wait to be delivered."""
        number = len(self.truths)
        self.truths.append(Truth(contract, contracts, cents, fee))
        sizes = _split(contracts, pieces)
        for piece, size in enumerate(sizes):
            base = f"0000e0d5.{number:04x}{piece}"
            for wrong in range(corrections):
                self._report(f"{base}.{wrong + 1:02d}", contract, size + wrong + 1, cents + 7, number)
                self._fee(f"{base}.{wrong + 1:02d}", fee + 11)
            last = f"{base}.{corrections + 1:02d}"
            self._report(last, contract, size, cents, number)
            self._fee(last, fee if piece == 0 else 0)
        self._report(f"0000e0d5.{number:04x}f.01", "", contracts, cents, number)  # the combo as a whole

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Any waiting report arrives."""
        message = self.waiting.pop(data.draw(st.integers(0, len(self.waiting) - 1)))
        self.executions = message(self.executions)
        self.delivered.append(message)

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """A report that came before comes again."""
        message = self.delivered[data.draw(st.integers(0, len(self.delivered) - 1))]
        before = self.executions
        self.executions = message(before)
        if self.executions is not before:
            raise AssertionError("a repeated report changed something")

    @invariant()
    def nothing_is_contradicted(self) -> None:
        """A correction is not a contradiction."""
        if self.executions.contradicted:
            raise AssertionError(self.executions.contradicted)

    def teardown(self) -> None:
        """The rest arrives, and everything comes to what it was."""
        for message in [*reversed(self.waiting), *self.delivered]:
            self.executions = message(self.executions)
        if summed(self.executions) != reckoned(self.truths):
            raise AssertionError(f"{summed(self.executions)} is not {reckoned(self.truths)}")

    def _report(self, execution_id: str, contract: str, contracts: int, cents: int, number: int) -> None:
        report = ExecutionReport(execution_id, contract, contracts, Decimal(cents) / 100, OPEN + timedelta(seconds=number))
        self.waiting.append(lambda executions: executions.with_report(report))

    def _fee(self, execution_id: str, cents: int) -> None:
        self.waiting.append(lambda executions: executions.with_fee(execution_id, Decimal(cents) / 100))


def _split(contracts: int, pieces: int) -> list[int]:
    sign, left = (1 if contracts > 0 else -1), abs(contracts)
    sizes = [sign for _ in range(min(pieces, left) - 1)]
    return [*sizes, contracts - sum(sizes)]
