"""Ratings: one mark of a member on another's post, counted on the post and on its author's card.

The post's row is locked before the mark is read: of two requests of one member, the second sees what the first left,
and no post is moved away from under its rating.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, case, delete, insert, select, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.marks import Mark
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import check_may_rate
from tertulia_server.store.announcing import announce, drafts_in_thread
from tertulia_server.store.authors import BURST_MS, CLOCK_SLACK_MS, check_standing
from tertulia_server.store.forums import rules_in
from tertulia_server.store.heads import read_cursor
from tertulia_server.store.posting import Written
from tertulia_server.store.posts import lock_readable_post, read_post_rows, read_posts
from tertulia_server.store.schema import members, posts, ratings
from tertulia_server.store.threads import lock_forum_of, read_threads
from tertulia_wire.channels import thread_channel
from tertulia_wire.codes import Code
from tertulia_wire.events import POST_RATED

_OWN: Final = select(ratings.c.post_id, ratings.c.mark).where(
    ratings.c.member_id == bindparam("member_id"), ratings.c.post_id.in_(bindparam("post_ids", expanding=True))
)
_this: Final = (ratings.c.post_id == bindparam("the_post_id")) & (ratings.c.member_id == bindparam("the_member_id"))
_INSERT: Final = insert(ratings)
_CHANGE: Final = update(ratings).where(_this).values(mark=bindparam("new_mark"), rated_ms=bindparam("now_ms"))
_TAKE_BACK: Final = delete(ratings).where(_this)
_COUNT_ON_POST: Final = (
    update(posts)
    .where(posts.c.id == bindparam("post_id"))
    .values(
        positive=posts.c.positive + bindparam("more_positive"),
        negative=posts.c.negative + bindparam("more_negative"),
        version=posts.c.version + 1,
    )
    .returning(posts.c.version)
)
_COUNT_ON_CARD: Final = (
    update(members)
    .where(members.c.id == bindparam("member_id"))
    .values(
        positive=members.c.positive + bindparam("more_positive"),
        negative=members.c.negative + bindparam("more_negative"),
        version=members.c.version + 1,
    )
)
_DUE: Final = members.c.ratings_due_ms
_TAKE_TURN: Final = (
    update(members)
    .where(members.c.id == bindparam("member_id"))
    .values(
        ratings_due_ms=bindparam("pace_ms")
        + case((_DUE.between(bindparam("now_ms"), bindparam("latest_ms")), _DUE), else_=bindparam("now_ms"))
    )
    .returning(members.c.is_banned, members.c.is_bot, _DUE)
)


@dataclass(frozen=True, slots=True)
class NewRating:
    """A mark on its way into the store; ``pace_ms`` is a rating's share of time, 0 for who has no limit."""

    mark: Mark
    now_ms: int
    pace_ms: int = 0


def read_marks(conn: Connection, member_id: int | None, post_ids: Iterable[int]) -> dict[int, Mark]:
    """The marks of one member on these posts; those without one are left out. Nobody else may be shown them."""
    wanted = sorted(set(post_ids))
    if member_id is None or not wanted:
        return {}
    found = conn.execute(_OWN, {"member_id": member_id, "post_ids": wanted})
    return {row.post_id: Mark(row.mark) for row in found}


def write_rating(conn: Connection, visitor: Visitor, post_id: int, rating: NewRating) -> Written:
    """Give a post the visitor's mark, or take it back. The mark that is there already changes nothing.

    `Refusal`: ``NOT_FOUND``, as `check_may_rate`, ``POST_REMOVED``, ``RATE_LIMITED``.
    """
    row = lock_readable_post(conn, visitor, post_id)
    check_may_rate(visitor, row.author_id, rules_in(row))
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    if row.removed_ms is not None:
        raise Refusal(Code.POST_REMOVED)
    old = read_marks(conn, visitor.member_id, [post_id]).get(post_id, Mark.NONE)
    if old is rating.mark:
        return _unchanged(conn, post_id, row.thread_id)
    _write_mark(conn, post_id, visitor.member_id, old, rating)
    steps = _steps(old, rating.mark)
    version = conn.execute(_COUNT_ON_POST, {"post_id": post_id, **steps}).scalar_one()
    # Two members may rate each other's posts at the same moment: their rows are locked in one order.
    if visitor.member_id < row.author_id:
        _take_turn(conn, visitor.member_id, rating)
    conn.execute(_COUNT_ON_CARD, {"member_id": row.author_id, **steps})
    if visitor.member_id > row.author_id:
        _take_turn(conn, visitor.member_id, rating)
    forum_id = lock_forum_of(conn, row)
    announcement = announce(conn, drafts_in_thread(row.thread_id, forum_id, POST_RATED, post_id, version))
    data = announcement.post_event()
    return Written(data["post"], data["thread"], announcement.cursor(thread_channel(row.thread_id)), announcement)


def _write_mark(conn: Connection, post_id: int, member_id: int, old: Mark, rating: NewRating) -> None:
    this = {"the_post_id": post_id, "the_member_id": member_id}
    if rating.mark is Mark.NONE:
        conn.execute(_TAKE_BACK, this)
    elif old is Mark.NONE:
        mark = {"post_id": post_id, "member_id": member_id, "mark": rating.mark.value, "rated_ms": rating.now_ms}
        conn.execute(_INSERT, mark)
    else:
        conn.execute(_CHANGE, {**this, "new_mark": rating.mark.value, "now_ms": rating.now_ms})


def _steps(old: Mark, new: Mark) -> dict[str, int]:
    return {
        "more_positive": (new is Mark.POSITIVE) - (old is Mark.POSITIVE),
        "more_negative": (new is Mark.NEGATIVE) - (old is Mark.NEGATIVE),
    }


def _take_turn(conn: Connection, member_id: int, rating: NewRating) -> None:
    """Count a rating against the limit of its giver, as `count_post` does; refuse who was banned meanwhile."""
    now_ms = rating.now_ms
    latest_ms = now_ms + BURST_MS + CLOCK_SLACK_MS
    values = {"member_id": member_id, "now_ms": now_ms, "pace_ms": rating.pace_ms, "latest_ms": latest_ms}
    found = conn.execute(_TAKE_TURN, values).one_or_none()
    if found is None:
        raise Refusal(Code.UNAUTHENTICATED)
    if found.is_banned:
        raise Refusal(Code.BANNED)
    if found.is_bot:
        check_standing(conn, member_id)
    if rating.pace_ms and found.ratings_due_ms > now_ms + BURST_MS:
        raise Refusal(Code.RATE_LIMITED, retry_after_ms=found.ratings_due_ms - now_ms - BURST_MS)


def _unchanged(conn: Connection, post_id: int, thread_id: int) -> Written:
    cursor = read_cursor(conn, thread_channel(thread_id))
    posts_now = read_posts(conn, list(read_post_rows(conn, [post_id]).values()))
    return Written(posts_now[post_id], read_threads(conn, [thread_id])[thread_id], cursor)
