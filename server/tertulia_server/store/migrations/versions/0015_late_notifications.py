"""Notifications that came with an edit, which a mark that is further does not make read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An older release does not mention the column: to it such a notification is read where the mark is further."""
    op.add_column("notifications", sa.Column("is_late", sa.Boolean(), server_default="0", nullable=False))
