"""Data points: trade and quote bars, open interest, and the events of a corporate action or an expiry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from alaris_runner.api.enums import DelistingType, MarketDataType, SplitType
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol


class BaseData(PascalCase):
    """A point of data. Times are naive: the exchange's time zone for what an algorithm receives.

    Attributes
    ----------
    time, end_time : datetime
        Start of the period the point describes, and its end: the moment it is known.
    value : float
        The point's single number (a bar's close).
    """

    __slots__ = ("end_time", "is_fill_forward", "symbol", "time", "value")

    data_type = MarketDataType.BASE

    def __init__(self) -> None:
        self.symbol: Symbol
        self.time: datetime = datetime.min
        self.end_time: datetime = datetime.min
        self.value: float = 0.0
        self.is_fill_forward = False

    @property
    def price(self) -> float:
        """The point's value."""
        return self.value


class Bar(PascalCase):
    """Open, high, low and close of one side of the market."""

    __slots__ = ("close", "high", "low", "open")

    def __init__(self, open: float = 0.0, high: float = 0.0, low: float = 0.0, close: float = 0.0) -> None:  # noqa: A002 - the field's name
        self.open = open
        self.high = high
        self.low = low
        self.close = close

    def __repr__(self) -> str:
        return f"O: {self.open} H: {self.high} L: {self.low} C: {self.close}"


class TradeBar(PascalCase):
    """Prices and volume of what was traded in a period."""

    __slots__ = ("close", "end_time", "high", "is_fill_forward", "low", "open", "symbol", "time", "volume")

    data_type = MarketDataType.TRADE_BAR

    def __init__(
        self,
        time: datetime | None = None,
        symbol: Symbol | None = None,
        open: float = 0.0,  # noqa: A002 - the field's name
        high: float = 0.0,
        low: float = 0.0,
        close: float = 0.0,
        volume: float = 0.0,
        period: timedelta | None = None,
    ) -> None:
        self.time: datetime = time if time is not None else datetime.min
        self.end_time: datetime = self.time + period if period is not None else self.time
        self.symbol: Symbol = symbol  # type: ignore[assignment]  # LEAN lets an empty bar be made and filled afterwards
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
        self.is_fill_forward = False

    @property
    def value(self) -> float:
        """The close."""
        return self.close

    @property
    def price(self) -> float:
        """The close."""
        return self.close

    @property
    def period(self) -> timedelta:
        """Length of the bar."""
        return self.end_time - self.time

    def filled_forward(self, time: datetime, end_time: datetime) -> TradeBar:
        """Repeat this bar in a later period without volume."""
        bar = TradeBar.__new__(TradeBar)
        bar.time, bar.end_time, bar.symbol = time, end_time, self.symbol
        bar.open, bar.high, bar.low, bar.close, bar.volume = self.open, self.high, self.low, self.close, 0.0
        bar.is_fill_forward = True
        return bar

    def __repr__(self) -> str:
        return f"{self.symbol!r}: O: {self.open} H: {self.high} L: {self.low} C: {self.close} V: {self.volume}"


class QuoteBar(PascalCase):
    """Bid and ask of a period; a side that was never quoted is None.

    Attributes
    ----------
    bid_close, ask_close : float
        Last price of each side, 0 where it is None: most readers need no more, so a side's bar is made when it is asked for.
    """

    __slots__ = (
        "ask_close",
        "ask_side",
        "bid_close",
        "bid_side",
        "end_time",
        "is_fill_forward",
        "last_ask_size",
        "last_bid_size",
        "symbol",
        "time",
    )

    data_type = MarketDataType.QUOTE_BAR

    def __init__(
        self,
        time: datetime | None = None,
        symbol: Symbol | None = None,
        bid: Bar | None = None,
        last_bid_size: float = 0.0,
        ask: Bar | None = None,
        last_ask_size: float = 0.0,
        period: timedelta | None = None,
    ) -> None:
        self.time: datetime = time if time is not None else datetime.min
        self.end_time: datetime = self.time + period if period is not None else self.time
        self.symbol: Symbol = symbol  # type: ignore[assignment]  # LEAN lets an empty bar be made and filled afterwards
        self.bid_side: Bar | None
        self.ask_side: Bar | None
        self.bid = bid
        self.ask = ask
        self.last_bid_size = last_bid_size
        self.last_ask_size = last_ask_size
        self.is_fill_forward = False

    @property
    def bid(self) -> Bar | None:
        """What buyers offered."""
        side = self.bid_side
        if side is None and self.bid_close:  # a flat side of which only the price was kept
            price = self.bid_close
            side = self.bid_side = Bar(price, price, price, price)
        return side

    @bid.setter
    def bid(self, side: Bar | None) -> None:
        self.bid_side = side
        self.bid_close = side.close if side is not None else 0.0

    @property
    def ask(self) -> Bar | None:
        """What sellers asked."""
        side = self.ask_side
        if side is None and self.ask_close:  # a flat side of which only the price was kept
            price = self.ask_close
            side = self.ask_side = Bar(price, price, price, price)
        return side

    @ask.setter
    def ask(self, side: Bar | None) -> None:
        self.ask_side = side
        self.ask_close = side.close if side is not None else 0.0

    def _middle(self, field: str) -> float:
        bid: float = getattr(self.bid, field) if self.bid is not None else 0.0
        ask: float = getattr(self.ask, field) if self.ask is not None else 0.0
        return (bid + ask) / 2 if bid and ask else bid or ask

    @property
    def open(self) -> float:
        """Middle of the opens, or the one side there is."""
        return self._middle("open")

    @property
    def high(self) -> float:
        """Middle of the highs, or the one side there is."""
        return self._middle("high")

    @property
    def low(self) -> float:
        """Middle of the lows, or the one side there is."""
        return self._middle("low")

    @property
    def close(self) -> float:
        """Middle of the closes, or the one side there is."""
        bid, ask = self.bid_close, self.ask_close
        return (bid + ask) / 2 if bid and ask else bid or ask

    @property
    def value(self) -> float:
        """The close."""
        return self.close

    @property
    def price(self) -> float:
        """The close."""
        return self.close

    @property
    def period(self) -> timedelta:
        """Length of the bar."""
        return self.end_time - self.time

    def filled_forward(self, time: datetime, end_time: datetime) -> QuoteBar:
        """Repeat this bar in a later period."""
        bar = QuoteBar.__new__(QuoteBar)
        bar.bid_side, bar.bid_close, bar.ask_side, bar.ask_close = self.bid_side, self.bid_close, self.ask_side, self.ask_close
        bar.time, bar.end_time, bar.symbol = time, end_time, self.symbol
        bar.last_bid_size, bar.last_ask_size = self.last_bid_size, self.last_ask_size
        bar.is_fill_forward = True
        return bar

    def collapse(self) -> TradeBar:
        """Trade bar of the middle prices, without volume."""
        bar = TradeBar(self.time, self.symbol, self.open, self.high, self.low, self.close, 0.0)
        bar.end_time = self.end_time
        bar.is_fill_forward = self.is_fill_forward
        return bar

    def __repr__(self) -> str:
        return f"{self.symbol!r}: Bid: {self.bid!r} Ask: {self.ask!r}"


class OpenInterest(PascalCase):
    """Number of open contracts, as the exchange published it."""

    __slots__ = ("end_time", "is_fill_forward", "symbol", "time", "value")

    data_type = MarketDataType.TICK

    def __init__(self, time: datetime, symbol: Symbol, open_interest: float) -> None:
        self.time = time
        self.end_time = time
        self.symbol = symbol
        self.value = open_interest
        self.is_fill_forward = False

    @property
    def price(self) -> float:
        """The number of contracts."""
        return self.value


class Dividend(PascalCase):
    """A cash distribution on its ex-date; `distribution` is in dollars a share, `reference_price` the close before."""

    __slots__ = ("distribution", "end_time", "is_fill_forward", "reference_price", "symbol", "time")

    data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, time: datetime, distribution: float, reference_price: float) -> None:
        self.symbol = symbol
        self.time = time
        self.end_time = time
        self.distribution = distribution
        self.reference_price = reference_price
        self.is_fill_forward = False

    @property
    def value(self) -> float:
        """The distribution."""
        return self.distribution

    @property
    def price(self) -> float:
        """The distribution."""
        return self.distribution


class Split(PascalCase):
    """A share split; `split_factor` is old shares for a new one (1/7 for seven to one)."""

    __slots__ = ("end_time", "is_fill_forward", "reference_price", "split_factor", "symbol", "time", "type")

    data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, time: datetime, reference_price: float, split_factor: float, type: SplitType) -> None:  # noqa: A002 - LEAN's name
        self.symbol = symbol
        self.time = time
        self.end_time = time
        self.reference_price = reference_price
        self.split_factor = split_factor
        self.type = type
        self.is_fill_forward = False

    @property
    def value(self) -> float:
        """The reference price."""
        return self.reference_price

    @property
    def price(self) -> float:
        """The reference price."""
        return self.reference_price


class Delisting(PascalCase):
    """The end of a security: announced in the morning of its last day, a fact at the midnight after."""

    __slots__ = ("_price", "end_time", "is_fill_forward", "symbol", "ticket", "time", "type")

    data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, date: datetime, price: float, type: DelistingType) -> None:  # noqa: A002 - LEAN's name
        self.symbol = symbol
        self.time = date
        self.end_time = date
        self._price: float | Callable[[], float] = price
        self.type = type
        self.ticket: Any = None
        self.is_fill_forward = False

    @property
    def price(self) -> float:
        """The last price."""
        if callable(self._price):
            self._price = self._price()
        return self._price

    def set_price(self, price: float | Callable[[], float]) -> None:
        """Set the price, or how to ask for it."""
        self._price = price

    @property
    def value(self) -> float:
        """The last price."""
        return self.price


class SymbolChangedEvent(PascalCase):
    """A change of ticker."""

    __slots__ = ("end_time", "new_symbol", "old_symbol", "symbol", "time")

    data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, date: datetime, old_symbol: str, new_symbol: str) -> None:
        self.symbol = symbol
        self.time = date
        self.end_time = date
        self.old_symbol = old_symbol
        self.new_symbol = new_symbol
