"""Deliveries that are wanted again are found without reading all others."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Each worker asks for them twice a second; almost always there are none."""
    op.create_index("ix_webhook_deliveries_wanted", "webhook_deliveries", ["is_wanted_again", "webhook_id"])
