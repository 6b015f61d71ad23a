from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.forum.drafts import Place, PlaceKind
from tertulia_server.forum.mention_names import Mentioned
from tertulia_server.store.drafts import NewDraft, save_draft
from tertulia_server.store.drafts_list import list_drafts
from tertulia_server.store.members import insert_member
from tertulia_server.store.mentions import MAX_SUGGESTIONS, find_mentioned, suggest_names
from tertulia_server.store.opening import open_store
from tertulia_server.store.surroundings import read_surroundings
from tertulia_server.store.versions import read_versions
from tests.server.town import NOW_MS, Town, add_post, begin_thread, found_town


def names(conn: Connection, town: Town, start: str, thread_id: int | None = None) -> list[str]:
    own_id = town.mona.member_id or 0
    return [one.name for one in suggest_names(conn, start, thread_id=thread_id, own_id=own_id)]


def test_members_whom_a_text_names_are_found(conn: Connection, town: Town) -> None:
    ada, rob = town.ada.member_id or 0, town.rob.member_id or 0
    assert find_mentioned(conn, ["ADA", "rob", "rob, not", "bobby"]) == {
        "ada": Mentioned(ada, "ada"),
        "rob": Mentioned(rob, "rob"),
    }
    assert find_mentioned(conn, []) == {}


def test_names_are_suggested_by_their_beginning(conn: Connection, town: Town) -> None:
    insert_member(conn, "Bob the builder", joined_ms=NOW_MS)
    insert_member(conn, "b_b", joined_ms=NOW_MS)
    assert names(conn, town, "BO") == ["bob", "Bob the builder"]
    assert names(conn, town, "b%") == []
    assert names(conn, town, "b_") == ["b_b"]
    assert names(conn, town, "bob the b") == ["Bob the builder"]


def test_banned_members_are_not_suggested_before_their_whole_name(conn: Connection, town: Town) -> None:
    assert names(conn, town, "ro") == []
    assert names(conn, town, "rob") == ["rob"]


def test_those_who_write_in_the_thread_come_first(conn: Connection, town: Town) -> None:
    for number in range(MAX_SUGGESTIONS):
        insert_member(conn, f"bo{number}", joined_ms=NOW_MS)
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    assert names(conn, town, "", thread_id) == ["ada"]
    add_post(conn, town.bob, thread_id)
    add_post(conn, town.mona, thread_id)
    assert names(conn, town, "", thread_id) == ["bob", "ada"]
    assert names(conn, town, "b", thread_id) == ["bob"]
    suggested = names(conn, town, "bo", thread_id)
    assert (suggested[0], len(suggested), len(set(suggested))) == ("bob", MAX_SUGGESTIONS, MAX_SUGGESTIONS)


async def test_readings_for_writers_run_on_every_engine(any_url: str) -> None:
    store = await open_store(any_url)
    try:
        town = await store.write(found_town)
        post = (await store.write(begin_thread, town.ada, town.forum_id)).post
        own_id = town.mona.member_id or 0
        names = await store.read(suggest_names, "bo", thread_id=post["thread_id"], own_id=own_id)
        assert [one.name for one in names] == ["bob"]
        found = await store.read(read_surroundings, post["thread_id"], seen=0, quoted_ids=[post["id"]], since_ms=1)
        assert found is not None
        assert (found.newer_count, found.changed) == (1, [])
        versions = await store.read(read_versions, post["id"])
        assert versions is not None
        assert [text.text for text in versions.texts] == ["Who comes?"]
        place = Place(PlaceKind.THREAD, post["thread_id"])
        await store.write(save_draft, own_id, NewDraft(place, "", "Well", 0, NOW_MS), now_ms=NOW_MS)
        assert [one.about for one in await store.read(list_drafts, town.mona, now_ms=NOW_MS)] == ["The fair"]
    finally:
        await store.close()
