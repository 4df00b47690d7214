"""Executions of the broker as fill events of the engine: each contract's difference between the book and what was told, with its fee.

The commission of an execution comes in a message of its own, shortly after; the event waits for it a little, as LEAN's does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from alaris.broker import instrument_of
from alaris.live.contracts import known_security, symbol_of
from alaris.workflow.executions import ExecutionReport
from alaris_runner.api.cash import ACCOUNT_CURRENCY
from alaris_runner.api.order_enums import OrderStatus
from alaris_runner.api.order_events import order_event
from alaris_runner.api.orders import CashAmount, MarketOrder, OrderFee

if TYPE_CHECKING:
    from alaris.live.working import Working
    from alaris.records.order_book import OrderBook
    from alaris_runner.api import orders as lean
    from alaris_runner.brokerage.transactions import TransactionHandler


@dataclass(frozen=True, slots=True)
class Waiting:
    """A fill whose commission has not come yet."""

    key: str
    report: ExecutionReport
    count: int
    until: datetime


class FillDesk:
    """Takes executions and commissions into the book, and tells the engine of each once."""

    def __init__(self, handler: TransactionHandler, book: OrderBook, moment: Callable[[], datetime], patience: timedelta) -> None:
        self._handler = handler
        self._book = book
        self._moment = moment
        self._patience = patience
        self._told: dict[tuple[str, str], int] = {}
        self._fees: dict[str, Decimal] = {}  # charged to the engine, by execution
        self._waiting: list[Waiting] = []
        self._ready: list[Waiting] = []
        self.heard = 0  # executions told by the broker so far

    @property
    def is_busy(self) -> bool:
        """Whether the engine has not been told of every fill yet."""
        return bool(self._waiting or self._ready)

    def execute(self, key: str, report: ExecutionReport) -> None:
        """Take one execution report."""
        self.heard += 1
        self._book.fill(key, report)
        self._notice(key, report, self._waiting)

    def charge(self, key: str, execution_id: str, fee: Decimal) -> None:
        """Take one commission report; the fill that waits for it may go on."""
        self._book.charge(key, execution_id, fee)
        found = [one for one in self._waiting if one.report.execution_id == execution_id]
        self._waiting = [one for one in self._waiting if one not in found]
        self._ready += found
        if not found:
            self._late_fee(key, execution_id, fee)

    def settle(self, key: str) -> None:
        """Take into account what the book learnt otherwise: a reconciliation's executions."""
        newest = {report.contract: report for report in self._book.order(key).executions.legs()}
        for report in newest.values():
            self._notice(key, report, self._ready)

    def forget(self) -> None:
        """Count everything that was filled so far as told: the account was loaded with it."""
        self._waiting, self._ready = [], []
        for key, order in self._book.orders.items():
            for contract, count in order.executions.positions().items():
                self._told[key, contract] = count

    def release(self) -> list[str]:
        """Let fills go on whose commission did not come in time; the keys of their orders."""
        late = [one for one in self._waiting if one.until <= self._moment()]
        self._waiting = [one for one in self._waiting if one not in late]
        self._ready += late
        return list(dict.fromkeys(one.key for one in late))

    def next_deadline(self) -> datetime | None:
        """When the next fill stops waiting."""
        return min((one.until for one in self._waiting), default=None)

    def is_waiting(self, key: str) -> bool:
        """Whether a fill of the order is not told yet: its end is told after it."""
        return any(one.key == key for one in self._waiting)

    def show(self, key: str, working: Working | None) -> None:
        """Tell the engine of the fills of an order that wait for nothing more."""
        mine = [one for one in self._ready if one.key == key]
        self._ready = [one for one in self._ready if one.key != key]
        for one in mine:
            self._tell(one, working)

    def _notice(self, key: str, report: ExecutionReport, queue: list[Waiting]) -> None:
        """Queue the difference between the book and what was told of a contract."""
        if not report.contract:
            return  # the combo as a whole: it prices the spread and moves nothing
        told = self._told.get((key, report.contract), 0)
        count = self._book.order(key).executions.positions().get(report.contract, 0) - told
        if not count:
            return
        self._told[key, report.contract] = told + count
        one = Waiting(key, report, count, self._moment() + self._patience)
        known = report.execution_id in self._book.order(key).executions.fees
        (self._ready if known else queue).append(one)

    def _tell(self, one: Waiting, working: Working | None) -> None:
        order = self._order(one, working)
        fee = self._book.order(one.key).executions.fees.get(one.report.execution_id)
        filled = self._handler.tickets[order.id].quantity_filled + one.count
        status = OrderStatus.FILLED if filled == order.quantity else OrderStatus.PARTIALLY_FILLED
        event = order_event(order, self._handler.context.utc_now(), status)
        event.fill_price, event.fill_quantity = float(one.report.price), float(one.count)
        if fee is not None:
            self._fees[one.report.execution_id] = fee
            event.order_fee = OrderFee(CashAmount(float(fee), ACCOUNT_CURRENCY))
        self._handler.context.log_debug(f"order {one.key}: filled {one.count:+d} {one.report.contract} at {one.report.price}")
        self._handler.emit([event])

    def _order(self, one: Waiting, working: Working | None) -> lean.Order:
        """The engine's order of a fill; one that an earlier process placed is recorded as the brokerage's own."""
        if working is not None:
            return working.legs[one.report.contract]
        symbol = symbol_of(instrument_of(one.report.contract))
        known_security(self._handler.context, symbol)
        tag = f"{one.key} of an earlier run"
        return self._handler.record_own(MarketOrder(symbol, float(one.count), self._handler.context.utc_now(), tag))

    def _late_fee(self, key: str, execution_id: str, fee: Decimal) -> None:
        """Book a commission that came after its fill was told, or was corrected since."""
        report = next((one for one in self._book.order(key).executions.legs() if one.execution_id == execution_id), None)
        rest = fee - self._fees.get(execution_id, Decimal(0))
        if report is None or not rest or any(one.report.execution_id == execution_id for one in self._ready):
            return
        self._fees[execution_id] = fee
        portfolio = self._handler.context.portfolio
        portfolio.cash_book[ACCOUNT_CURRENCY].add_amount(-float(rest))
        portfolio.total_fees += float(rest)
        self._handler.context.log_debug(f"{key}: commission of {rest} USD on {report.contract} booked after its fill")
