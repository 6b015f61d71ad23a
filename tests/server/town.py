"""A small forum with people in it, for tests that need somewhere to write."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sqlalchemy import Connection, update

from tertulia_server.forum.models import Audience, Role, Visitor
from tertulia_server.forum.titles import slug_of
from tertulia_server.store.forums import create_category, create_forum
from tertulia_server.store.members import get_member, insert_member, visitor_of
from tertulia_server.store.posting import Draft, Written, write_post, write_thread
from tertulia_server.store.schema import members, threads

NOW_MS = 1_760_000_000_000

_keys = count(1)


@dataclass(frozen=True)
class Town:
    """Two forums, one of them the staff's; ada and bob are members, mona moderates, rob is banned."""

    forum_id: int
    staff_forum_id: int
    members_forum_id: int
    ada: Visitor
    bob: Visitor
    mona: Visitor
    rob: Visitor


def found_town(conn: Connection) -> Town:
    category_id = create_category(conn, "Town")
    visitors = {}
    for name in ("ada", "bob", "mona", "rob"):
        role = Role.MODERATOR if name == "mona" else Role.MEMBER
        member_id = insert_member(conn, name, joined_ms=NOW_MS, role=role)
        if name == "rob":
            ban(conn, member_id)
        member = get_member(conn, member_id)
        assert member is not None
        visitors[name] = visitor_of(member)
    return Town(
        forum_id=create_forum(conn, category_id, "Town talk", description="All and sundry", position=1),
        staff_forum_id=create_forum(conn, category_id, "Staff", audience=Audience.STAFF, position=2),
        members_forum_id=create_forum(conn, category_id, "Members", audience=Audience.MEMBERS, position=3),
        **visitors,
    )


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
