"""The end of contracts: all of one expiry are announced and taken off the list together, by one subscription."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alaris_runner.api.bars import Delisting
from alaris_runner.api.enums import DelistingType
from alaris_runner.api.securities import Security
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.auxiliary_events import End
from alaris_runner.engine.subscriptions import Subscription


class Expiry(Subscription):
    """Contracts of one expiry, in the order they came, and the events that are ahead of them.

    A contract that is added after its last day gets none (golden case chain_front, 2017-02-11).
    """

    __slots__ = ("_ends", "_number", "contracts")

    def __init__(self, sequence: int, ends: Sequence[End], start_utc: datetime) -> None:
        super().__init__(sequence, None, (), "auxiliary")
        self.contracts: dict[Symbol, Security] = {}
        self._ends = [end for end in ends if start_utc < end.utc or (end.kind == DelistingType.WARNING and start_utc == end.utc)]
        self._number = 0
        self.time = self._ends[0].utc if self._ends else None

    def takes(self, start_utc: datetime) -> bool:
        """Whether a contract that begins at an instant gets the same events."""
        if self.removed or self.time is None:
            return False
        past = self._ends[self._number - 1].utc if self._number else datetime.min
        return past < start_utc < self.time

    def leave(self, symbol: Symbol) -> None:
        """Let a contract go."""
        del self.contracts[symbol]
        self.removed = not self.contracts

    def advance(self) -> datetime | None:
        """Go on to the next event; returns its time, None at the end."""
        self._number += 1
        self.time = self._ends[self._number].utc if self._number < len(self._ends) else None
        return self.time

    @property
    def data(self) -> ContractsEnd:
        """The event of the contracts that are here now."""
        return ContractsEnd(self, self._ends[self._number], list(self.contracts.values()))

    @data.setter
    def data(self, value: Any) -> None:
        """Nothing is kept: the event ahead is the data."""


class ContractsEnd:
    """One event of all contracts of an expiry."""

    __slots__ = ("_contracts", "_end", "_expiry")

    def __init__(self, expiry: Expiry, end: End, contracts: list[Security]) -> None:
        self._expiry = expiry
        self._end = end
        self._contracts = contracts

    def events(self) -> list[tuple[Security, Delisting]]:
        """Event of each contract that was not removed meanwhile; the price is set on delivery."""
        here, end = self._expiry.contracts, self._end
        return [(one, Delisting(one.symbol, end.midnight, 0.0, end.kind)) for one in self._contracts if one.symbol in here]
