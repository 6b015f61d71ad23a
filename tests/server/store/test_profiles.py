from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.forum.models import GUEST
from tertulia_server.store.bots import insert_bot
from tertulia_server.store.changing import write_removal
from tertulia_server.store.profiles import POSTS_PER_PROFILE, Profile, read_profile
from tests.server.town import NOW_MS, Town, add_post, begin_thread


def texts(profile: Profile | None) -> list[str | None]:
    assert profile is not None
    return [entry.post["text"] for entry in profile.posts]


def test_profile_shows_the_posts_that_its_reader_may_read(conn: Connection, town: Town) -> None:
    mona = town.mona.member_id or 0
    for forum_id in (town.forum_id, town.members_forum_id, town.staff_forum_id):
        thread_id = begin_thread(conn, town.mona, forum_id).thread["id"]
        add_post(conn, town.mona, thread_id, f"in {forum_id}")
    opened = "Who comes?"
    everything = [f"in {town.staff_forum_id}", opened, f"in {town.members_forum_id}", opened, f"in {town.forum_id}"]
    assert texts(read_profile(conn, town.mona, mona)) == [*everything, opened]
    assert texts(read_profile(conn, town.ada, mona)) == [*everything[2:], opened]
    assert texts(read_profile(conn, town.rob, mona)) == [*everything[4:], opened]
    assert texts(read_profile(conn, GUEST, mona)) == [*everything[4:], opened]


def test_profile_is_paged_and_leaves_out_what_was_removed(conn: Connection, town: Town) -> None:
    ada = town.ada.member_id or 0
    thread_id = begin_thread(conn, town.bob, town.forum_id).thread["id"]
    written = [add_post(conn, town.ada, thread_id, f"post {number}") for number in range(POSTS_PER_PROFILE + 3)]
    write_removal(conn, town.mona, written[-1].post["id"], now_ms=NOW_MS)
    first = read_profile(conn, GUEST, ada)
    assert first is not None
    assert first.older == first.posts[-1].post["id"]
    second = read_profile(conn, GUEST, ada, first.older)
    assert second is not None
    assert (len(first.posts), len(second.posts), second.older) == (POSTS_PER_PROFILE, 2, None)
    assert texts(second)[-1] == "post 0"
    assert (first.posts[0].page, second.posts[-1].page) == (2, 1)
    assert (first.card["messages"], first.card["name"], first.owner) == (POSTS_PER_PROFILE + 2, "ada", None)


def test_profile_of_a_bot_names_its_owner(conn: Connection, town: Town) -> None:
    profile = read_profile(conn, GUEST, insert_bot(conn, "Keeper", town.ada.member_id or 0, NOW_MS))
    assert profile is not None
    assert profile.owner is not None
    assert profile.owner["name"] == "ada"
    assert texts(profile) == []


def test_profile_of_nobody_is_none(conn: Connection) -> None:
    assert read_profile(conn, GUEST, 99) is None
