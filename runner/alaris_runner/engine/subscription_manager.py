"""Consolidators and indicators that follow a security's data: fed in every step before `on_data`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from alaris_runner.api.bars import QuoteBar, TradeBar
from alaris_runner.api.enums import Resolution
from alaris_runner.api.securities import Security
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.time_slice import TimeSlice
from alaris_runner.engine.time_zones import TimeZone
from alaris_runner.errors import InvalidRequest

_SECOND = timedelta(seconds=1)
_INCREMENTS = {
    Resolution.TICK: timedelta(),
    Resolution.SECOND: _SECOND,
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAILY: timedelta(days=1),
}


class _Watch:
    """When a consolidator is looked at next: at the end of its working bar, then a bar's length after each end (in UTC)."""

    __slots__ = ("consolidator", "increment", "is_removed", "next_scan", "span", "zone")

    def __init__(self, consolidator: Any, increment: timedelta, zone: TimeZone, now: datetime) -> None:
        self.consolidator = consolidator
        self.increment = max(increment, _SECOND)
        self.zone = zone
        self.span: timedelta | None = None
        self.is_removed = False
        self.next_scan = now + self.increment

    def scan(self, utc: datetime) -> None:
        """Let the consolidator close its bar."""
        self.consolidator.scan(self.zone.from_utc(utc))
        self.advance(utc)

    def on_bar(self, _: Any, bar: Any) -> None:
        """Hear of a finished bar."""
        if self.span is None:
            self.span = max(bar.end_time - bar.time, self.increment)
        self.next_scan = self.zone.to_utc(bar.end_time) + self.span

    def advance(self, now: datetime) -> None:
        """Choose the next look if none lies ahead."""
        if self.next_scan > now:
            return
        working = self.consolidator.working_data
        if self.span is not None:
            self.next_scan = now + self.span
        elif working is not None and self.zone.to_utc(working.end_time) > now:
            self.next_scan = self.zone.to_utc(working.end_time)
        else:
            self.next_scan = now + self.increment


class SubscriptionManager(PascalCase):
    """`self.subscription_manager`: which consolidators listen to which symbol.

    Parameters
    ----------
    utc_now :
        The engine's clock.
    security_of :
        Security of a symbol, None if it is not subscribed.
    """

    def __init__(self, utc_now: Callable[[], datetime], security_of: Callable[[Symbol], Security | None]) -> None:
        self._utc_now = utc_now
        self._security_of = security_of
        self._consolidators: dict[Symbol, list[Any]] = {}
        self._watches: dict[int, _Watch] = {}
        self._due: list[tuple[datetime, int]] = []
        self._created = 0

    def add_consolidator(self, symbol: Symbol, consolidator: Any) -> None:
        """Feed a consolidator with a symbol's data; InvalidRequest if the symbol is not subscribed."""
        security = self._security_of(symbol)
        if security is None:
            raise InvalidRequest(f"{symbol.value} is not subscribed: add it (add_equity, add_option_contract, ...) before consolidating it")
        self._consolidators.setdefault(symbol, []).append(consolidator)
        if hasattr(consolidator, "working_data"):
            watch = _Watch(consolidator, _INCREMENTS[security.resolution], security.exchange.hours.zone, self._utc_now())
            consolidator.data_consolidated += watch.on_bar
            self._created += 1
            self._watches[self._created] = watch
            heappush(self._due, (watch.next_scan, self._created))

    def remove_consolidator(self, symbol: Symbol, consolidator: Any) -> None:
        """Stop feeding a consolidator."""
        if consolidator in self._consolidators.get(symbol, ()):
            self._consolidators[symbol].remove(consolidator)
        for watch in self._watches.values():
            watch.is_removed = watch.is_removed or watch.consolidator is consolidator

    def begin(self, utc: datetime) -> None:
        """Count the first looks from the run's first moment, which a warm-up puts before the start date."""
        for watch in self._watches.values():
            watch.next_scan = utc + watch.increment
        self._due = sorted((watch.next_scan, number) for number, watch in self._watches.items())

    def scan_past(self, utc: datetime, move_clock: Callable[[datetime], None]) -> None:
        """Close the bars that ended before the coming step, each at its own time."""
        while self._due and self._due[0][0] < utc:
            when, number = heappop(self._due)
            watch = self._watches[number]
            if watch.is_removed:
                del self._watches[number]
                continue
            move_clock(when)
            if watch.next_scan <= when:
                watch.scan(when)
            heappush(self._due, (watch.next_scan, number))

    def feed(self, step: TimeSlice) -> None:
        """Give every listener its symbol's data of a step."""
        if not self._consolidators:
            return
        current = step.slice
        for symbol, listeners in self._consolidators.items():
            trade, quote = current.bars.get(symbol), current.quote_bars.get(symbol)
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
