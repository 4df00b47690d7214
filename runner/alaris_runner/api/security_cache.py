"""The last prices of one security (LEAN's SecurityCache): what fills, margins and the algorithm read of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from alaris_runner.api.bars import OpenInterest, QuoteBar, TradeBar
from alaris_runner.api.spelling import PascalCase


class PriceFeed(Protocol):
    """Where a security's prices come from that are read only when somebody looks."""

    def bring_up_to_date(self) -> None:
        """Take what is known by now over into the security's cache."""

    def price_now(self) -> Callable[[], float]:
        """Ask later what the price is now."""


class SecurityCache(PascalCase):
    """Prices of the last real data; a side without a quote leaves the previous one standing, as on LEAN.

    Parameters
    ----------
    shows_trades : bool
        Whether the price is that of trades alone (stocks), or also the middle of quotes.

    Attributes
    ----------
    bar : TradeBar or QuoteBar or None
        The bar that the price is of.
    """

    __slots__ = (
        "ask_price",
        "ask_size",
        "bar",
        "bid_price",
        "bid_size",
        "has_data",
        "last_data_end",
        "last_quote_bar",
        "last_trade_bar",
        "open_interest",
        "price",
        "shows_trades",
        "volume",
    )

    def __init__(self, shows_trades: bool) -> None:
        self.shows_trades = shows_trades
        self.price = self.volume = self.open_interest = 0.0
        self.bid_price = self.ask_price = self.bid_size = self.ask_size = 0.0
        self.has_data = False
        self.bar: TradeBar | QuoteBar | None = None
        self.last_trade_bar: TradeBar | None = None
        self.last_quote_bar: QuoteBar | None = None
        self.last_data_end: datetime | None = None

    def take(self, data: Any) -> None:
        """Take over a data point's prices; bars that were only filled forward change nothing."""
        kind = type(data)
        if kind is QuoteBar:
            if not data.is_fill_forward:
                self._take_quote(data)
        elif kind is TradeBar:
            if not data.is_fill_forward:
                self._take_trade(data)
        elif kind is OpenInterest:
            self.open_interest = data.value
        elif data is not None:
            self.has_data = True
            self.price = float(data.value)

    def _take_trade(self, bar: TradeBar) -> None:
        self.last_trade_bar = bar
        self.last_data_end = bar.end_time
        self.has_data = True
        if bar.volume:
            self.volume = bar.volume
        quote = self.last_quote_bar
        if quote is None or quote.end_time != bar.end_time or self.shows_trades:
            self._take_price(bar, bar.close)

    def _take_quote(self, bar: QuoteBar) -> None:
        self.last_quote_bar = bar
        self.last_data_end = bar.end_time
        self.has_data = True
        bid, ask = bar.bid_close, bar.ask_close
        if bid:
            self.bid_price = bid
            self.bid_size = bar.last_bid_size or self.bid_size
        if ask:
            self.ask_price = ask
            self.ask_size = bar.last_ask_size or self.ask_size
        if not self.shows_trades:
            self._take_price(bar, (bid + ask) / 2 if bid and ask else bid or ask)

    def _take_price(self, bar: TradeBar | QuoteBar, close: float) -> None:
        if close:
            self.price = close
            self.bar = bar
