"""QCAlgorithm's part that makes longer bars."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alaris_runner.api.bars import QuoteBar
from alaris_runner.api.consolidators import PeriodConsolidator, consolidator_of
from alaris_runner.api.enums import Resolution, SecurityType, TickType
from alaris_runner.api.named_arguments import named_arguments
from alaris_runner.api.symbols import Symbol, equity_symbol

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

SPANS = {
    Resolution.SECOND: timedelta(seconds=1),
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAILY: timedelta(days=1),
}


class ConsolidationMixin:
    """Longer bars of subscribed securities."""

    _engine: Engine

    def _symbol_of(self, symbol: Symbol | str) -> Symbol:
        if isinstance(symbol, Symbol):
            return symbol
        known = self._engine.securities.get(symbol)
        return known.symbol if known is not None else equity_symbol(symbol.upper())

    @named_arguments("symbol", "period", "tick_type", "handler")
    def consolidate(self, symbol: Symbol | str, period: Any, *arguments: Any) -> PeriodConsolidator:
        """Call a function with each longer bar: `consolidate(symbol, period[, TickType], handler)`."""
        name, handler = self._symbol_of(symbol), arguments[-1]
        quotes = TickType.QUOTE in arguments or QuoteBar in arguments
        if name.security_type == SecurityType.OPTION and TickType.TRADE not in arguments:
            quotes = True
        consolidator = consolidator_of(SPANS[period] if isinstance(period, Resolution) else period, quotes)
        consolidator.data_consolidated += _handler(handler)
        self._engine.subscriptions.add_consolidator(name, consolidator)
        return consolidator


def _handler(handler: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda _, bar: handler(bar)
