"""STCS006A: does implied volatility stay rich to realised once the round trip is paid, and is the round trip itself bearable."""

from __future__ import annotations

import math
from dataclasses import replace

from alaris.domain import Calendar, LegQuote, MarketSnapshot, Reason, Signal, Verdict
from alaris.plugins import Settings, hookimpl
from alaris_plugins.judging import at_least, at_most, missing

CHECK = "STCS006A"
MATURITY = 30 / 365  # years; the volatility that the signal compares is the 30-day one


class CostSurvival:
    """Three answers under one id: the ratio after costs, the cost in USD a share, and its share of the natural debit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = settings.cost_survival

    @hookimpl
    def validate_candidate(self, snapshot: MarketSnapshot, signal: Signal, calendar: Calendar) -> list[Verdict]:
        fee = self._limits.fee_per_contract / self._settings.sizing.contract_multiplier
        quiet = [leg.leg.symbol for leg in (calendar.front, calendar.back) if self._quiet(leg)]
        cost = round_trip_cost(calendar, fee) * (1 + self._settings.breakers.cost_buffer if quiet else 1)
        if not math.isfinite(cost):
            # without quotes there is no cost to bear, whatever the profile says of missing inputs
            return [replace(missing(CHECK, "a leg has no bid or no ask, so the round trip has no cost", self._settings), passed=False)]
        note = f"cost {cost:.3f} USD a share" + (f", raised because {', '.join(quiet)} did not trade" if quiet else "")
        return [self._ratio(snapshot, signal, cost, note), self._cap(cost, note), self._share(cost, calendar)]

    def _ratio(self, snapshot: MarketSnapshot, signal: Signal, cost: float, note: str) -> Verdict:
        vega = vega_of_thirty_days(snapshot.spot.value, signal.iv30, snapshot.chain.value.dividend_yield)
        ratio = (signal.iv30 - cost / vega) / signal.rv30 if vega > 0 and signal.rv30 > 0 else math.nan
        if not math.isfinite(ratio):
            return missing(CHECK, "IV30, RV30 or the spot is not known", self._settings)
        return at_least(CHECK, ratio, self._limits.minimum_ratio, Reason.COST_RATIO_LOW, f"IV30 / RV30 after costs; {note}")

    def _cap(self, cost: float, note: str) -> Verdict:
        return at_most(CHECK, cost, self._limits.maximum_cost, Reason.COST_ABOVE_CAP, note)

    def _share(self, cost: float, calendar: Calendar) -> Verdict:
        debit, limit = calendar.natural_debit, self._limits.maximum_cost_share
        if debit < self._limits.share_needs_debit:
            return Verdict(CHECK, True, None, limit, note=f"share not applied: the debit of {debit:.2f} USD is too small to say anything")
        return at_most(CHECK, cost / debit, limit, Reason.COST_SHARE_ABOVE_CAP, f"cost as a share of the natural debit of {debit:.2f} USD")

    def _quiet(self, leg: LegQuote) -> bool:
        return leg.volume == 0 and leg.open_interest >= self._settings.data_validation.quiet_open_interest


def round_trip_cost(calendar: Calendar, fee: float) -> float:
    r"""Cost of entering and leaving at natural instead of the middle, and the fees, USD a share.

    Entering pays half the width of both quotes over the middle, leaving gives up half of both again. With the widths of today assumed
    for the exit too, and both legs charged both ways,

    .. math:: c = (ask_f - bid_f) + (ask_b - bid_b) + 4 \cdot fee

    Parameters
    ----------
    calendar : Calendar
        Both legs at their quotes.
    fee : float
        USD a share: the fee of a contract / the contract multiplier.
    """
    return (calendar.front.ask - calendar.front.bid) + (calendar.back.ask - calendar.back.bid) + 4 * fee


def vega_of_thirty_days(spot: float, volatility: float, dividend_yield: float = 0.0) -> float:
    r"""Vega of a 30-day option struck at the forward, USD a share for 1.00 of volatility; NaN where an input is.

    Black-Scholes with :math:`d_1 = \sigma \sqrt{T} / 2` at the forward: :math:`S e^{-qT} \sqrt{T} \, \varphi(d_1)`. The round trip in
    volatility is the cost over this vega: IV30 after costs is :math:`IV_{30} - c / vega`, and its ratio to RV30 is judged.
    """
    root = math.sqrt(MATURITY)
    d1 = volatility * root / 2
    density = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
    return spot * math.exp(-dividend_yield * MATURITY) * root * density


def plugin(settings: Settings) -> CostSurvival:
    """Entry point."""
    return CostSurvival(settings)
