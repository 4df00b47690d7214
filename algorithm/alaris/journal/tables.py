"""The tables of the journal, as SQLAlchemy knows them; `migrations` makes them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, MetaData, String, Table, Text

METADATA = MetaData()
REVISION = "0001"  # of the newest migration; a test compares


def _typed(name: str, *columns: Column[str] | Column[int] | Column[float]) -> Table:
    record = Column("record", BigInteger, ForeignKey("records.sequence"), primary_key=True, autoincrement=False)
    return Table(name, METADATA, record, Column("position", Integer, primary_key=True, autoincrement=False), *columns)


def _texts(*names: str) -> tuple[Column[str], ...]:
    return tuple(Column(name, Text, index=name == "order_key") for name in names)


RECORDS = Table(
    "records",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False, index=True),
    Column("trade_id", Text, index=True),
    Column("recorded_at", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
INTENTS = _typed(
    "intents", *_texts("order_key", "trade_id", "symbol", "legs", "ladder", "settings_hash", "created_at"), Column("contracts", BigInteger)
)
ORDERS = _typed(
    "orders",
    *_texts("order_key", "trade_id", "action", "broker_id", "placed_at"),
    Column("contracts", BigInteger),
    Column("limit_price", Float(53)),
)
STATUSES = _typed("statuses", *_texts("order_key", "trade_id", "state", "event", "reason", "at"), Column("filled", BigInteger))
FILLS = _typed(
    "fills",
    *_texts("order_key", "trade_id", "side", "execution_id", "leg", "filled_at"),
    Column("contracts", BigInteger),
    Column("price", Float(53)),
    Column("fee", Float(53)),
)
HALTS = _typed("halts", *_texts("breaker", "action", "who", "why", "at"))
COMMANDS = _typed("commands", *_texts("command", "arguments", "who", "why", "at"))
TYPED = {table.name: table for table in (INTENTS, ORDERS, STATUSES, FILLS, HALTS, COMMANDS)}
