"""Ratings of posts, what limits those of a member, and who is not named among the readers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """An older release mentions none of it, and goes on."""
    op.add_column("members", sa.Column("ratings_due_ms", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("members", sa.Column("hides_presence", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("posts", sa.Column("positive", sa.Integer(), server_default="0", nullable=False))
    op.add_column("posts", sa.Column("negative", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "ratings",
        sa.Column("post_id", _Id, nullable=False),
        sa.Column("member_id", _Id, nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("rated_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("mark in (-1, 1)", name=op.f("ck_ratings_mark")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_ratings_member_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_ratings_post_id")),
        sa.PrimaryKeyConstraint("post_id", "member_id", name=op.f("pk_ratings")),
    )
