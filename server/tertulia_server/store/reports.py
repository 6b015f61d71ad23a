"""What members report, and the queue of those who moderate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.moderation import AuditAction, AuditEntry
from tertulia_server.forum.rights import check_may_moderate, check_may_read, check_may_write
from tertulia_server.store.announcing import Announcement, announce
from tertulia_server.store.audit import insert_entry, moderation_changed
from tertulia_server.store.forums import rules_in
from tertulia_server.store.heads import read_cursor
from tertulia_server.store.moderating import check_member_standing
from tertulia_server.store.posts import find_post_with_place
from tertulia_server.store.renewing import renew_html
from tertulia_server.store.schema import forums, members, posts, reports, threads
from tertulia_wire.channels import MODERATION_CHANNEL
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

MAX_OPEN_REPORTS: Final = 20
"""Of one member at a time."""

POSTS_PER_PAGE: Final = 20
REPORTS_PER_POST: Final = 20
RETRY_AFTER_MS: Final = 60 * 60 * 1000

# PostgreSQL's construct compiles for SQLite as well.
_INSERT: Final = insert(reports)
_REPORT: Final = _INSERT.on_conflict_do_update(
    index_elements=[reports.c.post_id, reports.c.reporter_id],
    set_={
        "reason": _INSERT.excluded.reason,
        "created_ms": _INSERT.excluded.created_ms,
        "closed_ms": None,
        "closed_by": None,
    },
)
_OPEN_OF: Final = (
    select(func.count())
    .select_from(reports)
    .where(reports.c.reporter_id == bindparam("member_id"), reports.c.closed_ms.is_(None))
)
_OPEN: Final = (
    select(reports.c.id).where(reports.c.post_id == bindparam("about_post_id"), reports.c.closed_ms.is_(None)).limit(1)
)
_CLOSE: Final = update(reports).where(reports.c.post_id == bindparam("about_post_id"), reports.c.closed_ms.is_(None))
_WITH_FORUM: Final = reports.join(posts, posts.c.id == reports.c.post_id).join(
    threads, threads.c.id == posts.c.thread_id
)
_author = members.alias("author")
_POSTS: Final = (
    select(
        posts,
        threads.c.title,
        threads.c.forum_id,
        forums.c.name.label("forum"),
        _author.c.name.label("author"),
        _author.c.is_banned,
    )
    .select_from(posts.join(threads, threads.c.id == posts.c.thread_id).join(forums))
    .join(_author, _author.c.id == posts.c.author_id)
    .where(posts.c.id.in_(bindparam("ids", expanding=True)))
)
_REPORTS: Final = (
    select(reports, members.c.name.label("reporter"))
    .join_from(reports, members, members.c.id == reports.c.reporter_id)
    .where(reports.c.post_id.in_(bindparam("ids", expanding=True)), reports.c.closed_ms.is_(None))
    .order_by(reports.c.id)
)


class Report(NamedTuple):
    """What one member said of a post."""

    reporter: str
    reason: str
    created_ms: int


class ReportedPost(NamedTuple):
    """A post in the queue, as those who moderate its forum see it: with its text, also when it was removed."""

    id: int
    thread_id: int
    title: str
    forum_id: int
    forum: str
    number: int
    author_id: int
    author: str
    is_author_banned: bool
    html: str
    is_removed: bool
    reports: Sequence[Report]


def write_report(conn: Connection, visitor: Visitor, post_id: int, reason: str, *, now_ms: int) -> Announcement:
    """Put a post into the queue. A member reports a post once; again gives another reason, or opens it again.

    `Refusal`: as `check_may_write`, ``NOT_FOUND``, ``POST_REMOVED``, ``FORBIDDEN`` for one's own, ``RATE_LIMITED``.
    """
    check_may_write(visitor)
    member_id = check_member_standing(conn, visitor)
    row = find_post_with_place(conn, post_id)
    if row is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, rules_in(row))
    if row.author_id == member_id:
        raise Refusal(Code.FORBIDDEN, "This is your own post: edit it.")
    if row.removed_ms is not None:
        raise Refusal(Code.POST_REMOVED)
    if conn.execute(_OPEN_OF, {"member_id": member_id}).scalar_one() >= MAX_OPEN_REPORTS:
        words = Sentence("%(most)s of your reports are still open. The moderators come to them.", most=MAX_OPEN_REPORTS)
        raise Refusal(Code.RATE_LIMITED, words, retry_after_ms=RETRY_AFTER_MS)
    conn.execute(_REPORT, {"post_id": post_id, "reporter_id": member_id, "reason": reason, "created_ms": now_ms})
    return announce(conn, [moderation_changed()])


def write_reports_closed(
    conn: Connection, visitor: Visitor, post_id: int, *, now_ms: int
) -> tuple[int, Announcement | None]:
    """Take a post out of the queue as it is; how many reports that closed. `Refusal`: as `check_may_moderate`."""
    closer_id = check_member_standing(conn, visitor)
    row = find_post_with_place(conn, post_id)
    if row is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_moderate(visitor, rules_in(row))
    closed = close_reports(conn, post_id, closer_id, now_ms)
    if not closed:
        return 0, None
    entry = AuditEntry(
        at_ms=now_ms,
        actor_id=closer_id,
        action=AuditAction.REPORTS_CLOSED,
        forum_id=row.forum_id,
        thread_id=row.thread_id,
        post_id=post_id,
        member_id=row.author_id,
        detail={"count": closed},
    )
    return closed, announce(conn, [insert_entry(conn, entry)])


def close_reports(conn: Connection, post_id: int, closer_id: int, now_ms: int) -> int:
    """Close what is open about a post; how many that were."""
    values = {"closed_ms": now_ms, "closed_by": closer_id}
    return conn.execute(_CLOSE.values(values), {"about_post_id": post_id}).rowcount


def is_reported(conn: Connection, post_id: int) -> bool:
    """Whether the post stands in the queue."""
    return conn.execute(_OPEN, {"about_post_id": post_id}).first() is not None


def count_queue(conn: Connection, forum_ids: Collection[int] | None) -> int:
    """How many posts wait in the queue of these forums; None is all of them."""
    count: int = conn.execute(_narrowed(select(func.count(reports.c.post_id.distinct())), forum_ids)).scalar_one()
    return count


class Cases(NamedTuple):
    """How many posts wait, and the cursor of the channel that tells of more, in one snapshot."""

    waiting: int
    cursor: Cursor


def read_cases(conn: Connection, forum_ids: Collection[int] | None) -> Cases:
    """What each page shows those who moderate these forums; None is all of them."""
    cursor = read_cursor(conn, MODERATION_CHANNEL)
    return Cases(count_queue(conn, forum_ids), cursor)


def read_queue(conn: Connection, forum_ids: Collection[int] | None) -> list[ReportedPost]:
    """The posts that wait longest, `POSTS_PER_PAGE` of them at most."""
    longest = _narrowed(select(reports.c.post_id, func.min(reports.c.id)), forum_ids)
    longest = longest.group_by(reports.c.post_id).order_by(func.min(reports.c.id)).limit(POSTS_PER_PAGE)
    ids = [post_id for post_id, _ in conn.execute(longest)]
    if not ids:
        return []
    told: dict[int, list[Report]] = {post_id: [] for post_id in ids}
    for row in conn.execute(_REPORTS, {"ids": ids}):
        if len(told[row.post_id]) < REPORTS_PER_POST:
            told[row.post_id].append(Report(row.reporter, row.reason, row.created_ms))
    found = {row.id: row for row in conn.execute(_POSTS, {"ids": ids})}
    renewed = renew_html(conn, found.values())
    return [_reported(found[post_id], told[post_id], renewed.get(post_id)) for post_id in ids]


def _narrowed(statement: Select[Any], forum_ids: Collection[int] | None) -> Select[Any]:
    statement = statement.select_from(_WITH_FORUM).where(reports.c.closed_ms.is_(None))
    return statement if forum_ids is None else statement.where(threads.c.forum_id.in_(sorted(forum_ids)))


def _reported(row: Any, told: Sequence[Report], renewed: str | None) -> ReportedPost:
    return ReportedPost(
        id=row.id,
        thread_id=row.thread_id,
        title=row.title,
        forum_id=row.forum_id,
        forum=row.forum,
        number=row.number,
        author_id=row.author_id,
        author=row.author,
        is_author_banned=row.is_banned,
        html=row.html if renewed is None else renewed,
        is_removed=row.removed_ms is not None,
        reports=told,
    )
