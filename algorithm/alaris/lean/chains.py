"""LEAN's option chain of one slice as columns: read once, its own quotes only, the engine's Greeks never touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

import numpy as np
from AlgorithmImports import Market, OptionRight, OptionStyle, Symbol

from alaris.domain import Leg, OptionChain, Right
from alaris.workflow.clock import days_until, last_session

if TYPE_CHECKING:
    from AlgorithmImports import OptionContract, QuoteBar, Slice

    from alaris.domain import Sessions

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class ChainReading:
    """A chain as columns, with the engine's symbol of each contract."""

    chain: OptionChain
    symbols: dict[Leg, Symbol]


@dataclass(frozen=True, slots=True)
class MinuteView:
    """How a chain is read between two closes: quotes that stand, the spot of the moment, and the day before's volume and open interest."""

    sides: Callable[[Symbol], tuple[float, float]]
    spot: float
    day_before: Mapping[Symbol, tuple[float, float]]


def read_chain(
    canonical: Symbol, data: Slice, *, ticker: str, as_of: datetime, sessions: Sessions, view: MinuteView | None = None
) -> ChainReading | None:
    """Columns of a chain; None where the slice has none, or none with a quote of its own.

    Without a view a side that the slice does not quote is NaN: the security itself would still show its previous price.
    """
    listed = data.option_chains.get(canonical)
    contracts = [] if listed is None else list(listed)
    if listed is None or not contracts:
        return None
    legs = [_leg(ticker, contract, sessions) for contract in contracts]
    sides = (lambda symbol: quoted_sides(data.quote_bars.get(symbol))) if view is None else view.sides
    quotes = np.array([sides(contract.symbol) for contract in contracts])
    if not np.isfinite(quotes).any():
        return None
    expiry = np.array([leg.expiry for leg in legs], dtype="datetime64[D]")
    activity = np.array([_activity(contract, view) for contract in contracts])
    chain = OptionChain(
        symbol=ticker,
        as_of=as_of,
        spot=float(listed.underlying.price) if view is None else view.spot,
        expiry=expiry,
        days=_days(expiry, as_of),
        is_call=np.array([leg.right is Right.CALL for leg in legs]),
        strike=np.array([leg.strike for leg in legs]),
        bid=quotes[:, 0],
        ask=quotes[:, 1],
        volume=activity[:, 0],
        open_interest=activity[:, 1],
        implied_volatility=np.full(len(legs), NAN),
    )
    return ChainReading(chain, dict(zip(legs, (contract.symbol for contract in contracts), strict=True)))


def option_symbol(stock: Symbol, leg: Leg) -> Symbol:
    """The engine's symbol of a leg that no slice has listed."""
    right = OptionRight.CALL if leg.right is Right.CALL else OptionRight.PUT
    return Symbol.create_option(stock, Market.USA, OptionStyle.AMERICAN, right, leg.strike, datetime.combine(leg.expiry, time()))


def _days(expiry: np.ndarray[tuple[int], np.dtype[np.datetime64]], as_of: datetime) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Calendar days to the close of the last trading dates, never negative; counted once an expiry."""
    listed, place = np.unique(expiry, return_inverse=True)
    days = np.array([max(days_until(last, as_of), 0.0) for last in listed.tolist()])
    return np.asarray(days[place])


def _activity(contract: OptionContract, view: MinuteView | None) -> tuple[float, float]:
    """Volume and open interest; a day that has just begun has neither, so the larger of it and the day before counts."""
    volume, interest = float(contract.volume), float(contract.open_interest)
    if view is None:
        return volume, interest
    before = view.day_before.get(contract.symbol, (0.0, 0.0))
    return max(volume, before[0]), max(interest, before[1])


def _leg(ticker: str, contract: OptionContract, sessions: Sessions) -> Leg:
    right = Right.CALL if contract.right == OptionRight.CALL else Right.PUT
    return Leg(ticker, right, float(contract.strike), last_session(contract.expiry.date(), sessions), 1)


def quoted_sides(bar: QuoteBar | None) -> tuple[float, float]:
    """Closing bid and ask of a quote bar; NaN for a side that was not quoted in it.

    LEAN repeats a bar that is missing (and says so), leaves a side empty until its first quote, and repeats the side's last price after
    that, which only a size of 0 tells.
    """
    if bar is None or bar.is_fill_forward:
        return NAN, NAN
    bid = float(bar.bid.close) if bar.bid is not None and bar.last_bid_size > 0 else NAN
    ask = float(bar.ask.close) if bar.ask is not None and bar.last_ask_size > 0 else NAN
    return bid, ask
