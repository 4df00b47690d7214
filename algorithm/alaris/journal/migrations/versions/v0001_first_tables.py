"""The records with their chain of hashes, the typed tables, and triggers that let neither be changed nor deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXTS = {
    "intents": ("order_key", "trade_id", "symbol", "legs", "ladder", "settings_hash", "created_at"),
    "orders": ("order_key", "trade_id", "action", "broker_id", "placed_at"),
    "statuses": ("order_key", "trade_id", "state", "event", "reason", "at"),
    "fills": ("order_key", "trade_id", "side", "execution_id", "leg", "filled_at"),
    "halts": ("breaker", "action", "who", "why", "at"),
    "commands": ("command", "arguments", "who", "why", "at"),
}
WHOLE = {"intents": ("contracts",), "orders": ("contracts",), "statuses": ("filled",), "fills": ("contracts",)}
NUMBERS = {"orders": ("limit_price",), "fills": ("price", "fee")}
POSTGRESQL_REFUSAL = """
CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$
"""


def upgrade() -> None:
    """Make the tables and their triggers."""
    op.create_table(
        "records",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("trade_id", sa.Text),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_records_trade_id", "records", ["trade_id"])
    op.create_index("ix_records_kind", "records", ["kind"])
    for name, texts in TEXTS.items():
        op.create_table(
            name,
            sa.Column("record", sa.BigInteger, sa.ForeignKey("records.sequence"), primary_key=True, autoincrement=False),
            sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
            *(sa.Column(column, sa.Text) for column in texts),
            *(sa.Column(column, sa.BigInteger) for column in WHOLE.get(name, ())),
            *(sa.Column(column, sa.Float(53)) for column in NUMBERS.get(name, ())),
        )
        if "order_key" in texts:
            op.create_index(f"ix_{name}_order_key", name, ["order_key"])
    _protect()


def downgrade() -> None:
    """Refuse: a journal is never made smaller."""
    raise NotImplementedError("a journal is append-only; restore the file of the older version instead")


def _protect() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(POSTGRESQL_REFUSAL)
    for name in ("records", *TEXTS):
        if postgresql:
            events = "UPDATE OR DELETE OR TRUNCATE"
            op.execute(f"CREATE TRIGGER {name}_append_only BEFORE {events} ON {name} EXECUTE FUNCTION journal_is_append_only()")
            continue
        for event in ("UPDATE", "DELETE"):
            refusal = "SELECT RAISE(ABORT, 'the journal is append-only');"
            op.execute(f"CREATE TRIGGER {name}_no_{event.lower()} BEFORE {event} ON {name} BEGIN {refusal} END")
