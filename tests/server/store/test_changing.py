from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import Connection, select, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, TextFormat
from tertulia_server.store.changing import write_edit, write_removal, write_restoration
from tertulia_server.store.forums import read_forum
from tertulia_server.store.log import read_log
from tertulia_server.store.moving import write_move
from tertulia_server.store.pages import read_post
from tertulia_server.store.port import Store
from tertulia_server.store.posting import Written
from tertulia_server.store.replay import render_events
from tertulia_server.store.reports import write_report, write_reports_closed
from tertulia_server.store.schema import post_versions, posts
from tertulia_wire.codes import Code
from tests.server.store.meeting import check_counts, meet
from tests.server.town import NOW_MS, Town, add_post, ban, begin_thread, found_town, lock, move

LATER_MS = NOW_MS + 60_000


def refuses(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code is code)


@pytest.fixture
def written(conn: Connection, town: Town) -> Written:
    """Bob's post, number 2 in Ada's thread."""
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    return add_post(conn, town.bob, thread_id, "I bring bread.")


def edit(conn: Connection, town: Town, written: Written, text: str, version: int = 1) -> Written:
    return write_edit(conn, town.bob, written.post["id"], text, f"<p>{text}</p>", version=version, now_ms=LATER_MS)


def remove(conn: Connection, town: Town, written: Written) -> Written:
    return write_removal(conn, town.mona, written.post["id"], now_ms=LATER_MS)


def test_edit_replaces_the_text_and_is_told(conn: Connection, town: Town, written: Written) -> None:
    edited = edit(conn, town, written, "I bring wine.")
    assert (edited.post["text"], edited.post["html"]) == ("I bring wine.", "<p>I bring wine.</p>")
    assert (edited.post["version"], edited.post["edited_ms"], edited.post["number"]) == (2, LATER_MS, 2)
    assert edited.cursor.seq == written.cursor.seq + 1
    assert edited.announcement is not None
    assert [event.name for event in edited.announcement.events] == ["post.edited", "post.edited"]
    assert "key_hash" not in edited.announcement.post_event()
    logged = read_log(conn, f"forum:{town.forum_id}", 3, 9)
    assert [(event.name, event.about_id, event.about_version) for event in logged] == [
        ("post.edited", written.post["id"], 2)
    ]


def test_edit_of_a_reported_post_is_told_to_those_who_moderate(conn: Connection, town: Town, written: Written) -> None:
    write_report(conn, town.ada, written.post["id"], "It is stale", now_ms=NOW_MS)
    edited = edit(conn, town, written, "I bring wine.")
    assert edited.announcement is not None
    assert [(event.channel, event.data) for event in edited.announcement.events if "post" not in event.data] == [
        ("moderation", {})
    ]
    write_reports_closed(conn, town.mona, written.post["id"], now_ms=NOW_MS)
    later = edit(conn, town, written, "I bring cake.", version=2)
    assert later.announcement is not None
    assert [event.name for event in later.announcement.events] == ["post.edited", "post.edited"]


def test_edit_to_the_same_text_changes_nothing(conn: Connection, town: Town, written: Written) -> None:
    edited = edit(conn, town, written, "I bring bread.")
    assert (edited.post, edited.announcement, edited.cursor) == (written.post, None, written.cursor)
    assert conn.execute(select(post_versions)).all() == []


def test_edit_of_an_older_version_is_refused(conn: Connection, town: Town, written: Written) -> None:
    edit(conn, town, written, "I bring wine.")
    for text in ("I bring cake.", "I bring wine."):
        with refuses(Code.STALE_VERSION):
            edit(conn, town, written, text)
    assert edit(conn, town, written, "I bring cake.", version=2).post["version"] == 3


def test_edit_of_a_removed_post_is_refused(conn: Connection, town: Town, written: Written) -> None:
    remove(conn, town, written)
    with refuses(Code.POST_REMOVED):
        edit(conn, town, written, "Still here?", version=2)


def test_edit_by_anybody_else_is_refused(conn: Connection, town: Town, written: Written) -> None:
    post_id = written.post["id"]
    for visitor, code in [
        (town.ada, Code.FORBIDDEN),
        (town.mona, Code.FORBIDDEN),
        (town.rob, Code.BANNED),
        (GUEST, Code.UNAUTHENTICATED),
    ]:
        with refuses(code):
            write_edit(conn, visitor, post_id, "x", "x", version=1, now_ms=LATER_MS)


def test_edit_in_a_locked_thread_is_refused(conn: Connection, town: Town, written: Written) -> None:
    lock(conn, written.thread["id"])
    with refuses(Code.THREAD_LOCKED):
        edit(conn, town, written, "x")


def test_edit_by_a_member_banned_since_is_refused(conn: Connection, town: Town, written: Written) -> None:
    assert town.bob.member_id is not None
    ban(conn, town.bob.member_id)
    with refuses(Code.BANNED):
        edit(conn, town, written, "x")


def test_edit_and_removal_of_what_is_not_there_or_not_readable_are_not_found(
    conn: Connection, town: Town, written: Written
) -> None:
    with refuses(Code.NOT_FOUND):
        write_edit(conn, town.bob, 99, "x", "x", version=1, now_ms=LATER_MS)
    with refuses(Code.NOT_FOUND):
        write_removal(conn, town.mona, 99, now_ms=LATER_MS)
    move(conn, written.thread["id"], town.staff_forum_id)
    with refuses(Code.NOT_FOUND):
        edit(conn, town, written, "x")
    with refuses(Code.NOT_FOUND):
        write_removal(conn, town.ada, written.post["id"], now_ms=LATER_MS)


def test_edit_of_a_literal_post_stays_literal(conn: Connection, town: Town, written: Written) -> None:
    conn.execute(update(posts).values(format=TextFormat.LITERAL.value))
    edited = write_edit(conn, town.bob, written.post["id"], "*as is*", "<em>as is</em>", version=1, now_ms=LATER_MS)
    assert (edited.post["format"], edited.post["html"]) == ("literal", "<p>*as is*</p>")


def test_removal_hides_the_text_keeps_the_number_and_counts_down(
    conn: Connection, town: Town, written: Written
) -> None:
    removed = remove(conn, town, written)
    assert (removed.post["text"], removed.post["html"], removed.post["is_removed"]) == (None, None, True)
    assert (removed.post["number"], removed.post["version"]) == (2, 2)
    assert removed.post["author"]["messages"] == 0
    assert removed.post["author"]["version"] == written.post["author"]["version"] + 1
    assert (removed.thread["post_count"], removed.thread["last_number"]) == (1, 2)
    assert removed.thread["last_post_by"] == "ada"
    assert removed.thread["version"] == written.thread["version"] + 1
    row = read_forum(conn, town.forum_id)
    assert row is not None
    assert row.forum["post_count"] == 1
    assert add_post(conn, town.ada, written.thread["id"]).post["number"] == 3


def test_removal_takes_the_text_out_of_every_older_event(conn: Connection, town: Town, written: Written) -> None:
    edit(conn, town, written, "I bring wine.")
    remove(conn, town, written)
    for channel in (f"thread:{written.thread['id']}", f"forum:{town.forum_id}"):
        rendered = render_events(conn, read_log(conn, channel, 0, 99))
        assert [event.name for event in rendered][2:] == ["post.created", "post.edited", "post.removed"]
        assert "I bring" not in repr(rendered)


def test_removal_repeated_changes_nothing(conn: Connection, town: Town, written: Written) -> None:
    removed = remove(conn, town, written)
    again = remove(conn, town, written)
    assert (again.post, again.thread, again.cursor, again.announcement) == (
        removed.post,
        removed.thread,
        removed.cursor,
        None,
    )


def test_removal_of_an_imported_post_leaves_the_imported_count(conn: Connection, town: Town, written: Written) -> None:
    """What a card shows of an archive is its base; the posts themselves were never counted here."""
    conn.execute(update(posts).where(posts.c.id == written.post["id"]).values(key_hash=None))
    removed = remove(conn, town, written)
    assert removed.post["author"]["messages"] == written.post["author"]["messages"]


def test_removal_is_for_the_staff(conn: Connection, town: Town, written: Written) -> None:
    for visitor, code in [
        (town.bob, Code.FORBIDDEN),
        (town.rob, Code.BANNED),
        (GUEST, Code.UNAUTHENTICATED),
    ]:
        with refuses(code):
            write_removal(conn, visitor, written.post["id"], now_ms=LATER_MS)
    place = read_post(conn, written.post["id"])
    assert place is not None
    assert place.post["is_removed"] is False


def test_restoration_gives_the_text_back_and_is_told_as_an_edit(conn: Connection, town: Town, written: Written) -> None:
    removed = remove(conn, town, written)
    restored = write_restoration(conn, town.mona, written.post["id"], now_ms=NOW_MS)
    assert (restored.post["text"], restored.post["is_removed"]) == ("I bring bread.", False)
    assert restored.post["version"] == removed.post["version"] + 1
    assert restored.announcement is not None
    told = [event.name for event in restored.announcement.events]
    assert told == ["post.edited", "post.edited", "moderation.changed"]


def test_restoration_counts_the_post_again(conn: Connection, town: Town, written: Written) -> None:
    def counts() -> tuple[int, int, int, int | None, str | None]:
        post = read_post(conn, written.post["id"])
        assert post is not None
        thread = post.thread
        messages = post.post["author"]["messages"]
        return messages, thread["post_count"], post.forum["post_count"], thread["last_post_ms"], thread["last_post_by"]

    before = counts()
    remove(conn, town, written)
    assert counts()[:3] == (before[0] - 1, before[1] - 1, before[2] - 1)
    for _ in range(2):
        write_restoration(conn, town.mona, written.post["id"], now_ms=NOW_MS)
        assert counts() == before


def test_second_restoration_is_told_to_nobody(conn: Connection, town: Town, written: Written) -> None:
    restored = write_restoration(conn, town.mona, written.post["id"], now_ms=NOW_MS)
    assert (restored.post, restored.announcement) == (written.post, None)


def test_restoration_is_the_staffs_alone(conn: Connection, town: Town, written: Written) -> None:
    remove(conn, town, written)
    for visitor, code in [
        (town.bob, Code.FORBIDDEN),
        (town.rob, Code.BANNED),
        (GUEST, Code.UNAUTHENTICATED),
    ]:
        with refuses(code):
            write_restoration(conn, visitor, written.post["id"], now_ms=NOW_MS)


async def test_changes_beside_the_move_of_a_thread_are_counted_and_told_where_it_is(any_store: Store) -> None:
    store = any_store
    town = await store.write(found_town)
    thread_id = (await store.write(begin_thread, town.ada, town.forum_id)).thread["id"]
    post_id = (await store.write(add_post, town.bob, thread_id)).post["id"]
    changes = [
        lambda conn: write_edit(conn, town.bob, post_id, "x", "x", version=1, now_ms=LATER_MS),
        lambda conn: write_removal(conn, town.mona, post_id, now_ms=LATER_MS),
        lambda conn: write_restoration(conn, town.mona, post_id, now_ms=LATER_MS),
    ]
    for change, forum_id in zip(changes, (town.members_forum_id, town.forum_id) * 2, strict=False):
        moves = partial(write_move, visitor=town.mona, thread_id=thread_id, forum_id=forum_id, now_ms=LATER_MS)
        changed = await meet(store, moves, change)
        assert changed.announcement is not None
        channels = {event.channel for event in changed.announcement.events} - {"moderation"}
        assert channels == {f"thread:{thread_id}", f"forum:{forum_id}"}
        await store.read(check_counts)
