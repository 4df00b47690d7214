"""Phase 10, audit trail: one decision as plain values, with where each input came from, sent to every record sink."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from alaris.domain import Decision, MarketSnapshot, Observation
from alaris.plugins import PluginManager

LEFT_OUT = frozenset({"snapshot"})


def record_decision(decision: Decision, plugins: PluginManager, kind: str = "decision") -> int:
    """Send the decision as it stands to every sink; how many sinks failed (a failed sink is never a reason to hide the record)."""
    return plugins.record(kind, entry_of(decision))


def entry_of(decision: Decision) -> dict[str, Any]:
    """All parts of a decision as plain values, plus its inputs with source and time; NaN becomes None."""
    entry = {name: value for name, value in _plain(decision).items() if name not in LEFT_OUT}
    entry["outcome"] = decision.outcome.value
    entry["inputs"] = inputs_of(decision.snapshot) if decision.snapshot is not None else []
    return entry


def inputs_of(snapshot: MarketSnapshot) -> list[dict[str, Any]]:
    """Part, source and time of what the decision looked at."""
    parts: Mapping[str, Observation[Any]] = {"spot": snapshot.spot, "bars": snapshot.bars, "chain": snapshot.chain, "rate": snapshot.rate}
    stated = [{"part": part, "source": seen.source, "available_at": seen.available_at.isoformat()} for part, seen in parts.items()]
    report = snapshot.report
    return [*stated, {"part": "report", "source": ", ".join(report.sources), "available_at": report.available_at.isoformat()}]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.name not in LEFT_OUT}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
