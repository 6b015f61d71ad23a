"""Posts: reading them, and the statements that write, edit and remove one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, cast

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import check_may_read
from tertulia_server.forum.text import RENDERING
from tertulia_server.store.forums import rules_in
from tertulia_server.store.members import read_cards
from tertulia_server.store.renewing import renew_html
from tertulia_server.store.schema import forums, post_versions, posts, threads
from tertulia_wire.codes import Code
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
_PLACED: Final = select(
    posts, threads.c.forum_id, threads.c.is_locked, forums.c.audience, forums.c.posting
).select_from(posts.join(threads, threads.c.id == posts.c.thread_id).join(forums))
_WITH_PLACE: Final = _PLACED.where(posts.c.id == bindparam("post_id"))
_ALL_WITH_PLACE: Final = _PLACED.where(posts.c.id.in_(bindparam("ids", expanding=True)))
_LOCKED_WITH_PLACE: Final = _WITH_PLACE.with_for_update(of=posts, key_share=True)
_INSERT: Final = (
    insert(posts)
    .values(
        thread_id=bindparam("thread_id"),
        rendering=RENDERING,
        number=select(threads.c.last_number + bindparam("step"))
        .where(threads.c.id == bindparam("thread_id"))
        .scalar_subquery(),
    )
    .returning(posts)
)
_KEEP_VERSION: Final = insert(post_versions)
_EDIT: Final = (
    update(posts)
    .where(posts.c.id == bindparam("post_id"), posts.c.text == bindparam("old_text"), posts.c.removed_ms.is_(None))
    .values(
        text=bindparam("new_text"),
        html=bindparam("new_html"),
        rendering=RENDERING,
        edited_ms=bindparam("now_ms"),
        version=posts.c.version + 1,
    )
    .returning(posts.c.version)
)
_REPLACED_SINCE: Final = (
    select(post_versions.c.version)
    .where(post_versions.c.post_id == bindparam("post_id"), post_versions.c.version >= bindparam("version"))
    .limit(1)
)
_REMOVE: Final = (
    update(posts)
    .where(posts.c.id == bindparam("post_id"), posts.c.removed_ms.is_(None))
    .values(removed_ms=bindparam("now_ms"), removed_by=bindparam("member_id"), version=posts.c.version + 1)
    .returning(posts.c.version)
)

_RESTORE: Final = (
    update(posts)
    .where(posts.c.id == bindparam("post_id"), posts.c.removed_ms.is_not(None))
    .values(removed_ms=None, removed_by=None, version=posts.c.version + 1)
    .returning(posts.c.version)
)

PostRow = Row[Any]
"""A row of the posts' table."""


class NewPost(NamedTuple):
    """What the row of a new post says; ``format`` is a value of `TextFormat`.

    ``step``: its number is this much above the thread's last one, 0 for the post with which the thread was begun.
    """

    thread_id: int
    step: int
    author_id: int
    format: str
    text: str
    html: str
    created_ms: int
    key_hash: str


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
    renewed = renew_html(conn, rows)
    return {row.id: post_data(row, cards[row.author_id], renewed) for row in rows}


def post_data(row: PostRow, author: CardData, renewed: Mapping[int, str]) -> PostData:
    """A row as readers see it: a removed post keeps its place and loses its text. ``renewed`` is by `renew_html`."""
    is_removed = row.removed_ms is not None
    return PostData(
        id=row.id,
        version=row.version,
        thread_id=row.thread_id,
        number=row.number,
        author=author,
        format=cast("Literal['markdown', 'literal']", row.format),
        text=None if is_removed else row.text,
        html=None if is_removed else renewed.get(row.id, row.html),
        created_ms=row.created_ms,
        created_day=row.created_day,
        edited_ms=row.edited_ms,
        is_removed=is_removed,
        positive=row.positive,
        negative=row.negative,
    )


def find_post_with_place(conn: Connection, post_id: int) -> PostRow | None:
    """The post's row with ``forum_id``, ``is_locked``, ``audience`` and ``posting`` of where it stands, or None."""
    return conn.execute(_WITH_PLACE, {"post_id": post_id}).one_or_none()


def find_posts_with_place(conn: Connection, ids: Iterable[int]) -> dict[int, PostRow]:
    """The same of several posts, in one query."""
    wanted = sorted(set(ids))
    return {row.id: row for row in conn.execute(_ALL_WITH_PLACE, {"ids": wanted})} if wanted else {}


def lock_readable_post(conn: Connection, visitor: Visitor, post_id: int) -> PostRow:
    """The same of one that the visitor may read; until the end of the transaction no other one changes or moves it.

    `Refusal`: ``NOT_FOUND``, also for what is hidden, and as `check_may_read`.

    Who waited for one that moved it finds the post without the thread that was joined to it, which is no answer on
    PostgreSQL; the second question begins behind that transaction.
    """
    values = {"post_id": post_id}
    row = (
        conn.execute(_LOCKED_WITH_PLACE, values).one_or_none() or conn.execute(_LOCKED_WITH_PLACE, values).one_or_none()
    )
    if row is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, rules_in(row))
    return row


def insert_post(conn: Connection, post: NewPost) -> PostRow:
    """Add a post of version 1; its row. The caller has locked the thread: two posts never take one number."""
    return conn.execute(_INSERT, post._asdict()).one()


def replace_text(conn: Connection, old: PostRow, text: str, html: str, *, now_ms: int, editor_id: int) -> int:
    """Give a post another text and keep the old one among its versions; the new version.

    `Refusal` with ``STALE_VERSION`` if the text has changed since ``old`` was read; a rating is no other text.
    """
    values = {"post_id": old.id, "old_text": old.text, "new_text": text, "new_html": html, "now_ms": now_ms}
    new_version: int | None = conn.execute(_EDIT, values).scalar_one_or_none()
    if new_version is None:
        raise Refusal(Code.STALE_VERSION)
    kept = {
        "post_id": old.id,
        "version": new_version - 1,
        "format": old.format,
        "text": old.text,
        "written_ms": old.edited_ms or old.created_ms,
        "replaced_ms": now_ms,
        "replaced_by": editor_id,
    }
    conn.execute(_KEEP_VERSION, kept)
    return new_version


def has_other_text_since(conn: Connection, row: PostRow, version: int) -> bool:
    """Whether the text that the post had in this version is not the one that it has now; versions to come have none."""
    newest: int = row.version
    if version >= newest:
        return version > newest
    return conn.execute(_REPLACED_SINCE, {"post_id": row.id, "version": version}).first() is not None


def mark_removed(conn: Connection, post_id: int, *, now_ms: int, remover_id: int) -> int | None:
    """Remove a post, whose text then stays for those who may; its new version, or None if it was removed before."""
    values = {"post_id": post_id, "now_ms": now_ms, "member_id": remover_id}
    version: int | None = conn.execute(_REMOVE, values).scalar_one_or_none()
    return version


def mark_restored(conn: Connection, post_id: int) -> int | None:
    """Give a removed post its text back; its new version, or None if it was not removed."""
    version: int | None = conn.execute(_RESTORE, {"post_id": post_id}).scalar_one_or_none()
    return version
