"""Profit and loss of every fill that reduces a holding, as LEAN's transaction record keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from .decimals import ZERO, exact
from .fills import Fill

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class ProfitLoss:
    """One record: UTC time (moved on by milliseconds until free), USD after twice the closing fee, and LEAN's verdict."""

    time: datetime
    amount: Decimal
    is_win: bool


@dataclass(slots=True)
class _Holding:
    quantity: Decimal = ZERO
    average_price: Decimal = ZERO


class ProfitLossBook:
    """Follow each holding through its fills and write a record whenever one shrinks.

    The entry's fee is taken as equal to the exit's, hence twice the fee; the average price is weighted over additions,
    untouched by reductions, and starts anew on the other side of zero.
    """

    def __init__(self) -> None:
        self._holdings: dict[object, _Holding] = {}
        self._records: dict[datetime, ProfitLoss] = {}

    @property
    def records(self) -> list[ProfitLoss]:
        """All records in order of time."""
        return [self._records[time] for time in sorted(self._records)]

    def add(self, fill: Fill) -> None:
        """Take one fill into its holding."""
        holding = self._holdings.setdefault(fill.key, _Holding())
        quantity, price = exact(fill.quantity), exact(fill.price)
        if holding.quantity * quantity < 0:
            self._record(fill, holding)
        after = holding.quantity + quantity
        if holding.quantity * quantity >= 0:
            cost = holding.average_price * holding.quantity + price * quantity
            holding.average_price = cost / after if after else ZERO
        elif after * quantity > 0:
            holding.average_price = price
        holding.quantity = after

    def split(self, key: object, factor: float) -> None:
        """Rescale a holding whose raw price is multiplied by `factor` (0.1428572 for seven new shares of one)."""
        holding = self._holdings.get(key)
        if holding is not None:
            holding.quantity /= exact(factor)
            holding.average_price *= exact(factor)

    def _record(self, fill: Fill, holding: _Holding) -> None:
        closed = min(abs(exact(fill.quantity)), abs(holding.quantity))
        side = 1 if holding.quantity > 0 else -1
        gross = (exact(fill.price) - holding.average_price) * closed * side * exact(fill.multiplier)
        amount = gross - 2 * exact(fill.fee)
        time = fill.time
        while time in self._records:
            time += MILLISECOND
        self._records[time] = ProfitLoss(time, amount, fill.is_win(amount, float(closed)))
