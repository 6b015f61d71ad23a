"""What limits the posts of a member, for all workers together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An older release does not mention the column, and goes on: its posts are not counted, that is all."""
    op.add_column("members", sa.Column("posts_due_ms", sa.BigInteger(), server_default="0", nullable=False))
