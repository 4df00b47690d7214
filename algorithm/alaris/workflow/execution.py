"""Phase 9, order execution: the intent that is recorded before an order leaves, with a trade_id that a repeated run gives again."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from alaris.domain import Calendar, Decision, Intent, PriceLadder


def trade_id(symbol: str, reaction: date, preset: str, as_of: datetime, settings_hash: str) -> str:
    """Name of one decision from signal to profit: readable, and different for each day, preset and settings; never random."""
    stated = f"{symbol}|{reaction}|{preset}|{as_of.isoformat()}|{settings_hash}"
    return f"{symbol}-{reaction:%Y%m%d}-{preset}-{hashlib.sha256(stated.encode()).hexdigest()[:8]}"


def intent_of(decision: Decision, calendar: Calendar, contracts: int, ladder: PriceLadder, as_of: datetime) -> Intent:
    """The combo as decided: ratios -1 front and +1 back under one global quantity."""
    return Intent(
        trade_id=decision.trade_id,
        symbol=decision.symbol,
        legs=(calendar.front.leg, calendar.back.leg),
        contracts=contracts,
        ladder=ladder,
        settings_hash=decision.settings_hash,
        created_at=as_of,
    )
