"""What left the account without an order: contracts that lapsed, were exercised or assigned, read off positions that differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

from alaris.broker import Share, contract_name, instrument_of
from alaris.domain import Leg, Right
from alaris.live.contracts import known_security, symbol_of
from alaris.records.reconciliation import Difference, Finding
from alaris_runner.api.order_enums import OrderDirection, OrderStatus
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import OptionExerciseOrder

if TYPE_CHECKING:
    from alaris_runner.brokerage.transactions import TransactionHandler

MULTIPLIER = 100  # shares a contract delivers
MOST_LEGS = 8  # of one underlying; more would be too many ways to explain a difference


@dataclass(frozen=True, slots=True)
class Settlement:
    """Contracts that left: `count` signed as they were held, `shares` that came (or went) at the strike, 0 for a lapse."""

    leg: Leg
    count: int
    shares: int

    @property
    def is_assignment(self) -> bool:
        """Whether others exercised against us."""
        return self.count < 0 and self.shares != 0

    @property
    def entries(self) -> Iterator[tuple[str, int, Decimal]]:
        """(contract, signed change, USD a share) of the account."""
        yield contract_name(self.leg), -self.count, Decimal(0)
        if self.shares:
            yield self.leg.symbol, self.shares, Decimal(repr(self.leg.strike))

    def describe(self) -> str:
        """In words."""
        what = "assigned" if self.is_assignment else "exercised" if self.shares else "lapsed"
        return f"{self.count} {contract_name(self.leg)} {what}"


def settlements(found: Iterable[Difference], today: date) -> list[Settlement]:
    """Settlements that explain differences of positions whole, by underlying; differences that they do not explain are left out."""
    differs = {one.of: (int(one.ours or 0), int(one.brokers or 0)) for one in found if one.finding is Finding.POSITION_DIFFERS}
    by_symbol: dict[str, list[tuple[Leg, int]]] = {}
    for contract, (ours, brokers) in differs.items():
        instrument = instrument_of(contract)
        if isinstance(instrument, Leg):
            by_symbol.setdefault(instrument.symbol, []).append((instrument, ours - brokers if abs(brokers) < abs(ours) else 0))
    explained: list[Settlement] = []
    for symbol, gone in by_symbol.items():
        ours, brokers = differs.get(contract_name(Share(symbol)), (0, 0))
        explained += _explained(gone, brokers - ours, today)
    return explained


def entries_of(settled: Sequence[Settlement], at: datetime) -> list[tuple[str, dict[str, Any]]]:
    """Fill records for the journal, one a contract, so that its positions are the broker's."""
    return [
        ("fill", {**_named(one, at), "leg": contract, "contracts": count, "price": price, "filled_at": at})
        for one in settled
        for contract, count, price in one.entries
    ]


def tell(handler: TransactionHandler, settled: Iterable[Settlement]) -> None:
    """Tell the engine, as LEAN tells of exercise and assignment: the contracts go at 0, the shares come or go at the strike."""
    now = handler.context.utc_now()
    for one in settled:
        symbol, stock = symbol_of(one.leg), symbol_of(Share(one.leg.symbol))
        known_security(handler.context, stock)
        order = handler.record_own(OptionExerciseOrder(symbol, float(-one.count), now, one.describe()))
        moves = [(symbol, -one.count, 0.0), *([(stock, one.shares, one.leg.strike)] if one.shares else [])]
        for which, count, price in moves:
            event = OrderEvent(order.id, which, now, OrderStatus.FILLED, OrderDirection.of(count), price, float(count))
            event.message, event.is_assignment, event.is_in_the_money = one.describe(), one.is_assignment, bool(one.shares)
            handler.emit([event])
            if event.is_assignment and which == symbol:
                handler.context.algorithm.on_assignment_order_event(event)


def _explained(gone: list[tuple[Leg, int]], shares: int, today: date) -> list[Settlement]:
    """The way in which these contracts left that brings exactly these shares; none where there is none."""
    if not all(count for _, count in gone) or len(gone) > MOST_LEGS:
        return []
    for delivered in chain.from_iterable(combinations(gone, size) for size in range(len(gone) + 1)):
        lapsed = [one for one in gone if one not in delivered]
        if sum(map(_shares, delivered)) == shares and all(leg.expiry <= today for leg, _ in lapsed):
            return [Settlement(leg, count, _shares((leg, count)) if (leg, count) in delivered else 0) for leg, count in gone]
    return []


def _shares(one: tuple[Leg, int]) -> int:
    leg, count = one
    return count * MULTIPLIER * (1 if leg.right is Right.CALL else -1)


def _named(one: Settlement, at: datetime) -> Mapping[str, Any]:
    key = f"settlement|{contract_name(one.leg)}|{at:%Y-%m-%d}"
    return {"order_key": key, "trade_id": None, "execution_id": f"{key}|{at:%H%M%S}", "side": "exit"}
