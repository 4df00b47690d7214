"""Executions as a broker reports them: repeated, late, in any order, corrected; what they come to is the same every time.

Interactive Brokers numbers a correction by raising what stands after the last dot of the execution id, so the part before it names the
execution and the highest number holds. The executions of a combo's legs differ in nothing but that number, so the contract is part of
the name too. A report of the combo as a whole carries no leg: it prices the spread and moves no position.

Merging is commutative, associative and idempotent (a maximum in each name), which is why order and repetition cannot matter.
Money is decimal, so that sums do not depend on their order either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from alaris.domain import InvalidInput

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """What a broker's execution is called, whatever its corrections: the id up to its last dot, and the contract."""

    base: str
    contract: str


@dataclass(frozen=True, slots=True)
class ExecutionReport:
    """One report of an execution.

    Parameters
    ----------
    execution_id : str
        The broker's id, its correction number after the last dot.
    contract : str
        What was traded, by the account's own unique name of it; empty for a combo as a whole.
    contracts : int
        Signed: bought is positive. A correction to 0 takes the execution back.
    price : Decimal
        USD a share.
    filled_at : datetime
        The broker's time, with a zone.
    """

    execution_id: str
    contract: str
    contracts: int
    price: Decimal
    filled_at: datetime

    def __post_init__(self) -> None:
        """Refuse what cannot be an execution."""
        if not self.execution_id:
            raise InvalidInput("execution_id", "an execution without an id cannot be told from its repetition; ask the broker again")
        if not self.price.is_finite():
            raise InvalidInput("price", f"expected a finite number of USD, was {self.price}")
        if self.filled_at.tzinfo is None:
            raise InvalidInput("filled_at", "the time carries no zone")

    @property
    def name(self) -> Name:
        """The same for an execution and its corrections."""
        return Name(_split(self.execution_id)[0], self.contract)

    @property
    def correction(self) -> int:
        """How often it was corrected, as the broker counts."""
        return _split(self.execution_id)[1]

    @property
    def rank(self) -> tuple[int, datetime, int, Decimal]:
        """The report of an execution that ranks highest holds; two of one correction that differ contradict each other."""
        return self.correction, self.filled_at, self.contracts, self.price


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one execution: the report that holds, the ids it was reported under, and whether reports contradict it."""

    report: ExecutionReport
    ids: frozenset[str]
    contradicted: bool = False

    def joined(self, report: ExecutionReport) -> Known:
        """After one more report of the same execution."""
        ids = self.ids | {report.execution_id}
        if report.correction != self.report.correction:
            newer = report.correction > self.report.correction
            return Known(report, ids) if newer else replace(self, ids=ids)
        return Known(max(self.report, report, key=lambda one: one.rank), ids, self.contradicted or report != self.report)

    def fee(self, fees: Mapping[str, Decimal]) -> Decimal:
        """Commission of the newest correction that has one."""
        named = [(_split(one)[1], fees[one]) for one in self.ids if one in fees]
        return max(named)[1] if named else ZERO


@dataclass(frozen=True, slots=True)
class Executions:
    """All executions known of one order or account, and the fees reported for them by execution id."""

    known: Mapping[Name, Known] = field(default_factory=dict)
    fees: Mapping[str, Decimal] = field(default_factory=dict)

    def with_report(self, report: ExecutionReport) -> Executions:
        """After one more report; the same object where it says nothing new."""
        before = self.known.get(report.name)
        after = before.joined(report) if before else Known(report, frozenset({report.execution_id}))
        return self if after == before else replace(self, known={**self.known, report.name: after})

    def with_fee(self, execution_id: str, fee: Decimal) -> Executions:
        """After a commission report, USD; it may come before its execution, and counts from then on."""
        if self.fees.get(execution_id, fee - 1) >= fee:
            return self
        return replace(self, fees={**self.fees, execution_id: fee})

    @property
    def contradicted(self) -> frozenset[Name]:
        """Executions whose two reports differ without a correction between them: nobody can say which is true, a person must look."""
        return frozenset(name for name, known in self.known.items() if known.contradicted)

    def legs(self) -> tuple[ExecutionReport, ...]:
        """What moved positions, in the order it happened; reports of a combo as a whole are left out."""
        reports = (known.report for known in self.known.values())
        moved = [report for report in reports if report.contract and report.contracts]
        return tuple(sorted(moved, key=lambda report: (report.filled_at, report.name)))

    def positions(self) -> dict[str, int]:
        """Signed contracts by contract; what is flat is left out."""
        totals: dict[str, int] = {}
        for report in self.legs():
            totals[report.contract] = totals.get(report.contract, 0) + report.contracts
        return {contract: total for contract, total in sorted(totals.items()) if total}

    def cash(self, multiplier: int) -> Decimal:
        """USD received less paid, fees taken off."""
        paid = sum((report.contracts * report.price for report in self.legs()), ZERO)
        return -paid * multiplier - self.fees_paid()

    def fees_paid(self) -> Decimal:
        """USD of all commissions on legs; that of a correction replaces the one before it."""
        return sum((known.fee(self.fees) for name, known in self.known.items() if name.contract), ZERO)

    def realized(self, multiplier: int) -> Decimal:
        """Profit of what was closed, USD, before fees: each contract's oldest lots are closed first."""
        return sum((_first_in_first_out(lots) for lots in _by_contract(self.legs()).values()), ZERO) * multiplier

    def value(self, marks: Mapping[str, Decimal], multiplier: int) -> Decimal:
        """Cash and what is open at its marks, USD: the whole profit and loss.

        Raises
        ------
        InvalidInput
            An open contract has no mark.
        """
        open_now = self.positions()
        missing = sorted(open_now.keys() - marks.keys())
        if missing:
            raise InvalidInput("marks", f"no price for {', '.join(missing)}; quote them first")
        return self.cash(multiplier) + sum((total * marks[contract] for contract, total in open_now.items()), ZERO) * multiplier


def _split(execution_id: str) -> tuple[str, int]:
    """The id before its last dot, and the number after it; an id without a number was never corrected."""
    base, _, number = execution_id.rpartition(".")
    return (base, int(number)) if base and number.isascii() and number.isdigit() else (execution_id, 0)


def _by_contract(reports: Iterable[ExecutionReport]) -> dict[str, list[ExecutionReport]]:
    found: dict[str, list[ExecutionReport]] = {}
    for report in reports:
        found.setdefault(report.contract, []).append(report)
    return found


def _first_in_first_out(reports: Iterable[ExecutionReport]) -> Decimal:
    profit, lots = ZERO, list[tuple[int, Decimal]]()
    for report in reports:
        left = report.contracts
        while left and lots and (lots[0][0] > 0) != (left > 0):
            held, cost = lots.pop(0)
            closed = min(abs(held), abs(left)) * (1 if held > 0 else -1)
            profit += closed * (report.price - cost)
            left += closed
            if held != closed:
                lots.insert(0, (held - closed, cost))
        if left:
            lots.append((left, report.price))
    return profit
