"""What members are writing, kept for them on every device."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """An older release knows nothing of the table, and goes on: its members' drafts stay in their browsers."""
    op.create_table(
        "drafts",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("saved_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_drafts_member_id")),
        sa.PrimaryKeyConstraint("member_id", "place", name=op.f("pk_drafts")),
    )
    op.create_index("ix_drafts_saved_ms", "drafts", ["saved_ms"])
