"""What only several sessions together show: quotes that stood still while the share moved, and open interest that no trading explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from alaris.data.chain_table import ChainTable

MOVED = 0.01  # share of the spot; a smaller move may leave a quote in place
NEAR = 0.05  # |strike / spot - 1| within which quotes are looked at
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Continuity:
    """Of one session against the one before: contracts near the money that were compared, and how many of them are odd.

    Parameters
    ----------
    stale, compared : int
        Two-sided quotes that did not change although the spot moved by more than 1 %, of so many; both 0 where it did not move.
    unexplained, held : int
        Contracts whose open interest changed by more than was traded in both sessions together, of so many.
    """

    stale: int
    compared: int
    unexplained: int
    held: int


def continuity(chains: ChainTable) -> Mapping[date, Continuity]:
    """Each session but the first against the session before it in the table."""
    if not len(chains):
        return {}
    session = chains.session
    days, number = np.unique(session, return_inverse=True)
    order = np.lexsort((number, chains.is_call, chains.strike, chains.expiry))
    before, after = order[:-1], order[1:]
    follows = number[after] == number[before] + 1
    for column in (chains.is_call, chains.strike, chains.expiry):
        follows &= column[after] == column[before]
    before, after = before[follows], after[follows]
    near = np.abs(chains.strike[after] / chains.spot[after] - 1) <= NEAR
    before, after = before[near], after[near]
    compared, stale = _stale(chains, before, after)
    held, unexplained = _unexplained(chains, before, after)
    counts = [np.bincount(number[after[kept]], minlength=len(days)).tolist() for kept in (stale, compared, unexplained, held)]
    told = zip(days.astype(object).tolist(), *counts, strict=True)
    return {day: Continuity(*count) for day, *count in told if day != days[0].astype(object)}


def _stale(chains: ChainTable, before: NDArray[np.intp], after: NDArray[np.intp]) -> tuple[Flags, Flags]:
    moved = np.abs(chains.spot[after] / chains.spot[before] - 1) > MOVED
    compared = moved & (chains.bid[after] > 0) & (chains.ask[after] > 0)
    return compared, compared & (chains.bid[after] == chains.bid[before]) & (chains.ask[after] == chains.ask[before])


def _unexplained(chains: ChainTable, before: NDArray[np.intp], after: NDArray[np.intp]) -> tuple[Flags, Flags]:
    """A vendor's open interest may be that of the evening before, so the volumes of both sessions may explain it."""
    change = np.abs(chains.open_interest[after] - chains.open_interest[before])
    traded = np.nan_to_num(chains.volume[after]) + np.nan_to_num(chains.volume[before])
    held = np.isfinite(change)
    return held, held & (np.nan_to_num(change) > traded)
