"""Subscribed market data: changes of the best bid and ask, and trades, kept until they are drained; live data only."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from alaris.broker.contracts import Instrument, contract_name
from alaris.broker.messages import KindSaid, PriceSaid, SizeSaid
from alaris.broker.quoting import ASK, ASK_SIZE, BID, BID_SIZE, LIVE
from alaris.broker.values import MarketTick, QuoteTick, TradeTick

LAST, LAST_SIZE = 4, 5
MOST_TICKS = 100_000  # what is not drained for that long is lost from the old end


@dataclass(slots=True, eq=False)
class _Subscribed:
    instrument: Instrument
    request: int = -1
    kind: int = 0
    bid: float = math.nan
    bid_size: float = 0.0
    ask: float = math.nan
    ask_size: float = 0.0
    last: float = math.nan
    last_size: float = math.nan


class Streams:
    """Subscriptions by name, and the ticks that came; subscriptions change on the loop's thread, ticks are drained from any."""

    def __init__(self, now: Callable[[], datetime], largest_price: float) -> None:
        self._now, self._largest = now, largest_price
        self._by_name: dict[str, _Subscribed] = {}
        self._by_request: dict[int, _Subscribed] = {}
        self._ticks: deque[MarketTick] = deque(maxlen=MOST_TICKS)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._by_name)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """What is subscribed."""
        return tuple(one.instrument for one in self._by_name.values())

    def add(self, instrument: Instrument, request: int) -> None:
        """Ticks of a request are this instrument's from now on; what an earlier request said is forgotten."""
        self.forget_request(instrument)
        subscribed = _Subscribed(instrument, request)
        self._by_name[contract_name(instrument)] = self._by_request[request] = subscribed

    def request_of(self, instrument: Instrument) -> int:
        """Number of its request; -1 where it has none."""
        found = self._by_name.get(contract_name(instrument))
        return -1 if found is None else found.request

    def forget_request(self, instrument: Instrument) -> None:
        """Its request is over."""
        found = self._by_name.get(contract_name(instrument))
        if found is not None:
            self._by_request.pop(found.request, None)
            found.request = -1

    def drop(self, instrument: Instrument) -> None:
        """No longer wanted."""
        self.forget_request(instrument)
        self._by_name.pop(contract_name(instrument), None)

    def drain(self) -> list[MarketTick]:
        """All ticks since the last time, oldest first."""
        with self._lock:
            ticks = list(self._ticks)
            self._ticks.clear()
        return ticks

    def knows(self, request: int) -> bool:
        """Whether a request is one of these."""
        return request in self._by_request

    def instrument_of(self, request: int) -> Instrument:
        """Whose request it is."""
        return self._by_request[request].instrument

    def kind(self, said: KindSaid) -> None:
        """Live or not."""
        if said.request in self._by_request:
            self._by_request[said.request].kind = said.kind

    def price(self, said: PriceSaid) -> None:
        """A price tick; -1 takes a side away."""
        one = self._by_request.get(said.request)
        if one is None or one.kind > LIVE or not abs(said.price) < self._largest:
            return
        gone = said.price == -1 and said.size == 0
        if said.tick == BID:
            one.bid, one.bid_size = (math.nan, 0.0) if gone else (said.price, said.size)
            self._quoted(one)
        elif said.tick == ASK:
            one.ask, one.ask_size = (math.nan, 0.0) if gone or said.price == 0 else (said.price, said.size)
            self._quoted(one)
        elif said.tick == LAST and said.price > 0:
            one.last, one.last_size = said.price, said.size
            self._keep(TradeTick(one.instrument, self._now(), said.price, said.size))

    def size(self, said: SizeSaid) -> None:
        """A size tick; one that repeats the size of its price says nothing new."""
        one = self._by_request.get(said.request)
        if one is None or one.kind > LIVE:
            return
        if said.tick == BID_SIZE and said.size != one.bid_size:
            one.bid_size = said.size
            self._quoted(one)
        elif said.tick == ASK_SIZE and said.size != one.ask_size:
            one.ask_size = said.size
            self._quoted(one)
        elif said.tick == LAST_SIZE and said.size != one.last_size and not math.isnan(one.last):
            one.last_size = said.size
            self._keep(TradeTick(one.instrument, self._now(), one.last, said.size))

    def _quoted(self, one: _Subscribed) -> None:
        self._keep(QuoteTick(one.instrument, self._now(), one.bid, one.bid_size, one.ask, one.ask_size))

    def _keep(self, tick: MarketTick) -> None:
        with self._lock:
            self._ticks.append(tick)
