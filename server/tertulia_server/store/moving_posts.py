"""The transactions that move posts into another thread, new or there already.

A moved post gets the next number there, and a line stays where it was. In the channel that it left it is void from
then on; in the one that it came to it is told as an edit, which clients of every release show in its place. Posts are
locked before their threads, as whoever changes one post does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select, update

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import EventDraft, Visitor
from tertulia_server.forum.moderation import AuditAction, AuditEntry
from tertulia_server.store.announcing import announce, drafts_in_thread
from tertulia_server.store.audit import insert_entry
from tertulia_server.store.carrying import Journey, carry_drafts, carry_marks, carry_watches, settle_notifications
from tertulia_server.store.forums import recount_forum
from tertulia_server.store.keys import Outcome, claim_key, settle_key
from tertulia_server.store.moderating import ThreadWritten, check_member_standing, find_moderated_thread, written_of
from tertulia_server.store.posts import PostRow
from tertulia_server.store.schema import moved_posts, posts, threads
from tertulia_server.store.threads import insert_thread, read_threads, recount_thread
from tertulia_wire.channels import forum_channel, thread_channel
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import ThreadData
from tertulia_wire.events import POST_EDITED, THREAD_CHANGED, THREAD_CREATED

MAX_MOVED_POSTS: Final = 100
"""In one transaction; a longer thread is merged in several."""

_LOCK: Final = (
    select(threads.c.id)
    .where(threads.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(threads.c.id)
    .with_for_update(key_share=True)
)
_OF_THREAD: Final = (
    select(posts)
    .where(posts.c.thread_id == bindparam("from_id"))
    .order_by(posts.c.number)
    .limit(MAX_MOVED_POSTS)
    .with_for_update(key_share=True)
)
_CHOSEN: Final = _OF_THREAD.where(posts.c.id.in_(bindparam("ids", expanding=True)))
_LEFT: Final = select(func.count()).select_from(posts).where(posts.c.thread_id == bindparam("from_id"))
_MOVE: Final = (
    update(posts)
    .where(posts.c.id == bindparam("moved_id"))
    .values(thread_id=bindparam("to_id"), number=bindparam("to_number"), version=posts.c.version + 1)
)
_LEAVE_LINE: Final = insert(moved_posts)


class Merged(NamedTuple):
    """The other thread as it is now; ``is_done`` is False while the first one has posts left."""

    thread_written: ThreadWritten
    is_done: bool


class NewThread(NamedTuple):
    """A thread that begins with moved posts; ``key`` makes sure that it begins once."""

    title: str
    slug: str
    key: str


@dataclass(frozen=True, slots=True)
class _Way:
    """From where to where, both locked."""

    source: ThreadData
    target: ThreadData
    rows: Sequence[PostRow]
    is_new: bool
    is_whole: bool


def write_split(
    conn: Connection, visitor: Visitor, thread_id: int, post_ids: Sequence[int], new: NewThread, *, now_ms: int
) -> ThreadWritten:
    """Begin a thread in the same forum with some posts of another. `Refusal` as `write_posts_moved`."""
    member_id = check_member_standing(conn, visitor)
    first = claim_key(conn, member_id, new.key, now_ms)
    if first is not None:
        return _again(conn, first)
    rows = _find_chosen(conn, thread_id, post_ids)
    place = find_moderated_thread(conn, visitor, thread_id)
    _check_chosen(rows, post_ids)
    if len(rows) == conn.execute(_LEFT, {"from_id": thread_id}).scalar_one():
        raise Refusal(Code.INVALID, "These are all its posts. Rename the thread, or merge it into another.")
    source = read_threads(conn, [thread_id])[thread_id]
    target_id = insert_thread(conn, place.forum_id, new.title, new.slug, rows[0].author_id, now_ms)
    conn.execute(
        update(threads)
        .where(threads.c.id == target_id)
        .values(post_count=0, last_number=0, started_ms=rows[0].created_ms, started_day=rows[0].created_day)
    )
    target = read_threads(conn, [target_id])[target_id]
    written = _write(conn, visitor, _Way(source, target, rows, is_new=True, is_whole=False), now_ms)
    settle_key(conn, member_id, new.key, Outcome(rows[0].id, 1, written.cursor.epoch, written.cursor.seq))
    return written


def write_posts_moved(
    conn: Connection, visitor: Visitor, thread_id: int, post_ids: Sequence[int], target_id: int, *, now_ms: int
) -> ThreadWritten:
    """Move some posts of a thread to the end of another one.

    `Refusal`: ``NOT_FOUND``, as `check_may_moderate` of both threads, ``INVALID`` for posts that are not there.
    """
    rows = _find_chosen(conn, thread_id, post_ids)
    source, target = _lock_both(conn, visitor, thread_id, target_id)
    _check_chosen(rows, post_ids)
    is_whole = len(rows) == conn.execute(_LEFT, {"from_id": thread_id}).scalar_one()
    return _write(conn, visitor, _Way(source, target, rows, is_new=False, is_whole=is_whole), now_ms)


def write_merge(conn: Connection, visitor: Visitor, thread_id: int, target_id: int, *, now_ms: int) -> Merged:
    """Move the first posts of a thread, `MAX_MOVED_POSTS` of them at most, to the end of another one.

    When none is left the thread is no more than its lines, and leads to the other one. Refuses as `write_posts_moved`.
    """
    rows = conn.execute(_OF_THREAD, {"from_id": thread_id}).all()
    source, target = _lock_both(conn, visitor, thread_id, target_id)
    is_whole = len(rows) == conn.execute(_LEFT, {"from_id": thread_id}).scalar_one()
    way = _Way(source, target, rows, is_new=False, is_whole=is_whole)
    return Merged(_write(conn, visitor, way, now_ms), is_whole)


def _lock_both(conn: Connection, visitor: Visitor, thread_id: int, target_id: int) -> tuple[ThreadData, ThreadData]:
    if thread_id == target_id:
        raise Refusal(Code.INVALID, "This is the same thread. Name another one.")
    conn.execute(_LOCK, {"ids": sorted((thread_id, target_id))}).all()
    for locked_id in sorted((thread_id, target_id)):
        find_moderated_thread(conn, visitor, locked_id)
    found = read_threads(conn, [thread_id, target_id])
    return found[thread_id], found[target_id]


def _find_chosen(conn: Connection, thread_id: int, post_ids: Sequence[int]) -> Sequence[PostRow]:
    """Locked; whether they are all there is told to nobody before it is known who asks."""
    wanted = sorted(set(post_ids))
    if not 1 <= len(wanted) <= MAX_MOVED_POSTS:
        raise Refusal(Code.INVALID, Sentence("Choose 1 to %(most)s posts.", most=MAX_MOVED_POSTS))
    return conn.execute(_CHOSEN, {"from_id": thread_id, "ids": wanted}).all()


def _check_chosen(rows: Sequence[PostRow], post_ids: Sequence[int]) -> None:
    if len(rows) != len(set(post_ids)):
        raise Refusal(Code.INVALID, "Some of these posts are not in this thread any more. Choose again.")


def _write(conn: Connection, visitor: Visitor, way: _Way, now_ms: int) -> ThreadWritten:
    source, target, rows = way.source, way.target, way.rows
    first = target["last_number"] + 1
    moved = [{"moved_id": row.id, "to_id": target["id"], "to_number": number} for number, row in enumerate(rows, first)]
    if moved:
        settle_notifications(conn, [row.id for row in rows], source["id"], now_ms)
        conn.execute(_MOVE, moved)
        lines = [
            {"thread_id": source["id"], "number": row.number, "post_id": row.id, "version": row.version + 1}
            for row in rows
        ]
        conn.execute(_LEAVE_LINE, lines)
    visible = sum(row.removed_ms is None for row in rows)
    merged_into = target["id"] if way.is_whole else None
    recount_thread(conn, source["id"], step=-visible, given=0, gone=len(rows), merged_into=merged_into)
    recount_thread(conn, target["id"], step=visible, given=len(rows), gone=0, merged_into=None)
    _carry(conn, way, now_ms)
    told = insert_entry(conn, _entry(visitor, way, now_ms))
    _recount_forums(conn, way, visible)
    return written_of(target["id"], announce(conn, [*_drafts(way), told]))


def _carry(conn: Connection, way: _Way, now_ms: int) -> None:
    source_id, target_id, old_last = way.source["id"], way.target["id"], way.target["last_number"]
    if way.rows:
        carry_marks(conn, Journey(source_id, target_id, way.rows[-1].number, old_last, old_last + len(way.rows)))
    carry_watches(conn, source_id, target_id, None if way.is_whole else {row.author_id for row in way.rows})
    if way.is_whole:
        carry_drafts(conn, source_id, target_id, now_ms)


def _recount_forums(conn: Connection, way: _Way, visible: int) -> None:
    more: dict[int, list[int]] = {}
    for thread, thread_step, post_step in (
        (way.source, -1 if way.is_whole else 0, -visible),
        (way.target, 1 if way.is_new else 0, visible),
    ):
        counts = more.setdefault(thread["forum_id"], [0, 0])
        counts[0] += thread_step
        counts[1] += post_step
    for forum_id in sorted(more):
        recount_forum(conn, forum_id, more_threads=more[forum_id][0], more_posts=more[forum_id][1])


def _drafts(way: _Way) -> list[EventDraft]:
    """The thread that is new comes before its posts; the threads that changed come behind them."""
    source, target = way.source, way.target
    source_channels = [thread_channel(source["id"])]
    if source["forum_id"] != target["forum_id"]:
        source_channels.append(forum_channel(source["forum_id"]))
    place = (target["id"], target["forum_id"])
    drafts = drafts_in_thread(*place, THREAD_CREATED, target["id"], 2) if way.is_new else []
    for row in way.rows:
        drafts += [EventDraft(channel, POST_EDITED, row.id, row.version + 1) for channel in source_channels]
        drafts += drafts_in_thread(*place, POST_EDITED, row.id, row.version + 1)
    drafts += drafts_in_thread(source["id"], source["forum_id"], THREAD_CHANGED, source["id"], source["version"] + 1)
    if not way.is_new:
        drafts += drafts_in_thread(*place, THREAD_CHANGED, target["id"], target["version"] + 1)
    return drafts


def _entry(visitor: Visitor, way: _Way, now_ms: int) -> AuditEntry:
    merged = AuditAction.THREAD_MERGED if way.is_whole else AuditAction.POSTS_MOVED
    action = AuditAction.THREAD_SPLIT if way.is_new else merged
    detail: dict[str, Any] = {"title": way.target["title"], "was": way.source["title"], "count": len(way.rows)}
    return AuditEntry(
        at_ms=now_ms,
        actor_id=visitor.member_id,
        action=action,
        forum_id=way.source["forum_id"],
        thread_id=way.target["id"],
        detail=detail,
    )


def _again(conn: Connection, first: Outcome) -> ThreadWritten:
    thread_id = conn.execute(select(posts.c.thread_id).where(posts.c.id == first.post_id)).scalar_one()
    return ThreadWritten(read_threads(conn, [thread_id])[thread_id], Cursor(first.epoch, first.seq))
