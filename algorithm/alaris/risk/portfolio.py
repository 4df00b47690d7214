"""The account as the limits see it: equity, cash, and the open calendars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class OpenCalendar:
    """A position that is open or on order: its debit in USD (multiplier and contracts included) and its sector, where known."""

    symbol: str
    contracts: int
    debit: float
    sector: str | None = None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What the account holds before the order.

    Parameters
    ----------
    equity, cash : float
        USD.
    open : tuple of OpenCalendar
        Positions open or on order; a closed, rejected or cancelled one is not among them.
    closed_returns : tuple of float
        Profit / debit of the closed trades, oldest first; the Kelly estimate reads them.
    losses_today : mapping
        Symbol to realised and open loss of the day, USD, positive.
    """

    equity: float
    cash: float
    open: tuple[OpenCalendar, ...] = ()
    closed_returns: tuple[float, ...] = ()
    losses_today: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Keep the losses from being changed by who is shown them."""
        object.__setattr__(self, "losses_today", MappingProxyType(dict(self.losses_today)))
