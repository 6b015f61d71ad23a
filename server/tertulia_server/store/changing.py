"""The transactions that change a post: another text, its removal, its restoration.

The post is locked, so that it stays in its thread; where the thread stands is asked once that is locked too, behind
the member whose card changes: a thread that is moved at the same time is counted and told about where it is then.
"""

from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import EventDraft, TextFormat, Visitor
from tertulia_server.forum.moderation import AuditAction, AuditEntry
from tertulia_server.forum.new_members import Fault
from tertulia_server.forum.rights import check_may_edit, check_may_remove
from tertulia_server.forum.text import render_post
from tertulia_server.store.announcing import announce, drafts_in_thread
from tertulia_server.store.audit import insert_entry, moderation_changed
from tertulia_server.store.authors import check_standing, count_message
from tertulia_server.store.forums import give_post_to_forum, rules_in, take_post_from_forum
from tertulia_server.store.heads import read_cursor
from tertulia_server.store.members import read_cards
from tertulia_server.store.posting import Written
from tertulia_server.store.posts import (
    PostRow,
    has_other_text_since,
    lock_readable_post,
    mark_removed,
    mark_restored,
    read_posts,
    replace_text,
)
from tertulia_server.store.reports import close_reports, is_reported
from tertulia_server.store.threads import give_post_to_thread, lock_forum_of, read_threads, take_post_from_thread
from tertulia_wire.channels import thread_channel
from tertulia_wire.codes import Code
from tertulia_wire.events import POST_EDITED, POST_REMOVED


def write_edit(
    conn: Connection,
    visitor: Visitor,
    post_id: int,
    text: str,
    html: str,
    *,
    version: int,
    now_ms: int,
    fault: Fault | None = None,
) -> Written:
    """Give a post another text. ``html`` is the text as Markdown; a literal post is rendered here as such.

    `Refusal`: ``NOT_FOUND``, as `check_may_edit`, ``POST_REMOVED``, ``STALE_VERSION`` when the text has changed since
    ``version``. The same text again changes nothing and is told to nobody. Those who moderate are told where the post
    stands in their queue: they see there what it says now.
    """
    row = lock_readable_post(conn, visitor, post_id)
    check_may_edit(visitor, row.author_id, rules_in(row), row.is_locked)
    editor_id = _member_in_standing(conn, visitor)
    if row.removed_ms is not None:
        raise Refusal(Code.POST_REMOVED)
    if has_other_text_since(conn, row, version):
        raise Refusal(Code.STALE_VERSION)
    if row.text == text:
        return _unchanged(conn, row)
    if fault is not None:
        fault.check(read_cards(conn, [row.author_id])[row.author_id]["messages"])
    if row.format == TextFormat.LITERAL.value:
        html = render_post(text, TextFormat.LITERAL)
    new_version = replace_text(conn, row, text, html, now_ms=now_ms, editor_id=editor_id)
    told = [moderation_changed()] if is_reported(conn, post_id) else []
    return _announce(conn, row, lock_forum_of(conn, row), POST_EDITED, new_version, *told)


def write_removal(conn: Connection, visitor: Visitor, post_id: int, *, now_ms: int) -> Written:
    """Remove a post: its text goes, its number stays. A second removal changes nothing and is told to nobody.

    `Refusal`: ``NOT_FOUND``, as `check_may_remove`.
    """
    row = lock_readable_post(conn, visitor, post_id)
    check_may_remove(visitor, rules_in(row))
    remover_id = _member_in_standing(conn, visitor)
    new_version = mark_removed(conn, post_id, now_ms=now_ms, remover_id=remover_id)
    if new_version is None:
        return _unchanged(conn, row)
    if row.key_hash is not None:  # an imported post was never counted here: its author's base is as the archive said
        count_message(conn, row.author_id, -1)
    forum_id = lock_forum_of(conn, row)
    take_post_from_thread(conn, row.thread_id)
    close_reports(conn, post_id, remover_id, now_ms)
    told = insert_entry(conn, _entry(row, forum_id, AuditAction.POST_REMOVED, remover_id, now_ms))
    take_post_from_forum(conn, forum_id)
    return _announce(conn, row, forum_id, POST_REMOVED, new_version, told)


def write_restoration(conn: Connection, visitor: Visitor, post_id: int, *, now_ms: int) -> Written:
    """Give a removed post its text back. One that is not removed stays as it is, and nobody is told.

    It is told as an edit: clients of every release show what an edited post says now. `Refusal` as `write_removal`.
    """
    row = lock_readable_post(conn, visitor, post_id)
    check_may_remove(visitor, rules_in(row))
    restorer_id = _member_in_standing(conn, visitor)
    new_version = mark_restored(conn, post_id)
    if new_version is None:
        return _unchanged(conn, row)
    if row.key_hash is not None:  # as it was taken away
        count_message(conn, row.author_id, 1)
    forum_id = lock_forum_of(conn, row)
    give_post_to_thread(conn, row.thread_id)
    told = insert_entry(conn, _entry(row, forum_id, AuditAction.POST_RESTORED, restorer_id, now_ms))
    give_post_to_forum(conn, forum_id)
    return _announce(conn, row, forum_id, POST_EDITED, new_version, told)


def _entry(row: PostRow, forum_id: int, action: AuditAction, actor_id: int, now_ms: int) -> AuditEntry:
    return AuditEntry(
        at_ms=now_ms,
        actor_id=actor_id,
        action=action,
        forum_id=forum_id,
        thread_id=row.thread_id,
        post_id=row.id,
        member_id=row.author_id,
    )


def _member_in_standing(conn: Connection, visitor: Visitor) -> int:
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    check_standing(conn, visitor.member_id)
    return visitor.member_id


def _announce(conn: Connection, row: PostRow, forum_id: int, name: str, version: int, *more: EventDraft) -> Written:
    announcement = announce(conn, [*drafts_in_thread(row.thread_id, forum_id, name, row.id, version), *more])
    data = announcement.post_event()
    return Written(data["post"], data["thread"], announcement.cursor(thread_channel(row.thread_id)), announcement)


def _unchanged(conn: Connection, row: PostRow) -> Written:
    cursor = read_cursor(conn, thread_channel(row.thread_id))
    thread = read_threads(conn, [row.thread_id])[row.thread_id]
    return Written(read_posts(conn, [row])[row.id], thread, cursor)
