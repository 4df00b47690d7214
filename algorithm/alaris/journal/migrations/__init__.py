"""How the journal's tables came to be: one file a change, applied in order by alembic."""
