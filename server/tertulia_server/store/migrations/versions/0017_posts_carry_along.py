"""What belongs to a post or a thread is found when posts go into another thread."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Both are asked within the transaction that moves posts, which must not read whole tables."""
    op.create_index("ix_notifications_post", "notifications", ["post_id"])
    op.create_index("ix_drafts_place", "drafts", ["place"])
