"""Bots whose copies share their work: who runs, and how far they have come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An older release knows nothing of the tables, and goes on."""
    op.create_table(
        "bot_copies",
        sa.Column("share", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("share", "holder", name=op.f("pk_bot_copies")),
    )
    op.create_table(
        "bot_places",
        sa.Column("share", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("share", "part", "channel", name=op.f("pk_bot_places")),
    )
