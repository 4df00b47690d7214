"""A live data feed: ticks as they arrive, in any order, become the bars that a backtest would read from files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from alaris_runner.api.bars import Bar, QuoteBar, TradeBar
from alaris_runner.api.enums import Resolution, TickType
from alaris_runner.api.securities import Security
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.bar_grid import BarGrid, GridPoint
from alaris_runner.engine.data_manager import DataManager, tick_types
from alaris_runner.engine.subscriptions import Subscription
from alaris_runner.errors import NotSupportedByRunner

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tick:
    """One trade (price, size) or one quote (bid, ask and their sizes; a missing side is None), at its exchange time (naive UTC)."""

    symbol: Symbol
    time: datetime
    price: float | None = None
    size: float = 0.0
    bid: float | None = None
    ask: float | None = None
    bid_size: float = 0.0
    ask_size: float = 0.0

    @property
    def tick_type(self) -> TickType:
        """Trade or quote."""
        return TickType.TRADE if self.price is not None else TickType.QUOTE


class TickSource(Protocol):
    """Where ticks come from: a broker, a vendor, a test."""

    def subscribe(self, symbol: Symbol) -> None:
        """Begin to deliver a symbol's ticks."""

    def unsubscribe(self, symbol: Symbol) -> None:
        """Stop delivering a symbol's ticks."""

    def arrived(self) -> Iterable[Tick]:
        """Ticks that arrived since the last call, in the order of arrival."""


class TickStore:
    """Ticks that wait for the end of their bar, by symbol and kind; those of a closed bar are counted and dropped."""

    def __init__(self, source: TickSource) -> None:
        self._source = source
        self._waiting: dict[tuple[Symbol, TickType], list[Tick]] = {}
        self._closed: dict[tuple[Symbol, TickType], datetime] = {}
        self.too_late = 0

    def close(self, symbol: Symbol, tick_type: TickType, start: datetime, end: datetime) -> list[Tick]:
        """Ticks of a bar in the order of their exchange times; the bar takes no more."""
        for tick in self._source.arrived():
            key = (tick.symbol, tick.tick_type)
            if tick.time < self._closed.get(key, start):
                self.too_late += 1
            else:
                self._waiting.setdefault(key, []).append(tick)
        key = (symbol, tick_type)
        waiting = self._waiting.get(key, [])
        self._closed[key] = end
        self._waiting[key] = [tick for tick in waiting if tick.time >= end]
        return sorted((tick for tick in waiting if start <= tick.time < end), key=lambda tick: tick.time)


class LiveSubscription(Subscription):
    """A series whose bar ends are known ahead; the bar itself is made when it is taken."""

    __slots__ = ("_fill_forward", "_point", "_previous", "_store", "_tick_type")

    def __init__(self, sequence: int, security: Security, points: Iterator[GridPoint], store: TickStore, tick_type: TickType) -> None:
        self._point: GridPoint | None = None
        super().__init__(sequence, security, ((point.end_utc, point) for point in points), "price")
        self._store = store
        self._tick_type = tick_type
        self._fill_forward = security.fill_forward
        self._previous: Any = None

    @property
    def data(self) -> Any:
        """Bar of the present point: of its ticks, else the one before filled forward, else None. Reading it closes the bar."""
        point, security = self._point, self.security
        if security is None or point is None:
            return None
        ticks = self._store.close(security.symbol, self._tick_type, point.end_utc - (point.end - point.start), point.end_utc)
        bar = _trade_bar(ticks, point) if self._tick_type == TickType.TRADE else _quote_bar(ticks, point)
        if bar is None:
            return self._previous.filled_forward(point.start, point.end) if self._previous is not None and self._fill_forward else None
        if isinstance(bar, QuoteBar) and isinstance(self._previous, QuoteBar):
            bar.bid, bar.ask = bar.bid or self._previous.bid, bar.ask or self._previous.ask
        self._previous = bar
        return bar

    @data.setter
    def data(self, point: GridPoint | None) -> None:
        self._point = point


class LiveDataManager(DataManager):
    """A data manager whose prices come from ticks; calendars, universes and corporate actions stay those of the data folder."""

    store: TickStore
    source: TickSource

    def subscribe_prices(self, security: Security, grid: BarGrid, start_utc: datetime) -> None:
        """Begin a security's bars at an instant."""
        if security.resolution not in (Resolution.SECOND, Resolution.MINUTE):
            raise NotSupportedByRunner(f"live {security.resolution} bars", "Subscribe minute bars and consolidate them.")
        self.source.subscribe(security.symbol)
        for tick_type in tick_types(security.type, security.resolution):
            if tick_type != TickType.OPEN_INTEREST:
                points = _points(grid, start_utc, self.last_day)
                self.join(security.symbol, LiveSubscription(self.next_sequence(), security, points, self.store, tick_type))

    def unsubscribe(self, symbol: Symbol) -> None:
        """End a symbol's data."""
        super().unsubscribe(symbol)
        self.source.unsubscribe(symbol)


def _points(grid: BarGrid, first_utc: datetime, last: date) -> Iterator[GridPoint]:
    day = grid.hours.zone.from_utc(first_utc).date()
    while day <= last:
        yield from (point for point in grid.day(day) if point.end_utc > first_utc)
        day += _DAY


def _trade_bar(ticks: list[Tick], point: GridPoint) -> TradeBar | None:
    prices = [tick.price for tick in ticks if tick.price is not None]
    if not prices:
        return None
    bar = TradeBar(point.start, ticks[0].symbol, prices[0], max(prices), min(prices), prices[-1], sum(tick.size for tick in ticks))
    bar.end_time = point.end
    return bar


def _quote_bar(ticks: list[Tick], point: GridPoint) -> QuoteBar | None:
    if not ticks:
        return None
    bids, asks = [tick.bid for tick in ticks if tick.bid], [tick.ask for tick in ticks if tick.ask]
    bar = QuoteBar(point.start, ticks[0].symbol, _side(bids), ticks[-1].bid_size, _side(asks), ticks[-1].ask_size)
    bar.end_time = point.end
    return bar


def _side(prices: list[float]) -> Bar | None:
    return Bar(prices[0], max(prices), min(prices), prices[-1]) if prices else None
