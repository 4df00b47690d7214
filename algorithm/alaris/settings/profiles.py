"""The profiles: what a run is for changes these defaults and no others."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

PROFILES: MappingProxyType[str, dict[str, Any]] = MappingProxyType(
    {
        # one historical calendar is what there is for the past; legs without twenty sessions of history are said, not refused
        # a historical calendar does not say when a date was last confirmed; one thread repeats a run exactly
        "backtest": {
            "universe": {"minimum_sources": 1},
            "missing_input": "pass",
            "freshness": {"earnings_days": 365, "provider_threads": 1},
        },
        "research": {
            "universe": {"minimum_sources": 1},
            "missing_input": "pass",
            "enforce_verdicts": False,
            "freshness": {"earnings_days": 365, "provider_threads": 1},
        },
        "paper": {},
        "live": {},
    }
)
