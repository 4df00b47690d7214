"""Decisions as JSON lines: one object a decision, its keys stable and documented in docs/decisions.md."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alaris.domain import (
    Calendar,
    DataError,
    Decision,
    Execution,
    ExplainedProfit,
    Fill,
    LegQuote,
    Rejection,
    Signal,
    UpcomingReport,
    Verdict,
)
from alaris.records.files import write_text

Record = dict[str, Any]

KEYS = (
    *("trade_id", "symbol", "as_of", "report_date", "timing", "sources", "reaction_session", "preset", "profile", "settings_hash"),
    *("outcome", "rejected_phase", "reason", "value", "limit"),
    *("signal", "spot", "iv30", "iv60", "iv90", "front_iv", "slope", "rv30", "iv_rv_ratio", "mean_volume"),
    *("sigma_event", "expected_crush", "expected_pnl"),
    *("verdicts", "legs", "natural_debit", "mid_debit", "contracts", "entry", "exit", "exit_reason", "pnl", "pnl_explained"),
)


def decision_record(decision: Decision) -> Record:
    """One decision as plain values with exactly `KEYS`; what is not known (NaN or never reached) is None."""
    return {
        "trade_id": decision.trade_id,
        "symbol": decision.symbol,
        "as_of": decision.as_of.isoformat(),
        **_report(decision.report),
        "preset": decision.preset,
        "profile": decision.profile,
        "settings_hash": decision.settings_hash,
        "outcome": decision.outcome.value,
        "rejected_phase": decision.rejected_phase.value if decision.rejected_phase is not None else None,
        **_rejection(decision.rejection),
        "spot": _number(decision.spot),
        **_signal(decision.signal),
        "verdicts": [_verdict(verdict) for verdict in decision.verdicts],
        **_calendar(decision.calendar),
        "contracts": decision.contracts,
        "entry": _execution(decision.entry),
        "exit": _execution(decision.exit),
        "exit_reason": decision.exit_reason,
        "pnl": _number(decision.pnl),
        "pnl_explained": _explained(decision.pnl_explained),
    }


def write_decisions(path: Path, decisions: Iterable[Decision]) -> None:
    """Write all decisions, one a line, in their order; the file is there whole or not at all."""
    write_text(path, "".join(json.dumps(decision_record(decision), allow_nan=False) + "\n" for decision in decisions))


def read_decisions(path: Path) -> list[Record]:
    """Read the records back.

    Raises
    ------
    DataError
        The file is missing, or a line is no JSON object with the documented keys.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read ({error}); run `alaris backtest` into this folder first") from error
    return [_parsed(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _parsed(path: Path, number: int, line: str) -> Record:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(path, f"is not JSON ({error.msg}); run the backtest again", line=number) from error
    missing = [key for key in KEYS if key not in record] if isinstance(record, dict) else list(KEYS)
    if missing:
        raise DataError(path, f"lacks {', '.join(missing[:3])}; run the backtest again with this version of Alaris", line=number)
    return dict(record)


def _report(report: UpcomingReport | None) -> Record:
    return {
        "report_date": report.report_date.isoformat() if report else None,
        "timing": report.timing.value if report else None,
        "sources": list(report.sources) if report else [],
        "reaction_session": report.reaction_session.isoformat() if report else None,
    }


def _rejection(rejection: Rejection | None) -> Record:
    return {
        "reason": rejection.reason.value if rejection else None,
        "value": _plain(rejection.value) if rejection else None,
        "limit": _plain(rejection.limit) if rejection else None,
    }


def _signal(signal: Signal | None) -> Record:
    numbers = (
        "iv30",
        "iv60",
        "iv90",
        "front_iv",
        "slope",
        "rv30",
        "iv_rv_ratio",
        "mean_volume",
        "sigma_event",
        "expected_crush",
        "expected_pnl",
    )
    return {
        "signal": signal.recommendation.value if signal else None,
        **{name: _number(getattr(signal, name)) if signal else None for name in numbers},
    }


def _verdict(verdict: Verdict) -> Record:
    return {
        "id": verdict.id,
        "passed": bool(verdict.passed),
        "value": _number(verdict.value),
        "limit": _number(verdict.limit),
        "reason": verdict.reason.value if verdict.reason is not None else None,
        "note": verdict.note,
    }


def _calendar(calendar: Calendar | None) -> Record:
    return {
        "legs": [_leg(calendar.front), _leg(calendar.back)] if calendar else [],
        "natural_debit": _number(calendar.natural_debit) if calendar else None,
        "mid_debit": _number(calendar.mid_debit) if calendar else None,
    }


def _leg(quote: LegQuote) -> Record:
    return {
        "symbol": quote.leg.symbol,
        "right": quote.leg.right.value,
        "strike": _number(quote.leg.strike),
        "expiry": quote.leg.expiry.isoformat(),
        "ratio": quote.leg.ratio,
        "bid": _number(quote.bid),
        "ask": _number(quote.ask),
    }


def _execution(execution: Execution | None) -> Record | None:
    if execution is None:
        return None
    return {
        "filled_at": execution.filled_at.isoformat(),
        "price": _number(execution.price),
        "spot": _number(execution.spot),
        "fills": [_fill(fill) for fill in execution.fills],
        "note": execution.note,
    }


def _fill(fill: Fill) -> Record:
    return {
        "symbol": fill.leg.symbol,
        "contracts": fill.contracts,
        "price": _number(fill.price),
        "fee": _number(fill.fee),
        "filled_at": fill.filled_at.isoformat(),
    }


def _explained(explained: ExplainedProfit | None) -> Record | None:
    return {name: _number(getattr(explained, name)) for name in ("jump", "vega", "theta", "spread", "fees")} if explained else None


def _number(value: float | None) -> float | None:
    """A finite float without the noise of its last bits; None for what is not a number."""
    return round(float(value), 10) if value is not None and math.isfinite(value) else None


def _plain(value: float | str | None) -> float | str | None:
    return value if isinstance(value, str) else _number(value)
