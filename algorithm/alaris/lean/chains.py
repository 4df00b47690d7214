"""LEAN's option chain of one slice as columns: read once, its own quotes only, the engine's Greeks never touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from AlgorithmImports import OptionRight

from alaris.domain import Leg, OptionChain, Right
from alaris.workflow.clock import last_session

if TYPE_CHECKING:
    from AlgorithmImports import OptionContract, QuoteBar, Slice, Symbol

    from alaris.domain import Sessions

NAN = float("nan")
SETTLED_HOUR = 16  # New York; the clock of an option runs to here on its last trading date


@dataclass(frozen=True, slots=True)
class ChainReading:
    """A chain as columns, with the engine's symbol of each contract."""

    chain: OptionChain
    symbols: dict[Leg, Symbol]


def read_chain(canonical: Symbol, data: Slice, *, ticker: str, as_of: datetime, sessions: Sessions) -> ChainReading | None:
    """Columns of a chain; None where the slice has none, or none with a quote of its own.

    A side that the slice does not quote is NaN: the security itself would still show its previous price.
    """
    listed = data.option_chains.get(canonical)
    contracts = [] if listed is None else list(listed)
    if listed is None or not contracts:
        return None
    legs = [_leg(ticker, contract, sessions) for contract in contracts]
    quotes = np.array([quoted_sides(data.quote_bars.get(contract.symbol)) for contract in contracts])
    if not np.isfinite(quotes).any():
        return None
    expiry = np.array([leg.expiry for leg in legs], dtype="datetime64[D]")
    chain = OptionChain(
        symbol=ticker,
        as_of=as_of,
        spot=float(listed.underlying.price),
        expiry=expiry,
        days=days_between(as_of, expiry),
        is_call=np.array([leg.right is Right.CALL for leg in legs]),
        strike=np.array([leg.strike for leg in legs]),
        bid=quotes[:, 0],
        ask=quotes[:, 1],
        volume=np.array([float(contract.volume) for contract in contracts]),
        open_interest=np.array([float(contract.open_interest) for contract in contracts]),
        implied_volatility=np.full(len(legs), NAN),
    )
    return ChainReading(chain, dict(zip(legs, (contract.symbol for contract in contracts), strict=True)))


def days_between(as_of: datetime, expiry: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Calendar days, fractions kept, from `as_of` to 16:00 of the last trading dates; never negative."""
    today = SETTLED_HOUR / 24 - (as_of.hour * 60 + as_of.minute) / 1440
    whole = (expiry - np.datetime64(as_of.date())).astype(float)
    return np.maximum(whole + today, 0.0)


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
