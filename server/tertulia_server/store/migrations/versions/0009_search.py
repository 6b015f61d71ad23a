"""What is looked for in posts and titles is found by indexes that the database keeps."""

from __future__ import annotations

from alembic import op

from tertulia_server.store.search_index import POSTGRESQL, SQLITE, SQLITE_FILL

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An older release goes on beside it: the database keeps the indexes also for what that one writes."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRESQL if is_postgresql else (*SQLITE, *SQLITE_FILL):
        op.get_bind().exec_driver_sql(statement)
