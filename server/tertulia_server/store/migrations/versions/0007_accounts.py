"""Accounts: scopes of tokens, the browser of a sign-in, owners of bots, and who knocks too often."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Tokens that are there keep what they could do: all that their member may. An older release goes on with the
    tables, but does not know scopes: replace all workers before somebody makes a token with fewer of them."""
    every = "read post moderate"
    op.add_column("api_tokens", sa.Column("scopes", sa.String(length=64), server_default=every, nullable=False))
    op.add_column("sign_ins", sa.Column("browser", sa.String(length=64), server_default="", nullable=False))
    op.create_table(
        "bots",
        sa.Column("member_id", Id, autoincrement=False, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_bots_member_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["members.id"], name=op.f("fk_bots_owner_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_bots")),
    )
    op.create_index(op.f("ix_bots_owner_id"), "bots", ["owner_id"])
    op.create_table(
        "attempts",
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_due_ms"), "attempts", ["due_ms"])
