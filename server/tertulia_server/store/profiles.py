"""A member as others see them: the card, and the posts that the visitor may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select

from tertulia_server.forum.cards import Member, card_of
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.pages import page_of
from tertulia_server.forum.rights import may_read
from tertulia_server.store.bots import find_owner
from tertulia_server.store.forums import read_forums
from tertulia_server.store.heads import read_cursor, read_cursors
from tertulia_server.store.members import get_member
from tertulia_server.store.posts import post_data
from tertulia_server.store.renewing import renew_html
from tertulia_server.store.schema import posts, threads
from tertulia_server.store.threads import read_threads
from tertulia_wire.channels import SITE_CHANNEL, forum_channel
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import CardData, ForumData, PostData, ThreadData

POSTS_PER_PROFILE: Final = 20

_POSTS: Final = (
    select(posts)
    .join_from(posts, threads)
    .where(
        posts.c.author_id == bindparam("author_id"),
        posts.c.id < bindparam("before"),
        posts.c.removed_ms.is_(None),
        threads.c.forum_id.in_(bindparam("forum_ids", expanding=True)),
    )
    .order_by(posts.c.id.desc())
    .limit(POSTS_PER_PROFILE + 1)
)
MAX_ID: Final = 10**18


@dataclass(frozen=True, slots=True)
class ProfilePost:
    """A post and where it stands."""

    post: PostData
    thread: ThreadData
    forum: ForumData
    page: int


@dataclass(frozen=True, slots=True)
class Profile:
    """``older`` is the id before which the next page begins, None on the last. ``owner`` is of a member's bot.

    ``site_cursor`` is that of the channel in which changes of the card are told, ``cursors`` those of the forums where
    the posts stand.
    """

    site_cursor: Cursor
    member: Member
    card: CardData
    owner: CardData | None
    posts: list[ProfilePost]
    older: int | None
    cursors: dict[str, Cursor]


def read_profile(conn: Connection, visitor: Visitor, member_id: int, before: int = MAX_ID) -> Profile | None:
    """A member and their latest posts before that id, of the forums that the visitor may read; None for nobody."""
    site_cursor = read_cursor(conn, SITE_CHANNEL)
    member = get_member(conn, member_id)
    if member is None:
        return None
    card = card_of(member)
    forums = {row.forum["id"]: row.forum for row in read_forums(conn) if may_read(visitor, row.rules)}
    values = {"author_id": member_id, "before": before, "forum_ids": sorted(forums)}
    rows = conn.execute(_POSTS, values).all()
    shown = rows[:POSTS_PER_PROFILE]
    found = read_threads(conn, {row.thread_id for row in shown})
    renewed = renew_html(conn, shown)
    entries = []
    for row in shown:
        thread = found[row.thread_id]
        entries.append(
            ProfilePost(post_data(row, card, renewed), thread, forums[thread["forum_id"]], page_of(row.number))
        )
    owner = find_owner(conn, member_id) if member.is_bot else None
    older = shown[-1].id if len(rows) > len(shown) else None
    cursors = read_cursors(conn, map(forum_channel, sorted({entry.forum["id"] for entry in entries})))
    return Profile(site_cursor, member, card, None if owner is None else card_of(owner), entries, older, cursors)
