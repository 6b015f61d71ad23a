"""Trials: forums for measurements, with members of their own, that are removed as a whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """An older release knows nothing of the tables, and goes on."""
    op.create_table(
        "trials",
        sa.Column("forum_id", _ID, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["forum_id"], ["forums.id"], name=op.f("fk_trials_forum_id")),
        sa.PrimaryKeyConstraint("forum_id", name=op.f("pk_trials")),
    )
    op.create_table(
        "trial_members",
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("forum_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["forum_id"], ["trials.forum_id"], name=op.f("fk_trial_members_forum_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_trial_members_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_trial_members")),
    )
    op.create_index(op.f("ix_trial_members_forum_id"), "trial_members", ["forum_id"])
