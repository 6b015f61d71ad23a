"""Moderators of forums: who they are, appointing and dismissing them. The role on the account follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from tertulia_server.forum.cards import Member, visitor_of
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.store.schema import forum_moderators, members

_MODERATED: Final = select(forum_moderators.c.member_id, forum_moderators.c.forum_id).where(
    forum_moderators.c.member_id.in_(bindparam("ids", expanding=True))
)
_MODERATORS: Final = (
    select(forum_moderators.c.forum_id, members.c.id, members.c.name)
    .join_from(forum_moderators, members)
    .order_by(forum_moderators.c.forum_id, members.c.name_key)
)
_IS_THERE: Final = select(func.count()).where(
    forum_moderators.c.forum_id == bindparam("forum_id"), forum_moderators.c.member_id == bindparam("member_id")
)
_APPOINT: Final = insert(forum_moderators)
_DISMISS: Final = delete(forum_moderators).where(
    forum_moderators.c.forum_id == bindparam("forum_id"), forum_moderators.c.member_id == bindparam("member_id")
)
_LOCKED: Final = select(members.c.role).where(members.c.id == bindparam("member_id")).with_for_update()
_SET_ROLE: Final = (
    update(members)
    .where(members.c.id == bindparam("member_id"))
    .values(role=bindparam("new_role"), version=members.c.version + 1)
)


def read_moderated(conn: Connection, member_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """The forums that each of these members moderates; members without any are left out."""
    wanted = sorted(set(member_ids))
    found: dict[int, set[int]] = {}
    for member_id, forum_id in conn.execute(_MODERATED, {"ids": wanted}) if wanted else ():
        found.setdefault(member_id, set()).add(forum_id)
    return {member_id: frozenset(forums) for member_id, forums in found.items()}


def read_visitors(conn: Connection, found: Sequence[Member]) -> dict[int, Visitor]:
    """Members as those who ask, by id; one question more where there are moderators among them."""
    moderated = read_moderated(conn, [member.id for member in found if member.role is not Role.MEMBER])
    return {member.id: visitor_of(member, moderated.get(member.id, frozenset())) for member in found}


def read_moderators(conn: Connection) -> dict[int, list[tuple[int, str]]]:
    """By forum: the ids and names of its moderators, in the order of their names."""
    found: dict[int, list[tuple[int, str]]] = {}
    for forum_id, member_id, name in conn.execute(_MODERATORS):
        found.setdefault(forum_id, []).append((member_id, name))
    return found


def appoint(conn: Connection, member_id: int, forum_id: int) -> bool:
    """Give the forum to the member, who must be there, as it must; False if nothing changed."""
    role = _lock_role(conn, member_id)
    place = {"forum_id": forum_id, "member_id": member_id}
    if conn.execute(_IS_THERE, place).scalar_one():
        return False
    if role is Role.MEMBER:
        _set_role(conn, member_id, Role.MODERATOR)
    conn.execute(_APPOINT, place)
    return True


def dismiss(conn: Connection, member_id: int, forum_id: int) -> bool:
    """Take the forum away; a moderator of none is a member again. False if nothing changed."""
    role = _lock_role(conn, member_id)
    if conn.execute(_DISMISS, {"forum_id": forum_id, "member_id": member_id}).rowcount == 0:
        return False
    if role is Role.MODERATOR and not read_moderated(conn, [member_id]):
        _set_role(conn, member_id, Role.MEMBER)
    return True


def set_administrator(conn: Connection, member_id: int, *, is_one: bool) -> bool:
    """Make the member an administrator, or what they would be without that. False if nothing changed."""
    role = _lock_role(conn, member_id)
    if (role is Role.ADMINISTRATOR) == is_one:
        return False
    below = Role.MODERATOR if read_moderated(conn, [member_id]) else Role.MEMBER
    _set_role(conn, member_id, Role.ADMINISTRATOR if is_one else below)
    return True


def _lock_role(conn: Connection, member_id: int) -> Role:
    """Until the end of the transaction nobody else appoints or dismisses this member."""
    return Role(conn.execute(_LOCKED, {"member_id": member_id}).scalar_one())


def _set_role(conn: Connection, member_id: int, role: Role) -> None:
    conn.execute(_SET_ROLE, {"member_id": member_id, "new_role": role.value})
