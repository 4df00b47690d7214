"""Closed trades from fills: first in, first out, with the worst and the best price seen on the way."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from .decimals import exact, rounded
from .fills import Fill
from .views import SymbolView


@dataclass(frozen=True, slots=True)
class Trade:
    """One closed trade; money in USD, before fees where not said otherwise.

    Parameters
    ----------
    is_long, quantity :
        Side and unsigned size (shares or contracts).
    adverse, favorable :
        Maximum adverse and favorable excursion of the position's price, against entry.
    end_drawdown :
        Greatest profit given back before the exit.
    order_ids :
        Entry first.
    """

    symbol: SymbolView
    entry_time: datetime
    entry_price: float
    is_long: bool
    quantity: float
    exit_time: datetime
    exit_price: float
    profit_loss: Decimal
    total_fees: Decimal
    adverse: Decimal
    favorable: Decimal
    end_drawdown: Decimal
    is_win: bool
    order_ids: tuple[int, ...]

    @property
    def duration(self) -> timedelta:
        """From entry to exit."""
        return self.exit_time - self.entry_time


class _Pending:
    """An entry that waits for its exit; profits are of one unit."""

    __slots__ = ("fee", "given_back", "highest_profit", "order_id", "price", "quantity", "time")

    def __init__(self, fill: Fill, quantity: float, fee: Decimal) -> None:
        self.time = fill.time
        self.price = fill.price
        self.order_id = fill.order_id
        self.quantity = quantity
        self.fee = fee
        self.highest_profit = 0.0  # never below zero
        self.given_back = 0.0

    def see(self, price: float, side: int) -> None:
        profit = (price - self.price) * side
        self.highest_profit = max(self.highest_profit, profit)
        self.given_back = max(self.given_back, self.highest_profit - profit)


class _Queue:
    """Open entries of one security, oldest first, and the extremes of its price since the first."""

    __slots__ = ("highest", "lowest", "pending", "side", "symbol")

    def __init__(self, symbol: SymbolView, side: int, price: float) -> None:
        self.symbol = symbol
        self.side = side
        self.lowest = self.highest = price
        self.pending: deque[_Pending] = deque()

    def see(self, price: float) -> None:
        self.lowest = min(self.lowest, price)
        self.highest = max(self.highest, price)
        for trade in self.pending:
            trade.see(price, self.side)


class TradeBuilder:
    """LEAN's default builder: fill to fill, first in first out, one queue a security (combo legs apart)."""

    def __init__(self) -> None:
        self.closed: list[Trade] = []
        self._queues: dict[object, _Queue] = {}
        self._orders_with_fee: set[int] = set()

    @property
    def has_open(self) -> bool:
        """Whether any trade is open."""
        return bool(self._queues)

    @property
    def open_symbols(self) -> list[Any]:
        """Securities with open trades."""
        return [queue.symbol for queue in self._queues.values()]

    def see(self, key: object, price: float) -> None:
        """Show a market price of one security to its open trades."""
        queue = self._queues.get(key)
        if queue is not None:
            queue.see(price)

    def add(self, fill: Fill) -> None:
        """Take one fill: open, add to, reduce or reverse the security's queue."""
        fee = self._fee_of(fill)
        side = 1 if fill.quantity > 0 else -1
        queue = self._queues.get(fill.key)
        if queue is None:
            self._open(fill, side, abs(fill.quantity), fee)
            return
        queue.see(fill.price)
        if queue.side == side:
            queue.pending.append(_Pending(fill, abs(fill.quantity), fee))
            return
        excess = self._match(queue, fill, fee)
        if not queue.pending:
            del self._queues[fill.key]
        if excess > 0:
            self._open(fill, side, excess, Decimal(0))

    def split(self, key: object, factor: float) -> None:
        """Rescale the open trades of a security whose raw price is multiplied by `factor`."""
        queue = self._queues.get(key)
        if queue is None:
            return
        queue.lowest *= factor
        queue.highest *= factor
        for trade in queue.pending:
            trade.price *= factor
            trade.quantity /= factor
            trade.highest_profit *= factor
            trade.given_back *= factor

    def _fee_of(self, fill: Fill) -> Decimal:
        if fill.order_id in self._orders_with_fee:
            return Decimal(0)
        self._orders_with_fee.add(fill.order_id)
        return exact(fill.fee)

    def _open(self, fill: Fill, side: int, quantity: float, fee: Decimal) -> None:
        queue = _Queue(fill.symbol, side, fill.price)
        queue.pending.append(_Pending(fill, quantity, fee))
        self._queues[fill.key] = queue

    def _match(self, queue: _Queue, fill: Fill, exit_fee: Decimal) -> float:
        """Close pending trades, oldest first; return the quantity of the fill that found none."""
        left = abs(fill.quantity)
        while queue.pending and left > 0:
            entry = queue.pending[0]
            quantity = min(left, entry.quantity)
            self.closed.append(_closed_trade(queue, entry, fill, quantity, entry.fee + exit_fee))
            exit_fee = entry.fee = Decimal(0)
            left -= quantity
            entry.quantity -= quantity
            if entry.quantity <= 0:
                queue.pending.popleft()
        return left


def _closed_trade(queue: _Queue, entry: _Pending, fill: Fill, quantity: float, fees: Decimal) -> Trade:
    size = exact(quantity) * exact(fill.multiplier)

    def profit_at(price: float) -> Decimal:
        return rounded((exact(price) - exact(entry.price)) * size * queue.side, 2)

    worst, best = (queue.lowest, queue.highest) if queue.side > 0 else (queue.highest, queue.lowest)
    profit = profit_at(fill.price)
    return Trade(
        symbol=fill.symbol,
        entry_time=entry.time,
        entry_price=entry.price,
        is_long=queue.side > 0,
        quantity=quantity,
        exit_time=fill.time,
        exit_price=fill.price,
        profit_loss=profit,
        total_fees=fees,
        adverse=profit_at(worst),
        favorable=profit_at(best),
        end_drawdown=rounded(exact(round(entry.given_back, 12)) * size, 2),
        is_win=fill.is_win(profit, quantity),
        order_ids=(entry.order_id, fill.order_id),
    )
