"""What alembic runs: the migrations, on the connection and inside the transaction that the journal has open."""

from __future__ import annotations

from alembic import context

from alaris.journal.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
