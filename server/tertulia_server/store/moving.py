"""The transaction that puts a thread into another forum. Its id, its channel and all its numbers stay what they are."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import EventDraft, Visitor
from tertulia_server.forum.moderation import AuditAction, AuditEntry
from tertulia_server.forum.rights import check_may_post
from tertulia_server.store.announcing import announce
from tertulia_server.store.audit import insert_entry
from tertulia_server.store.forums import find_rules, recount_forum
from tertulia_server.store.heads import read_cursor
from tertulia_server.store.moderating import ThreadWritten, find_moderated_thread, written_of
from tertulia_server.store.rights_log import thread_rights
from tertulia_server.store.schema import forums, threads
from tertulia_server.store.threads import read_threads
from tertulia_wire.channels import forum_channel, thread_channel
from tertulia_wire.codes import Code
from tertulia_wire.data import ThreadData
from tertulia_wire.events import THREAD_CHANGED

_MOVE: Final = (
    update(threads)
    .where(threads.c.id == bindparam("thread_id"))
    .values(forum_id=bindparam("to_forum_id"), version=threads.c.version + 1)
    .returning(threads.c.version)
)
_NAMES: Final = select(forums.c.id, forums.c.name).where(forums.c.id.in_(bindparam("ids", expanding=True)))


def write_move(conn: Connection, visitor: Visitor, thread_id: int, forum_id: int, *, now_ms: int) -> ThreadWritten:
    """Move a thread to where the visitor may post. Where it stands already changes nothing and is told to nobody.

    The thread's channel goes on, for those who may read it there; in the forum that it left, all its events are void
    from now on. `Refusal`: ``NOT_FOUND``, as `check_may_moderate` of the old place and `check_may_post` of the new one.
    """
    place = find_moderated_thread(conn, visitor, thread_id)
    rules = find_rules(conn, forum_id)
    if rules is None:
        raise Refusal(Code.NOT_FOUND, "There is no such forum.")
    check_may_post(visitor, rules)
    thread = read_threads(conn, [thread_id])[thread_id]
    if place.forum_id == forum_id:
        return ThreadWritten(thread, read_cursor(conn, thread_channel(thread_id)))
    version = conn.execute(_MOVE, {"thread_id": thread_id, "to_forum_id": forum_id}).scalar_one()
    for counted_id in sorted((place.forum_id, forum_id)):
        step = 1 if counted_id == forum_id else -1
        recount_forum(conn, counted_id, more_threads=step, more_posts=step * thread["post_count"])
    told = insert_entry(conn, _entry(conn, visitor, thread, forum_id, now_ms))
    channels = thread_channel(thread_id), forum_channel(place.forum_id), forum_channel(forum_id)
    drafts = [EventDraft(channel, THREAD_CHANGED, thread_id, version) for channel in channels]
    return written_of(thread_id, announce(conn, [*drafts, told, thread_rights(thread_id)]))


def _entry(conn: Connection, visitor: Visitor, thread: ThreadData, forum_id: int, now_ms: int) -> AuditEntry:
    names = {row.id: row.name for row in conn.execute(_NAMES, {"ids": [thread["forum_id"], forum_id]})}
    return AuditEntry(
        at_ms=now_ms,
        actor_id=visitor.member_id,
        action=AuditAction.THREAD_MOVED,
        forum_id=thread["forum_id"],
        thread_id=thread["id"],
        detail={"title": thread["title"], "from": names[thread["forum_id"]], "to": names[forum_id]},
    )
