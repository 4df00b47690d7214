"""The limits on post-trade numbers: how many spreads an account may still open, and which limit says so."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from alaris.domain import Reason, Rejection, Verdict
from alaris.risk.portfolio import Portfolio
from alaris.settings import Limits


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be opened: `debit` is USD of one spread, multiplier included; the sector where it is known."""

    symbol: str
    debit: float
    contracts: int
    sector: str | None = None


def contracts_within(proposal: Proposal, portfolio: Portfolio, limits: Limits) -> int | Rejection:
    """The largest size not above the proposed one that keeps every limit, or the limit that leaves none."""
    if refusal := _refused_whatever_size(proposal, portfolio, limits):
        return refusal
    rooms = _rooms(proposal, portfolio, limits)
    reason, room, limit = min(rooms, key=lambda entry: entry[1])
    allowed = min(proposal.contracts, limits.contracts, max(math.floor(room / proposal.debit + 1e-9), 0))
    if allowed > 0:
        return allowed
    return Rejection(reason, value=limit - room + proposal.debit, limit=limit)


def check_limits(proposal: Proposal, portfolio: Portfolio, limits: Limits) -> tuple[Verdict, ...]:
    """Each limit as a verdict on the account after the order, value and limit in its own unit."""
    cost = proposal.debit * proposal.contracts
    loss = portfolio.losses_today.get(proposal.symbol, 0.0)
    verdicts = [
        _verdict(Reason.LIMIT_CONTRACTS, proposal.contracts, limits.contracts),
        _verdict(Reason.LIMIT_POSITIONS, len(portfolio.open) + 1, limits.positions),
        _verdict(Reason.LIMIT_SYMBOL_LOSS, loss, limits.symbol_daily_loss),
    ]
    verdicts += [_verdict(reason, limit - room + cost, limit) for reason, room, limit in _rooms(proposal, portfolio, limits)]
    warning = sector_warning(proposal, portfolio, limits)
    return tuple(_warned(verdict, warning) if verdict.id == Reason.LIMIT_SECTOR.value else verdict for verdict in verdicts)


def sector_warning(proposal: Proposal, portfolio: Portfolio, limits: Limits) -> str | None:
    """A sentence once the sector's share after the order passes the warning level; None below it, or where the sector is unknown."""
    share = (_in_sector(proposal, portfolio) + proposal.debit * proposal.contracts) / portfolio.equity if portfolio.equity > 0 else 0.0
    if proposal.sector is None or share <= limits.sector_warning:
        return None
    return f"sector {proposal.sector} would hold {share:.1%} of equity, warning from {limits.sector_warning:.0%}"


def _refused_whatever_size(proposal: Proposal, portfolio: Portfolio, limits: Limits) -> Rejection | None:
    if not proposal.debit > 0:
        return Rejection(Reason.DEBIT_NOT_POSITIVE, value=proposal.debit, limit=0.0)
    if proposal.contracts < 1:
        return Rejection(Reason.ZERO_CONTRACTS, value=proposal.contracts, limit=1)
    if len(portfolio.open) + 1 > limits.positions:
        return Rejection(Reason.LIMIT_POSITIONS, value=len(portfolio.open) + 1, limit=limits.positions)
    loss = portfolio.losses_today.get(proposal.symbol, 0.0)
    if loss > limits.symbol_daily_loss:
        return Rejection(Reason.LIMIT_SYMBOL_LOSS, value=loss, limit=limits.symbol_daily_loss)
    return None


def _rooms(proposal: Proposal, portfolio: Portfolio, limits: Limits) -> list[tuple[Reason, float, float]]:
    """For each limit in USD: what may still be spent before it, and the limit itself."""
    held = sum(position.debit for position in portfolio.open)
    allocation, reserve = limits.allocation * portfolio.equity, limits.cash_reserve * portfolio.equity
    rooms = [
        (Reason.LIMIT_NOTIONAL, limits.notional, limits.notional),
        (Reason.LIMIT_LOSS, limits.loss, limits.loss),
        (Reason.LIMIT_ALLOCATION, allocation - held, allocation),
        (Reason.LIMIT_CASH, portfolio.cash - reserve, portfolio.cash - reserve),
    ]
    if proposal.sector is not None:
        sector = limits.sector * portfolio.equity
        rooms.append((Reason.LIMIT_SECTOR, sector - _in_sector(proposal, portfolio), sector))
    return rooms


def _warned(verdict: Verdict, warning: str | None) -> Verdict:
    """One that passes with a reason warns."""
    return verdict if warning is None else replace(verdict, reason=Reason.LIMIT_SECTOR, note=warning)


def _in_sector(proposal: Proposal, portfolio: Portfolio) -> float:
    return sum(position.debit for position in portfolio.open if position.sector == proposal.sector)


def _verdict(reason: Reason, value: float, limit: float) -> Verdict:
    passed = value <= limit
    return Verdict(id=reason.value, passed=passed, value=float(value), limit=float(limit), reason=None if passed else reason)
