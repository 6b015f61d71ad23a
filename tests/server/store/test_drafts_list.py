from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.forum.drafts import Place, PlaceKind
from tertulia_server.store.drafts import NewDraft, save_draft
from tertulia_server.store.drafts_list import list_drafts
from tests.server.town import NOW_MS, Town, begin_thread, move


def test_drafts_are_listed_with_what_they_belong_to(conn: Connection, town: Town) -> None:
    begun = begin_thread(conn, town.ada, town.forum_id)
    hidden = begin_thread(conn, town.ada, town.forum_id, "Hidden")
    move(conn, hidden.thread["id"], town.staff_forum_id)
    places = [
        Place(PlaceKind.THREAD, begun.thread["id"]),
        Place(PlaceKind.FORUM, town.forum_id),
        Place(PlaceKind.POST, begun.post["id"]),
        Place(PlaceKind.THREAD, hidden.thread["id"]),
        Place(PlaceKind.POST, hidden.post["id"]),
        Place(PlaceKind.FORUM, town.staff_forum_id),
        Place(PlaceKind.POST, 99),
    ]
    for number, place in enumerate(places):
        save_draft(conn, town.ada.member_id or 0, NewDraft(place, "", "x", 0, NOW_MS), now_ms=NOW_MS - number)
    listed = list_drafts(conn, town.ada, now_ms=NOW_MS)
    assert [one.place for one in listed] == places
    assert [one.forum_id for one in listed] == [town.forum_id] * 3 + [None] * 4
    assert [one.about for one in listed] == ["The fair", "Town talk", "The fair", None, None, None, None]
