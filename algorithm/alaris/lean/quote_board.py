"""The newest quote of each contract on minute data, with the time it stood: a bar that LEAN repeats is no new quote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alaris.lean.chains import NAN, quoted_sides

if TYPE_CHECKING:
    from AlgorithmImports import QuoteBar, Slice, Symbol


@dataclass(frozen=True, slots=True)
class StandingQuote:
    """Bid and ask, NaN for a side that was not quoted, and when they stood."""

    bid: float
    ask: float
    at: datetime


class QuoteBoard:
    """What has been seen of the contracts that are looked at."""

    def __init__(self, maximum_age: timedelta) -> None:
        self._maximum_age = maximum_age
        self._quotes: dict[Symbol, StandingQuote] = {}

    def see(self, data: Slice, symbols: Iterable[Symbol], now: datetime) -> None:
        """Take the slice's own quotes of these contracts."""
        for symbol in symbols:
            self._note(symbol, data.quote_bars.get(symbol), now)

    def see_all(self, data: Slice, now: datetime) -> None:
        """Take every quote of the slice; dear, so for the minutes before a decision only."""
        for bar in data.quote_bars.values():
            self._note(bar.symbol, bar, now)

    def of(self, symbol: Symbol) -> StandingQuote | None:
        """The newest quote of a contract, however old."""
        return self._quotes.get(symbol)

    def sides(self, symbol: Symbol, now: datetime) -> tuple[float, float]:
        """Bid and ask where they are young enough to be read, else NaN."""
        seen = self._quotes.get(symbol)
        if seen is None or now - seen.at > self._maximum_age:
            return NAN, NAN
        return seen.bid, seen.ask

    def forget_before(self, moment: datetime) -> None:
        """Drop what stood before a moment."""
        self._quotes = {symbol: quote for symbol, quote in self._quotes.items() if quote.at >= moment}

    def _note(self, symbol: Symbol, bar: QuoteBar | None, now: datetime) -> None:
        if bar is not None and not bar.is_fill_forward:
            self._quotes[symbol] = StandingQuote(*quoted_sides(bar), now)
