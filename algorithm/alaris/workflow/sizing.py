"""Phase 8, position sizing: what the edge and the equity ask for, cut to what every limit allows."""

from __future__ import annotations

import numpy as np

from alaris.domain import Calendar, Reason, Rejection, Signal
from alaris.plugins import PluginManager
from alaris.risk.limits import Proposal
from alaris.risk.portfolio import Portfolio
from alaris.settings import Settings


def wanted_contracts(
    signal: Signal, calendar: Calendar, portfolio: Portfolio, settings: Settings, plugins: PluginManager
) -> int | Rejection:
    """Contracts that the sizing plugin asks for, before any limit."""
    wanted = plugins.position_size(signal, calendar, portfolio)
    if wanted is None or wanted < 1:
        return _without_size(portfolio, settings)
    return wanted


def proposal_of(symbol: str, contracts: int, calendar: Calendar, settings: Settings, sector: str | None) -> Proposal:
    """What the limits judge: this many spreads at the natural debit."""
    return Proposal(symbol, calendar.natural_debit * settings.sizing.contract_multiplier, contracts, sector)


def _without_size(portfolio: Portfolio, settings: Settings) -> Rejection:
    """Kelly's (p b - q)/b is not positive exactly where the mean return of the closed trades is not."""
    returns = portfolio.closed_returns
    if len(returns) >= max(settings.sizing.minimum_trades, 1) and np.mean(returns) <= 0:
        return Rejection(Reason.NO_EDGE, value=float(np.mean(returns)), limit=0.0)
    return Rejection(Reason.ZERO_CONTRACTS, value=0, limit=1)
