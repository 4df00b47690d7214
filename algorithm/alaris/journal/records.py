"""One record of the journal: what happened as plain JSON, and the hash that binds it to the record before."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from alaris.journal.redaction import HIDDEN, Redactor, is_secret, without_secrets

GENESIS = "0" * 64  # stands before the first record
CANONICAL = json.JSONEncoder(allow_nan=False, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
DURABLE = frozenset({"intent", "order", "command", "halt", "approval", "breakers"})  # on the disk before the call returns


@dataclass(frozen=True, slots=True)
class Record:
    """A sealed record; `content` is canonical JSON, `recorded_at` ISO 8601 in UTC, the hashes SHA-256 in hexadecimal."""

    sequence: int
    kind: str
    trade_id: str | None
    recorded_at: str
    content: str
    previous_hash: str
    hash: str

    @property
    def entry(self) -> dict[str, Any]:
        """The content as it was recorded."""
        entry: dict[str, Any] = json.loads(self.content)
        return entry


def sealed(before: Record | None, kind: str, entry: Mapping[str, Any], at: datetime, redactor: Redactor) -> Record:
    """The record that follows `before`, without secrets."""
    values = plain(entry)
    content = redactor.text(CANONICAL.encode(values))
    trade = values.get("trade_id")
    trade_id = redactor.text(trade) if isinstance(trade, str) else None
    sequence, previous = (before.sequence + 1, before.hash) if before else (1, GENESIS)
    parts = (sequence, kind, trade_id, at.isoformat(timespec="microseconds"), content, previous)
    return Record(*parts, hash_of(*parts))


def hash_of(sequence: int, kind: str, trade_id: str | None, recorded_at: str, content: str, previous_hash: str) -> str:
    """SHA-256 over all parts of a record and the hash of the one before."""
    body = CANONICAL.encode([sequence, kind, trade_id, recorded_at, content, previous_hash])
    return hashlib.sha256(body.encode()).hexdigest()


def is_durable(kind: str, entry: Mapping[str, Any]) -> bool:
    """Whether a record must survive the loss of power: what is said before an order leaves, and what a person or a breaker did."""
    return kind in DURABLE or (kind == "decision" and entry.get("intent") is not None) or entry.get("breaker") is not None


def plain(value: Any) -> Any:
    """A value of the field as JSON: dates as ISO text, values as objects, a number that is not one as null, a secret as stars."""
    if isinstance(value, str):
        return without_secrets(str(value))
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_name(str(key)): _field(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return _object(value)


def _object(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _field(field.name, getattr(value, field.name)) for field in fields(value)}
    return without_secrets(value.isoformat() if isinstance(value, date) else str(value))


def _field(name: str, value: Any) -> Any:
    return HIDDEN if isinstance(value, str) and value and is_secret(name) else plain(value)


@lru_cache(maxsize=4096)
def _name(key: str) -> str:
    return without_secrets(key)
