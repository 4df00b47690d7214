"""A value of the field in one short line, for traces: what it is and how much of it, never two thousand quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

LONGEST = 80


def describe(value: Any) -> str:
    """One line: arrays by type and length, values by their plain fields, sequences by count and first item."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}[{len(value)}]"
    if is_dataclass(value) and not isinstance(value, type):
        return _cut(f"{type(value).__name__}({', '.join(_plain_fields(value))})")
    if isinstance(value, Mapping):
        return _cut(f"{len(value)} keys: {', '.join(map(str, value))}")
    if isinstance(value, tuple | list):
        return f"{len(value)} x {describe(value[0])}" if value else "none"
    return _cut(str(value))


def _plain_fields(value: Any) -> list[str]:
    plain = (str, int, float, bool)
    return [f"{f.name}={getattr(value, f.name)}" for f in fields(value) if isinstance(getattr(value, f.name), plain)]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
