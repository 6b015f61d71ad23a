"""Tables of what belongs to one member: how they prove who they are, what they have read, what they are told."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tertulia_server.store.metadata import Id, metadata

read_marks = Table(
    "read_marks",
    metadata,
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True),
    Column("thread_id", Id, primary_key=True),
    Column("last_read", Integer, nullable=False),
)
"""The highest number that a member has seen of a thread: absolute, and it only grows."""

read_floors = Table(
    "read_floors",
    metadata,
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True),
    Column("forum_id", Id, ForeignKey("forums.id"), primary_key=True),
    Column("before_ms", BigInteger, nullable=False),
)
"""Threads of a forum that were last posted in until then count as read: what "mark all read" leaves."""

watches = Table(
    "watches",
    metadata,
    Column("thread_id", Id, ForeignKey("threads.id"), primary_key=True),
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True, index=True),
    Column("is_watching", Boolean, nullable=False),
)
"""Who wants to hear of replies. A row that says no holds against watching by replying."""

notifications = Table(
    "notifications",
    metadata,
    Column("id", Id, primary_key=True),
    Column("member_id", Id, ForeignKey("members.id"), nullable=False),
    Column("post_id", Id, ForeignKey("posts.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("read_ms", BigInteger, nullable=True),
    Column("is_late", Boolean, nullable=False, server_default="0"),
    UniqueConstraint("member_id", "post_id"),
    CheckConstraint("kind in ('mention', 'quote', 'reply')", name="kind"),
)
"""Once per member and post. Read when ``read_ms`` says so, or when the member's mark has passed the post's number; one
that ``is_late`` came with an edit of the post, when the mark may have been further: it is read by ``read_ms`` alone."""
Index("ix_notifications_inbox", notifications.c.member_id, notifications.c.id)
Index("ix_notifications_post", notifications.c.post_id)

notification_choices = Table(
    "notification_choices",
    metadata,
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True),
    Column("mention", Boolean, nullable=False),
    Column("quote", Boolean, nullable=False),
    Column("reply", Boolean, nullable=False),
    Column("watch_on_reply", Boolean, nullable=False),
)
"""Of members who chose something; all others want everything."""

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("member_id", Id, ForeignKey("members.id"), nullable=False, index=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("browser", String(64), nullable=False, server_default=""),
)
"""``browser`` is a word or three by which a member knows their own browsers again, of no use to anybody else."""

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("member_id", Id, ForeignKey("members.id"), nullable=False, index=True),
    Column("label", String(64), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=True),
    Column("scopes", String(64), nullable=False, server_default="read post moderate"),
)
"""``scopes`` are words with spaces between. Tokens from before there were scopes have all of them."""

bots = Table(
    "bots",
    metadata,
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True),
    Column("owner_id", Id, ForeignKey("members.id"), nullable=False, index=True),
)
"""Whose bots these are: the owner gives out their tokens. A bot without a row is the operator's."""

attempts = Table(
    "attempts",
    metadata,
    Column("who", String(64), primary_key=True),
    Column("due_ms", BigInteger, nullable=False, index=True),
)
"""Who knocks too often: ``who`` is a hash of what is tried and from where, so that no address is kept. ``due_ms``: when
all of its attempts, each given its share of time, would have had their turn; a row is of no use after that."""

drafts = Table(
    "drafts",
    metadata,
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True),
    Column("place", String(40), primary_key=True),
    Column("title", Text, nullable=False, server_default=""),
    Column("text", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Column("saved_ms", BigInteger, nullable=False, index=True),
)
"""What a member is writing, one row for each place: ``thread:17`` a reply, ``forum:3`` a new thread, ``post:431`` a
change. ``changed_ms`` is when it was last written in, ``saved_ms`` when it came here. ``version`` never repeats."""
Index("ix_drafts_place", drafts.c.place)
