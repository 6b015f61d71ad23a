"""The transactions that ban a member, end a ban, and end all whose time has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import EventDraft, Visitor
from tertulia_server.forum.moderation import AuditAction, AuditEntry
from tertulia_server.forum.rights import check_may_ban
from tertulia_server.store.announcing import Announcement, announce
from tertulia_server.store.audit import insert_entry, moderation_changed
from tertulia_server.store.members import Member, member_columns, member_of
from tertulia_server.store.moderating import check_member_standing
from tertulia_server.store.rights_log import member_rights
from tertulia_server.store.schema import members
from tertulia_wire.channels import SITE_CHANNEL
from tertulia_wire.codes import Code
from tertulia_wire.events import MEMBER_CHANGED

MAX_ENDED_AT_ONCE: Final = 50
"""Bans that one transaction ends; the next one ends the rest."""

_LOCKED: Final = select(*member_columns).where(members.c.id == bindparam("member_id")).with_for_update(key_share=True)
_DUE: Final = (
    select(members.c.id)
    .where(members.c.banned_until_ms <= bindparam("now_ms"))
    .order_by(members.c.banned_until_ms)
    .limit(MAX_ENDED_AT_ONCE)
)


def write_ban(
    conn: Connection, visitor: Visitor | None, member_id: int, reason: str, until_ms: int | None, *, now_ms: int
) -> Announcement | None:
    """Ban a member until a time, or for good; a ban that is there gets this reason and end. None: it has them.

    ``visitor`` None is whoever has the database. `Refusal`: as `check_may_ban`, ``NOT_FOUND`` for nobody.
    """
    target = _find_target(conn, visitor, member_id)
    if (target.is_banned, target.ban_reason, target.banned_until_ms) == (True, reason, until_ms):
        return None
    detail: dict[str, str | int] = {"reason": reason, **({} if until_ms is None else {"until_ms": until_ms})}
    insert_entry(conn, _entry(visitor, AuditAction.MEMBER_BANNED, member_id, now_ms, detail))
    return _set_ban(conn, [member_id], is_banned=True, reason=reason, until_ms=until_ms)


def write_unban(conn: Connection, visitor: Visitor | None, member_id: int, *, now_ms: int) -> Announcement | None:
    """End a ban; None if there is none. Refuses as `write_ban`."""
    target = _find_target(conn, visitor, member_id)
    if not target.is_banned:
        return None
    insert_entry(conn, _entry(visitor, AuditAction.MEMBER_UNBANNED, member_id, now_ms, {}))
    return _set_ban(conn, [member_id], is_banned=False)


def find_ended_bans(conn: Connection, now_ms: int) -> Sequence[int]:
    """The members whose ban has come to its end, `MAX_ENDED_AT_ONCE` of them at most."""
    return conn.execute(_DUE, {"now_ms": now_ms}).scalars().all()


def write_ended_bans(conn: Connection, *, now_ms: int) -> Announcement | None:
    """End the bans whose time has come; None if there are none: another worker may have been here before."""
    due = conn.execute(_DUE.with_for_update(key_share=True, skip_locked=True), {"now_ms": now_ms}).scalars().all()
    if not due:
        return None
    for member_id in due:
        insert_entry(conn, _entry(None, AuditAction.BAN_ENDED, member_id, now_ms, {}))
    return _set_ban(conn, sorted(due), is_banned=False)


def _find_target(conn: Connection, visitor: Visitor | None, member_id: int) -> Member:
    if visitor is not None:
        check_member_standing(conn, visitor)
    row = conn.execute(_LOCKED, {"member_id": member_id}).one_or_none()
    if row is None:
        raise Refusal(Code.NOT_FOUND, "There is no such member.")
    target = member_of(row)
    if visitor is not None:
        check_may_ban(visitor, target.id, target.role)
    return target


def _set_ban(
    conn: Connection,
    member_ids: Sequence[int],
    *,
    is_banned: bool,
    reason: str | None = None,
    until_ms: int | None = None,
) -> Announcement:
    values = {
        "is_banned": is_banned,
        "ban_reason": reason,
        "banned_until_ms": until_ms,
        "version": members.c.version + 1,
    }
    changed = update(members).where(members.c.id.in_(member_ids)).values(values)
    rows = conn.execute(changed.returning(members.c.id, members.c.version))
    versions: dict[int, int] = {row.id: row.version for row in rows}
    told = [EventDraft(SITE_CHANNEL, MEMBER_CHANGED, member_id, versions[member_id]) for member_id in member_ids]
    rights = [member_rights(member_id) for member_id in member_ids]
    return announce(conn, [*told, moderation_changed(), *rights])


def _entry(
    visitor: Visitor | None, action: AuditAction, member_id: int, now_ms: int, detail: dict[str, str | int]
) -> AuditEntry:
    actor_id = None if visitor is None else visitor.member_id
    return AuditEntry(at_ms=now_ms, actor_id=actor_id, action=action, member_id=member_id, detail=detail)
