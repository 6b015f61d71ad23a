"""The transactions with which an administrator shapes the index, and the plan of it that the administrator sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import Audience, ForumRules
from tertulia_server.forum.shaping import CategoryChange, ForumChange
from tertulia_server.forum.titles import slug_of
from tertulia_server.store import forums as places
from tertulia_server.store.announcing import Announcement
from tertulia_server.store.moderators import read_moderators
from tertulia_server.store.rights_log import forum_rights, rights_changed
from tertulia_server.store.schema import categories, forums
from tertulia_wire.codes import Code
from tertulia_wire.data import ForumData

_CATEGORIES: Final = select(categories).order_by(categories.c.position, categories.c.id)
_FIND_CATEGORY: Final = select(categories.c.id).where(categories.c.name == bindparam("category_name"))
_LOCKED: Final = select(forums).where(forums.c.id == bindparam("forum_id")).with_for_update()
_POSITIONS: Final = select(forums.c.id, forums.c.position)


@dataclass(frozen=True, slots=True)
class ForumPlan:
    """A forum with all that its readers do not see of it. ``moderators``: ids and names."""

    forum: ForumData
    rules: ForumRules
    position: int
    moderators: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """A category with its forums, in their order; an empty one is in no index."""

    id: int
    name: str
    position: int
    forums: Sequence[ForumPlan]


def read_plan(conn: Connection) -> list[CategoryPlan]:
    """All categories and forums, whoever may read them. A reading operation."""
    moderators = read_moderators(conn)
    positions = {row.id: row.position for row in conn.execute(_POSITIONS)}
    plans: dict[str, list[ForumPlan]] = {}
    for row in places.read_forums(conn):
        forum_id = row.forum["id"]
        plan = ForumPlan(row.forum, row.rules, positions[forum_id], moderators.get(forum_id, []))
        plans.setdefault(row.forum["category"], []).append(plan)
    return [CategoryPlan(row.id, row.name, row.position, plans.get(row.name, [])) for row in conn.execute(_CATEGORIES)]


def write_forum(
    conn: Connection,
    name: str,
    *,
    category: str,
    description: str,
    audience: Audience,
    posting: Audience,
    position: int,
) -> int:
    """Make a forum, and its category if that is missing; the forum's id. `Refusal` with ``NAME_TAKEN``."""
    _check_name_is_free(conn, name)
    category_id = places.ensure_category(conn, category)
    return places.create_forum(
        conn, category_id, name, description=description, audience=audience, posting=posting, position=position
    )


def write_forum_change(conn: Connection, forum_id: int, change: ForumChange) -> Announcement | None:
    """Change a forum; None if who may read it is as it was. `Refusal`: ``NOT_FOUND``, ``NAME_TAKEN``."""
    row = conn.execute(_LOCKED, {"forum_id": forum_id}).one_or_none()
    if row is None:
        raise Refusal(Code.NOT_FOUND, "There is no such forum.")
    values: dict[str, Any] = {"version": forums.c.version + 1}
    if change.name is not None and change.name != row.name:
        _check_name_is_free(conn, change.name)
        values |= {"name": change.name, "slug": slug_of(change.name, fallback="forum")}
    if change.category is not None:
        values["category_id"] = places.ensure_category(conn, change.category)
    if change.description is not None:
        values["description"] = change.description
    if change.position is not None:
        values["position"] = change.position
    if change.posting is not None:
        values["posting"] = change.posting.value
    if change.audience is not None:
        values["audience"] = change.audience.value
    conn.execute(update(forums).where(forums.c.id == forum_id).values(values))
    is_same_audience = change.audience is None or change.audience.value == row.audience
    return None if is_same_audience else rights_changed(conn, forum_rights(forum_id))


def write_category(conn: Connection, name: str, position: int) -> int:
    """Make a category; its id. `Refusal` with ``NAME_TAKEN``."""
    _check_category_is_free(conn, name)
    return places.create_category(conn, name, position)


def write_category_change(conn: Connection, category_id: int, change: CategoryChange) -> None:
    """Rename or place a category. `Refusal`: ``NOT_FOUND``, ``NAME_TAKEN``."""
    row = conn.execute(select(categories).where(categories.c.id == category_id).with_for_update()).one_or_none()
    if row is None:
        raise Refusal(Code.NOT_FOUND, "There is no such category.")
    if change.name is not None and change.name != row.name:
        _check_category_is_free(conn, change.name)
    values = {
        "name": row.name if change.name is None else change.name,
        "position": row.position if change.position is None else change.position,
    }
    conn.execute(update(categories).where(categories.c.id == category_id).values(values))


def _check_name_is_free(conn: Connection, name: str) -> None:
    if places.find_forum(conn, name) is not None:
        raise Refusal(Code.NAME_TAKEN, Sentence("There is a forum named %(name)s already.", name=repr(name)))


def _check_category_is_free(conn: Connection, name: str) -> None:
    if conn.execute(_FIND_CATEGORY, {"category_name": name}).first() is not None:
        raise Refusal(Code.NAME_TAKEN, Sentence("There is a category named %(name)s already.", name=repr(name)))
