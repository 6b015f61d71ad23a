"""The transactions that change a thread itself: its title, whether it is locked, whether it stands at the top."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.moderation import AuditAction, AuditEntry, ThreadChange
from tertulia_server.forum.rights import check_may_moderate
from tertulia_server.store.announcing import Announcement, announce, drafts_in_thread
from tertulia_server.store.audit import insert_entry, moderation_changed
from tertulia_server.store.authors import check_standing
from tertulia_server.store.heads import read_cursor
from tertulia_server.store.schema import threads
from tertulia_server.store.threads import ThreadPlace, find_thread_place, read_threads
from tertulia_wire.channels import thread_channel
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import ThreadData
from tertulia_wire.events import THREAD_CHANGED


@dataclass(frozen=True, slots=True)
class ThreadWritten:
    """A thread as it is now, and the cursor of its channel. ``announcement`` is None where nothing was changed."""

    thread: ThreadData
    cursor: Cursor
    announcement: Announcement | None = None


def write_thread_change(
    conn: Connection, visitor: Visitor, thread_id: int, change: ThreadChange, *, now_ms: int
) -> ThreadWritten:
    """Change a thread for all who read it. What it is already changes nothing and is told to nobody.

    `Refusal`: ``NOT_FOUND``, as `check_may_moderate`.
    """
    place = find_moderated_thread(conn, visitor, thread_id)
    thread = read_threads(conn, [thread_id])[thread_id]
    values = _news(thread, change)
    if not values:
        return ThreadWritten(thread, read_cursor(conn, thread_channel(thread_id)))
    raised = {**values, "version": threads.c.version + 1}
    version = conn.execute(
        update(threads).where(threads.c.id == thread_id).values(raised).returning(threads.c.version)
    ).scalar_one()
    for entry in _entries(visitor, thread, values, now_ms):
        insert_entry(conn, entry)
    drafts = drafts_in_thread(thread_id, place.forum_id, THREAD_CHANGED, thread_id, version)
    announcement = announce(conn, [*drafts, moderation_changed()])
    return written_of(thread_id, announcement)


def find_moderated_thread(conn: Connection, visitor: Visitor, thread_id: int) -> ThreadPlace:
    """Where the thread stands, locked until the end of the transaction, if the visitor moderates there; `Refusal`."""
    check_member_standing(conn, visitor)
    place = find_thread_place(conn, thread_id)
    if place is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_moderate(visitor, place.rules)
    if place.merged_into is not None:
        raise Refusal(Code.INVALID, "This thread was merged into another one: there is nothing left of it to change.")
    return place


def check_member_standing(conn: Connection, visitor: Visitor) -> int:
    """The member who acts, if they still may: a ban or a removal may have come since they were identified."""
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    check_standing(conn, visitor.member_id)
    return visitor.member_id


def written_of(thread_id: int, announcement: Announcement) -> ThreadWritten:
    """The thread as an announcement's events show it."""
    channel = thread_channel(thread_id)
    data: Any = next(event.data for event in announcement.events if event.channel == channel and "thread" in event.data)
    return ThreadWritten(data["thread"], announcement.cursor(channel), announcement)


def _news(thread: ThreadData, change: ThreadChange) -> dict[str, Any]:
    """Only what is another value than now, by column."""
    values: dict[str, Any] = {}
    if change.title is not None and change.title != thread["title"]:
        values |= {"title": change.title, "slug": change.slug}
    if change.is_locked is not None and change.is_locked != thread["is_locked"]:
        values["is_locked"] = change.is_locked
    if change.is_pinned is not None and change.is_pinned != thread["is_pinned"]:
        values["is_pinned"] = change.is_pinned
    return values


def _entries(visitor: Visitor, thread: ThreadData, values: dict[str, Any], now_ms: int) -> Iterator[AuditEntry]:
    actions: list[tuple[AuditAction, dict[str, str | int]]] = []
    if "title" in values:
        actions.append((AuditAction.THREAD_RENAMED, {"title": values["title"], "was": thread["title"]}))
    if "is_locked" in values:
        action = AuditAction.THREAD_LOCKED if values["is_locked"] else AuditAction.THREAD_UNLOCKED
        actions.append((action, {"title": thread["title"]}))
    if "is_pinned" in values:
        action = AuditAction.THREAD_PINNED if values["is_pinned"] else AuditAction.THREAD_UNPINNED
        actions.append((action, {"title": thread["title"]}))
    for action, detail in actions:
        yield AuditEntry(
            at_ms=now_ms,
            actor_id=visitor.member_id,
            action=action,
            forum_id=thread["forum_id"],
            thread_id=thread["id"],
            detail=detail,
        )
