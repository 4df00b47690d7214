"""Consolidators and indicators that follow a security's data: fed in every step before `on_data`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from alaris_runner.api.bars import QuoteBar, TradeBar
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.time_slice import TimeSlice


class Consolidator(Protocol):
    """What the manager needs of a consolidator."""

    def update(self, data: Any) -> None:
        """Take a point."""

    def scan(self, current_local_time: datetime) -> None:
        """Close the working bar if its time has passed."""


class SubscriptionManager(PascalCase):
    """`self.subscription_manager`: which consolidators listen to which symbol."""

    def __init__(self) -> None:
        self._consolidators: dict[Symbol, list[Any]] = {}

    def add_consolidator(self, symbol: Symbol, consolidator: Any) -> None:
        """Feed a consolidator with a symbol's data."""
        self._consolidators.setdefault(symbol, []).append(consolidator)

    def remove_consolidator(self, symbol: Symbol, consolidator: Any) -> None:
        """Stop feeding a consolidator."""
        if consolidator in self._consolidators.get(symbol, ()):
            self._consolidators[symbol].remove(consolidator)

    def scan_past(self, algorithm_time: datetime) -> None:
        """Close working bars that ended before a moment without new data."""
        for listeners in self._consolidators.values():
            for consolidator in list(listeners):
                consolidator.scan(algorithm_time)

    def feed(self, step: TimeSlice) -> None:
        """Give every listener its symbol's data of a step."""
        if not self._consolidators:
            return
        current = step.slice
        for symbol, listeners in self._consolidators.items():
            trade, quote = dict.get(current.bars, symbol), dict.get(current.quote_bars, symbol)
            custom = current.get(symbol) if trade is None and quote is None else None
            for consolidator in list(listeners):
                data = _choose(getattr(consolidator, "input_type", None), trade, quote, custom)
                if data is not None:
                    consolidator.update(data)


def _choose(kind: Any, trade: TradeBar | None, quote: QuoteBar | None, custom: Any) -> Any:
    if kind is QuoteBar:
        return quote
    if kind is TradeBar:
        return trade
    return trade or quote or custom
