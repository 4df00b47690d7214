"""The gateway's streaming ticks as the engine's: contracts subscribed while market data lines are left; the others wait for one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC
from math import isfinite
from typing import TYPE_CHECKING, Protocol

from alaris.broker import BrokerUnavailable, Instrument, MarketTick, Share, TradeTick
from alaris.live.contracts import instrument_of_symbol
from alaris_runner.engine.live_feed import Tick

if TYPE_CHECKING:
    from alaris_runner.api.symbols import Symbol


class TickGateway(Protocol):
    """The part of a gateway that a feed needs (`alaris.broker.Gateway`)."""

    def subscribe(self, instrument: Instrument) -> None:
        """Begin to stream."""
        ...

    def unsubscribe(self, instrument: Instrument) -> None:
        """Stop streaming."""
        ...


class IbkrFeed:
    """A tick source (`alaris_runner.engine.live_feed.TickSource`).

    Parameters
    ----------
    gateway : TickGateway
    ticks : callable
        What arrived since the last call.
    lines : int
        Market data lines this process may use; a contract beyond them waits until one is free. Stocks come before options.
    tell : callable
        Is told of a contract that waits or cannot be streamed.
    """

    def __init__(self, gateway: TickGateway, ticks: Callable[[], Iterable[MarketTick]], lines: int, tell: Callable[[str], None]) -> None:
        self._gateway = gateway
        self._ticks = ticks
        self._lines = lines
        self._tell = tell
        self._wanted: dict[Symbol, Instrument] = {}
        self._streaming: dict[Symbol, Instrument] = {}
        self._symbols: dict[Instrument, Symbol] = {}

    def subscribe(self, symbol: Symbol) -> None:
        """Stream a contract, or let it wait for a line."""
        instrument = instrument_of_symbol(symbol)
        self._wanted[symbol] = instrument
        self._symbols[instrument] = symbol
        if len(self._streaming) >= self._lines and isinstance(instrument, Share):
            self._give_up_one()
        self._begin(symbol)
        if len(self._streaming) >= self._lines and symbol not in self._streaming:
            self._tell(f"{symbol.value} waits for a market data line: {len(self._streaming)} of {self._lines} are in use")

    def unsubscribe(self, symbol: Symbol) -> None:
        """Stop streaming a contract; the next that waits gets its line."""
        instrument = self._wanted.pop(symbol, None)
        if instrument is None:
            return
        self._symbols.pop(instrument, None)
        if self._streaming.pop(symbol, None) is not None:
            self._stop(instrument)
        for waiting in [one for one in self._wanted if one not in self._streaming]:
            self._begin(waiting)

    def resume(self) -> None:
        """Ask again for what could not be streamed: the gateway keeps the others across its reconnections."""
        for symbol in sorted(self._wanted, key=lambda one: one.has_underlying):
            self._begin(symbol)

    def arrived(self) -> list[Tick]:
        """Ticks that arrived since the last call, in the order of arrival; those of contracts no longer wanted are left out."""
        return [_tick(self._symbols[tick.instrument], tick) for tick in self._ticks() if tick.instrument in self._symbols]

    def _begin(self, symbol: Symbol) -> None:
        if symbol in self._streaming or len(self._streaming) >= self._lines:
            return
        try:
            self._gateway.subscribe(self._wanted[symbol])
        except BrokerUnavailable as error:
            self._tell(f"{symbol.value} is not streamed: {error}")
            return
        self._streaming[symbol] = self._wanted[symbol]

    def _give_up_one(self) -> None:
        option = next((symbol for symbol in reversed(self._streaming) if symbol.has_underlying), None)
        if option is not None:
            self._stop(self._streaming.pop(option))

    def _stop(self, instrument: Instrument) -> None:
        try:
            self._gateway.unsubscribe(instrument)
        except BrokerUnavailable as error:
            self._tell(f"a stream was not ended: {error}")


def _tick(symbol: Symbol, tick: MarketTick) -> Tick:
    when = tick.time.astimezone(UTC).replace(tzinfo=None)
    if isinstance(tick, TradeTick):
        return Tick(symbol, when, price=tick.price, size=tick.size)
    return Tick(symbol, when, bid=_side(tick.bid), ask=_side(tick.ask), bid_size=_size(tick.bid_size), ask_size=_size(tick.ask_size))


def _side(price: float) -> float | None:
    return price if isfinite(price) and price > 0 else None


def _size(size: float) -> float:
    return size if isfinite(size) else 0.0
