"""Stamps: what a page of a thread depends on, in one row. A page that was made before is still true under the same
stamp, and only then; so a page may be kept in memory, and its truth is asked from the store each time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, select

from tertulia_server.forum.models import ForumRules
from tertulia_server.forum.pages import first_number, page_count
from tertulia_server.store.facts import EPOCH_VALUE
from tertulia_server.store.forums import rules_in
from tertulia_server.store.pages import ThreadPage, read_thread_page
from tertulia_server.store.schema import forums, heads, members, posts, threads
from tertulia_wire.channels import thread_channel

_starter = members.alias("starter")
_on_page = and_(
    posts.c.thread_id == threads.c.id, posts.c.number >= bindparam("first"), posts.c.number < bindparam("end")
)
_STAMP: Final = (
    select(
        EPOCH_VALUE.label("epoch"),
        select(heads.c.seq).where(heads.c.channel == bindparam("channel")).scalar_subquery().label("seq"),
        threads.c.version,
        threads.c.slug,
        threads.c.merged_into,
        threads.c.last_number,
        _starter.c.name.label("starter"),
        forums.c.id.label("forum_id"),
        forums.c.name.label("forum"),
        forums.c.slug.label("forum_slug"),
        forums.c.audience,
        forums.c.posting,
        func.count(posts.c.id).label("post_count"),
        func.sum(posts.c.version).label("post_versions"),
        func.sum(members.c.version).label("card_versions"),
    )
    .select_from(
        threads.join(forums, forums.c.id == threads.c.forum_id)
        .join(_starter, _starter.c.id == threads.c.starter_id)
        .outerjoin(posts, _on_page)
        .outerjoin(members, members.c.id == posts.c.author_id)
    )
    .where(threads.c.id == bindparam("thread_id"))
    .group_by(threads.c.id, forums.c.id, _starter.c.id)
)


class PagePlace(NamedTuple):
    """A page of a thread."""

    thread_id: int
    page: int


class ThreadStamp(NamedTuple):
    """Of all that a page shows: the versions, and what has none. Versions only grow, and another set of posts on
    the page is another head, so their sums tell of any change of any of them."""

    epoch: str
    seq: int
    version: int
    slug: str
    is_merged: bool
    last_number: int
    starter: str
    rules: ForumRules
    forum: str
    forum_slug: str
    post_count: int
    post_versions: int
    card_versions: int

    @property
    def page_count(self) -> int:
        return page_count(self.last_number)


class StampedPage(NamedTuple):
    """A page and its stamp, of one snapshot."""

    stamp: ThreadStamp
    page: ThreadPage


def read_thread_stamps(conn: Connection, places: Iterable[PagePlace]) -> dict[PagePlace, ThreadStamp]:
    """The stamps of these pages; threads and pages that are not there are left out."""
    found = {place: _read_stamp(conn, place) for place in places}
    return {place: stamp for place, stamp in found.items() if stamp is not None}


def read_stamped_page(conn: Connection, place: PagePlace, member_id: int | None = None) -> StampedPage | None:
    """A page of a thread with its stamp, and with the marks of that member; None if there is no such page.

    Each change of a mark is a new version of its post, so the stamp tells of the marks, too.
    """
    stamp = _read_stamp(conn, place)
    page = None if stamp is None else read_thread_page(conn, place.thread_id, place.page, member_id)
    return None if stamp is None or page is None else StampedPage(stamp, page)


def _read_stamp(conn: Connection, place: PagePlace) -> ThreadStamp | None:
    values = {
        "thread_id": place.thread_id,
        "channel": thread_channel(place.thread_id),
        "first": first_number(place.page),
        "end": first_number(place.page + 1),
    }
    row = conn.execute(_STAMP, values).one_or_none()
    if row is None:
        return None
    stamp = ThreadStamp(
        epoch=row.epoch,
        seq=row.seq or 0,
        version=row.version,
        slug=row.slug,
        is_merged=row.merged_into is not None,
        last_number=row.last_number,
        starter=row.starter,
        rules=rules_in(row),
        forum=row.forum,
        forum_slug=row.forum_slug,
        post_count=row.post_count,
        post_versions=row.post_versions or 0,
        card_versions=row.card_versions or 0,
    )
    return stamp if place.page <= stamp.page_count else None
