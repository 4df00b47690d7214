"""Trades and quotes of one contract, read from their files only when somebody looks: a price, a bar of the slice, a line of the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from alaris_runner.api.bars import QuoteBar, TradeBar
from alaris_runner.api.enums import Resolution, TickType
from alaris_runner.api.security_cache import SecurityCache
from alaris_runner.data.price_files import PriceSeries, Rows
from alaris_runner.engine.bar_grid import PRICE_SCALE, GridPoint, quote_bar, trade_bar
from alaris_runner.engine.bar_times import BarTime, Stretch
from alaris_runner.engine.open_interest import OpenInterestSeries

if TYPE_CHECKING:
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.engine.contract_group import ContractGroup

Sides = tuple[float, float]
_NEVER = 1 << 62
_NO_SIDES = (0.0, 0.0)
_END_TIME = attrgetter("end_time")


class ContractFeed:
    """One contract's bars at the bar times of its group, as if each had been delivered when its time came.

    Every question names the bar time it is asked for, so that a slice which was kept still answers for its own time.

    Parameters
    ----------
    cache : SecurityCache
        The contract's prices; they stand at the last bar time somebody asked for, and only move forward.
    first : int
        Number of the first bar time since the subscription.
    last : date
        Last day with bars.
    interest : OpenInterestSeries, optional
        Open interest that is looked up; otherwise the cache has it.

    Attributes
    ----------
    first_data : int
        Number of the first bar time with data, as far as it was looked for.
    """

    __slots__ = (
        "_applied",
        "_cache",
        "_checked",
        "_counted",
        "_fill_forward",
        "_first",
        "_group",
        "_interests",
        "_quote",
        "_quoted",
        "_quotes",
        "_sided",
        "_sides",
        "_trade",
        "_traded",
        "_trades",
        "first_data",
        "interest",
        "last",
        "symbol",
    )

    def __init__(
        self,
        group: ContractGroup,
        symbol: Symbol,
        cache: SecurityCache,
        fill_forward: bool,
        first: int,
        last: date,
        interest: OpenInterestSeries | None = None,
    ) -> None:
        self.symbol = symbol
        self.last = last
        self.interest = interest
        self.first_data = _NEVER
        self._group = group
        self._cache = cache
        self._fill_forward = fill_forward
        self._first = first
        self._applied = self._checked = self._sided = first - 1
        self._sides: Sides = (cache.bid_price, cache.ask_price)
        self._trade: TradeBar | None = None
        self._quote: QuoteBar | None = None
        self._traded: Stretch | None = None
        self._quoted: Stretch | None = None
        self._counted: Stretch | None = None
        self._trades: Rows = {}
        self._quotes: Rows = {}
        self._interests: Rows = {}

    # What others ask ------------------------------------------------------------------------------------------------------------

    def bring_up_to_date(self) -> None:
        """Take what the run has seen by now over into the security's cache."""
        shown = self._group.shown
        if shown is not None and shown.number > self._applied:
            self._apply(shown)

    def has_data(self, at: BarTime) -> bool:
        """Whether there is a bar: a real one, or (with fill-forward) one to repeat."""
        if not self._fill_forward:
            key = at.point.key
            return at.number >= self._first and (key in self._quote_rows(at.stretch) or key in self._trade_rows(at.stretch))
        if self.first_data == _NEVER and at.number > self._checked:
            self.first_data = self._find_first(at)
            self._checked = at.number
        return self.first_data <= at.number

    def trade(self, at: BarTime) -> TradeBar | None:
        """Trade bar of a bar time, filled forward where there was none."""
        bar = self._standing(at)[1]
        if bar is None or bar.end_time == at.point.end:
            return bar
        return bar.filled_forward(at.point.start, at.point.end) if self._fill_forward else None

    def quote(self, at: BarTime) -> QuoteBar | None:
        """Quote bar of a bar time, filled forward where there was none."""
        bar = self._standing(at)[2]
        if bar is None or bar.end_time == at.point.end:
            return bar
        return bar.filled_forward(at.point.start, at.point.end) if self._fill_forward else None

    def sides(self, at: BarTime) -> Sides:
        """Standing bid and ask."""
        if at.number <= self._sided:
            return self._sides if at.number == self._sided else self._again().sides(at)
        rows = self._quotes if self._quoted is at.stretch else self._quote_rows(at.stretch)
        row = rows.get(at.point.key)
        found = _NO_SIDES if row is None else self._sides_of(at.point, row)
        if not (found[0] and found[1]):
            for point, older in self._back(self._quote_rows, at, self._sided) if at.number - self._sided > 1 else ():
                found = _completed(found, self._sides_of(point, older))
                if found[0] and found[1]:
                    break
            found = _completed(found, self._sides)
        self._sided, self._sides = at.number, found
        return found

    def sizes(self, at: BarTime) -> Sides:
        """Standing sizes at the bid and at the ask."""
        cache = self._standing(at)[0]
        return cache.bid_size, cache.ask_size

    def last_trade(self, at: BarTime) -> tuple[float, float]:
        """Last price and the volume of this bar time (of the last bar, without fill-forward)."""
        bar = self._standing(at)[0].last_trade_bar
        if bar is None:
            return 0.0, 0.0
        return bar.close, bar.volume if not self._fill_forward or bar.end_time == at.point.end else 0.0

    def open_interest(self, at: BarTime, local: datetime) -> float:
        """Open contracts as published by a bar time, which is a moment on the exchange's clock."""
        if self.interest is None:
            return self._cache.open_interest
        row = self._interest_rows(at.stretch).get(at.point.key) if self._group.resolution == Resolution.DAILY else None
        return self.interest.at(local) if row is None else self.interest.number(at.point, row)

    def price_now(self) -> Callable[[], float]:
        """Ask later what the price is now."""
        shown = self._group.shown
        return lambda: self._standing(shown)[0].price if shown is not None and shown.number >= self._first else 0.0

    def show(self, at: BarTime, seen: Callable[[Symbol, float], None]) -> None:
        """Take one bar time over, telling the price after its trade and after its quote (one filled forward repeats the price)."""
        before = self._group.times[at.number - 1] if at.number > self._first else None
        if before is not None and before.number > self._applied:
            self._apply(before)
        self._applied = max(self._applied, at.number)
        row = self._trade_rows(at.stretch).get(at.point.key)
        if row is not None:
            self._take(self._trade_of(at.point, row))
        if row is not None or (self._fill_forward and self._trade is not None):
            seen(self.symbol, self._cache.price)
        row = self._quote_rows(at.stretch).get(at.point.key)
        if row is not None:
            self._take(self._quote_of(at.point, row))
        if row is not None or (self._fill_forward and self._quote is not None):
            seen(self.symbol, self._cache.price)

    # Reading --------------------------------------------------------------------------------------------------------------------

    def _standing(self, at: BarTime) -> tuple[SecurityCache, TradeBar | None, QuoteBar | None]:
        """Prices and last real bars as they stood at a bar time; earlier ones than the last are worked out anew."""
        if at.number > self._applied:
            self._apply(at)
        if at.number == self._applied:
            return self._cache, self._trade, self._quote
        return self._again()._standing(at)  # noqa: SLF001 - one of our own kind

    def _again(self) -> ContractFeed:
        cache = SecurityCache(shows_trades=False)
        return ContractFeed(self._group, self.symbol, cache, self._fill_forward, self._first, self.last, self.interest)

    def _apply(self, at: BarTime) -> None:
        """Take over what came since; bars before the newest complete one would leave nothing behind."""
        bars: list[TradeBar | QuoteBar] = []
        for point, row in self._back(self._trade_rows, at, self._applied):
            trade = self._trade_of(point, row)
            bars.append(trade)
            if trade.volume and trade.close:
                break
        for point, row in self._back(self._quote_rows, at, self._applied):
            quote = self._quote_of(point, row)
            bars.append(quote)
            if quote.bid_close and quote.ask_close and quote.last_bid_size and quote.last_ask_size:
                break
        bars.sort(key=_END_TIME)  # trades stand before quotes of the same time
        for bar in bars:
            self._take(bar)
        self._applied = at.number

    def _take(self, bar: TradeBar | QuoteBar) -> None:
        if isinstance(bar, TradeBar):
            self._trade = bar
        else:
            last = self._quote
            if last is not None and self._fill_forward and not (bar.bid_close and bar.ask_close):
                bar.bid, bar.ask = bar.bid or last.bid, bar.ask or last.ask
            self._quote = bar
        self._cache.take(bar)

    def _back(self, rows_of: Callable[[Stretch], Rows], at: BarTime, after: int) -> Iterator[tuple[GridPoint, str]]:
        """Rows up to a bar time, the newest first, down to the one after a number."""
        times, index = self._group.times, at.number
        stretch: Stretch | None = at.stretch
        while stretch is not None and index > after:
            rows, first = rows_of(stretch), max(stretch.first, after + 1)
            for number in range(index, first - 1, -1) if rows else ():
                point = times.point(number)
                row = rows.get(point.key)
                if row is not None:
                    yield point, row
            index, stretch = stretch.first - 1, stretch.before

    def _find_first(self, at: BarTime) -> int:
        """Number of the first bar time with a row among those not looked at yet."""
        stretches: list[Stretch] = []
        stretch: Stretch | None = at.stretch
        while stretch is not None and stretch.after > self._checked + 1:
            stretches.append(stretch)
            stretch = stretch.before
        for part in reversed(stretches):
            quotes = self._quote_rows(part)
            for number in range(max(part.first, self._checked + 1), min(part.after, at.number + 1)):
                key = self._group.times.point(number).key
                if key in quotes or key in self._trade_rows(part):
                    return number
        return _NEVER

    def _trade_rows(self, stretch: Stretch) -> Rows:
        if stretch is self._traded:
            return self._trades
        rows = self._group.rows(self.symbol, TickType.TRADE, stretch)
        if self._traded is None or stretch.first > self._traded.first:
            self._traded, self._trades = stretch, rows
        return rows

    def _quote_rows(self, stretch: Stretch) -> Rows:
        if stretch is self._quoted:
            return self._quotes
        rows = self._group.rows(self.symbol, TickType.QUOTE, stretch)
        if self._quoted is None or stretch.first > self._quoted.first:
            self._quoted, self._quotes = stretch, rows
        return rows

    def _series(self, tick_type: TickType) -> PriceSeries:
        return self._group.files.series(self.symbol, tick_type, self._group.resolution)

    def _interest_rows(self, stretch: Stretch) -> Rows:
        if stretch is self._counted:
            return self._interests
        rows = self._group.rows(self.symbol, TickType.OPEN_INTEREST, stretch)
        if self._counted is None or stretch.first > self._counted.first:
            self._counted, self._interests = stretch, rows
        return rows

    def _sides_of(self, point: GridPoint, row: str) -> Sides:
        """Closing bid and ask of a row, 0 where one is missing."""
        try:
            _, _, _, bid, _, _, _, _, ask, _ = row.split(",")
            return float(bid) / PRICE_SCALE if bid else 0.0, float(ask) / PRICE_SCALE if ask else 0.0
        except ValueError:
            self._series(TickType.QUOTE).refuse(point.end.date(), point.key, row)

    def _trade_of(self, point: GridPoint, row: str) -> TradeBar:
        try:
            return trade_bar(self.symbol, row, point.start, point.end)
        except ValueError:
            self._series(TickType.TRADE).refuse(point.end.date(), point.key, row)

    def _quote_of(self, point: GridPoint, row: str) -> QuoteBar:
        try:
            return quote_bar(self.symbol, row, point.start, point.end)
        except ValueError:
            self._series(TickType.QUOTE).refuse(point.end.date(), point.key, row)


def _completed(newer: Sides, older: Sides) -> Sides:
    return newer[0] or older[0], newer[1] or older[1]
