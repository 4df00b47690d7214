"""Where accepted orders go: a backtest's own simulation, or the account at a broker. Its events come back on the engine's thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from alaris_runner.api.bars import Dividend, Split
    from alaris_runner.api.orders import Order
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol

    Legs = Sequence[tuple[Order, Security]]


class Brokerage(Protocol):
    """One account. It tells of an order by `TransactionHandler.emit`, and only inside these calls: all are made on the engine's thread."""

    def place(self, legs: Legs) -> None:
        """Take an accepted order: one leg, or the legs of a combo, which fill by its group."""

    def update(self, order: Order) -> None:
        """Take the changed terms of a resting order."""

    def cancel(self, legs: Legs) -> None:
        """Cancel what is still open of an order."""

    def poll(self) -> None:
        """Tell what has happened to the orders since the last call."""

    def time_step(self, delisted: Iterable[Symbol]) -> None:
        """Do what a time step brings: assignments, fills, the end of contracts."""

    def settle(self, utc: datetime) -> None:
        """Turn proceeds that are due into cash."""

    def check_margin(self) -> None:
        """Warn of a margin call, or make one."""

    def apply_dividends(self, dividends: Iterable[Dividend]) -> None:
        """Book dividends."""

    def apply_splits(self, splits: Iterable[Split]) -> None:
        """Split holdings and open orders."""

    def is_splitting(self, stock: Symbol) -> bool:
        """Whether a split of the stock came in this very time step."""


class BrokersAccount:
    """Part of a brokerage whose broker keeps the account: settlement, margin, dividends, splits and expiry happen there, not here."""

    def time_step(self, delisted: Iterable[Symbol]) -> None:
        """Tell what has happened since the last call."""
        del delisted  # the broker settles what expires
        self.poll()

    def poll(self) -> None:
        """Tell what has happened to the orders since the last call."""
        raise NotImplementedError(f"{type(self).__name__} must tell of its orders in poll()")

    def settle(self, utc: datetime) -> None:
        """Leave settlement to the broker."""

    def check_margin(self) -> None:
        """Leave margin calls to the broker."""

    def apply_dividends(self, dividends: Iterable[Dividend]) -> None:
        """Leave dividends to the broker; they come with its cash."""

    def apply_splits(self, splits: Iterable[Split]) -> None:
        """Leave splits to the broker; they come with its positions."""

    def is_splitting(self, stock: Symbol) -> bool:
        """Nothing is split here."""
        del stock  # whichever it is
        return False
