"""The audit log: who did what, in the transaction that did it. Rows are added here, and nowhere changed or deleted."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, or_, select

from tertulia_server.forum.models import EventDraft
from tertulia_server.forum.moderation import AuditAction, AuditEntry
from tertulia_server.store.schema import audit, forums, members
from tertulia_wire.channels import MODERATION_CHANNEL
from tertulia_wire.events import MODERATION_CHANGED

ENTRIES_PER_PAGE: Final = 50

_actor = members.alias("actor")
_about = members.alias("about")
_INSERT: Final = insert(audit)
_READ: Final = (
    select(
        audit,
        _actor.c.name.label("actor"),
        _about.c.name.label("member"),
        forums.c.name.label("forum"),
        forums.c.slug.label("forum_slug"),
    )
    .select_from(
        audit.outerjoin(_actor, _actor.c.id == audit.c.actor_id)
        .outerjoin(_about, _about.c.id == audit.c.member_id)
        .outerjoin(forums, forums.c.id == audit.c.forum_id)
    )
    .where(audit.c.id < bindparam("before"))
    .order_by(audit.c.id.desc())
    .limit(ENTRIES_PER_PAGE + 1)
)
_OF_FORUMS: Final = _READ.where(
    or_(audit.c.forum_id.is_(None), audit.c.forum_id.in_(bindparam("forum_ids", expanding=True)))
)
_NEWEST: Final = 2**62


class AuditLine(NamedTuple):
    """An entry as it is read: with the names that its ids have now."""

    id: int
    entry: AuditEntry
    actor: str | None
    member: str | None
    forum: str | None
    forum_slug: str | None


class AuditPage(NamedTuple):
    """Lines, newest first; ``before`` is where the next page begins, None at the end."""

    lines: Sequence[AuditLine]
    before: int | None


def moderation_changed() -> EventDraft:
    """That those who moderate have something to look at: to be announced by whatever changes it."""
    return EventDraft(MODERATION_CHANNEL, MODERATION_CHANGED, 0, 0)


def insert_entry(conn: Connection, entry: AuditEntry) -> EventDraft:
    """Add a line; the answer is to be announced, once for all that a transaction adds."""
    row = {
        "at_ms": entry.at_ms,
        "actor_id": entry.actor_id,
        "action": entry.action.value,
        "forum_id": entry.forum_id,
        "thread_id": entry.thread_id,
        "post_id": entry.post_id,
        "member_id": entry.member_id,
        "detail": json.dumps(dict(entry.detail), ensure_ascii=False, separators=(",", ":")),
    }
    conn.execute(_INSERT, row)
    return moderation_changed()


def read_entries(conn: Connection, before: int | None = None, *, forum_ids: Collection[int] | None = None) -> AuditPage:
    """The lines before one, or the newest. With ``forum_ids`` only those of these forums, and of the whole site."""
    values: Mapping[str, object] = {"before": before or _NEWEST}
    if forum_ids is None:
        rows = conn.execute(_READ, values).all()
    else:
        rows = conn.execute(_OF_FORUMS, {**values, "forum_ids": sorted(forum_ids)}).all()
    lines = [
        AuditLine(
            row.id,
            AuditEntry(
                at_ms=row.at_ms,
                actor_id=row.actor_id,
                action=AuditAction(row.action),
                forum_id=row.forum_id,
                thread_id=row.thread_id,
                post_id=row.post_id,
                member_id=row.member_id,
                detail=json.loads(row.detail),
            ),
            row.actor,
            row.member,
            row.forum,
            row.forum_slug,
        )
        for row in rows[:ENTRIES_PER_PAGE]
    ]
    return AuditPage(lines, lines[-1].id if len(rows) > ENTRIES_PER_PAGE else None)
