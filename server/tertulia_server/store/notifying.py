"""The follower of the log that tells members of posts: one small transaction for each step of its way.

A step takes the lease, makes notifications of the next posts of one forum, and moves the cursor, all or nothing. What
a member may read is asked for the member as they are now, and for where the post is now. An edit tells those whom no
earlier text of the post named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from tertulia_server.forum.mentions import choose_mentioned, find_mentions, find_quoted_posts
from tertulia_server.forum.models import EventDraft, TextFormat
from tertulia_server.forum.names import name_key
from tertulia_server.forum.notifications import NotificationKind
from tertulia_server.forum.rights import may_read
from tertulia_server.store.announcing import Announcement, announce
from tertulia_server.store.follower_cursors import find_backlog, move_cursor
from tertulia_server.store.forums import rules_in
from tertulia_server.store.leases import is_held_by_another, take_lease
from tertulia_server.store.log import read_log
from tertulia_server.store.members import read_members
from tertulia_server.store.moderators import read_visitors
from tertulia_server.store.notifications import (
    NewNotification,
    Told,
    find_told_in_thread,
    insert_notifications,
    prune_notifications,
)
from tertulia_server.store.posts import PostRow, find_posts_with_place, read_post_rows
from tertulia_server.store.schema import members
from tertulia_server.store.versions import read_texts_before
from tertulia_server.store.watches import read_choices, read_watchers, watch_unless_refused
from tertulia_wire.channels import member_channel
from tertulia_wire.events import NOTIFIED, POST_CREATED, POST_EDITED

FOLLOWER: Final = "notifications"
LEASE_MS: Final = 5_000
"""How long a worker that died holds up the others."""

MAX_EVENTS_PER_STEP: Final = 16
MAX_WATCHERS_PER_STEP: Final = 200
"""A post in a thread that more members watch is told in several steps."""

_NEWS: Final = frozenset({POST_CREATED, POST_EDITED})
_PRUNE_EVERY: Final = 50
_BY_KEYS: Final = select(members.c.name_key, members.c.id).where(
    members.c.name_key.in_(bindparam("keys", expanding=True))
)

Reasons = dict[int, set[NotificationKind]]


class Turn(NamedTuple):
    """Which worker takes the step, when, and behind which channel it looks first."""

    holder: str
    now_ms: int
    after_channel: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did. ``channel`` is empty where nothing was left to do; ``fence`` is the lease's."""

    fence: int
    channel: str = ""
    told: list[Told] = field(default_factory=list)
    announcement: Announcement | None = None


def has_backlog(conn: Connection) -> bool:
    """Whether there is anything to do. A reading operation."""
    return find_backlog(conn, FOLLOWER) is not None


def may_step(conn: Connection, turn: Turn) -> bool | None:
    """Whether this worker may take a step; None if nothing is left to do. A reading operation.

    Where several workers take posts, all but the one that tells of them look here after each, and leave it at that.
    """
    if not has_backlog(conn):
        return None
    return not is_held_by_another(conn, FOLLOWER, turn.holder, now_ms=turn.now_ms)


def take_step(conn: Connection, turn: Turn) -> Step | None:
    """Do the next piece of work; None if another worker is at it."""
    fence = take_lease(conn, FOLLOWER, turn.holder, now_ms=turn.now_ms, lease_ms=LEASE_MS)
    if fence is None:
        return None
    backlog = find_backlog(conn, FOLLOWER, turn.after_channel)
    if backlog is None:
        return Step(fence)
    seq, part = backlog.seq, backlog.part
    told: list[Told] = []
    watchers_left = MAX_WATCHERS_PER_STEP
    events = read_log(conn, backlog.channel, seq, min(backlog.head, seq + MAX_EVENTS_PER_STEP))
    rows = find_posts_with_place(conn, [event.about_id for event in events if event.name in _NEWS])
    for event in events:
        row = rows.get(event.about_id) if event.name in _NEWS else None
        if row is None or not _is_news(row):
            pass
        elif event.name == POST_EDITED:
            told += _tell_edit(conn, row, event.about_version, turn.now_ms)
        else:
            slice_of = _tell(conn, row, part, watchers_left, turn.now_ms)
            told += slice_of.told
            watchers_left -= slice_of.watcher_count
            if slice_of.next_part is not None:
                part = slice_of.next_part
                break
        seq, part = event.seq, 0
    move_cursor(conn, FOLLOWER, backlog.channel, seq, part)
    if any(one.id % _PRUNE_EVERY == 0 for one in told):
        prune_notifications(conn, {one.member_id for one in told})
    drafts = [EventDraft(member_channel(one.member_id), NOTIFIED, one.id, 1) for one in told]
    return Step(fence, backlog.channel, told, announce(conn, drafts) if drafts else None)


class _Slice(NamedTuple):
    """A post is told to some; ``next_part`` is where to go on, None if all have been."""

    told: list[Told]
    watcher_count: int
    next_part: int | None


def _is_news(row: PostRow) -> bool:
    """Posts that were removed meanwhile are not; nor are those of an archive, however late they came here."""
    return row.removed_ms is None and row.key_hash is not None


def _tell(conn: Connection, row: PostRow, part: int, max_watchers: int, now_ms: int) -> _Slice:
    watchers = read_watchers(conn, row.thread_id, after=part, limit=max_watchers)
    reasons = _named(conn, row.format, row.text) if part == 0 else {}
    others = [member_id for member_id in watchers if member_id != row.author_id]
    for member_id in set(others) - find_told_in_thread(conn, others, row.thread_id):
        reasons.setdefault(member_id, set()).add(NotificationKind.REPLY)
    reasons.pop(row.author_id, None)
    told = insert_notifications(conn, _wanted(conn, row, reasons, now_ms))
    if len(watchers) == max_watchers:
        return _Slice(told, len(watchers), watchers[-1] if watchers else part)
    if row.author_id not in watchers and read_choices(conn, [row.author_id])[row.author_id].watch_on_reply:
        watch_unless_refused(conn, row.thread_id, row.author_id)
    return _Slice(told, len(watchers), None)


def _tell_edit(conn: Connection, row: PostRow, version: int, now_ms: int) -> list[Told]:
    """What has the name of an edit may also be a move, or a restoration: those left no older text behind."""
    reasons = _named(conn, row.format, row.text)
    older = read_texts_before(conn, row.id, version) if reasons else []
    if not older or older[0].version != version - 1:
        return []
    for text in older:
        for member_id in _named(conn, text.format, text.text):
            reasons.pop(member_id, None)
    reasons.pop(row.author_id, None)
    return insert_notifications(conn, _wanted(conn, row, reasons, now_ms, is_late=True))


def _named(conn: Connection, text_format: str, text: str) -> Reasons:
    """Those whom a text calls or quotes."""
    if text_format != TextFormat.MARKDOWN.value:
        return {}
    reasons: Reasons = {}
    for member_id in _mentioned(conn, text):
        reasons.setdefault(member_id, set()).add(NotificationKind.MENTION)
    for quoted in read_post_rows(conn, find_quoted_posts(text)).values():
        reasons.setdefault(quoted.author_id, set()).add(NotificationKind.QUOTE)
    return reasons


def _mentioned(conn: Connection, text: str) -> list[int]:
    mentions = find_mentions(text)
    keys = sorted({name_key(name) for names in mentions for name in names})
    if not keys:
        return []
    by_key: dict[str, int] = {row.name_key: row.id for row in conn.execute(_BY_KEYS, {"keys": keys})}
    return choose_mentioned(mentions, by_key)


def _wanted(
    conn: Connection, row: PostRow, reasons: Reasons, now_ms: int, *, is_late: bool = False
) -> list[NewNotification]:
    """Only for those who may read the post and are there to be told."""
    if not reasons:
        return []
    choices = read_choices(conn, reasons)
    found: list[NewNotification] = []
    readers = read_members(conn, reasons)
    visitors, rules = read_visitors(conn, list(readers.values())), rules_in(row)
    for member_id, member in readers.items():
        kind = choices[member_id].first_wanted(reasons[member_id])
        is_there = not member.is_banned and not member.is_imported
        if kind is not None and is_there and may_read(visitors[member_id], rules):
            found.append(NewNotification(member_id, row.id, kind, now_ms, is_late))
    return found
