"""Members by their names: those whom a text mentions, and those whom one may be about to mention."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, func, or_, select

from tertulia_server.forum.mention_names import Mentioned
from tertulia_server.forum.names import name_key
from tertulia_server.store.schema import members, posts

MAX_SUGGESTIONS: Final = 8

MIN_PREFIX_CHARS: Final = 2
"""From here on all members are looked through; before that only those who write in the thread."""

MAX_RECENT_POSTS: Final = 200
"""Of the thread, whose authors are thought of first."""

_BY_KEYS: Final = select(members.c.id, members.c.name, members.c.name_key).where(
    members.c.name_key.in_(bindparam("keys", expanding=True))
)
_recent = (
    select(posts.c.author_id, posts.c.number)
    .where(posts.c.thread_id == bindparam("thread_id"), posts.c.removed_ms.is_(None))
    .order_by(posts.c.number.desc())
    .limit(MAX_RECENT_POSTS)
    .subquery("recent")
)
_STARTS: Final = func.substr(members.c.name_key, 1, bindparam("length")) == bindparam("start")
_WRITERS: Final = (
    select(members.c.id, members.c.name)
    .join_from(_recent, members, members.c.id == _recent.c.author_id)
    .where(_STARTS, members.c.id != bindparam("own_id"))
    .group_by(members.c.id, members.c.name)
    .order_by(func.max(_recent.c.number).desc())
    .limit(MAX_SUGGESTIONS)
)
_ANYBODY: Final = (
    select(members.c.id, members.c.name)
    .where(
        _STARTS,
        members.c.id != bindparam("own_id"),
        or_(members.c.is_banned.is_(False), bindparam("start") == members.c.name_key),
    )
    .order_by(members.c.is_imported, (members.c.base_messages + members.c.messages).desc(), members.c.id)
    .limit(MAX_SUGGESTIONS)
)


class Suggestion(NamedTuple):
    """A member whose name begins as asked."""

    id: int
    name: str


def find_mentioned(conn: Connection, names: Iterable[str]) -> dict[str, Mentioned]:
    """Who has these names (`find_mentions`), by `name_key`, in one query."""
    keys = sorted({name_key(name) for name in names})
    if not keys:
        return {}
    return {row.name_key: Mentioned(row.id, row.name) for row in conn.execute(_BY_KEYS, {"keys": keys})}


def suggest_names(conn: Connection, start: str, *, thread_id: int | None, own_id: int) -> list[Suggestion]:
    """Up to `MAX_SUGGESTIONS` other members whose names begin so: those of the thread first, then who wrote most.

    The caller has asked whether the thread may be read.
    """
    key = name_key(start)
    values = {"start": key, "length": len(key), "own_id": own_id}
    found: dict[int, Suggestion] = {}
    if thread_id is not None:
        rows = conn.execute(_WRITERS, {**values, "thread_id": thread_id})
        found.update((row.id, Suggestion(row.id, row.name)) for row in rows)
    if len(key) >= MIN_PREFIX_CHARS and len(found) < MAX_SUGGESTIONS:
        rows = conn.execute(_ANYBODY, values)
        found.update((row.id, Suggestion(row.id, row.name)) for row in rows if row.id not in found)
    return list(found.values())[:MAX_SUGGESTIONS]
