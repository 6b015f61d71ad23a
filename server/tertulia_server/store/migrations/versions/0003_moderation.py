"""Moderation: reports, what was done by whom, where posts and threads went, and when bans end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """An older release goes on beside it: it shows threads that were merged in its lists, empty, and no lines."""
    op.add_column("threads", sa.Column("merged_into", _Id, nullable=True))
    op.create_index("ix_members_banned_until_ms", "members", ["banned_until_ms"])
    _create_moved_posts()
    _create_reports()
    _create_audit()


def _create_moved_posts() -> None:
    op.create_table(
        "moved_posts",
        sa.Column("thread_id", _Id, sa.ForeignKey("threads.id", name="fk_moved_posts_thread_id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("post_id", _Id, sa.ForeignKey("posts.id", name="fk_moved_posts_post_id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "number", name="pk_moved_posts"),
    )
    op.create_index("ix_moved_posts_post_id", "moved_posts", ["post_id", "version"])


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", _Id, nullable=False),
        sa.Column("post_id", _Id, sa.ForeignKey("posts.id", name="fk_reports_post_id"), nullable=False),
        sa.Column("reporter_id", _Id, sa.ForeignKey("members.id", name="fk_reports_reporter_id"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", _Id, sa.ForeignKey("members.id", name="fk_reports_closed_by"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.UniqueConstraint("post_id", "reporter_id", name="uq_reports_post_id_reporter_id"),
    )
    op.create_index("ix_reports_open", "reports", ["closed_ms", "id"])
    op.create_index("ix_reports_reporter", "reports", ["reporter_id", "closed_ms"])


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _Id, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", _Id, sa.ForeignKey("members.id", name="fk_audit_actor_id"), nullable=True),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("forum_id", _Id, nullable=True),
        sa.Column("thread_id", _Id, nullable=True),
        sa.Column("post_id", _Id, nullable=True),
        sa.Column("member_id", _Id, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_forum", "audit", ["forum_id", "id"])
