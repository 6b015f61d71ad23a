"""Run by Alembic: applies the scripts of `versions` to the connection that `migrating` hands over."""

from __future__ import annotations

from alembic import context

from tertulia_server.store.schema import metadata

connection = context.config.attributes["connection"]
# SQLite alters a table by building it anew.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
