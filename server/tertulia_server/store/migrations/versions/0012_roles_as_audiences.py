"""Forums that only their moderators, or only administrators, read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ALLOWED = "audience in ('public', 'members', 'staff', 'moderators', 'administrators')"
_NAME = "ck_forums_audience"


def upgrade() -> None:
    """An older release does not know the new ones: replace all workers before a forum gets one of them."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(_NAME), "forums", type_="check")
        op.create_check_constraint(op.f(_NAME), "forums", _ALLOWED)
    else:
        _build_anew()


def _build_anew() -> None:
    """SQLite changes no constraint. What refers to the forums is looked at when all of them are back, at the commit."""
    execute = op.get_bind().exec_driver_sql
    execute("PRAGMA defer_foreign_keys = ON")
    execute("CREATE TEMPORARY TABLE kept_forums AS SELECT * FROM forums")
    op.drop_table("forums")
    id_type = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    made = op.create_table(
        "forums",
        sa.Column("id", id_type, nullable=False),
        sa.Column("category_id", id_type, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("audience", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("posting", sa.String(length=16), server_default="members", nullable=False),
        sa.Column("thread_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("post_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_thread_id", id_type, nullable=True),
        sa.CheckConstraint(_ALLOWED, name=op.f(_NAME)),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_forums_category_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forums")),
        sa.UniqueConstraint("name", name=op.f("uq_forums_name")),
    )
    columns = ", ".join(column.name for column in made.columns)
    execute(f"INSERT INTO forums ({columns}) SELECT {columns} FROM kept_forums")  # noqa: S608 - names of columns
    execute("DROP TABLE kept_forums")
