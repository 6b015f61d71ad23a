from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import Connection, func, select

from tertulia_server.errors import Refusal
from tertulia_server.forum.marks import Mark
from tertulia_server.forum.models import GUEST, Visitor
from tertulia_server.store.changing import write_edit, write_removal, write_restoration
from tertulia_server.store.log import read_log
from tertulia_server.store.moving import write_move
from tertulia_server.store.moving_posts import write_posts_moved
from tertulia_server.store.pages import read_thread_page
from tertulia_server.store.port import Store
from tertulia_server.store.posting import Written
from tertulia_server.store.ratings import NewRating, read_marks, write_rating
from tertulia_server.store.schema import ratings
from tertulia_wire.codes import Code
from tests.server.store.meeting import meet
from tests.server.town import NOW_MS, Town, add_post, ban, begin_thread, found_town, lock, move


def refuses(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code is code)


@pytest.fixture
def written(conn: Connection, town: Town) -> Written:
    """Bob's post, number 2 in Ada's thread."""
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    return add_post(conn, town.bob, thread_id, "I bring bread.")


def rate(
    conn: Connection,
    visitor: Visitor,
    written: Written,
    mark: Mark = Mark.POSITIVE,
    *,
    now_ms: int = NOW_MS,
    pace_ms: int = 0,
) -> Written:
    return write_rating(conn, visitor, written.post["id"], NewRating(mark, now_ms, pace_ms))


def counts(written: Written) -> tuple[int, int, int, int]:
    post = written.post
    return post["positive"], post["negative"], post["author"]["positive"], post["author"]["negative"]


def test_rating_is_counted_on_post_and_card_and_told_in_both_channels(
    conn: Connection, town: Town, written: Written
) -> None:
    rated = rate(conn, town.ada, written)
    assert counts(rated) == (1, 0, 1, 0)
    assert rated.post["version"] == written.post["version"] + 1
    assert rated.post["author"]["version"] == written.post["author"]["version"] + 1
    assert rated.announcement is not None
    assert [(event.channel, event.name) for event in rated.announcement.events] == [
        (f"thread:{written.thread['id']}", "post.rated"),
        (f"forum:{town.forum_id}", "post.rated"),
    ]
    assert rated.announcement.post_event() == {"post": rated.post, "thread": rated.thread}
    assert read_log(conn, "site", 0, 99) == []


def test_mark_is_changed_and_taken_back(conn: Connection, town: Town, written: Written) -> None:
    rate(conn, town.ada, written)
    assert counts(rate(conn, town.ada, written, Mark.NEGATIVE)) == (0, 1, 0, 1)
    assert counts(rate(conn, town.mona, written, Mark.NEGATIVE)) == (0, 2, 0, 2)
    assert counts(rate(conn, town.ada, written, Mark.NONE)) == (0, 1, 0, 1)
    assert conn.execute(select(func.count()).select_from(ratings)).scalar_one() == 1


@pytest.mark.parametrize("mark", list(Mark))
def test_same_mark_again_changes_nothing(conn: Connection, town: Town, written: Written, mark: Mark) -> None:
    first = rate(conn, town.ada, written, mark)
    again = rate(conn, town.ada, written, mark)
    assert (again.post, again.cursor, again.announcement) == (first.post, first.cursor, None)


def test_marks_are_those_of_the_one_who_asks(conn: Connection, town: Town, written: Written) -> None:
    post_id, thread_id = written.post["id"], written.thread["id"]
    rate(conn, town.ada, written)
    rate(conn, town.mona, written, Mark.NEGATIVE)
    assert read_marks(conn, town.ada.member_id, [post_id, 99]) == {post_id: Mark.POSITIVE}
    for visitor, marks in ((town.mona, {post_id: Mark.NEGATIVE}), (town.bob, {}), (GUEST, {})):
        page = read_thread_page(conn, thread_id, 1, visitor.member_id)
        assert page is not None
        assert page.marks == marks


def test_those_who_may_not_rate_are_refused(conn: Connection, town: Town, written: Written) -> None:
    for visitor, code in [(town.bob, Code.FORBIDDEN), (town.rob, Code.BANNED), (GUEST, Code.UNAUTHENTICATED)]:
        with refuses(code):
            rate(conn, visitor, written)
    with refuses(Code.NOT_FOUND):
        write_rating(conn, town.ada, 99, NewRating(Mark.POSITIVE, NOW_MS))
    assert town.ada.member_id is not None
    ban(conn, town.ada.member_id)
    with refuses(Code.BANNED):
        rate(conn, town.ada, written)


def test_post_in_a_hidden_place_is_not_there_and_one_in_a_locked_thread_is(
    conn: Connection, town: Town, written: Written
) -> None:
    lock(conn, written.thread["id"])
    assert counts(rate(conn, town.ada, written)) == (1, 0, 1, 0)
    move(conn, written.thread["id"], town.staff_forum_id)
    with refuses(Code.NOT_FOUND):
        rate(conn, town.ada, written, Mark.NONE)


def test_removed_post_is_not_rated_and_keeps_what_it_has(conn: Connection, town: Town, written: Written) -> None:
    rate(conn, town.ada, written)
    write_removal(conn, town.mona, written.post["id"], now_ms=NOW_MS)
    with refuses(Code.POST_REMOVED):
        rate(conn, town.ada, written, Mark.NONE)
    other = add_post(conn, town.bob, written.thread["id"])
    assert counts(rate(conn, town.mona, other)) == (1, 0, 2, 0), "the card keeps what was given for a removed post"
    restored = write_restoration(conn, town.mona, written.post["id"], now_ms=NOW_MS)
    assert counts(restored) == (1, 0, 2, 0)
    assert counts(rate(conn, town.ada, written, Mark.NONE)) == (0, 0, 1, 0)


def test_giver_of_too_many_waits(conn: Connection, town: Town, written: Written) -> None:
    """Two a minute: both at once, then one each half minute; a mark that changes nothing takes no turn."""
    pace_ms = 30_000
    for mark in (Mark.POSITIVE, Mark.NEGATIVE, Mark.NEGATIVE):
        rate(conn, town.ada, written, mark, pace_ms=pace_ms)
    with pytest.raises(Refusal) as refused:
        rate(conn, town.ada, written, Mark.NONE, pace_ms=pace_ms)
    assert (refused.value.code, refused.value.retry_after_ms) == (Code.RATE_LIMITED, pace_ms)
    rate(conn, town.mona, written, pace_ms=pace_ms)


def test_rating_does_not_make_an_edit_stale_but_another_text_does(
    conn: Connection, town: Town, written: Written
) -> None:
    post_id, version = written.post["id"], written.post["version"]
    rate(conn, town.ada, written)
    edited = write_edit(conn, town.bob, post_id, "Wine.", "<p>Wine.</p>", version=version, now_ms=NOW_MS)
    assert (edited.post["text"], edited.post["version"]) == ("Wine.", version + 2)
    rate(conn, town.mona, written)
    for stale in (version, version + 1, version + 9):
        with refuses(Code.STALE_VERSION):
            write_edit(conn, town.bob, post_id, "Cake.", "<p>Cake.</p>", version=stale, now_ms=NOW_MS)


async def test_rating_beside_a_move_is_told_where_the_post_is(any_store: Store) -> None:
    store = any_store
    town = await store.write(found_town)
    here = await store.write(begin_thread, town.ada, town.forum_id)
    there = await store.write(begin_thread, town.ada, town.forum_id, "Elsewhere")
    post_id, target_id = (await store.write(add_post, town.bob, here.thread["id"])).post["id"], there.thread["id"]
    ids = (here.thread["id"], [post_id], target_id)
    moves = lambda conn: write_posts_moved(conn, town.mona, *ids, now_ms=NOW_MS)  # noqa: E731 - two at once, side by side
    rates = lambda conn: write_rating(conn, town.ada, post_id, NewRating(Mark.POSITIVE, NOW_MS))  # noqa: E731 - two at once, side by side
    rated = await meet(store, moves, rates)
    assert (rated.post["thread_id"], rated.post["positive"]) == (target_id, 1)
    assert (await store.read(read_log, f"thread:{target_id}", 0, 99))[-1].name == "post.rated"

    rates = lambda conn: write_rating(conn, town.ada, post_id, NewRating(Mark.NEGATIVE, NOW_MS))  # noqa: E731 - two at once, side by side
    moves_thread = partial(write_move, visitor=town.mona, thread_id=target_id, forum_id=town.members_forum_id, now_ms=1)
    await meet(store, moves_thread, rates)
    assert (await store.read(read_log, f"forum:{town.members_forum_id}", 0, 99))[-1].name == "post.rated"
