"""What a record adds to the typed tables: intents, orders, statuses, fills, halts and commands, read off its entry alone.

The tables are a reading of the records and can be made again from them; `verify` does, and compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Entry = Mapping[str, Any]
Row = dict[str, Any]


def typed_rows(kind: str, entry: Entry) -> Iterator[tuple[str, Row]]:
    """Rows of one record, with the name of their table."""
    if kind == "intent" or (kind == "decision" and _is_ordered(entry)):
        yield "intents", _intent(entry)
    elif kind == "order":
        yield "orders", _order(entry)
    elif kind == "status":
        yield "statuses", _status(entry)
    elif kind in ("fill", "exit"):
        yield from (("fills", row) for row in _fills(kind, entry))
    elif kind == "command":
        yield "commands", _command(entry)
    elif entry.get("breaker") is not None:
        yield "halts", _halt(entry)


def _is_ordered(entry: Entry) -> bool:
    return bool(entry.get("intent")) and not entry.get("rejection") and not entry.get("entry")


def _intent(entry: Entry) -> Row:
    inner = entry.get("intent")
    intent: Entry = inner if isinstance(inner, Mapping) else entry
    return {
        "order_key": _text(entry.get("order_key")),
        "trade_id": _text(intent.get("trade_id")),
        "symbol": _text(intent.get("symbol")),
        "contracts": _whole(intent.get("contracts")),
        "legs": _json(intent.get("legs")),
        "ladder": _json(intent.get("ladder")),
        "settings_hash": _text(intent.get("settings_hash")),
        "created_at": _text(intent.get("created_at")),
    }


def _order(entry: Entry) -> Row:
    names = ("order_key", "trade_id", "action", "broker_id", "placed_at")
    numbers = {"contracts": _whole(entry.get("contracts")), "limit_price": _number(entry.get("limit_price"))}
    return {**{name: _text(entry.get(name)) for name in names}, **numbers}


def _status(entry: Entry) -> Row:
    names = ("order_key", "trade_id", "state", "event", "reason", "at")
    return {**{name: _text(entry.get(name)) for name in names}, "filled": _whole(entry.get("filled"))}


def _fills(kind: str, entry: Entry) -> Iterator[Row]:
    if "execution_id" in entry:
        yield _fill(entry, entry, _text(entry.get("side")))
        return
    side = "entry" if kind == "fill" else "exit"
    execution = entry.get(side)
    fills = execution.get("fills") if isinstance(execution, Mapping) else None
    for fill in fills if isinstance(fills, list) else []:
        yield _fill(fill, entry, side)


def _fill(fill: Entry, entry: Entry, side: str | None) -> Row:
    return {
        "order_key": _text(entry.get("order_key")),
        "trade_id": _text(entry.get("trade_id")),
        "side": side,
        "execution_id": _text(fill.get("execution_id")),
        "leg": _json(fill.get("leg")),
        "contracts": _whole(fill.get("contracts")),
        "price": _number(fill.get("price")),
        "fee": _number(fill.get("fee")),
        "filled_at": _text(fill.get("filled_at")),
    }


def _halt(entry: Entry) -> Row:
    return {**{name: _text(entry.get(name)) for name in ("breaker", "action", "who", "why")}, "at": _when(entry)}


def _command(entry: Entry) -> Row:
    names = {name: _text(entry.get(name)) for name in ("command", "who", "why")}
    return {**names, "arguments": _json(entry.get("arguments")), "at": _when(entry)}


def _when(entry: Entry) -> str | None:
    return _text(entry.get("at") or entry.get("as_of") or entry.get("when"))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and value == int(value) and abs(value) < 2**53 else None


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
