"""Making and shaping forums: where threads can begin."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tertulia_server.actions.context import Actions
from tertulia_server.forum.models import Audience, Visitor
from tertulia_server.forum.rights import check_may_administer
from tertulia_server.forum.shaping import (
    CategoryChange,
    ForumChange,
    check_description,
    check_place_name,
    check_position,
)
from tertulia_server.store import forums
from tertulia_server.store.port import Connection
from tertulia_server.store.shaping import write_category, write_category_change, write_forum, write_forum_change

FIRST_CATEGORY: Final = "Forums"
FIRST_FORUM: Final = "General"


async def create_forum(
    actions: Actions,
    name: str,
    *,
    visitor: Visitor | None = None,
    category: str = FIRST_CATEGORY,
    description: str = "",
    audience: Audience = Audience.PUBLIC,
    posting: Audience = Audience.MEMBERS,
    position: int = 0,
) -> int:
    """Make a forum, and its category if that is missing; the forum's id. Without ``visitor`` for who has the database.

    `Refusal`: as `check_may_administer`, ``INVALID`` for a name or a description that cannot be, ``NAME_TAKEN``.
    """
    _check(visitor)
    return await actions.store.write(
        write_forum,
        check_place_name(name),
        category=check_place_name(category),
        description=check_description(description),
        audience=audience,
        posting=posting,
        position=check_position(position),
    )


async def edit_forum(actions: Actions, visitor: Visitor | None, forum_id: int, change: ForumChange) -> None:
    """Rename, describe, place a forum, say who reads it and who posts; who may no longer read it is told at once.

    `Refusal` as `create_forum`, and ``NOT_FOUND``.
    """
    _check(visitor)
    checked = replace(
        change,
        name=None if change.name is None else check_place_name(change.name),
        category=None if change.category is None else check_place_name(change.category),
        description=None if change.description is None else check_description(change.description),
        position=None if change.position is None else check_position(change.position),
    )
    actions.tell(await actions.store.write(write_forum_change, forum_id, checked))


async def create_category(actions: Actions, visitor: Visitor | None, name: str, *, position: int = 0) -> int:
    """Make a category, which is in no index before it has a forum; its id. `Refusal` as `create_forum`."""
    _check(visitor)
    return await actions.store.write(write_category, check_place_name(name), check_position(position))


async def edit_category(actions: Actions, visitor: Visitor | None, category_id: int, change: CategoryChange) -> None:
    """Rename or place a category. `Refusal` as `create_forum`, and ``NOT_FOUND``."""
    _check(visitor)
    checked = replace(
        change,
        name=None if change.name is None else check_place_name(change.name),
        position=None if change.position is None else check_position(change.position),
    )
    await actions.store.write(write_category_change, category_id, checked)


def _check(visitor: Visitor | None) -> None:
    if visitor is not None:
        check_may_administer(visitor)


async def ensure_first_forum(actions: Actions) -> None:
    """A forum to begin in, where there is none yet: a server that nobody can write in is of no use.

    Where there is one nothing is written: a server starts beside another that holds the lock, and on a full disk.
    """
    if not await actions.store.read(forums.has_forums):
        await actions.store.write(_ensure_first)


def _ensure_first(conn: Connection) -> None:
    if not forums.has_forums(conn):
        forums.create_forum(conn, forums.ensure_category(conn, FIRST_CATEGORY), FIRST_FORUM)
