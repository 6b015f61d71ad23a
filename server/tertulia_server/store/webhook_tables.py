"""Tables of webhooks: where events are sent for members who run no process, and what became of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, true

from tertulia_server.store.metadata import Id, metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner_id", Id, ForeignKey("members.id"), nullable=False, index=True),
    Column("label", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("channel", String(64), nullable=False),
    Column("secret", String(80), nullable=False),
    Column("old_secret", String(80), nullable=True),
    Column("old_secret_until_ms", BigInteger, nullable=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("epoch", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("is_on", Boolean, nullable=False, server_default=true()),
    Column("off_reason", String(16), nullable=False, server_default=""),
    Column("notice_ms", BigInteger, nullable=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since_ms", BigInteger, nullable=True),
    Column("due_ms", BigInteger, nullable=False, server_default="0"),
)
"""``epoch`` and ``seq`` are the cursor: what was delivered last. Not tried before ``due_ms``. ``notice_ms``: since when
its owner has not looked at that the server switched it off. The secret signs, so it cannot be kept as a hash."""

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("webhook_id", Id, ForeignKey("webhooks.id"), nullable=False),
    Column("epoch", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("name", String(64), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("status", Integer, nullable=True),
    Column("answer", Text, nullable=False, server_default=""),
    Column("is_wanted_again", Boolean, nullable=False, server_default=false()),
)
"""One row for each attempt, the last few of each webhook."""
Index("ix_webhook_deliveries_of", webhook_deliveries.c.webhook_id, webhook_deliveries.c.id)
Index("ix_webhook_deliveries_wanted", webhook_deliveries.c.is_wanted_again, webhook_deliveries.c.webhook_id)
