"""Runs migrations on the connection that `storage.database.migrate` hands over."""

from __future__ import annotations

from alembic import context

from storage.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_server_default=True,
    render_as_batch=True,  # SQLite alters a table by making it anew
    transactional_ddl=True,  # our connections have begun a transaction before any DDL
)
with context.begin_transaction():
    context.run_migrations()
