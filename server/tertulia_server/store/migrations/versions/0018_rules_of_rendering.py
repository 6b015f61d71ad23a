"""Posts say by which rules their HTML was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Posts that are there, and those of an older release, count as rendered by the first rules."""
    op.add_column("posts", sa.Column("rendering", sa.Integer(), server_default="1", nullable=False))
