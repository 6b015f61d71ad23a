"""Forums and their categories: reading them, making them, and the counters that posts and threads move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from tertulia_server.forum.models import Audience, ForumRules
from tertulia_server.forum.titles import slug_of
from tertulia_server.store.schema import categories, forums, threads
from tertulia_wire.data import ForumData

_FORUMS: Final = select(forums, categories.c.name.label("category")).join_from(forums, categories)
_BY_ID: Final = _FORUMS.where(forums.c.id == bindparam("forum_id"))
_IN_ORDER: Final = _FORUMS.order_by(categories.c.position, categories.c.id, forums.c.position, forums.c.id)
_RULES: Final = select(forums.c.id, forums.c.audience, forums.c.posting).where(forums.c.id == bindparam("forum_id"))
_FIND: Final = select(forums.c.id).where(forums.c.name == bindparam("forum_name"))
_FIND_CATEGORY: Final = select(categories.c.id).where(categories.c.name == bindparam("category_name"))
_ANY_FORUM: Final = select(forums.c.id).limit(1)
_INSERT_CATEGORY: Final = insert(categories).returning(categories.c.id)
_INSERT_FORUM: Final = insert(forums).returning(forums.c.id)
_ADD_POST: Final = (
    update(forums)
    .where(forums.c.id == bindparam("forum_id"))
    .values(
        version=forums.c.version + 1,
        post_count=forums.c.post_count + 1,
        thread_count=forums.c.thread_count + bindparam("new_threads"),
        last_thread_id=bindparam("thread_id"),
    )
)
_CHANGE_COUNT: Final = (
    update(forums)
    .where(forums.c.id == bindparam("forum_id"))
    .values(version=forums.c.version + 1, post_count=forums.c.post_count + bindparam("step"))
)
_LAST_THREAD: Final = (
    select(threads.c.id)
    .where(threads.c.forum_id == bindparam("of_forum_id"), threads.c.merged_into.is_(None))
    .order_by(threads.c.bumped_ms.desc(), threads.c.id.desc())
    .limit(1)
)
_COUNT: Final = (
    update(forums)
    .where(forums.c.id == bindparam("of_forum_id"))
    .values(
        version=forums.c.version + 1,
        thread_count=forums.c.thread_count + bindparam("more_threads"),
        post_count=forums.c.post_count + bindparam("more_posts"),
        last_thread_id=_LAST_THREAD.scalar_subquery(),
    )
)


class ForumRow(NamedTuple):
    """A forum as its readers see it, and what they do not see of it."""

    forum: ForumData
    rules: ForumRules
    last_thread_id: int | None


def read_forum(conn: Connection, forum_id: int) -> ForumRow | None:
    """One forum, or None."""
    row = conn.execute(_BY_ID, {"forum_id": forum_id}).one_or_none()
    return None if row is None else _to_forum(row)


def read_forums(conn: Connection) -> Sequence[ForumRow]:
    """All forums, in the order of the index."""
    return [_to_forum(row) for row in conn.execute(_IN_ORDER)]


def find_forum(conn: Connection, name: str) -> int | None:
    """The id of the forum with this very name, or None."""
    forum_id: int | None = conn.execute(_FIND, {"forum_name": name}).scalar_one_or_none()
    return forum_id


def find_rules(conn: Connection, forum_id: int) -> ForumRules | None:
    """What rights ask of the forum; None if there is no such forum."""
    row = conn.execute(_RULES, {"forum_id": forum_id}).one_or_none()
    return None if row is None else rules_of(row.id, row.audience, row.posting)


def rules_of(forum_id: int, audience: str, posting: str) -> ForumRules:
    """The same of the columns of a forum."""
    return ForumRules(forum_id, Audience(audience), Audience(posting))


def rules_in(row: Row[*tuple[Any, ...]]) -> ForumRules:
    """The same of a row that has them with the forum's id as ``forum_id``."""
    return rules_of(row.forum_id, row.audience, row.posting)


def has_forums(conn: Connection) -> bool:
    """Whether there is any forum yet."""
    return conn.execute(_ANY_FORUM).first() is not None


def ensure_category(conn: Connection, name: str) -> int:
    """The id of the category with this very name, made if it is missing."""
    category_id: int | None = conn.execute(_FIND_CATEGORY, {"category_name": name}).scalar_one_or_none()
    return create_category(conn, name) if category_id is None else category_id


def create_category(conn: Connection, name: str, position: int = 0) -> int:
    """Insert a category; the id. A name that is there already raises `IntegrityError`."""
    category_id: int = conn.execute(_INSERT_CATEGORY, {"name": name, "position": position}).scalar_one()
    return category_id


def create_forum(
    conn: Connection,
    category_id: int,
    name: str,
    *,
    description: str = "",
    audience: Audience = Audience.PUBLIC,
    posting: Audience = Audience.MEMBERS,
    position: int = 0,
) -> int:
    """Insert an empty forum; the id. A name that is there already raises `IntegrityError`."""
    values = {
        "category_id": category_id,
        "name": name,
        "slug": slug_of(name, fallback="forum"),
        "description": description,
        "audience": audience.value,
        "posting": posting.value,
        "position": position,
    }
    forum_id: int = conn.execute(_INSERT_FORUM, values).scalar_one()
    return forum_id


def add_post_to_forum(conn: Connection, forum_id: int, thread_id: int, *, new_threads: int = 0) -> None:
    """Count one more post, and show its thread beside the forum in the index."""
    conn.execute(_ADD_POST, {"forum_id": forum_id, "thread_id": thread_id, "new_threads": new_threads})


def take_post_from_forum(conn: Connection, forum_id: int) -> None:
    """Count one post less after its removal."""
    conn.execute(_CHANGE_COUNT, {"forum_id": forum_id, "step": -1})


def give_post_to_forum(conn: Connection, forum_id: int) -> None:
    """Count one post more after it was restored."""
    conn.execute(_CHANGE_COUNT, {"forum_id": forum_id, "step": 1})


def recount_forum(conn: Connection, forum_id: int, *, more_threads: int, more_posts: int) -> None:
    """Threads or posts came or went other than by being written; the thread last posted in is looked for."""
    counts = {"of_forum_id": forum_id, "more_threads": more_threads, "more_posts": more_posts}
    conn.execute(_COUNT, counts)


def _to_forum(row: Row[Any]) -> ForumRow:
    data = ForumData(
        id=row.id,
        version=row.version,
        category=row.category,
        name=row.name,
        slug=row.slug,
        description=row.description,
        thread_count=row.thread_count,
        post_count=row.post_count,
    )
    return ForumRow(data, rules_of(row.id, row.audience, row.posting), row.last_thread_id)
