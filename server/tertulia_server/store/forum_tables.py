"""Tables of what a forum is made of, and of its log. Times are integer milliseconds UTC; a ``_day`` is an ISO date."""

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

facts = Table(
    "facts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""``epoch``: the identity of the log. ``oldest_program``: the oldest release that may run on this schema.
``timeline``: the PostgreSQL history that the epoch belongs to."""

categories = Table(
    "categories",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("position", Integer, nullable=False, server_default="0"),
)

forums = Table(
    "forums",
    metadata,
    Column("id", Id, primary_key=True),
    Column("category_id", Id, ForeignKey("categories.id"), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("name", String(200), nullable=False, unique=True),
    Column("slug", String(80), nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("audience", String(16), nullable=False, server_default="public"),
    Column("posting", String(16), nullable=False, server_default="members"),
    Column("thread_count", Integer, nullable=False, server_default="0"),
    Column("post_count", Integer, nullable=False, server_default="0"),
    Column("last_thread_id", Id, nullable=True),
    CheckConstraint("audience in ('public', 'members', 'staff', 'moderators', 'administrators')", name="audience"),
)
"""``audience``: who may read it; ``posting``: who of those may post."""

members = Table(
    "members",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("name", String(64), nullable=False),
    Column("name_key", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False, server_default="member"),
    Column("rank", String(64), nullable=True),
    Column("is_bot", Boolean, nullable=False, server_default="0"),
    Column("is_imported", Boolean, nullable=False, server_default="0"),
    Column("is_banned", Boolean, nullable=False, server_default="0"),
    Column("banned_until_ms", BigInteger, nullable=True, index=True),
    Column("ban_reason", Text, nullable=True),
    Column("password_hash", Text, nullable=True),
    Column("joined_ms", BigInteger, nullable=True),
    Column("joined_day", String(10), nullable=True),
    Column("base_positive", Integer, nullable=False, server_default="0"),
    Column("base_messages", Integer, nullable=False, server_default="0"),
    Column("base_negative", Integer, nullable=False, server_default="0"),
    Column("positive", Integer, nullable=False, server_default="0"),
    Column("messages", Integer, nullable=False, server_default="0"),
    Column("negative", Integer, nullable=False, server_default="0"),
    Column("posts_due_ms", BigInteger, nullable=False, server_default="0"),
    Column("ratings_due_ms", BigInteger, nullable=False, server_default="0"),
    Column("hides_presence", Boolean, nullable=False, server_default="0"),
    CheckConstraint("role in ('member', 'moderator', 'administrator')", name="role"),
)
"""``name_key`` is the case-folded, NFKC-normalised name: names that look alike are one name. What a card shows is
the imported base plus what happened here. ``rank`` is set by hand or imported; without it the ladder decides.
``posts_due_ms``: when this member's posts, each given its share of a minute, would all have had their turn;
``ratings_due_ms``: the same for ratings. ``hides_presence``: is counted among the readers of a
thread, and never named there."""

forum_moderators = Table(
    "forum_moderators",
    metadata,
    Column("forum_id", Id, ForeignKey("forums.id"), primary_key=True),
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True, index=True),
)
"""Who moderates which forum. A member who is in it has the role ``moderator``, or is an administrator."""

threads = Table(
    "threads",
    metadata,
    Column("id", Id, primary_key=True),
    Column("forum_id", Id, ForeignKey("forums.id"), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("title", String(200), nullable=False),
    Column("slug", String(80), nullable=False),
    Column("starter_id", Id, ForeignKey("members.id"), nullable=False),
    Column("started_ms", BigInteger, nullable=True),
    Column("started_day", String(10), nullable=True),
    Column("post_count", Integer, nullable=False, server_default="0"),
    Column("last_number", Integer, nullable=False, server_default="0"),
    Column("last_post_id", Id, nullable=True),
    Column("bumped_ms", BigInteger, nullable=False, server_default="0"),
    Column("is_locked", Boolean, nullable=False, server_default="0"),
    Column("is_pinned", Boolean, nullable=False, server_default="0"),
    Column("archive_key", String(64), nullable=True, unique=True),
    Column("merged_into", Id, nullable=True),
    Column("moved_count", Integer, nullable=False, server_default="0"),
)
"""``post_count`` counts posts that are not removed; ``last_number`` is the highest number ever given.
``bumped_ms`` orders the thread list. ``archive_key`` names the imported thread, so that importing again finds it.
``merged_into`` is where all its posts went; such a thread is in no list. ``moved_count``: posts that ever left it."""
Index("ix_threads_recent", threads.c.forum_id, threads.c.bumped_ms)
Index("ix_threads_list", threads.c.forum_id, threads.c.is_pinned, threads.c.bumped_ms, threads.c.id)

posts = Table(
    "posts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("thread_id", Id, ForeignKey("threads.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("author_id", Id, ForeignKey("members.id"), nullable=False),
    Column("format", String(16), nullable=False, server_default="markdown"),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("rendering", Integer, nullable=False, server_default="1"),
    Column("created_ms", BigInteger, nullable=True),
    Column("created_day", String(10), nullable=True),
    Column("edited_ms", BigInteger, nullable=True),
    Column("removed_ms", BigInteger, nullable=True),
    Column("removed_by", Id, ForeignKey("members.id"), nullable=True),
    Column("key_hash", String(16), nullable=True),
    Column("positive", Integer, nullable=False, server_default="0"),
    Column("negative", Integer, nullable=False, server_default="0"),
    UniqueConstraint("thread_id", "number"),
    CheckConstraint("format in ('markdown', 'literal')", name="format"),
)
"""``html`` is ``text`` rendered and sanitised once, when it was written, by the rules that ``rendering`` numbers: what
is older than `forum.text.RENDERING` is rendered anew as it is read (`store.renewing`). ``positive`` and ``negative``
are the numbers of its rows among the ratings."""
Index("ix_posts_author_id", posts.c.author_id)

post_versions = Table(
    "post_versions",
    metadata,
    Column("post_id", Id, ForeignKey("posts.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("format", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("written_ms", BigInteger, nullable=True),
    Column("replaced_ms", BigInteger, nullable=False),
    Column("replaced_by", Id, ForeignKey("members.id"), nullable=False),
)
"""Older texts of a post: the row says which version had this text until it was replaced."""

moved_posts = Table(
    "moved_posts",
    metadata,
    Column("thread_id", Id, ForeignKey("threads.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("post_id", Id, ForeignKey("posts.id"), nullable=False),
    Column("version", Integer, nullable=False),
)
"""The lines that moved posts leave: which post had this place, and the version that leaving gave it."""
Index("ix_moved_posts_post_id", moved_posts.c.post_id, moved_posts.c.version)

ratings = Table(
    "ratings",
    metadata,
    Column("post_id", Id, ForeignKey("posts.id"), primary_key=True),
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True),
    Column("mark", Integer, nullable=False),
    Column("rated_ms", BigInteger, nullable=False),
    CheckConstraint("mark in (-1, 1)", name="mark"),
)
"""Who rated what is for that member alone to see. A mark that was taken back has no row."""

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
"""``outcome`` is the JSON of the first answer's identifiers; the row is kept as long as the post."""

heads = Table(
    "heads",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False, server_default="1"),
    Column("touched", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)
"""``touched`` orders heads for the sweep without a clock: a counter on SQLite, the transaction's xid8 on PostgreSQL.
``first_seq`` is the oldest seq that the log still keeps."""

log = Table(
    "log",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("about_id", BigInteger, nullable=False),
    Column("about_version", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Durable events, in their channel's order. No text: events are rendered from current state when they are read."""
