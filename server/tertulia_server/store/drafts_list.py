"""A member's drafts with what they belong to, as far as the member may read that."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from tertulia_server.forum.drafts import Place, PlaceKind, parse_place
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import may_read
from tertulia_server.store.drafts import StoredDraft, read_drafts
from tertulia_server.store.forums import read_forum
from tertulia_server.store.posts import find_post_with_place
from tertulia_server.store.surroundings import find_readable_thread


class ListedDraft(NamedTuple):
    """``about`` is the title of the thread or the name of the forum, and ``forum_id`` the forum where that is; None for
    what is gone or may not be read."""

    draft: StoredDraft
    place: Place
    about: str | None
    forum_id: int | None


def list_drafts(conn: Connection, visitor: Visitor, *, now_ms: int) -> list[ListedDraft]:
    """All drafts of the visitor, the last saved first."""
    found = read_drafts(conn, visitor.member_id or 0, now_ms=now_ms)
    places = [parse_place(draft.place) for draft in found]
    return [
        ListedDraft(draft, place, *_about(conn, visitor, place)) for draft, place in zip(found, places, strict=True)
    ]


def _about(conn: Connection, visitor: Visitor, place: Place) -> tuple[str, int] | tuple[None, None]:
    if place.kind is PlaceKind.FORUM:
        forum = read_forum(conn, place.id)
        is_readable = forum is not None and may_read(visitor, forum.rules)
        return (forum.forum["name"], place.id) if forum is not None and is_readable else (None, None)
    thread_id = place.id
    if place.kind is PlaceKind.POST:
        row = find_post_with_place(conn, place.id)
        thread_id = 0 if row is None else row.thread_id
    thread = find_readable_thread(conn, visitor, thread_id)
    return (None, None) if thread is None else (thread["title"], thread["forum_id"])
