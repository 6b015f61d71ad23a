"""What goes with posts into another thread: that their readers watch them, how far these have read, what they write.

A mark and a watch belong to a thread, a notification and a report to a post; so the latter two follow by themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.forum.drafts import Place, PlaceKind
from tertulia_server.store.schema import drafts, notifications, posts, read_marks, watches

MAX_CARRIED: Final = 10_000
"""Of those who watch a thread: the rest, if there are more, find the posts as unread ones, and do not watch them."""

_DRAFT_GAP: Final = "\n\n"

_id = watches.c.thread_id.type
_source, _target = bindparam("source_id", type_=_id), bindparam("target_id", type_=_id)
_watching = (
    select(_target, watches.c.member_id, true())
    .where(watches.c.thread_id == _source, watches.c.is_watching.is_(True))
    .order_by(watches.c.member_id)
    .limit(MAX_CARRIED)
)
_COLUMNS: Final = ["thread_id", "member_id", "is_watching"]
_here, _there = read_marks.alias("here"), read_marks.alias("there")
_has_read = exists().where(
    read_marks.c.member_id == notifications.c.member_id,
    read_marks.c.thread_id == _source,
    read_marks.c.last_read
    >= select(posts.c.number).where(posts.c.id == notifications.c.post_id).correlate(notifications).scalar_subquery(),
)
_SETTLE: Final = (
    update(notifications)
    .where(
        notifications.c.post_id.in_(bindparam("post_ids", expanding=True)),
        notifications.c.read_ms.is_(None),
        notifications.c.is_late.is_(False),
        _has_read,
    )
    .values(read_ms=bindparam("now_ms"))
)
_new_last = bindparam("new_last", type_=read_marks.c.last_read.type)
_of_watchers = (
    select(watches.c.member_id, _target, _new_last)
    .select_from(
        watches.join(
            _here, (_here.c.member_id == watches.c.member_id) & (_here.c.thread_id == watches.c.thread_id)
        ).outerjoin(_there, (_there.c.member_id == watches.c.member_id) & (_there.c.thread_id == _target))
    )
    .where(
        watches.c.thread_id == _source,
        watches.c.is_watching.is_(True),
        _here.c.last_read >= bindparam("moved_until"),
        func.coalesce(_there.c.last_read, literal(0)) >= bindparam("old_last"),
    )
    .order_by(watches.c.member_id)
    .limit(MAX_CARRIED)
)
# PostgreSQL's construct compiles for SQLite as well, so that there is one statement for all engines.
_MARK: Final = insert(read_marks).from_select(["member_id", "thread_id", "last_read"], _of_watchers)
_CARRY_MARKS: Final = _MARK.on_conflict_do_update(
    index_elements=[read_marks.c.member_id, read_marks.c.thread_id],
    set_={"last_read": _MARK.excluded.last_read},
    where=read_marks.c.last_read < _MARK.excluded.last_read,
)
_CARRY_WATCHES: Final = insert(watches).from_select(_COLUMNS, _watching).on_conflict_do_nothing()
_CARRY_SOME: Final = (
    insert(watches)
    .from_select(_COLUMNS, _watching.where(watches.c.member_id.in_(bindparam("only", expanding=True))))
    .on_conflict_do_nothing()
)
_own = drafts.alias("own")
_OPEN_DRAFTS: Final = (
    update(drafts)
    .where(
        drafts.c.place == bindparam("from_place"),
        ~exists().where(_own.c.member_id == drafts.c.member_id, _own.c.place == bindparam("to_place")),
    )
    .values(place=bindparam("to_place"))
)
_BOTH_DRAFTS: Final = (
    select(
        drafts.c.member_id,
        drafts.c.text,
        drafts.c.changed_ms,
        drafts.c.version,
        _own.c.text.label("own_text"),
        _own.c.changed_ms.label("own_changed_ms"),
        _own.c.version.label("own_version"),
    )
    .join(_own, (_own.c.member_id == drafts.c.member_id) & (_own.c.place == bindparam("to_place")))
    .where(drafts.c.place == bindparam("from_place"))
    .order_by(drafts.c.member_id)
)
_JOIN_DRAFTS: Final = (
    update(drafts)
    .where(drafts.c.member_id == bindparam("owner_id"), drafts.c.place == bindparam("to_place"))
    .values(
        text=bindparam("both"),
        version=bindparam("new_version"),
        changed_ms=bindparam("last_ms"),
        saved_ms=bindparam("now"),
    )
)
_DROP_DRAFTS: Final = delete(drafts).where(drafts.c.place == bindparam("from_place"))


class Journey(NamedTuple):
    """Posts went to the end of another thread: there the last number was ``old_last`` and is ``new_last`` now; where
    they were, ``moved_until`` was the highest of their numbers."""

    source_id: int
    target_id: int
    moved_until: int
    old_last: int
    new_last: int


def settle_notifications(conn: Connection, post_ids: Sequence[int], source_id: int, now_ms: int) -> None:
    """Those of these posts that their readers have read stay read; to be called before the posts get other numbers."""
    conn.execute(_SETTLE, {"post_ids": sorted(post_ids), "source_id": source_id, "now_ms": now_ms})


def carry_marks(conn: Connection, journey: Journey) -> None:
    """To those who watch, and had read all of both, the posts are nothing new; others find them unread."""
    conn.execute(_CARRY_MARKS, journey._asdict())


def carry_watches(conn: Connection, source_id: int, target_id: int, only: Collection[int] | None = None) -> None:
    """Who watches the one thread watches the other as well, unless they said no there.

    ``only``: none but these of them, the writers of what was moved, who hear of the answers to it.
    """
    values = {"source_id": source_id, "target_id": target_id}
    if only is None:
        conn.execute(_CARRY_WATCHES, values)
    else:
        conn.execute(_CARRY_SOME, {**values, "only": sorted(only)})


def carry_drafts(conn: Connection, source_id: int, target_id: int, now_ms: int) -> None:
    """What was being written in a thread that is gone belongs to the other; where a member writes there too, both texts
    become one, the later below."""
    places = {
        "from_place": str(Place(PlaceKind.THREAD, source_id)),
        "to_place": str(Place(PlaceKind.THREAD, target_id)),
    }
    conn.execute(_OPEN_DRAFTS, places)
    both = conn.execute(_BOTH_DRAFTS, places).all()
    for row in both:
        texts = sorted([(row.own_changed_ms, row.own_text), (row.changed_ms, row.text)])
        values = {
            "owner_id": row.member_id,
            "to_place": places["to_place"],
            "both": _DRAFT_GAP.join(text for _, text in texts),
            "new_version": max(row.version, row.own_version, now_ms) + 1,
            "last_ms": texts[-1][0],
            "now": now_ms,
        }
        conn.execute(_JOIN_DRAFTS, values)
    if both:
        conn.execute(_DROP_DRAFTS, {"from_place": places["from_place"]})
