"""DTqc001A: is the spot near its previous close, are the quotes plausible, is the price fresh enough to trade on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from alaris.domain import MarketSnapshot, OptionChain, Reason, Verdict
from alaris.plugins import Settings, hookimpl
from alaris_plugins.judging import at_least, at_most, contract, day_in_new_york, near_money, warned

CHECK = "DTqc001A"


class PriceCheck:
    """Refuse a spot that jumped or is old; warn of quotes that are not, and refuse where none near the money is left."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = settings.data_validation

    @hookimpl
    def validate_snapshot(self, snapshot: MarketSnapshot) -> list[Verdict]:
        with np.errstate(all="ignore"):  # a zero, an infinity or a NaN is judged below, not warned of
            verdicts = [self._gap(snapshot), *self._quotes(snapshot.chain.value)]
        return [*verdicts, self._age(snapshot)] if self._settings.profile in {"paper", "live"} else verdicts

    def _gap(self, snapshot: MarketSnapshot) -> Verdict:
        bars, spot = snapshot.bars.value, snapshot.spot.value
        before = bars.close[bars.day < np.datetime64(day_in_new_york(snapshot.as_of), "D")]
        gap = abs(spot / before[-1] - 1) if len(before) and before[-1] > 0 and spot > 0 else np.nan
        return at_most(CHECK, float(gap), self._limits.maximum_gap, Reason.PRICE_IMPLAUSIBLE, "spot against the previous close")

    def _quotes(self, chain: OptionChain) -> list[Verdict]:
        bad = implausible(chain, self._limits.maximum_premium)
        usable = int((~bad & chain.two_sided & near_money(chain, self._settings)).sum())
        left = at_least(CHECK, usable, 1, Reason.PRICE_IMPLAUSIBLE, "plausible quotes near the money")
        if not bad.any():
            return [left]
        note = f"{bad.sum()} of {len(chain)} quotes are crossed, negative or too dear; worst {contract(chain, _worst(chain, bad))}"
        return [left, warned(at_most(CHECK, int(bad.sum()), 0, Reason.PRICE_IMPLAUSIBLE, note))]

    def _age(self, snapshot: MarketSnapshot) -> Verdict:
        age = snapshot.as_of - (snapshot.spot.observed_at or snapshot.spot.available_at)
        hours = age / timedelta(hours=1)
        return replace(at_most(CHECK, hours, self._limits.maximum_age_hours, Reason.STALE_SPOT), note="age of the spot, hours")


def implausible(chain: OptionChain, maximum_premium: float) -> NDArray[np.bool_]:
    """Quotes that no market makes: negative, crossed, or asked at more than intrinsic value and `maximum_premium` USD.

    A side that is not quoted (NaN, or a bid of zero) is missing, not implausible.
    """
    crossed = (chain.bid > 0) & (chain.ask <= chain.bid)
    negative = (chain.bid < 0) | (chain.ask < 0)
    return crossed | negative | (chain.ask >= _intrinsic(chain) + maximum_premium)


def _intrinsic(chain: OptionChain) -> NDArray[np.float64]:
    return np.maximum(np.where(chain.is_call, chain.spot - chain.strike, chain.strike - chain.spot), 0.0)


def _worst(chain: OptionChain, bad: NDArray[np.bool_]) -> int:
    distance = np.nan_to_num(np.abs(chain.mid - _intrinsic(chain)), nan=np.inf)
    return int(np.argmax(np.where(bad, distance, -1.0)))


def plugin(settings: Settings) -> PriceCheck:
    """Entry point."""
    return PriceCheck(settings)
