"""Who moderates, and who administers: given and taken by an administrator, or by whoever has the database."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import check_may_administer
from tertulia_server.store import moderators
from tertulia_server.store.announcing import Announcement
from tertulia_server.store.forums import find_rules
from tertulia_server.store.members import find_member_by_name
from tertulia_server.store.port import Connection
from tertulia_server.store.rights_log import member_rights, rights_changed
from tertulia_wire.codes import Code


async def appoint_moderator(actions: Actions, visitor: Visitor | None, name: str, forum_id: int) -> None:
    """Give a forum to the member of this name; ``visitor`` None is whoever has the database.

    `Refusal`: as `check_may_administer`, ``NOT_FOUND`` for no such member or forum, ``FORBIDDEN`` for members out of an
    archive. Who moderates it already goes on.
    """
    _check(visitor)
    actions.tell(await actions.store.write(_appoint, name, forum_id))


async def dismiss_moderator(actions: Actions, visitor: Visitor | None, name: str, forum_id: int) -> None:
    """Take a forum from the member of this name; refuses as `appoint_moderator`."""
    _check(visitor)
    actions.tell(await actions.store.write(_dismiss, name, forum_id))


async def set_administrator(actions: Actions, visitor: Visitor | None, name: str, *, is_one: bool) -> None:
    """Make somebody an administrator, or no longer; refuses as `appoint_moderator`, and oneself (``FORBIDDEN``)."""
    _check(visitor)
    actions.tell(await actions.store.write(_set_administrator, visitor, name, is_one=is_one))


def _check(visitor: Visitor | None) -> None:
    if visitor is not None:
        check_may_administer(visitor)


def _appoint(conn: Connection, name: str, forum_id: int) -> Announcement | None:
    member_id = _find(conn, name, forum_id)
    return rights_changed(conn, member_rights(member_id)) if moderators.appoint(conn, member_id, forum_id) else None


def _dismiss(conn: Connection, name: str, forum_id: int) -> Announcement | None:
    member_id = _find(conn, name, forum_id)
    return rights_changed(conn, member_rights(member_id)) if moderators.dismiss(conn, member_id, forum_id) else None


def _set_administrator(conn: Connection, visitor: Visitor | None, name: str, *, is_one: bool) -> Announcement | None:
    member_id = _find(conn, name)
    if visitor is not None and visitor.member_id == member_id:
        raise Refusal(Code.FORBIDDEN, "Nobody takes their own keys away: another administrator can.")
    is_changed = moderators.set_administrator(conn, member_id, is_one=is_one)
    return rights_changed(conn, member_rights(member_id)) if is_changed else None


def _find(conn: Connection, name: str, forum_id: int | None = None) -> int:
    member = find_member_by_name(conn, name)
    if member is None:
        raise Refusal(Code.NOT_FOUND, Sentence("There is no member named %(name)s.", name=repr(name)))
    if member.is_imported:
        raise Refusal(Code.FORBIDDEN, "Members out of an archive never sign in: they moderate nothing.")
    if forum_id is not None and find_rules(conn, forum_id) is None:
        raise Refusal(Code.NOT_FOUND, "There is no such forum.")
    return member.id
