"""Who moderates which forum, and who may post in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An older release goes on: it asks neither, so that any moderator removes, and any reader posts."""
    op.add_column("forums", sa.Column("posting", sa.String(16), server_default="members", nullable=False))
    member_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "forum_moderators",
        sa.Column("forum_id", member_id, nullable=False),
        sa.Column("member_id", member_id, nullable=False),
        sa.ForeignKeyConstraint(["forum_id"], ["forums.id"], name="fk_forum_moderators_forum_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_forum_moderators_member_id"),
        sa.PrimaryKeyConstraint("forum_id", "member_id", name="pk_forum_moderators"),
    )
    op.create_index("ix_forum_moderators_member_id", "forum_moderators", ["member_id"])
