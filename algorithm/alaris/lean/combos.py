"""Combo orders on LEAN: the calendar bought as one order, and whatever is left of it sold as one order."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import TYPE_CHECKING

from AlgorithmImports import Leg

if TYPE_CHECKING:
    from AlgorithmImports import OrderTicket, QCAlgorithm, Symbol

    from alaris.lean.trades import Trade


def buy_calendar(algorithm: QCAlgorithm, trade: Trade, limit: float) -> Sequence[OrderTicket]:
    """Order short front and long back at a net debit a share; LEAN fills a combo only strictly inside its limit."""
    legs = [Leg.create(trade.contracts.front, -1), Leg.create(trade.contracts.back, 1)]
    return algorithm.combo_limit_order(legs, trade.decision.contracts, limit, tag=f"{trade.decision.trade_id} entry")


def close_holdings(algorithm: QCAlgorithm, trade: Trade) -> Sequence[OrderTicket]:
    """Close all that is held of a trade by ONE combo: both legs, or what an assignment left of them and its stock.

    A market order: on daily data it fills at once at the closing quotes, while a limit would rest until midnight.
    """
    held = {symbol: _quantity(algorithm, symbol) for symbol in trade.contracts}
    open_quantities = {symbol: quantity for symbol, quantity in held.items() if quantity}
    if not open_quantities:
        return []
    units = gcd(*open_quantities.values())
    legs = [Leg.create(symbol, -quantity // units) for symbol, quantity in open_quantities.items()]
    return algorithm.combo_market_order(legs, units, tag=f"{trade.decision.trade_id} exit")


def sell_calendar(algorithm: QCAlgorithm, trade: Trade, spreads: int, limit: float) -> Sequence[OrderTicket]:
    """Close whole spreads at a net credit a share: the entry's legs with the quantity turned round."""
    legs = [Leg.create(trade.contracts.front, -1), Leg.create(trade.contracts.back, 1)]
    return algorithm.combo_limit_order(legs, -spreads, limit, tag=f"{trade.decision.trade_id} exit")


def trim_entry(algorithm: QCAlgorithm, trade: Trade) -> Sequence[OrderTicket]:
    """Undo what one leg of an entry has more than the other, as a combo of one leg; a market order, for half a calendar is a naked leg."""
    front, back = trade.entered
    symbol, surplus = (trade.contracts.front, front + trade.whole) if front + trade.whole else (trade.contracts.back, back - trade.whole)
    direction = -1 if surplus > 0 else 1
    return algorithm.combo_market_order([Leg.create(symbol, direction)], abs(surplus), tag=f"{trade.decision.trade_id} trim")


def spreads_held(algorithm: QCAlgorithm, trade: Trade) -> int | None:
    """Whole spreads that the account holds of a trade; None where the legs are uneven or stock was delivered."""
    front, back, stock = (_quantity(algorithm, symbol) for symbol in trade.contracts)
    return back if stock == 0 and front == -back and 0 <= back <= trade.decision.contracts else None


def is_flat(algorithm: QCAlgorithm, trade: Trade) -> bool:
    """Nothing is held of a trade any more."""
    return not any(_quantity(algorithm, symbol) for symbol in trade.contracts)


def is_whole(algorithm: QCAlgorithm, trade: Trade) -> bool:
    """Both legs are held as they were bought and no stock was delivered."""
    size = trade.decision.contracts
    return tuple(_quantity(algorithm, symbol) for symbol in trade.contracts) == (-size, size, 0)


def _quantity(algorithm: QCAlgorithm, symbol: Symbol) -> int:
    """Contracts or shares held; a contract that expired and left the engine counts as none."""
    return int(algorithm.portfolio[symbol].quantity) if algorithm.portfolio.contains_key(symbol) else 0
