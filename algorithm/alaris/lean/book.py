"""The book of a run in LEAN's object store: open trades and breakers, so that a restart knows what it holds and what is halted."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from AlgorithmImports import Market, SecurityType, Symbol

from alaris.domain import Calendar, Decision, JournalError
from alaris.lean.chains import option_symbol
from alaris.lean.plain_values import from_plain, to_plain
from alaris.lean.trades import Contracts, Movement, Trade
from alaris.risk.breakers import CALM, BreakerState

if TYPE_CHECKING:
    from AlgorithmImports import QCAlgorithm

VERSION = 1
PARTS = ("front", "back", "stock")


@dataclass(frozen=True, slots=True)
class StoredMove:
    """A fill, with the part of the trade in the place of the engine's symbol."""

    part: str
    quantity: float
    price: float
    fee: float
    when: datetime


@dataclass(frozen=True, slots=True)
class StoredTrade:
    """A trade whose entry was sent; the ids of its orders are left out, as a restarted engine counts from 1 again."""

    decision: Decision
    calendar: Calendar
    multiplier: int
    exit_reason: str
    notes: tuple[str, ...]
    entries: tuple[StoredMove, ...]
    exits: tuple[StoredMove, ...]


@dataclass(frozen=True, slots=True)
class Pages:
    """What a book holds: trades, returns of closed ones (for sizing), the breakers, and the equity at the closes they compare with."""

    trades: tuple[Trade, ...] = ()
    returns: tuple[float, ...] = ()
    breakers: BreakerState = CALM
    closes: tuple[tuple[datetime, float], ...] = ()


class Book:
    """One named book; without a name nothing is kept, as in an ordinary backtest."""

    def __init__(self, algorithm: QCAlgorithm, name: str) -> None:
        self._algorithm = algorithm
        self._key = f"{name}.json" if name else ""

    def save(
        self,
        trades: Iterable[Trade],
        returns: Iterable[float],
        breakers: BreakerState,
        closes: Iterable[tuple[datetime, float]] = (),
    ) -> None:
        """Write the book anew, entries that have not filled included: they may fill while nobody listens."""
        if self._key:
            stored = [to_plain(_stored(trade)) for trade in trades if trade.entries or trade.entry_orders or trade.asked_at]
            seen = [[when.isoformat(), equity] for when, equity in closes]
            content = {"version": VERSION, "trades": stored, "returns": list(returns), "breakers": breakers.to_dict(), "closes": seen}
            self._algorithm.object_store.save(self._key, json.dumps(content))

    def load(self) -> Pages:
        """What the last run left; empty where there is none.

        Raises
        ------
        JournalError
            The book cannot be read. Trading on could double a position or forget a halt.
        """
        if not self._key or not self._algorithm.object_store.contains_key(self._key):
            return Pages()
        try:
            content: dict[str, Any] = json.loads(self._algorithm.object_store.read(self._key))
            if content["version"] != VERSION:
                raise ValueError(f"version {content['version']}, expected {VERSION}")
            trades = tuple(_trade(from_plain(StoredTrade, plain)) for plain in content["trades"])
            closes = tuple((datetime.fromisoformat(when), float(equity)) for when, equity in content.get("closes", ()))
            return Pages(trades, tuple(map(float, content["returns"])), BreakerState.from_dict(content["breakers"]), closes)
        except (KeyError, TypeError, ValueError) as error:
            text = f"book {self._key} in the object store cannot be read ({error!r}); compare it with the account before you delete it"
            raise JournalError(text) from error


def _stored(trade: Trade) -> StoredTrade:
    return StoredTrade(
        trade.decision,
        trade.calendar,
        trade.multiplier,
        trade.exit_reason,
        tuple(trade.notes),
        tuple(_stored_move(trade, move) for move in trade.entries),
        tuple(_stored_move(trade, move) for move in trade.exits),
    )


def _stored_move(trade: Trade, move: Movement) -> StoredMove:
    part = next(name for name, symbol in zip(PARTS, trade.contracts, strict=True) if symbol == move.symbol)
    return StoredMove(part, move.quantity, move.price, move.fee, move.when)


def _trade(stored: StoredTrade) -> Trade:
    legs = (stored.calendar.front.leg, stored.calendar.back.leg)
    stock = Symbol.create(stored.decision.symbol, SecurityType.EQUITY, Market.USA)
    contracts = Contracts(option_symbol(stock, legs[0]), option_symbol(stock, legs[1]), stock)
    trade = Trade(stored.decision, stored.calendar, contracts, stored.multiplier, exit_reason=stored.exit_reason)
    trade.notes.extend(stored.notes)
    for moves, kept in ((trade.entries, stored.entries), (trade.exits, stored.exits)):
        moves.extend(Movement(getattr(contracts, move.part), move.quantity, move.price, move.fee, move.when) for move in kept)
    return trade
