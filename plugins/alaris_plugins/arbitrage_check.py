"""DTqc002A: do quotes near the money keep put-call parity, and the calendar and butterfly bounds.

At the middle of wide quotes a bound is often broken by a few cents: that warns, with the count and the worst offender. A bound broken at
the prices at which one could trade cannot be: there the quotes themselves are false, and the snapshot is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alaris.domain import MarketSnapshot, OptionChain, Reason, Verdict
from alaris.plugins import Settings, hookimpl
from alaris_plugins.judging import at_most, contract, near_money, warned

CHECK = "DTqc002A"
Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Breaks:
    """How far a bound is broken at each place it was looked at: at the middle, and at tradable prices; `at` names the contract."""

    what: str
    unit: str
    middle: Floats
    tradable: Floats
    at: Places


class ArbitrageCheck:
    """Judge two-sided quotes near the money; a chain without any is left to the price check."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = settings.data_validation

    @hookimpl
    def validate_snapshot(self, snapshot: MarketSnapshot) -> list[Verdict]:
        with np.errstate(all="ignore"):  # a zero, an infinity or a NaN is judged below, not warned of
            return self._bounds(snapshot.chain.value)

    def _bounds(self, whole: OptionChain) -> list[Verdict]:
        judged = near_money(whole, self._settings) & whole.two_sided & np.isfinite(whole.ask)
        chain, limits = whole.where(judged), self._limits
        bounds = [(parity(chain), limits.parity), (calendar_steps(chain), limits.calendar_step), (butterflies(chain), limits.butterfly)]
        return [_judged(chain, breaks, limit) for breaks, limit in bounds]


def parity(chain: OptionChain) -> Breaks:
    """Distance of call - put from S exp(-q T) - K exp(-r T), as a share of the spot.

    American options may leave European parity by the value of early exercise, which near the money and within 120 days is a few tenths
    of a per cent of the spot at the rates and yields of shares.
    """
    order = np.lexsort((chain.is_call, chain.strike, chain.expiry))
    put, call = order[:-1], order[1:]
    same = (chain.expiry[put] == chain.expiry[call]) & (chain.strike[put] == chain.strike[call])
    pairs = same & ~chain.is_call[put] & chain.is_call[call]
    put, call = put[pairs], call[pairs]
    years = chain.days[call] / 365
    fair = chain.spot * np.exp(-chain.dividend_yield * years) - chain.strike[call] * np.exp(-chain.rate * years)
    middle = np.abs(chain.mid[call] - chain.mid[put] - fair)
    sold, bought = chain.bid[call] - chain.ask[put] - fair, fair - (chain.ask[call] - chain.bid[put])
    return Breaks("put-call parity", "share of spot", middle / chain.spot, np.maximum(sold, bought) / chain.spot, call)


def calendar_steps(chain: OptionChain) -> Breaks:
    """By how many USD a longer option is cheaper than the next shorter one of the same strike and right (total variance would fall)."""
    order = np.lexsort((chain.expiry, chain.strike, chain.is_call))
    short, long = order[:-1], order[1:]
    pairs = (chain.is_call[short] == chain.is_call[long]) & (chain.strike[short] == chain.strike[long])
    short, long = short[pairs], long[pairs]
    return Breaks("calendar", "USD", chain.mid[short] - chain.mid[long], chain.bid[short] - chain.ask[long], long)


def butterflies(chain: OptionChain) -> Breaks:
    """By how many USD the middle strike is dearer than its neighbours, weighted so that the price would be convex in the strike."""
    order = np.lexsort((chain.strike, chain.expiry, chain.is_call))
    low, body, high = order[:-2], order[1:-1], order[2:]
    same = (chain.is_call[low] == chain.is_call[high]) & (chain.expiry[low] == chain.expiry[high])
    distinct = (chain.strike[low] < chain.strike[body]) & (chain.strike[body] < chain.strike[high])
    low, body, high = low[same & distinct], body[same & distinct], high[same & distinct]
    weight = (chain.strike[high] - chain.strike[body]) / (chain.strike[high] - chain.strike[low])
    middle = chain.mid[body] - weight * chain.mid[low] - (1 - weight) * chain.mid[high]
    return Breaks("butterfly", "USD", middle, chain.bid[body] - weight * chain.ask[low] - (1 - weight) * chain.ask[high], body)


def _judged(chain: OptionChain, breaks: Breaks, limit: float) -> Verdict:
    if len(breaks.at) == 0:
        return Verdict(CHECK, passed=True, value=None, limit=limit, note=f"{breaks.what}: nothing to compare near the money")
    tradable, middle = float(breaks.tradable.max()), float(breaks.middle.max())
    if tradable > limit:
        worst = contract(chain, int(breaks.at[breaks.tradable.argmax()]))
        return at_most(CHECK, tradable, limit, Reason.ARBITRAGE, f"{breaks.what} broken at tradable prices ({breaks.unit}), worst {worst}")
    worst = contract(chain, int(breaks.at[breaks.middle.argmax()]))
    broken = int((breaks.middle > limit).sum())
    note = f"{breaks.what} at the middle ({breaks.unit}): {broken} of {len(breaks.at)} beyond the limit, largest {worst}"
    return warned(at_most(CHECK, middle, limit, Reason.ARBITRAGE, note))


def plugin(settings: Settings) -> ArbitrageCheck:
    """Entry point."""
    return ArbitrageCheck(settings)
