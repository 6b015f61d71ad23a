"""Tables of what is to be done: by those who moderate, and by workers of whom only one may."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from tertulia_server.store.metadata import Id, metadata

reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("post_id", Id, ForeignKey("posts.id"), nullable=False),
    Column("reporter_id", Id, ForeignKey("members.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("closed_ms", BigInteger, nullable=True),
    Column("closed_by", Id, ForeignKey("members.id"), nullable=True),
    UniqueConstraint("post_id", "reporter_id"),
)
"""What members told the moderators about posts; once per post and member. Open until ``closed_ms``."""
Index("ix_reports_open", reports.c.closed_ms, reports.c.id)
Index("ix_reports_reporter", reports.c.reporter_id, reports.c.closed_ms)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor_id", Id, ForeignKey("members.id"), nullable=True),
    Column("action", String(32), nullable=False),
    Column("forum_id", Id, nullable=True),
    Column("thread_id", Id, nullable=True),
    Column("post_id", Id, nullable=True),
    Column("member_id", Id, nullable=True),
    Column("detail", Text, nullable=False),
)
"""What was done by those who moderate: rows are only ever added. Without ``actor_id`` it was the command line, or the
server itself. ``detail`` is JSON: names and titles as they were then."""
Index("ix_audit_forum", audit.c.forum_id, audit.c.id)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)
"""Which worker does what only one may do at a time. ``fence`` grows with each new holder."""

follower_cursors = Table(
    "follower_cursors",
    metadata,
    Column("follower", String(32), primary_key=True),
    Column("channel", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("part", BigInteger, nullable=False, server_default="0"),
)
"""How far a follower of the log has got in a channel; of the next event, it is done with members up to ``part``."""

bot_copies = Table(
    "bot_copies",
    metadata,
    Column("share", String(64), primary_key=True),
    Column("holder", String(64), primary_key=True),
    Column("expires_ms", BigInteger, nullable=False),
)
"""The running copies of bots that share their work; ``share`` is the member's id and a name of theirs."""

bot_places = Table(
    "bot_places",
    metadata,
    Column("share", String(64), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("channel", String(64), primary_key=True),
    Column("epoch", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
)
"""How far the copies of a bot have come in a channel with one part of the threads."""

trials = Table(
    "trials",
    metadata,
    Column("forum_id", Id, ForeignKey("forums.id"), primary_key=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("ends_ms", BigInteger, nullable=False),
)
"""Forums that were made for a measurement, and may be removed with all that is in them."""

trial_members = Table(
    "trial_members",
    metadata,
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True),
    Column("forum_id", Id, ForeignKey("trials.forum_id"), nullable=False, index=True),
)
"""The bots of a trial, which go with it."""
