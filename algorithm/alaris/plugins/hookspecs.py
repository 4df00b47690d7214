"""What a plugin may do: one function a hook. This module is the whole contract.

*Advice* hooks may fail: the failure is counted, the plugin named, its answer dropped. *Guard* hooks fail closed: a plugin that
raises, or answers something else than asked, counts as a refusal. Every hook works on whole chains, snapshots or decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pluggy

from alaris.domain import (
    Calendar,
    DailyBars,
    Dividend,
    EarningsEvent,
    Intent,
    Leg,
    LegHistory,
    LegQuote,
    MarketSnapshot,
    Observation,
    OptionChain,
    PriceLadder,
    Signal,
    Verdict,
)
from alaris.risk.portfolio import Portfolio

hookspec = pluggy.HookspecMarker("alaris")


@hookspec
def earnings_events(symbol: str, first: date, last: date, as_of: datetime) -> Iterable[EarningsEvent]:
    """Advice. Reports of `symbol` between two dates as they were known at `as_of`; all plugins are asked and merged."""


@hookspec(firstresult=True)
def daily_bars(symbol: str, sessions: int, as_of: datetime) -> Observation[DailyBars] | None:
    """Advice. The newest daily bars known at `as_of`, at most `sessions`; the first plugin that knows them answers."""


@hookspec(firstresult=True)
def option_chain(symbol: str, as_of: datetime) -> Observation[OptionChain] | None:
    """Advice. The whole chain at `as_of`, quotes as the market shows them; the first plugin that knows one answers."""


@hookspec(firstresult=True)
def risk_free_rate(maturity_days: int, as_of: datetime) -> Observation[float] | None:
    """Advice. Continuously compounded annual rate; the first plugin that knows one answers."""


@hookspec
def dividends(symbol: str, first: date, last: date, as_of: datetime) -> Sequence[Dividend] | None:
    """Advice. Cash dividends with ex-dates between two dates, as known at `as_of`; all plugins are asked and joined by date."""


@hookspec(firstresult=True)
def leg_history(front: Leg, back: Leg, sessions: int, as_of: datetime) -> LegHistory | None:
    """Advice. Volatilities of two contracts at the closes before `as_of`; the first plugin that knows them answers."""


@hookspec(firstresult=True)
def execution_quotes(legs: Sequence[Leg], as_of: datetime) -> Sequence[LegQuote] | None:
    """Advice. Fresh quotes of all legs at the same time, in their order; None where one is missing, never an invented one."""


@hookspec
def filter_universe(symbols: Sequence[str], as_of: datetime) -> Iterable[str]:
    """Advice. The symbols to keep; a symbol stays only if every plugin keeps it."""


@hookspec
def validate_snapshot(snapshot: MarketSnapshot) -> Verdict | Sequence[Verdict]:
    """Guard. Judge one snapshot; every plugin must answer, and one that fails counts as a refusal."""


@hookspec
def validate_candidate(
    snapshot: MarketSnapshot, signal: Signal, calendar: Calendar, contracts: int, history: LegHistory | None
) -> Verdict | Sequence[Verdict]:
    """Guard. Judge one calendar at its live quotes and final size, again before each order; `history` where `leg_history` knew it."""


@hookspec(firstresult=True)
def adjust_signal(snapshot: MarketSnapshot, signal: Signal) -> Signal | None:
    """Advice. Replace the signal of the criteria; the first plugin that answers decides."""


@hookspec(firstresult=True)
def position_size(signal: Signal, calendar: Calendar, portfolio: Portfolio) -> int | None:
    """Advice. Contracts before the limits; the first plugin that answers decides."""


@hookspec(firstresult=True)
def order_prices(calendar: Calendar, opening: bool) -> PriceLadder | None:
    """Advice. Limits of the combo order in the order they are tried; the first plugin that answers decides."""


@hookspec
def check_order(intent: Intent, portfolio: Portfolio) -> Verdict | Sequence[Verdict]:
    """Guard. A risk limit on post-trade numbers, asked before every order that opens."""


@hookspec
def record(kind: str, entry: Mapping[str, Any]) -> None:
    """Advice. Store one journal entry (`kind`: decision, intent, rung, fill, exit, health, risk, order, command, alert)."""


@hookspec
def notify(title: str, text: str, as_of: datetime) -> None:
    """Advice. Tell a person."""


@hookspec
def command(name: str, arguments: Mapping[str, Any], as_of: datetime) -> str | None:
    """Advice. Answer an operator's command (halt, resume, flatten, status and a plugin's own)."""
