"""A small forum with people in it, for tests that need somewhere to write."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sqlalchemy import Connection, update

from tertulia_server.forum.models import Audience, Visitor
from tertulia_server.forum.titles import slug_of
from tertulia_server.store.forums import create_category, create_forum
from tertulia_server.store.members import get_member, insert_member
from tertulia_server.store.moderators import appoint, read_visitors
from tertulia_server.store.posting import Draft, Written, write_post, write_thread
from tertulia_server.store.schema import members, threads

NOW_MS = 1_760_000_000_000

_keys = count(1)


@dataclass(frozen=True)
class Town:
    """A public forum, the staff's and the members'; ada and bob are members, mona moderates all, rob is banned."""

    forum_id: int
    staff_forum_id: int
    members_forum_id: int
    ada: Visitor
    bob: Visitor
    mona: Visitor
    rob: Visitor


def found_town(conn: Connection) -> Town:
    category_id = create_category(conn, "Town")
    forum_id = create_forum(conn, category_id, "Town talk", description="All and sundry", position=1)
    staff_forum_id = create_forum(conn, category_id, "Staff", audience=Audience.STAFF, position=2)
    members_forum_id = create_forum(conn, category_id, "Members", audience=Audience.MEMBERS, position=3)
    visitors = {}
    for name in ("ada", "bob", "mona", "rob"):
        member_id = insert_member(conn, name, joined_ms=NOW_MS)
        for moderated_id in (forum_id, staff_forum_id, members_forum_id) if name == "mona" else ():
            appoint(conn, member_id, moderated_id)
        if name == "rob":
            ban(conn, member_id)
        visitors[name] = visitor_with_id(conn, member_id)
    return Town(forum_id, staff_forum_id, members_forum_id, **visitors)


def visitor_with_id(conn: Connection, member_id: int) -> Visitor:
    """The member as one who asks, with the rights of now."""
    member = get_member(conn, member_id)
    assert member is not None
    return read_visitors(conn, [member])[member_id]


def ban(conn: Connection, member_id: int) -> None:
    conn.execute(update(members).where(members.c.id == member_id).values(is_banned=True))


def lock(conn: Connection, thread_id: int) -> None:
    conn.execute(update(threads).where(threads.c.id == thread_id).values(is_locked=True))


def move(conn: Connection, thread_id: int, forum_id: int) -> None:
    conn.execute(update(threads).where(threads.c.id == thread_id).values(forum_id=forum_id))


def draft(visitor: Visitor, text: str = "Good evening.", *, key: str = "", now_ms: int = NOW_MS) -> Draft:
    assert visitor.member_id is not None
    return Draft(visitor.member_id, text, f"<p>{text}</p>", key or f"some-key-{next(_keys)}", now_ms)


def begin_thread(conn: Connection, visitor: Visitor, forum_id: int, title: str = "The fair") -> Written:
    return write_thread(conn, visitor, forum_id, title, slug_of(title), draft(visitor, "Who comes?"))


def add_post(
    conn: Connection, visitor: Visitor, thread_id: int, text: str = "I do.", *, key: str = "", now_ms: int = NOW_MS
) -> Written:
    return write_post(conn, visitor, thread_id, draft(visitor, text, key=key, now_ms=now_ms))
