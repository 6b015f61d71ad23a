"""Posts: reading them, and the statements that write, edit and remove one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, cast

from sqlalchemy import Connection, Row, bindparam, select

from tertulia_server.store.members import read_cards
from tertulia_server.store.schema import posts
from tertulia_wire.data import CardData, PostData

_BY_IDS: Final = select(posts).where(posts.c.id.in_(bindparam("ids", expanding=True)))
_BY_NUMBERS: Final = (
    select(posts)
    .where(
        posts.c.thread_id == bindparam("thread_id"),
        posts.c.number >= bindparam("first"),
        posts.c.number < bindparam("end"),
    )
    .order_by(posts.c.number)
)

PostRow = Row[Any]
"""A row of the posts' table."""


def read_post_rows(conn: Connection, ids: Iterable[int]) -> dict[int, PostRow]:
    """The posts with these ids that are there, in one query."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row.id: row for row in conn.execute(_BY_IDS, {"ids": wanted})}


def read_posts_by_number(conn: Connection, thread_id: int, first: int, end: int) -> list[PostData]:
    """The posts of a thread with ``first`` <= number < ``end``, in order; removed ones too, without their text."""
    rows = conn.execute(_BY_NUMBERS, {"thread_id": thread_id, "first": first, "end": end}).all()
    return list(read_posts(conn, rows).values())


def read_posts(conn: Connection, rows: Sequence[PostRow]) -> dict[int, PostData]:
    """Rows as readers see them, with their authors' cards, by id and in the order of the rows."""
    if not rows:
        return {}
    cards = read_cards(conn, {row.author_id for row in rows})
    return {row.id: post_data(row, cards[row.author_id]) for row in rows}


def post_data(row: PostRow, author: CardData) -> PostData:
    """A row as readers see it: a removed post keeps its place and loses its text."""
    is_removed = row.removed_ms is not None
    return PostData(
        id=row.id,
        version=row.version,
        thread_id=row.thread_id,
        number=row.number,
        author=author,
        format=cast("Literal['markdown', 'literal']", row.format),
        text=None if is_removed else row.text,
        html=None if is_removed else row.html,
        created_ms=row.created_ms,
        created_day=row.created_day,
        edited_ms=row.edited_ms,
        is_removed=is_removed,
    )
