"""The profiles: what a run is for changes these defaults and no others."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

PROFILES: MappingProxyType[str, dict[str, Any]] = MappingProxyType(
    {
        # one historical calendar is what there is for the past; legs without twenty sessions of history are said, not refused
        "backtest": {"universe": {"minimum_sources": 1}, "missing_input": "pass"},
        "research": {"universe": {"minimum_sources": 1}, "missing_input": "pass", "enforce_verdicts": False},
        "paper": {},
        "live": {},
    }
)
