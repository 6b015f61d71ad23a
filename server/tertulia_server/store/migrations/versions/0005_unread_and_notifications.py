"""What members have read, what they watch, and what they are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """An older release reads and writes none of this, and goes on."""
    op.create_index("ix_threads_recent", "threads", ["forum_id", "bumped_ms"])
    _create_marks()
    _create_notifications()
    _create_follower()


def _create_marks() -> None:
    op.create_table(
        "read_marks",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("thread_id", Id, nullable=False),
        sa.Column("last_read", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_read_marks_member_id")),
        sa.PrimaryKeyConstraint("member_id", "thread_id", name=op.f("pk_read_marks")),
    )
    op.create_table(
        "read_floors",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("forum_id", Id, nullable=False),
        sa.Column("before_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_read_floors_member_id")),
        sa.ForeignKeyConstraint(["forum_id"], ["forums.id"], name=op.f("fk_read_floors_forum_id")),
        sa.PrimaryKeyConstraint("member_id", "forum_id", name=op.f("pk_read_floors")),
    )
    op.create_table(
        "watches",
        sa.Column("thread_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("is_watching", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_watches_thread_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_watches_member_id")),
        sa.PrimaryKeyConstraint("thread_id", "member_id", name=op.f("pk_watches")),
    )
    op.create_index(op.f("ix_watches_member_id"), "watches", ["member_id"])


def _create_notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("post_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("read_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind in ('mention', 'quote', 'reply')", name=op.f("ck_notifications_kind")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_notifications_member_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_notifications_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("member_id", "post_id", name=op.f("uq_notifications_member_id_post_id")),
    )
    op.create_index("ix_notifications_inbox", "notifications", ["member_id", "id"])
    op.create_table(
        "notification_choices",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("mention", sa.Boolean(), nullable=False),
        sa.Column("quote", sa.Boolean(), nullable=False),
        sa.Column("reply", sa.Boolean(), nullable=False),
        sa.Column("watch_on_reply", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_notification_choices_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_notification_choices")),
    )


def _create_follower() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "follower_cursors",
        sa.Column("follower", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("follower", "channel", name=op.f("pk_follower_cursors")),
    )
    # Nobody is told today of what was posted before there were notifications.
    op.execute(
        "INSERT INTO follower_cursors (follower, channel, seq)"
        " SELECT 'notifications', channel, seq FROM heads WHERE channel LIKE 'forum:%'"
    )
