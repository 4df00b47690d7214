"""The contracts of one chain as one subscription: they share their bar times, and nothing is made of them until it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alaris_runner.api.chains import ChainMoment, Model, OptionContract
from alaris_runner.api.enums import Resolution, TickType
from alaris_runner.api.securities import Option
from alaris_runner.api.symbols import Symbol
from alaris_runner.data.price_files import DATE_LENGTH, PriceFiles, Rows
from alaris_runner.engine.bar_times import BarTime, BarTimes, Stretch
from alaris_runner.engine.contract_feed import ContractFeed
from alaris_runner.engine.open_interest import OpenInterestSeries
from alaris_runner.engine.subscriptions import Subscription


class ContractGroup(Subscription):
    """Contracts of one chain with the same bar times, in the order they came.

    Parameters
    ----------
    first : Option
        Its first contract, which still has to join.
    times : BarTimes
        From the first contract's subscription on.

    Attributes
    ----------
    shown : BarTime or None
        The last bar time whose prices the run has seen.
    """

    __slots__ = ("_at", "_feeds", "_key_length", "_places", "canonical", "files", "resolution", "shown", "symbol_properties", "times")

    def __init__(self, sequence: int, first: Option, times: BarTimes, files: PriceFiles) -> None:
        super().__init__(sequence, None, (), "chain")
        self.canonical = first.canonical
        self.symbol_properties = first.symbol_properties
        self.times = times
        self.files = files
        self.resolution = first.resolution
        self.shown: BarTime | None = None
        self._at = times[0]
        self._feeds: dict[Symbol, ContractFeed] = {}
        self._places: dict[tuple[str, int], tuple[Path, str]] = {}
        self._key_length = DATE_LENGTH if first.resolution in (Resolution.DAILY, Resolution.HOUR) else 0
        self.time = self._at.point.end_utc if self._at is not None else None

    def takes(self, start_utc: datetime) -> bool:
        """Whether a contract that begins at an instant comes in time for its first bar."""
        if self.removed or self._at is None:
            return False
        before = self.times[self._at.number - 1] if self._at.number else None
        return before is None or before.point.end_utc < start_utc

    def join(self, security: Option, start_utc: datetime, last: date, interest: OpenInterestSeries | None) -> None:
        """Take a contract in."""
        at = self._at
        while at is not None and at.point.end_utc < start_utc:
            at = self.times[at.number + 1]
        first = at.number if at is not None else self.times.count
        feed = ContractFeed(self, security.symbol, security.cache, security.fill_forward, first, last, interest)
        self._feeds[security.symbol] = feed
        security.feed = feed

    def leave(self, symbol: Symbol) -> None:
        """Let a contract go; the group ends with its last one."""
        del self._feeds[symbol]
        self.removed = not self._feeds

    def rows(self, symbol: Symbol, tick_type: TickType, stretch: Stretch) -> Rows:
        """Rows of a contract in the files of a stretch, by time key."""
        key = (tick_type.name, stretch.first)
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = self.files.chain_location(symbol, tick_type, self.resolution, stretch.day)
        path, beginning = place
        return self.files.rows(path, beginning + self.files.contract_name(symbol), self._key_length)

    def advance(self) -> datetime | None:
        """Go on to the next bar time; returns its time, None at the end."""
        self._at = self.times[self._at.number + 1] if self._at is not None else None
        self.time = self._at.point.end_utc if self._at is not None else None
        return self.time

    def is_due(self) -> bool:
        """Whether any contract has data at the present bar time."""
        return not self.removed and self._at is not None and next(_visible(self._feeds.values(), self._at), None) is not None

    @property
    def data(self) -> ContractPoints | None:
        """The contracts at the present bar time, None if none has data."""
        return ContractPoints(self, self._at, dict(self._feeds)) if self._at is not None and self.is_due() else None

    @data.setter
    def data(self, value: Any) -> None:
        """Nothing is kept: the present bar time is the data."""


class ContractPoints:
    """A chain's contracts at one bar time."""

    __slots__ = ("_feeds", "_group", "_visible", "at")

    def __init__(self, group: ContractGroup, at: BarTime, feeds: dict[Symbol, ContractFeed]) -> None:
        self.at = at
        self._group = group
        self._feeds = feeds
        self._visible: list[ContractFeed] | None = None

    @property
    def canonical(self) -> Symbol:
        """Symbol of the chain."""
        return self._group.canonical

    @property
    def feeds(self) -> list[ContractFeed]:
        """Contracts that have data."""
        if self._visible is None:
            self._visible = list(_visible(self._feeds.values(), self.at))
        return self._visible

    def find(self, symbol: Symbol) -> ContractFeed | None:
        """Contract of a symbol, None if it is not here or has no data."""
        feed = self._feeds.get(symbol)
        return next(_visible((feed,), self.at), None) if feed is not None else None

    def named(self, ticker: str) -> Symbol | None:
        """Symbol of a ticker."""
        return next((symbol for symbol in self._feeds if symbol.value == ticker), None)

    def lines(self, time: datetime, underlying_price: float, model: Model | None) -> list[OptionContract]:
        """Lines of the chain."""
        moment = ChainMoment(time, underlying_price, self._group.symbol_properties, model, self.at)
        return [OptionContract(feed.symbol, moment, feed) for feed in self.feeds]

    def show(self, traded: Iterable[Symbol], seen: Callable[[Symbol, float], None]) -> None:
        """Let the run see the prices; those of open trades are told at once."""
        for symbol in traded:
            feed = self.find(symbol)
            if feed is not None:
                feed.show(self.at, seen)
        self._group.shown = self.at


class ContractBars:
    """Trade or quote bars of a chain's contracts at one bar time.

    Parameters
    ----------
    bar_of : callable
        Which bar of a contract, None if it has none.
    """

    __slots__ = ("_bar_of", "_points")

    def __init__(self, points: ContractPoints, bar_of: Callable[[ContractFeed, BarTime], Any]) -> None:
        self._points = points
        self._bar_of = bar_of

    def find(self, symbol: Symbol) -> Any:
        """Bar of a contract, None if it has none."""
        feed = self._points.find(symbol)
        return self._bar_of(feed, self._points.at) if feed is not None else None

    def named(self, ticker: str) -> Symbol | None:
        """Symbol of a ticker."""
        return self._points.named(ticker)

    def items(self) -> Iterator[tuple[Symbol, Any]]:
        """All bars by symbol."""
        for feed in self._points.feeds:
            bar = self._bar_of(feed, self._points.at)
            if bar is not None:
                yield feed.symbol, bar


def _visible(feeds: Iterable[ContractFeed], at: BarTime) -> Iterator[ContractFeed]:
    """Contracts that still trade and have data."""
    day, index = at.point.end.date(), at.number
    return (feed for feed in feeds if feed.last >= day and (feed.first_data <= index or feed.has_data(at)))
