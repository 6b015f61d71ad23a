"""How many posts ever left a thread."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An older release does not mention the column, and goes on."""
    op.add_column("threads", sa.Column("moved_count", sa.Integer(), server_default="0", nullable=False))
