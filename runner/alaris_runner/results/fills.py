"""One execution as the results see it: signed quantity, fee, and what a settled option needs to be judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .views import SymbolView


@dataclass(frozen=True, slots=True)
class Settlement:
    """The option event of an exercise, an assignment or an expiry.

    Parameters
    ----------
    is_call, strike :
        The contract's terms; strike in USD a share.
    underlying_price :
        Price of the underlying when it settled, USD.
    in_the_money :
        The event's own flag.
    """

    is_call: bool
    strike: float
    underlying_price: float
    in_the_money: bool

    def is_win(self, profit: Decimal, quantity: float, multiplier: float) -> bool:
        """Judge a settlement that closes `quantity` contracts (signed as the fill: negative closes a long).

        A long wins if it ends in the money and lost less than its payoff; a short wins unless it ends in the money and
        the payoff was at least what it made (LEAN: OptionExerciseOrder, payoff not clamped at zero).
        """
        payoff = self.underlying_price - self.strike if self.is_call else self.strike - self.underlying_price
        amount = payoff * abs(quantity) * multiplier
        if quantity < 0:
            return self.in_the_money and abs(profit) < amount
        return not self.in_the_money or abs(profit) > amount


@dataclass(frozen=True, slots=True)
class Fill:
    """One (part of a) fill.

    Parameters
    ----------
    time :
        Naive UTC.
    quantity :
        Signed: shares, or contracts of `multiplier` shares.
    price, fee :
        USD a share; USD for the whole fill (of the order's first fill only).
    settlement :
        Given for the option leg of an exercise order, else None.
    """

    time: datetime
    symbol: SymbolView
    order_id: int
    price: float
    quantity: float
    fee: float
    multiplier: float = 1.0
    settlement: Settlement | None = None

    @property
    def key(self) -> object:
        """Identity of the security: its LEAN security identifier (hashable)."""
        return self.symbol.id

    def is_win(self, profit: Decimal, quantity: float) -> bool:
        """Whether closing `quantity` (unsigned) with `profit` counts as a win."""
        if self.settlement is None:
            return profit > 0
        return self.settlement.is_win(profit, quantity if self.quantity > 0 else -quantity, self.multiplier)
